"""What is wrong in a rules workbook: the sheet, the row, the column, the sentence, the remedy; and nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admin.rulebook.releasing import Attempt, release, replace_all
from admin.rulebook.sheet_findings import SheetRefused
from tests.admin.rulebook.sheets.workbooks import ON, Project, blocks, column, insert_after, put, row

Edit = Callable[[Any], object]


def refused(project: Project, edit: Edit) -> tuple[object, list[str]]:
    """What the edit gave, and the findings of an import after it; the files are as they were."""
    project.export_rules()
    before = project.files()
    with project.editing() as workbook:
        given = edit(workbook)
    with pytest.raises(SheetRefused) as raised:
        project.import_rules()
    assert project.files() == before
    return given, [str(finding) for finding in raised.value.findings]


def cell(sheet: str, name: str, heading: str, value: object, key: str = "Nr.") -> Edit:
    return lambda book: put(book[sheet], name, heading, value, key)


def plain_number(sheet: str, name: str, heading: str, value: int) -> Edit:
    def edit(book: Any) -> int:
        number = put(book[sheet], name, heading, value)
        book[sheet].cell(number, column(book[sheet], heading)).number_format = "General"
        return number

    return edit


def header(sheet: str, old: str, new: object) -> Edit:
    def edit(book: Any) -> None:
        book[sheet].cell(1, column(book[sheet], old)).value = new

    return edit


FORMULA = "hier steht eine Formel (=A1). Schreiben Sie den Wert selbst hinein."
def last_rule(book: Any) -> int:
    """A condition on the last rule."""
    number = next(n for n in range(book["Regeln"].max_row, 1, -1) if book["Regeln"].cell(n, 1).value)
    book["Regeln"].cell(number, column(book["Regeln"], "wenn jung")).value = "ja"
    return number


WRONG = [
    ("unknown Dienst", cell("Regeln", "M16", "Ziel", "MBEE"),
     "Blatt „Regeln“, Zeile {row}, Spalte „Ziel“: „MBEE“ ist kein Dienst dieses Kreises. Meinten Sie MBE?"),
    ("a topic as Dienst", cell("Weitere", "A3", "Ziel", "TOPIC"),
     "Blatt „Weitere“, Zeile {row}, Spalte „Ziel“: „TOPIC“ ist kein Dienst dieses Kreises."),
    ("unknown option", cell("Regeln", "M11", "wenn kommune", "velbert, hildn"),
     "Blatt „Regeln“, Zeile {row}, Spalte „wenn kommune“: „hildn“ ist kein Wert von kommune. Meinten Sie hilden?"),
    ("option twice", cell("Regeln", "M11", "wenn kommune", "velbert, velbert"),
     "Blatt „Regeln“, Zeile {row}, Spalte „wenn kommune“: „velbert“ steht zweimal da. Streichen Sie es einmal."),
    ("neither yes nor no", cell("Regeln", "M08", "wenn jung", "vielleicht"),
     "Blatt „Regeln“, Zeile {row}, Spalte „wenn jung“: „vielleicht“ ist weder ja noch nein."),
    ("unknown fact", header("Regeln", "wenn jung", "wenn junk"),
     "Blatt „Regeln“, Zeile 1, Spalte „wenn junk“: diese Spalte kenne ich nicht. Löschen Sie sie. Meinten Sie wenn jung?"),
    ("missing column", header("Regeln", "Ziel", None),
     "Blatt „Regeln“, Zeile 1, Spalte „Ziel“: fehlt. Fügen Sie die Spalte wieder ein oder exportieren Sie neu; zum Leeren "
     "löschen Sie nur die Zellen."),
    ("column twice", header("Regeln", "Art", "Ziel"),
     "Blatt „Regeln“, Zeile 1, Spalte „Ziel“: steht zweimal da. Löschen oder benennen Sie eine der Spalten um."),
    ("two rules, one number", cell("Regeln", "M98", "Nr.", "M97"),
     "Blatt „Regeln“, Zeile {row}, Spalte „Nr.“: „M97“ steht schon in Zeile"),
    ("no number", cell("Regeln", "M98", "Nr.", None),
     "Blatt „Regeln“, Zeile {row}, Spalte „Nr.“: ist leer. Jede Zeile braucht hier einen Namen."),
    ("no date", cell("Regeln", "M98", "gültig ab", "31.02.2026"),
     "Blatt „Regeln“, Zeile {row}, Spalte „gültig ab“: „31.02.2026“ ist kein Datum. Schreiben Sie zum Beispiel 01.11.2026."),
    ("a number as date", plain_number("Regeln", "M98", "gültig bis", 2027),
     "Blatt „Regeln“, Zeile {row}, Spalte „gültig bis“: „2027“ ist kein Datum. Schreiben Sie zum Beispiel 01.11.2026."),
    ("end before begin", cell("Regeln", "M98", "gültig bis", dt.datetime(2026, 10, 31)),
     "Blatt „Regeln“, Zeile {row}, Spalte „gültig bis“: endet am 31.10.2026, bevor es am 01.11.2026 beginnt."),
    ("empty reason", cell("Regeln", "M98", "Grund", "  "),
     "Blatt „Regeln“, Zeile {row}, Spalte „Grund“: ist leer. Hier muss etwas stehen."),
    ("empty source", cell("Themen", "T-lid-1", "Quelle", None),
     "Blatt „Themen“, Zeile {row}, Spalte „Quelle“: ist leer. Hier muss etwas stehen."),
    ("a formula", cell("Regeln", "M98", "Grund", "=A1"), "Blatt „Regeln“, Zeile {row}, Spalte „Grund“: " + FORMULA),
    ("a date as words", cell("Regeln", "M98", "Quelle", dt.datetime(2026, 11, 1)),
     "Blatt „Regeln“, Zeile {row}, Spalte „Quelle“: hier steht das Datum 01.11.2026, gebraucht wird ein Text. "
     "Formatieren Sie die Zelle als Text."),
    ("unknown mode", cell("Regeln", "M98", "Art", "Verweiß"),
     "Blatt „Regeln“, Zeile {row}, Spalte „Art“: „Verweiß“ gibt es hier nicht. Meinten Sie Verweis?"),
    ("unknown card", cell("Regeln", "M98", "Karte", "S99"),
     "Blatt „Regeln“, Zeile {row}, Spalte „Karte“: „S99“ ist keine Notfall-Karte. Meinten Sie S9?"),
    ("unknown condition", cell("Regeln", "M98", "Bedingung", "absprache"),
     "Blatt „Regeln“, Zeile {row}, Spalte „Bedingung“: „absprache“ steht nicht im Blatt „Bedingungen“."),
    ("precedence over nobody", cell("Regeln", "M97", "Vorrang vor", "M98x"),
     "Blatt „Regeln“, Zeile {row}, Spalte „Vorrang vor“: „M98x“ ist keine Regel. Meinten Sie M98?"),
    ("precedence over an earlier rule", cell("Regeln", "M98", "Vorrang vor", "M97"),
     "Blatt „Regeln“, Zeile {row}, Spalte „Vorrang vor“: „M97“ steht nicht unter dieser Regel. Vorrang hat eine Regel nur vor "
     "späteren."),
    ("precedence without reason", cell("Regeln", "M97", "Vorrang vor", "M98"),
     "Blatt „Regeln“, Zeile {row}, Spalte „Begründung“: ist leer. Sagen Sie, warum diese Regel Vorrang hat."),
    ("unknown need", cell("Themen", "T-lid-1", "Thema", "lied"),
     "Blatt „Themen“, Zeile {row}, Spalte „Thema“: „lied“ ist kein Thema des Fragebogens. Meinten Sie lid?"),
    ("last rule with a condition", last_rule,
     "Blatt „Regeln“, Zeile {row}: die letzte Regel darf keine Bedingung haben, damit niemand ohne Antwort bleibt."),
    ("no whole number", cell("Zahlen", "urgent_days", "Wert", "sechs", key="Name"),
     "Blatt „Zahlen“, Zeile 2, Spalte „Wert“: „sechs“ ist keine ganze Zahl ab 0."),
    ("unknown number", cell("Zahlen", "urgent_days", "Name", "urgent_day", key="Name"),
     "Blatt „Zahlen“, Zeile 2, Spalte „Name“: „urgent_day“ ist keine der Zahlen. Meinten Sie urgent_days?"),
    ("another county", lambda book: book["Angaben"].cell(2, 2, "anderswo"),
     "Blatt „Angaben“, Zeile 2, Spalte „Kreis“: diese Tabelle gehört zu „anderswo“ und nicht zu „{county}“. "
     "Prüfen Sie --county."),
    ("a sheet is gone", lambda book: book.remove(book["Themen"]),
     "Blatt „Themen“: fehlt. Legen Sie es wieder an oder exportieren Sie neu."),
    ("merged cells", lambda book: book["Regeln"].merge_cells("A3:A4"),
     "Blatt „Regeln“, Zeile 3: die Zellen A3:A4 sind verbunden. Heben Sie die Verbindung auf; jede Zeile braucht ihre eigenen "
     "Werte."),
    ("words beside the table", lambda book: book["Regeln"].cell(5, 60, "Notiz"),
     "Blatt „Regeln“, Zeile 5, Spalte „BH“: die Spalte hat keine Überschrift, aber hier steht etwas."),
    ("far too many rows", lambda book: book["Regeln"].cell(1_048_576, 1, "x"),
     "Blatt „Regeln“: reicht bis Zeile 1048576"),
    ("an error value", lambda book: setattr(book["Regeln"].cell(4, 3, "#REF!"), "data_type", "e"),
     "hier steht der Fehlerwert #REF!"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_fault_is_told_with_its_place_and_nothing_is_written(project: Project, edit: Edit, said: str) -> None:
    given, findings = refused(project, edit)
    wanted = said.replace("{county}", project.county).replace("{row}", str(given))
    assert any(wanted in finding for finding in findings), findings


def test_all_faults_are_told_in_one_go_in_the_order_of_the_sheets(project: Project) -> None:
    def edit(book: Any) -> list[int]:
        return [
            put(book["Weitere"], "A3", "Ziel", "AWOO"), put(book["Regeln"], "M98", "Ziel", "MBEE"),
            put(book["Regeln"], "M09", "Grund", None), put(book["Themen"], "T-lid-1", "gültig ab", "bald"),
        ]  # fmt: skip

    rows, findings = refused(project, edit)
    assert isinstance(rows, list)
    assert [finding.split(":")[0] for finding in findings] == [
        f"Blatt „Regeln“, Zeile {rows[2]}, Spalte „Grund“", f"Blatt „Regeln“, Zeile {rows[1]}, Spalte „Ziel“",
        f"Blatt „Themen“, Zeile {rows[3]}, Spalte „gültig ab“", f"Blatt „Weitere“, Zeile {rows[0]}, Spalte „Ziel“",
    ]  # fmt: skip


def test_what_only_the_checker_sees_is_told_with_its_row(project: Project) -> None:
    def edit(book: Any) -> int:
        new = {"Nr.": "M99", "Ziel": "MBE", "Grund": "G", "Quelle": "Q", "gültig ab": "01.11.2026"}
        return insert_after(book["Regeln"], "M03", new)

    number, findings = refused(project, edit)
    assert any(finding.startswith(f"Blatt „Regeln“, Zeile {number}: M99: ") for finding in findings), findings


def test_a_condition_that_a_rule_needs_can_not_be_taken_away(project: Project) -> None:
    name = next(block["id"] for block in blocks(project.rules, "condition"))
    _, findings = refused(project, lambda book: book["Bedingungen"].delete_rows(row(book["Bedingungen"], name, "Name")))
    assert any(f"Spalte „Bedingung“: „{name}“ steht nicht im Blatt „Bedingungen“." in finding for finding in findings)


def test_a_loader_that_refuses_the_trial_keeps_the_files(project: Project) -> None:
    """Whatever the sheet's own tests let through: the library is loaded from a copy before anything is replaced."""
    before = project.files()
    text = project.rules.read_text(encoding="utf-8").replace('to = "JMD"', 'to = "NIEMAND"', 1)
    first = blocks(project.rules, "rule")[0]["id"]
    file = project.rules.relative_to(project.place.definitions)
    attempt = Attempt(file, text, (project.county,), ON, rows={first: ("Regeln", 2)})
    findings, _ = release(attempt, project.place, None)
    said = "Das Ziel „NIEMAND“ ist kein Dienst des Kreises."
    assert len(findings) == 1 and str(findings[0]).startswith(f"Blatt „Regeln“, Zeile 2: {first}: {said}")
    assert project.files() == before


def test_if_one_file_can_not_be_replaced_the_others_go_back(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, new = (project.root / name for name in ("a.toml", "b.toml", "c.toml"))
    first.write_bytes(b"alt a")
    second.write_bytes(b"alt b")
    whole = Path.replace

    def full_disk(self: Path, target: Path) -> Path:
        if target == second:
            raise OSError(28, "No space left on device", str(target))
        return whole(self, target)

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        replace_all({first: b"neu a", new: b"neu c", second: b"neu b"})
    assert first.read_bytes() == b"alt a" and second.read_bytes() == b"alt b" and not new.exists()
    assert not list(project.root.glob(".*.new"))


def test_rows_below_are_counted_as_the_spreadsheet_does(project: Project) -> None:
    def edit(book: Any) -> int:
        worksheet = book["Regeln"]
        worksheet.insert_rows(row(worksheet, "M98"), 3)
        return put(worksheet, "M98", "Ziel", "MBEE")

    number, findings = refused(project, edit)
    assert len(findings) == 1 and findings[0].startswith(f"Blatt „Regeln“, Zeile {number}, Spalte „Ziel“")
