"""An edited questionnaire workbook back into the questionnaire file and the words of its languages."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from admin.rulebook.cells import Cell, as_text
from admin.rulebook.forms import FORMS, TYPE_OF, XLSFORM, Form
from admin.rulebook.option_items import OptionItem, options_of, write_options
from admin.rulebook.questionnaire_sheet import (
    QuestionnaireFile,
    choices_sheet,
    questions_sheet,
    town_row,
)
from admin.rulebook.rules_sheet import stamp
from admin.rulebook.sheet_findings import CellWrong, Finding, NoWorkbook, proposal
from admin.rulebook.sheet_reading import Row, Table, read_table
from admin.rulebook.table_merge import Change, Report, matching_columns, merge_rows, shown
from admin.rulebook.toml_blocks import Block

if TYPE_CHECKING:
    from openpyxl import Workbook  # type: ignore[import-untyped]

Rows = list[tuple[Row, Block]]


def form_of(workbook: Workbook) -> Form:
    """Which of the two forms a workbook has; NoWorkbook if none."""
    for form in FORMS.values():
        if form.questions in workbook.sheetnames:
            return form
    wanted = " noch ".join(f"„{form.questions}“" for form in FORMS.values())
    raise NoWorkbook(f"dies ist kein Fragebogen: Die Arbeitsmappe hat weder das Blatt {wanted}.")


def import_questionnaire(questionnaire: QuestionnaireFile, workbook: Workbook, *, overwrite: bool = False) -> Report:
    """Write the workbook into `questionnaire`. With findings in the report its file and words are of no use."""
    form, report = form_of(workbook), Report()
    before = questionnaire.file.text
    version = questionnaire.head.data.get("version")
    current = stamp([questions_sheet(questionnaire, form), choices_sheet(questionnaire, form)])
    known = _settings(questionnaire, form, read_table(workbook, form.settings, report.findings), report)
    rows = _questions(questionnaire, form, workbook, report)
    options = _options(questionnaire, form, workbook, rows, report)
    _checks(form, rows, options, report.findings)
    changed = questionnaire.file.text != before or bool(questionnaire.words.pending)
    if known is not None and known != current and changed and not overwrite:
        what = (
            "seit diesem Export wurde der Fragebogen anderswo geändert. Exportieren Sie neu und tragen Sie Ihre Änderungen dort "
            "ein. Mit --overwrite gilt trotzdem diese Tabelle."
        )
        report.findings.append(Finding(form.settings, 2, form.heading("stamp"), what))
    if questionnaire.file.text != before and questionnaire.head.data.get("version") == version and not report.findings:
        report.notes.append(f"Die Fassung heißt noch „{version}“. Ändern Sie sie im Blatt „{form.settings}“, bevor sie gilt.")
    order = [form.questions, form.choices, form.settings]
    report.findings.sort(key=lambda finding: (order.index(finding.sheet) if finding.sheet in order else 99, finding.row))
    return report


def _settings(questionnaire: QuestionnaireFile, form: Form, table: Table, report: Report) -> str | None:
    columns = questionnaire.settings_columns(form)
    if not table.headings:
        return None
    for column in columns:
        if column.heading not in table.headings:
            report.findings.append(Finding(table.sheet, 1, column.heading, "fehlt. Exportieren Sie neu."))
    if len(table.rows) != 1:
        report.findings.append(Finding(table.sheet, 2, "", "braucht genau eine Zeile unter den Überschriften."))
        return None
    row, block = table.rows[0], questionnaire.head
    old = shown(columns, block.data)
    named = row.cells.get(form.heading("form"))
    if named is not None and named != block.id:
        what = f"der Fragebogen heißt „{block.id}“ und nicht „{named}“. Die Kennung bleibt, wie sie ist."
        report.findings.append(Finding(table.sheet, row.number, form.heading("form"), what))
    changed = []
    for column in columns:
        cell = row.cells.get(column.heading)
        if column.heading not in row.cells or cell == old[column.heading]:
            continue
        try:
            if cell is None:
                raise CellWrong("ist leer. Hier muss etwas stehen.")
            column.write(block, cell)
            changed.append(column.heading)
        except CellWrong as wrong:
            report.findings.append(Finding(table.sheet, row.number, column.heading, str(wrong)))
    if changed:
        report.changes.append(Change(table.sheet, block.id, "geändert", tuple(changed)))
    mark = row.cells.get(form.heading("stamp"))
    return str(mark) if mark is not None else None


def _questions(questionnaire: QuestionnaireFile, form: Form, workbook: Workbook, report: Report) -> Rows:
    table = read_table(workbook, form.questions, report.findings)
    used = questionnaire.question_columns(form)
    known = [column.heading for column in used]
    columns = matching_columns(table, used, lambda heading: None, known, report.findings)
    key = next(column for column in used if column.heading == form.heading("id"))
    if key.heading not in table.headings:
        return []

    def new() -> Block:
        block = questionnaire.file.new("question")
        block.data = {}
        return block

    # The number first: translations are found by it.
    ordered = [key, *(column for column in columns if column is not key)]
    rows = merge_rows(table, ordered, questionnaire.file.of("question"), new, report, key=key)
    questionnaire.file.arrange("question", [block for _, block in rows])
    return rows


def _options(
    questionnaire: QuestionnaireFile, form: Form, workbook: Workbook, questions: Rows, report: Report
) -> list[tuple[str, Row, OptionItem]]:
    table = read_table(workbook, form.choices, report.findings)
    first = questionnaire.option_columns(form, "")
    headings = [column.heading for column in first]
    matching_columns(table, first, lambda heading: None, headings, report.findings)
    listed, option = form.heading("list"), form.heading("option")
    if listed not in table.headings or option not in table.headings or not questions:
        return []
    towns = {
        block.id: questionnaire.towns() for _, block in questions if form is XLSFORM and block.data.get("kind") == "town"
    }
    rows: dict[str, list[Row]] = {block.id: [] for _, block in questions}
    for row in table.rows:
        name = _told(row.cells.get(listed))
        if name not in rows:
            what = f"„{name}“ ist keine Frage.{proposal(name, rows)}" if name else "ist leer. Nennen Sie die Frage."
            report.findings.append(Finding(table.sheet, row.number, listed, what))
        elif form is XLSFORM and row.cells.get(form.heading("kommune")) is not None:
            _town(questionnaire, form, row, towns.get(name, {}), report)
        else:
            rows[name].append(row)
    done: list[tuple[str, Row, OptionItem]] = []
    for _, block in questions:
        done += _options_of(questionnaire, form, Table(table.sheet, table.headings, tuple(rows[block.id])), block, report)
    return done


def _told(cell: Cell) -> str:
    try:
        return as_text(cell)
    except CellWrong:
        return ""


def _town(questionnaire: QuestionnaireFile, form: Form, row: Row, towns: dict[str, str], report: Report) -> None:
    """Kommunen are shown, and stand in the county's own file."""
    name = _told(row.cells.get(form.heading("option")))
    wanted = town_row(questionnaire, form, _told(row.cells.get(form.heading("list"))), name, towns.get(name, ""))
    if name not in towns or any(row.cells.get(heading) != value for heading, value in wanted.items() if value != "yes"):
        what = "die Kommunen stehen in der Datei des Kreises und lassen sich hier nicht ändern. Stellen Sie die Zeile wieder her."
        report.findings.append(Finding(form.choices, row.number, form.heading("option"), what))


