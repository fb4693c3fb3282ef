"""`wegweiser sheet`: rules and questionnaire as a workbook, and back. For coordinators; therefore in German."""

from __future__ import annotations

import datetime as dt
import json
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

OK, FINDINGS, WRONG_USE = 0, 1, 2

commands = typer.Typer(no_args_is_help=True, help="Regeln und Fragebogen als Tabelle (XLSX) ausgeben und wieder einlesen.")


class What(str, Enum):  # noqa: UP042  # typer shows the values of this kind of enumeration
    """What stands in the workbook."""

    rules = "rules"
    questionnaire = "questionnaire"


class FormName(str, Enum):  # noqa: UP042
    """The forms of a questionnaire workbook."""

    tabelle = "tabelle"
    xlsform = "xlsform"


Kind = Annotated[What, typer.Argument(help="rules: die Regeln eines Kreises; questionnaire: der Fragebogen")]
County = Annotated[str | None, typer.Option("--county", help="ein Ordner in dialogs/counties; ohne Angabe der erste")]


def _stop(message: str, code: int = WRONG_USE) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(code)


def _county(name: str | None) -> str:
    from dialogs.load import known_counties

    known = known_counties()
    if name is not None and name not in known:
        raise _stop(f"Den Kreis „{name}“ gibt es nicht. Es gibt: {', '.join(known)}.")
    return name or known[0]


@commands.command("export")
def export(
    what: Kind,
    file: Annotated[Path, typer.Argument(help="wohin, zum Beispiel regeln.xlsx")],
    county: County = None,
    form: Annotated[FormName, typer.Option("--format", help="nur für den Fragebogen")] = FormName.tabelle,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="eine vorhandene Datei ersetzen")] = False,
) -> None:
    """Regeln oder Fragebogen als Arbeitsmappe schreiben."""
    from admin.rulebook.forms import FORMS
    from admin.rulebook.releasing import Place
    from admin.rulebook.sheet_files import export_questionnaire, export_rules
    from dialogs.errors import DefinitionError
    from locales.errors import LocaleError

    name = _county(county)
    if file.suffix.lower() != ".xlsx":
        raise _stop(f"{file.name}: die Datei muss auf .xlsx enden.")
    if what is What.rules and form is not FormName.tabelle:
        raise _stop("--format gilt nur für den Fragebogen.")
    if file.exists() and not overwrite:
        raise _stop(f"{file.name}: gibt es schon. Nehmen Sie einen anderen Namen, oder ersetzen Sie die Datei mit --overwrite.")
    try:
        if what is What.rules:
            export_rules(name, file, Place.shipped())
        else:
            export_questionnaire(name, file, FORMS[form.value], Place.shipped())
    except OSError as error:
        raise _stop(f"{file.name}: lässt sich nicht schreiben ({error.strerror}). Prüfen Sie Ordner und Rechte.") from None
    except (DefinitionError, LocaleError, LookupError, ValueError) as error:
        raise _stop(f"Zuerst ist hier etwas in Ordnung zu bringen:\n{error}") from None
    typer.echo(f"{file.name}: geschrieben.")


@commands.command("import")
def bring_in(
    what: Kind,
    file: Annotated[Path, typer.Argument(help="die bearbeitete Arbeitsmappe (.xlsx)")],
    county: County = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="nichts ersetzen, sondern alles mit den Änderungen in diesen Ordner schreiben")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="Tag, für den geprüft wird (2026-11-21); ohne Angabe heute")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="auch wenn seit dem Export anderswo geändert wurde: die Tabelle gilt")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="für Programme")] = False,
) -> None:
    """Eine bearbeitete Arbeitsmappe prüfen und einlesen. Ist etwas falsch, wird nichts geändert."""
    from admin.rulebook.releasing import Place
    from admin.rulebook.sheet_files import bring_in_questionnaire, bring_in_rules
    from admin.rulebook.sheet_findings import NoWorkbook, SheetRefused
    from dialogs.errors import DefinitionError
    from locales.errors import LocaleError

    name, day = _county(county), _day(on)
    bring = bring_in_rules if what is What.rules else bring_in_questionnaire
    try:
        outcome = bring(name, file, Place.shipped(), day, into=into, overwrite=overwrite)
    except NoWorkbook as problem:
        raise _stop(str(problem)) from None
    except SheetRefused as refused:
        if as_json:
            typer.echo(json.dumps({"findings": [found.to_json() for found in refused.findings]}, ensure_ascii=False))
        for found in refused.findings if not as_json else ():
            typer.echo(str(found), err=True)
        count = len(refused.findings)
        raise _stop(f"{'1 Fehler' if count == 1 else f'{count} Fehler'}. Es wurde nichts geändert.", FINDINGS) from None
    except OSError as error:
        where = Path(str(error.filename)).name if error.filename else file.name
        raise _stop(f"{where}: lässt sich nicht schreiben ({error.strerror}). Es wurde nichts geändert.") from None
    except (DefinitionError, LocaleError, LookupError) as error:
        raise _stop(f"Zuerst ist hier etwas in Ordnung zu bringen:\n{error}") from None
    if as_json:
        told = {"changes": [change.to_json() for change in outcome.changes], "notes": list(outcome.notes)}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for change in outcome.changes:
        typer.echo(str(change))
    count = len(outcome.changes)
    typer.echo("Nichts geändert." if not count else "1 Änderung eingelesen." if count == 1 else f"{count} Änderungen eingelesen.")
    for note in outcome.notes:
        typer.echo(f"Hinweis: {note}")


def _day(on: str | None) -> dt.date:
    if on is None:
        return dt.datetime.now(dt.UTC).astimezone().date()
    try:
        return dt.date.fromisoformat(on)
    except ValueError:
        raise _stop(f"--on {on!r} ist kein Datum. Schreiben Sie zum Beispiel 2026-11-21.") from None
