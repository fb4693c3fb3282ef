"""An edit of the rules workbook arrives in the file, and nothing else does."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from openpyxl import load_workbook

from admin.rulebook.sheet_findings import SheetRefused
from dialogs.load import load_library
from tests.admin.rulebook.sheets.workbooks import Project, blocks, changed_lines, column, insert_after, put, row

NEW_RULE = {
    "Nr.": "M99", "wenn kommune": "velbert, Hilden", "wenn jung": "ja", "Ziel": "JMD", "Art": "Verweis",
    "Grund": "Der Jugendmigrationsdienst hilft.", "Quelle": "§ 13 SGB VIII", "gültig ab": dt.datetime(2026, 12, 1),
}  # fmt: skip


@pytest.fixture
def book(project: Project) -> Project:
    project.export_rules()
    return project


def test_a_changed_cell_changes_one_line(book: Project) -> None:
    before = book.rules.read_text(encoding="utf-8")
    with book.editing() as workbook:
        put(workbook["Regeln"], "M98", "Quelle", "Kreis, Vorlage 7")
    outcome = book.import_rules()
    went, came = changed_lines(before, book.rules.read_text(encoding="utf-8"))
    assert len(went) == 1 and came == ['source = "Kreis, Vorlage 7"']
    assert [str(change) for change in outcome.changes] == ["Regeln: M98 geändert (Quelle)"]


def test_a_new_key_comes_to_its_place_and_an_emptied_one_goes(book: Project) -> None:
    before = book.rules.read_text(encoding="utf-8")
    with book.editing() as workbook:
        put(workbook["Regeln"], "M98", "gültig bis", dt.datetime(2027, 6, 30))
        put(workbook["Regeln"], "M97", "dringend", None)
        put(workbook["Regeln"], "M97", "Art", "Verweis")
    book.merge_rules()
    text = book.rules.read_text(encoding="utf-8")
    assert changed_lines(before, text) == (['mode = "info_only"', "urgent = true"], ["valid_until = 2027-06-30"])
    rule = text[text.index('id = "M98"') :]
    assert rule.index("valid_from") < rule.index("valid_until") < rule.index("[[rule]]")


def test_a_changed_fact_leaves_the_others_of_its_rule(book: Project) -> None:
    with book.editing() as workbook:
        put(workbook["Regeln"], "M98", "wenn alter", "a16, a18")
        put(workbook["Regeln"], "M98", "wenn unbegleitet", None)
        put(workbook["Regeln"], "M98", "wenn kommune", "Monheim am Rhein")
        put(workbook["Regeln"], "M97", "wenn unbegleitet", "nein")
    book.merge_rules()
    rules = {block["id"]: block["when"] for block in blocks(book.rules, "rule")}
    assert list(rules["M98"].items()) == [("jung", True), ("alter", ["a16", "a18"]), ("kommune", ["monheim"])]
    assert rules["M97"] == {"jung": True, "unbegleitet": False}


def test_an_added_row_adds_a_block_in_its_place_that_loads(book: Project) -> None:
    before = book.rules.read_text(encoding="utf-8")
    with book.editing() as workbook:
        worksheet = workbook["Regeln"]
        # Before the rule that sends all young people to the same place, and in its section: nobody goes elsewhere.
        section = worksheet.cell(row(worksheet, "M08"), column(worksheet, "Abschnitt")).value
        number = row(worksheet, "M08")
        above = worksheet.cell(number - 1, 1).value
        insert_after(worksheet, str(above), {**NEW_RULE, "Abschnitt": section})
    outcome = book.merge_rules()
    text = book.rules.read_text(encoding="utf-8")
    went, came = changed_lines(before, text)
    assert went == [] and "[[rule]]" in came and [str(change) for change in outcome.changes] == ["Regeln: M99 neu"]
    ids = [block["id"] for block in blocks(book.rules, "rule")]
    assert ids[ids.index("M99") + 1] == "M08"
    rule = next(iter(load_library(book.county, book.place.definitions).scripts.values())).book.rules[ids.index("M99")]
    assert (rule.to, rule.mode, rule.urgent, rule.valid_from) == ("JMD", "referral", False, dt.date(2026, 12, 1))
    assert rule.when == {"kommune": ("velbert", "hilden"), "jung": (True,)}
    assert '\nwhen = { kommune = ["velbert", "hilden"], jung = true }\nto = "JMD"\nbecause = ' in text
    assert '\n\n[[rule]]\nid = "M99"\n' in text and text.endswith("valid_from = 2026-11-01\n")


def test_an_added_row_passes_the_proofs_and_is_in_the_file(book: Project) -> None:
    new = {"Nr.": "T-lid-0", "Thema": "lid", "wenn geduldet": "ja", "Ziel": "SPRACHKURS", "Grund": "Dort ist der Test.",
           "Quelle": "IntTestV § 10", "gültig ab": "01.11.2026"}  # fmt: skip
    with book.editing() as workbook:
        worksheet = workbook["Themen"]
        insert_after(worksheet, worksheet.cell(row(worksheet, "T-lid-1") - 1, 1).value, new)
    assert [str(change) for change in book.import_rules().changes] == ["Themen: T-lid-0 neu"]
    ids = [block["id"] for block in blocks(book.rules, "topic")]
    assert ids[ids.index("T-lid-0") + 1] == "T-lid-1"


@pytest.mark.parametrize(("sheet", "name"), [("Regeln", "M97"), ("Regeln", "M98"), ("Weitere", "A98")])
def test_a_removed_row_removes_its_block_and_a_second_import_finds_nothing(book: Project, sheet: str, name: str) -> None:
    before = book.rules.read_text(encoding="utf-8")
    with book.editing() as workbook:
        workbook[sheet].delete_rows(row(workbook[sheet], name))
    assert [str(change) for change in book.import_rules().changes] == [f"{sheet}: {name} entfernt"]
    text = book.rules.read_text(encoding="utf-8")
    went, came = changed_lines(before, text)
    assert came == [] and f'id = "{name}"' in went and "\n\n\n" not in text and text.endswith("01\n")
    assert book.import_rules().changes == ()


def test_rows_in_another_order_are_blocks_in_another_order(book: Project) -> None:
    before = [block["id"] for block in blocks(book.rules, "rule")]
    with book.editing() as workbook:
        worksheet = workbook["Regeln"]
        first, second = row(worksheet, "M97"), row(worksheet, "M98")
        for one, other in zip(worksheet[first], worksheet[second], strict=True):
            one.value, other.value = other.value, one.value
    outcome = book.merge_rules()
    assert [block["id"] for block in blocks(book.rules, "rule")] == [*before[:-3], "M98", "M97", before[-1]]
    assert [str(change) for change in outcome.changes] == ["Regeln: M98 verschoben"]


def test_a_renamed_rule_keeps_what_no_column_shows(book: Project) -> None:
    text = book.rules.read_text(encoding="utf-8").replace('[[rule]]\nid = "M98"', '# für Junge\n[[rule]]\nid = "M98"')
    book.rules.write_bytes(text.encode())
    with book.editing() as workbook:
        put(workbook["Regeln"], "M98", "Nr.", "M98neu")
    book.merge_rules()
    assert changed_lines(text, book.rules.read_text(encoding="utf-8")) == (['id = "M98"'], ['id = "M98neu"'])


def test_a_fact_without_a_column_gets_one_by_its_heading(book: Project) -> None:
    with book.editing() as workbook:
        worksheet = workbook["Regeln"]
        at = worksheet.max_column + 1
        worksheet.cell(1, at).value = "wenn status"
        worksheet.cell(row(worksheet, "M98"), at).value = "ne, Duldung"
    book.merge_rules()
    when = next(block["when"] for block in blocks(book.rules, "rule") if block["id"] == "M98")
    assert when["status"] == ["ne", "duldung"] and list(when)[-1] == "status"


def test_numbers_version_and_conditions_arrive(book: Project) -> None:
    with book.editing() as workbook:
        put(workbook["Zahlen"], "soon_days", "Wert", 190, key="Name")
        put(workbook["Zahlen"], "new_in_germany_years", "Wert", None, key="Name")
        workbook["Angaben"].cell(2, column(workbook["Angaben"], "Fassung")).value = "route-2027"
        conditions = workbook["Bedingungen"]
        given = {"Name": "absprache", "Text": "KIM fragt vorher.", "Bestätigung": "Gefragt", "Vermerk": "Frage",
                 "fragt nach Datum": "ja", "Quelle": "Kreis", "gültig ab": "01.11.2026"}  # fmt: skip
        number = conditions.max_row + 1
        for heading, value in given.items():
            conditions.cell(number, column(conditions, heading)).value = value
        put(workbook["Regeln"], "M98", "Bedingung", "absprache")
    outcome = book.merge_rules()
    text = book.rules.read_text(encoding="utf-8")
    assert "soon_days = 190\n" in text and "new_in_germany_years" not in text and 'version = "route-2027"\n' in text
    assert blocks(book.rules, "condition")[-1] == {
        "id": "absprache", "text": "KIM fragt vorher.", "confirm": "Gefragt", "agreed": "Frage", "asks_date": True,
        "source": "Kreis", "valid_from": dt.date(2026, 11, 1),
    }  # fmt: skip
    assert next(block for block in blocks(book.rules, "rule") if block["id"] == "M98")["condition"] == "absprache"
    assert text.index('id = "absprache"') < text.index("[[rule]]") and not [note for note in outcome.notes if "Fassung" in note]


def test_an_unchanged_version_and_new_sentences_are_pointed_out(book: Project) -> None:
    with book.editing() as workbook:
        put(workbook["Regeln"], "M09", "Grund", "Sie brauchen länger Hilfe.")
    notes = book.import_rules().notes
    assert any("Fassung heißt noch" in note for note in notes)
    assert [note for note in notes if note.startswith("en: ein Satz ist neu zu übersetzen")]
    entry = book.catalogue("en").read_text(encoding="utf-8").partition(f'msgctxt "{book.county}.M09"')
    assert "fuzzy" in entry[0][-400:] and 'msgid "Sie brauchen länger Hilfe."' in entry[2][:200]


def test_into_a_folder_writes_a_whole_copy_and_leaves_the_project(book: Project, tmp_path: Path) -> None:
    before = book.files()
    with book.editing() as workbook:
        put(workbook["Regeln"], "M09", "Quelle", "anders")
    book.import_rules(into=tmp_path / "neu")
    assert book.files() == before
    rules = load_library(book.county, tmp_path / "neu" / "dialogs").scripts.values()
    assert [rule.source for script in rules for rule in script.book.rules if rule.id == "M09"] == ["anders"]


def test_what_others_changed_since_the_export_is_not_overwritten_silently(book: Project) -> None:
    book.rules.write_bytes(book.rules.read_bytes().replace(b"urgent_days = 42", b"urgent_days = 60"))
    with book.editing() as workbook:
        put(workbook["Regeln"], "M09", "Quelle", "anders")
    before = book.files()
    with pytest.raises(SheetRefused, match="Blatt „Angaben“, Zeile 2, Spalte „Stand“: seit diesem Export"):
        book.import_rules()
    assert book.files() == before
    book.import_rules(overwrite=True)
    assert b"urgent_days = 42" in book.rules.read_bytes()


STRANGE = ["=1+1", "+49 2104", "-rund", "@alle", "=cmd|' /C calc'!A0", "'Text", "Zeile\nzwei", "„a“ \\ \"b\""]


@pytest.mark.parametrize("words", STRANGE)
def test_words_that_look_like_a_formula_stay_words_both_ways(project: Project, words: str) -> None:
    project.export_rules()
    with project.editing() as workbook:
        cell = workbook["Regeln"].cell(row(workbook["Regeln"], "M09"), column(workbook["Regeln"], "Quelle"))
        cell.value, cell.data_type = words, "s"
    project.merge_rules()
    assert next(block for block in blocks(project.rules, "rule") if block["id"] == "M09")["source"] == words
    project.export_rules()
    worksheet = load_workbook(project.book)["Regeln"]
    cell = worksheet.cell(row(worksheet, "M09"), column(worksheet, "Quelle"))
    assert cell.value == words and cell.data_type == "s" and cell.number_format == "@"
    assert bool(cell.quotePrefix) is words.startswith(("=", "+", "-", "@", "'"))
    assert project.merge_rules().changes == []


def test_the_workbook_is_made_for_people(book: Project) -> None:
    workbook = load_workbook(book.book)
    assert workbook.sheetnames == ["Regeln", "Themen", "Weitere", "Zahlen", "Bedingungen", "Fakten", "Dienste", "Angaben",
                                   "Anleitung"]  # fmt: skip
    for worksheet in workbook:
        assert worksheet.freeze_panes == "B2" and worksheet.auto_filter.ref, worksheet.title
        assert all(worksheet.column_dimensions[cell.column_letter].width >= 5 for cell in worksheet[1])
    rules = workbook["Regeln"]
    first = rules.cell(2, column(rules, "gültig ab"))
    assert first.is_date and first.number_format == "DD.MM.YYYY" and rules.cell(2, 1).alignment.wrap_text
    assert {"=Dienste!$A$2", '"Verweis', '"ja,nein"'} <= {
        rule.formula1.partition(":" if rule.formula1[0] == "=" else ",nur")[0] for rule in rules.data_validations.dataValidation
    }
    facts = {cells[0].value: cells for cells in workbook["Fakten"].iter_rows(min_row=2)}
    assert workbook["Fakten"].protection.sheet and "velbert: Velbert" in facts["kommune"][2].value
    assert facts["jung"][1].value == "Alter: 16 bis 26 Jahre" and "S03_age" in facts["jung"][3].value