def _options_of(
    questionnaire: QuestionnaireFile, form: Form, table: Table, block: Block, report: Report
) -> list[tuple[str, Row, OptionItem]]:
    columns = questionnaire.option_columns(form, block.id)
    key = next(column for column in columns if column.heading == form.heading("option"))
    try:
        items = options_of(block)
    except ValueError:
        what = f"die Antworten von {block.id} stehen als eigene Tabellen in der TOML-Datei. Ändern Sie sie dort."
        report.findings.append(Finding(form.choices, 0, "", what))
        return []
    inner = Report(report.findings)
    ordered = [key, *(column for column in columns if column is not key)]
    raws = [item.raw for item in items]
    pairs = merge_rows(table, ordered, items, OptionItem, inner, key=key)
    report.changes += [replace(change, id=f"{block.id}/{change.id}") for change in inner.changes]
    write_options(block, raws, [item for _, item in pairs])
    return [(block.id, row, item) for row, item in pairs]


def _checks(form: Form, questions: Rows, options: list[tuple[str, Row, OptionItem]], findings: list[Finding]) -> None:
    """What can be known only when all rows are in place."""
    places = {block.id: index for index, (_, block) in enumerate(questions)}
    lines = {block.id: row.number for row, block in questions}
    offered: dict[str, list[str]] = {}
    for name, _, item in options:
        offered.setdefault(name, []).append(item.id)
    towns = {block.id for _, block in questions if block.data.get("kind") == "town"}

    def told(sheet: str, row: Row, column: str, asked: object, own: str) -> None:
        for name, wanted in asked.items() if isinstance(asked, dict) else ():
            if name.startswith("@"):
                continue
            if name not in places:
                findings.append(Finding(sheet, row.number, column, f"„{name}“ ist keine Frage.{proposal(name, places)}"))
            elif name == own:
                what = f"{own} fragt nach sich selbst. Nennen Sie eine frühere Frage."
                findings.append(Finding(sheet, row.number, column, what))
            elif places[name] > places[own]:
                what = f"{name} wird erst später gefragt (Zeile {lines[name]}). Verschieben Sie eine der beiden Fragen."
                findings.append(Finding(sheet, row.number, column, what))
            elif name not in towns:
                known = offered.get(name, [])
                strange = [option for option in wanted if option not in known]
                findings.extend(
                    Finding(sheet, row.number, column, f"{name} hat keine Antwort „{option}“.{proposal(option, known)}")
                    for option in strange
                )

    for row, block in questions:
        for key in ("ask_if", "ask_unless"):
            told(form.questions, row, form.heading("relevant" if form is XLSFORM else key), block.data.get(key), block.id)
        _one_question(form, row, block, offered.get(block.id, []), findings)
    for own, row, item in options:
        told(form.choices, row, form.heading("only_if"), item.data.get("only_if"), own)
        for other in item.data.get("excludes", ()):
            if other not in offered[own]:
                what = f"{own} hat keine Antwort „{other}“.{proposal(other, offered[own])}"
                findings.append(Finding(form.choices, row.number, form.heading("excludes"), what))


