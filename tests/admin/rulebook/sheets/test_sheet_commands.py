"""The command from outside: what it prints, how it ends. Imports write into a folder of their own here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from admin.rulebook.forms import FORMS, TABELLE, XLSFORM
from admin.rulebook.sheet_commands import commands
from dialogs.load import ROOT, known_counties
from tests.admin.rulebook.sheets.workbooks import put, row

PAGE = ROOT.parent / "docs" / "tabellen.md"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "regeln.xlsx"
    result = run("export", "rules", "--county", known_counties()[0], path)
    assert result.exit_code == 0 and result.output == "regeln.xlsx: geschrieben.\n"
    return path


def test_an_import_says_what_changed_and_ends_with_zero(book: Path, tmp_path: Path) -> None:
    workbook = load_workbook(book)
    put(workbook["Regeln"], "M09", "Quelle", "anders")
    workbook.save(book)
    before = {path: path.read_bytes() for path in ROOT.rglob("*.toml")}
    result = run("import", "rules", book, "--into", tmp_path / "neu", "--on", "2026-11-21")
    assert result.exit_code == 0
    assert result.output.startswith("Regeln: M09 geändert (Quelle)\n1 Änderung eingelesen.\nHinweis: Die Fassung heißt noch")
    assert 'source = "anders"' in (tmp_path / "neu/dialogs/counties" / known_counties()[0] / "rules.toml").read_text("utf-8")
    assert before == {path: path.read_bytes() for path in ROOT.rglob("*.toml")}
    told = json.loads(run("import", "rules", book, "--into", tmp_path / "neu", "--json").output)
    assert told["changes"] == [{"sheet": "Regeln", "id": "M09", "what": "geändert", "columns": ["Quelle"]}]


def test_faults_end_with_one_and_write_nothing(book: Path, tmp_path: Path) -> None:
    workbook = load_workbook(book)
    number = row(workbook["Regeln"], "M09")
    put(workbook["Regeln"], "M09", "Ziel", "MBEE")
    workbook.save(book)
    result = run("import", "rules", book, "--into", tmp_path / "neu")
    said = f"Blatt „Regeln“, Zeile {number}, Spalte „Ziel“: „MBEE“ ist kein Dienst dieses Kreises. Meinten Sie MBE?\n"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said + "1 Fehler. Es wurde nichts geändert.\n")
    assert not (tmp_path / "neu").exists()
    (finding,) = json.loads(run("import", "rules", book, "--json").stdout)["findings"]
    assert (finding["sheet"], finding["row"], finding["column"]) == ("Regeln", number, "Ziel")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "rules", "regeln.ods"), "die Datei muss auf .xlsx enden."),
        (("export", "rules", "--county", "nirgends", "x.xlsx"), "Den Kreis „nirgends“ gibt es nicht. Es gibt: "),
        (("export", "rules", "--format", "xlsform", "x.xlsx"), "--format gilt nur für den Fragebogen."),
        (("export", "rules", "gibt/es/nicht.xlsx"), "nicht.xlsx: lässt sich nicht schreiben"),
        (("import", "rules", "fehlt.xlsx"), "fehlt.xlsx: lässt sich nicht lesen."),
        (("import", "rules", "--on", "gestern", "x.xlsx"), "--on 'gestern' ist kein Datum."),
        (("import", "rules", PAGE), "tabellen.md: ist keine Arbeitsmappe."),
    ],
)
def test_wrong_use_ends_with_two_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert said in result.stderr and len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_export_does_not_replace_a_file_that_somebody_may_be_editing(book: Path) -> None:
    before = book.read_bytes()
    result = run("export", "rules", book)
    assert result.exit_code == 2 and "gibt es schon" in result.stderr and book.read_bytes() == before
    assert run("export", "rules", book, "--overwrite").exit_code == 0


@pytest.mark.parametrize("form", FORMS)
def test_the_page_for_coordinators_names_every_column(tmp_path: Path, form: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    path = tmp_path / "fragen.xlsx"
    assert run("export", "questionnaire", "--format", form, path).exit_code == 0
    workbook = load_workbook(path)
    named = [TABELLE, XLSFORM][form == "xlsform"]
    for sheet in (named.questions, named.choices, *([named.settings] if form == "xlsform" else [])):
        assert sheet in page
        for cell in workbook[sheet][1]:
            heading = re.sub(r"::(English|Arabic) \(..\)$", "::German (de)", re.sub(r"\((en|ar)\)$", "(de)", str(cell.value)))
            assert f"`{heading}`" in page if form == "xlsform" else heading in page, heading


def test_the_page_for_coordinators_names_every_column_of_the_rules(book: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    workbook = load_workbook(book)
    for sheet in ("Regeln", "Themen", "Weitere"):
        assert f"| {sheet} |" in page
        for cell in workbook[sheet][1]:
            assert str(cell.value).startswith("wenn ") or str(cell.value) in page, cell.value
