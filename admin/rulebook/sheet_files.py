"""From files to workbooks and back: what `wegweiser sheet` does, for callers that give the place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from admin.rulebook.forms import Form
from admin.rulebook.question_columns import Words
from admin.rulebook.questionnaire_import import form_of, import_questionnaire
from admin.rulebook.questionnaire_sheet import ORDERS as QUESTION_ORDERS
from admin.rulebook.questionnaire_sheet import QuestionnaireFile, questionnaire_sheets
from admin.rulebook.releasing import Attempt, Place, release
from admin.rulebook.rules_import import import_rules
from admin.rulebook.rules_sheet import ORDERS as RULE_ORDERS
from admin.rulebook.rules_sheet import SHEETS, RulesFile, rules_sheets
from admin.rulebook.sheet_findings import NoWorkbook, SheetRefused
from admin.rulebook.sheet_reading import open_workbook
from admin.rulebook.sheet_writing import write_workbook
from admin.rulebook.table_merge import Change, Report
from admin.rulebook.toml_blocks import TomlFile
from admin.rulebook.translations import translations
from dialogs.load import known_counties, load_library
from dialogs.script import Script
from locales.sources import german_sources


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import has changed, and what is left to do."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...]


def rules_file(county: str, place: Place) -> tuple[RulesFile, Path]:
    """The rules of a county with their path below the definitions. Raises DefinitionError or LookupError."""
    script = _newest(county, place)
    for path in sorted((place.definitions / "counties" / county).glob("rules*.toml")):
        file = TomlFile(_text(path), RULE_ORDERS)
        if file.blocks[0].data.get("version", "") == script.book.version:
            words = {key: source.text for key, source in german_sources(place.definitions).items()}
            return RulesFile(file, script, words), path.relative_to(place.definitions)
    raise LookupError("Der Kreis hat keine Regeln.")


def questionnaire_file(county: str, place: Place) -> tuple[QuestionnaireFile, Path]:
    """The newest questionnaire with its path. Raises DefinitionError, LookupError or locales.errors.LocaleError."""
    script = _newest(county, place)
    for path in sorted((place.definitions / "questionnaires").glob("*.toml")):
        file = TomlFile(_text(path), QUESTION_ORDERS)
        if file.of("questionnaire") and file.of("questionnaire")[0].data.get("version") == script.questionnaire.version:
            words = Words(script.questionnaire.id, translations(place.catalogues))
            return QuestionnaireFile(file, script, words), path.relative_to(place.definitions)
    raise LookupError("Es gibt keinen Fragebogen.")


def _text(path: Path) -> str:
    """The file's text with its own line ends: read_text would change them."""
    return path.read_bytes().decode()


def _newest(county: str, place: Place) -> Script:
    scripts = load_library(county, place.definitions).scripts.values()
    return max(scripts, key=lambda script: (script.valid_from, script.version))


def export_rules(county: str, file: Path, place: Place) -> None:
    """Write the rules of a county as a workbook. Raises OSError."""
    rules, _ = rules_file(county, place)
    write_workbook(file, rules_sheets(rules), f"Regeln {rules.script.county.name}")


def export_questionnaire(county: str, file: Path, form: Form, place: Place) -> None:
    """Write the questionnaire as a workbook in one of the two forms. Raises OSError."""
    questionnaire, _ = questionnaire_file(county, place)
    write_workbook(file, questionnaire_sheets(questionnaire, form), f"Fragebogen {questionnaire.script.questionnaire.version}")


def bring_in_rules(
    county: str, file: Path, place: Place, on: dt.date, *, into: Path | None = None, overwrite: bool = False
) -> Outcome:
    """Read an edited rules workbook, prove it, write it. Raises NoWorkbook or SheetRefused; then nothing is written."""
    rules, path = rules_file(county, place)
    workbook = open_workbook(file)
    if SHEETS["rule"] not in workbook.sheetnames:
        raise NoWorkbook(f"{file.name}: dies sind keine Regeln: Das Blatt „{SHEETS['rule']}“ fehlt. Exportieren Sie neu.")
    report = import_rules(rules, workbook, overwrite=overwrite)
    if report.findings:
        raise SheetRefused(report.findings)
    return _written(report, Attempt(path, rules.file.text, (county,), on, rows=report.rows), place, into)


def bring_in_questionnaire(
    county: str, file: Path, place: Place, on: dt.date, *, into: Path | None = None, overwrite: bool = False
) -> Outcome:
    """Read an edited questionnaire, prove it with all counties, write it. Raises NoWorkbook or SheetRefused."""
    questionnaire, path = questionnaire_file(county, place)
    workbook = open_workbook(file)
    form_of(workbook)
    report = import_questionnaire(questionnaire, workbook, overwrite=overwrite)
    if report.findings:
        raise SheetRefused(report.findings)
    attempt = Attempt(
        path, questionnaire.file.text, known_counties(place.definitions), on, questionnaire.words.pending, report.rows
    )
    return _written(report, attempt, place, into)


def _written(report: Report, attempt: Attempt, place: Place, into: Path | None) -> Outcome:
    findings, notes = release(attempt, place, into)
    if findings:
        raise SheetRefused(findings)
    return Outcome(tuple(report.changes), (*report.notes, *notes))