def _one_question(form: Form, row: Row, block: Block, offered: list[str], findings: list[Finding]) -> None:
    kind = str(block.data.get("kind"))
    kind_column = form.heading("type" if form is XLSFORM else "kind")
    if kind in ("single", "multi", "consent") and not offered:
        what = f"diese Frage braucht Antworten im Blatt „{form.choices}“."
        findings.append(Finding(form.questions, row.number, kind_column, what))
    if form is XLSFORM:
        words = _told(row.cells.get(kind_column)).split()
        named = TYPE_OF.get(kind, "")
        if words and words[0] in TYPE_OF.values() and words[0] != named:
            what = f"„{kind}“ passt nicht zu „{words[0]}“. Zu „{kind}“ gehört „{named}“."
            findings.append(Finding(form.questions, row.number, form.heading("kind"), what))
        if words and words[0].startswith("select") and words[1:] != [block.id]:
            what = f"die Liste muss heißen wie die Frage: „{words[0]} {block.id}“."
            findings.append(Finding(form.questions, row.number, kind_column, what))
    first, last = block.data.get("valid_from"), block.data.get("valid_until")
    if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
        what = f"endet am {last:%d.%m.%Y}, bevor es am {first:%d.%m.%Y} beginnt."
        findings.append(Finding(form.questions, row.number, form.heading("valid_until"), what))
