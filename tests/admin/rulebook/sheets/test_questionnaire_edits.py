"""An edit of the questionnaire arrives in the file or in the catalogue, in both forms; faults are told with their place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook

from admin.rulebook.sheet_findings import SheetRefused
from dialogs.load import load_library
from locales.catalog import Catalog
from tests.admin.rulebook.sheets.workbooks import Project, blocks, changed_lines, column, insert_after, put, row

Edit = Callable[[Any], object]


def question(project: Project, name: str) -> dict[str, Any]:
    return next(block for block in blocks(project.questionnaire, "question") if block["id"] == name)


def translated(project: Project, locale: str, key: str) -> str:
    return Catalog.load(project.place.catalogues).messages(locale)[key].forms[0]


@pytest.mark.parametrize(
    ("form", "sheet", "key", "german", "english"),
    [
        ("tabelle", "Fragen", "Nr.", "Text (de)", "Text (en)"),
        ("xlsform", "survey", "name", "label::German (de)", "label::English (en)"),
    ],
)
def test_a_sentence_with_its_translation_arrives_in_both_places_as_a_draft(
    project: Project, form: str, sheet: str, key: str, german: str, english: str
) -> None:
    review = project.root / "locales" / "review.toml"
    review.write_text(review.read_text().replace('[language.en]\nstatus = "draft"', '[language.en]\nstatus = "reviewed"'))
    before, arabic = project.questionnaire.read_text(encoding="utf-8"), project.catalogue("ar").read_text(encoding="utf-8")
    project.export_questionnaire(form)
    with project.editing() as workbook:
        put(workbook[sheet], "S03_age", german, "Wie viele Jahre alt sind Sie?", key)
        put(workbook[sheet], "S03_age", english, "How many years old are you?", key)
    outcome = project.import_questionnaire()
    went, came = changed_lines(before, project.questionnaire.read_text(encoding="utf-8"))
    assert (went, came) == (['text = "Wie alt sind Sie?"'], ['text = "Wie viele Jahre alt sind Sie?"'])
    assert translated(project, "en", "scr.S03_age") == "How many years old are you?"
    catalog = Catalog.load(project.place.catalogues)
    assert not catalog.messages("en")["scr.S03_age"].fuzzy and catalog.is_draft("scr.S03_age", "en")
    assert '[language.en]\nstatus = "draft"' in review.read_text()
    # Nobody translated it into Arabic: that sentence is marked, and pointed out.
    assert catalog.messages("ar")["scr.S03_age"].fuzzy and arabic != project.catalogue("ar").read_text(encoding="utf-8")
    assert any(note.startswith("ar: ein Satz ist neu") for note in outcome.notes)


def test_a_translation_alone_leaves_the_questionnaire_and_the_other_languages(project: Project) -> None:
    before = project.files()
    project.export_questionnaire()
    with project.editing() as workbook:
        worksheet = workbook["Antworten"]
        number = next(n for n in range(2, worksheet.max_row) if worksheet.cell(n, 1).value == "S06_applied")
        worksheet.cell(number, column(worksheet, "Text (en)")).value = "Yes, handed in by me"
    outcome = project.import_questionnaire()
    after = project.files()
    assert [name for name in before if before[name] != after[name]] == ["locales/en/LC_MESSAGES/messages.po"]
    went, came = changed_lines(before["locales/en/LC_MESSAGES/messages.po"].decode(), project.catalogue("en").read_text("utf-8"))
    assert len(went) == 1 and came == ['msgstr "Yes, handed in by me"']
    assert [str(change) for change in outcome.changes] == ["Antworten: S06_applied/yes geändert (Text (en))"]


def test_one_option_changes_one_line_and_others_keep_theirs(project: Project) -> None:
    before = project.questionnaire.read_text(encoding="utf-8")
    project.export_questionnaire()
    with project.editing() as workbook:
        worksheet = workbook["Antworten"]
        number = row(worksheet, "exploit", "Wert")
        worksheet.cell(number, column(worksheet, "Karte")).value = None
        worksheet.cell(number, column(worksheet, "nur wenn")).value = "@door = web; F2_notice = yes"
    project.import_questionnaire()
    went, came = changed_lines(before, project.questionnaire.read_text(encoding="utf-8"))
    assert len(went) == len(came) == 1
    assert came[0].endswith('keep = false, only_if = { "@door" = ["web"], F2_notice = ["yes"] } },') and "card" not in came[0]


def test_options_are_added_removed_and_moved(project: Project) -> None:
    text = project.questionnaire.read_text(encoding="utf-8")
    text = text.replace('    { id = "started"', '    # noch nicht abgegeben\n    { id = "started"')
    project.questionnaire.write_bytes(text.encode())
    project.export_questionnaire()
    with project.editing() as workbook:
        worksheet = workbook["Antworten"]
        first = next(n for n in range(2, worksheet.max_row) if worksheet.cell(n, 1).value == "S06_applied")
        worksheet.cell(first, column(worksheet, "Wert")).value = "later"
        worksheet.cell(first, column(worksheet, "Text (de)")).value = "Später"
        worksheet.cell(first, column(worksheet, "Text (en)")).value = "Later"
        worksheet.cell(first, column(worksheet, "Text (ar)")).value = None
        worksheet.insert_rows(first + 3)
        for heading, value in {"Frage": "S06_applied", "Wert": "yes", "Text (de)": "Ja, abgegeben"}.items():
            worksheet.cell(first + 3, column(worksheet, heading)).value = value
    project.import_questionnaire()
    assert [option["id"] for option in question(project, "S06_applied")["options"]] == ["later", "started", "no", "yes"]
    after = project.questionnaire.read_text(encoding="utf-8")
    went, came = changed_lines(text, after)
    assert came == ['    { id = "later", text = "Später" },', '    { id = "yes", text = "Ja, abgegeben" },'] and len(went) == 1
    assert "    # noch nicht abgegeben\n    { id = \"started\"" in after
    assert translated(project, "en", "scr.S06_applied.later") == "Later"


def test_a_new_question_with_options_and_words_is_asked(project: Project) -> None:
    project.export_questionnaire("xlsform")
    with project.editing() as workbook:
        new = {
            "type": "select_one S06b_help", "name": "S06b_help", "label::German (de)": "Hilft Ihnen jemand beim Antrag?",
            "label::English (en)": "Is somebody helping you?", "relevant": "${S06_applied} = 'started' and ${S04_status} != 'eu'",
            "required": "no", "wegweiser::stage": "full", "wegweiser::data": "A6", "wegweiser::why": "To send help.",
            "wegweiser::source": "Kreis", "wegweiser::valid_from": dt.datetime(2026, 12, 1),
            "wegweiser::kind": None, "wegweiser::no_answers": "unknown, na",
        }  # fmt: skip
        insert_after(workbook["survey"], "S06_applied", new, "name")
        workbook["survey"].delete_rows(row(workbook["survey"], "S06x_idle", "name"))
        choices = workbook["choices"]
        for number in range(choices.max_row, 1, -1):
            if choices.cell(number, 1).value == "S06x_idle":
                choices.delete_rows(number)
        for name, text in (("yes", "Ja"), ("no", "Nein")):
            number = choices.max_row + 1
            for heading, value in {"list_name": "S06b_help", "name": name, "label::German (de)": text}.items():
                choices.cell(number, column(choices, heading)).value = value
    outcome = project.import_questionnaire()
    names = [block["id"] for block in blocks(project.questionnaire, "question")]
    assert names[names.index("S06_applied") + 1] == "S06b_help" and "S06x_idle" not in names
    assert question(project, "S06b_help") == {
        "id": "S06b_help", "text": "Hilft Ihnen jemand beim Antrag?", "kind": "single", "ask_if": {"S06_applied": ["started"]},
        "ask_unless": {"S04_status": ["eu"]}, "no_answers": ["unknown", "na"], "data": "A6", "why": "To send help.",
        "source": "Kreis", "valid_from": dt.date(2026, 12, 1),
        "options": [{"id": "yes", "text": "Ja"}, {"id": "no", "text": "Nein"}],
    }  # fmt: skip
    assert "survey: S06b_help neu" in map(str, outcome.changes) and "survey: S06x_idle entfernt" in map(str, outcome.changes)
    script = next(iter(load_library(project.county, project.place.definitions).scripts.values()))
    assert script.questionnaire.by_id["S06b_help"].options[1].text == "Nein"
    assert translated(project, "en", "scr.S06b_help") == "Is somebody helping you?"


def test_a_renamed_question_takes_its_translations_along(project: Project) -> None:
    project.export_questionnaire()
    with project.editing() as workbook:
        put(workbook["Fragen"], "S06x_idle", "Text (en)", "Does somebody help you?")
        for cells in workbook["Antworten"].iter_rows(min_row=2):
            if (cells[0].value, cells[1].value) == ("S06x_idle", "yes"):
                cells[column(workbook["Antworten"], "Text (en)") - 1].value = "Yes, somebody"
    project.import_questionnaire()
    project.export_questionnaire()
    with project.editing() as workbook:
        put(workbook["Fragen"], "S06x_idle", "Nr.", "S06y_idle")
        for cells in workbook["Antworten"].iter_rows(min_row=2):
            if cells[0].value == "S06x_idle":
                cells[0].value = "S06y_idle"
    outcome = project.import_questionnaire()
    assert translated(project, "en", "scr.S06y_idle") == "Does somebody help you?"
    assert translated(project, "en", "scr.S06y_idle.yes") == "Yes, somebody"
    assert "scr.S06x_idle" not in project.catalogue("en").read_text(encoding="utf-8")
    told = next(str(change) for change in outcome.changes if change.sheet == "Fragen")
    assert told.startswith("Fragen: S06y_idle geändert (Nr.")


def test_xlsform_says_who_is_asked_and_what_is_allowed(project: Project) -> None:
    project.export_questionnaire("xlsform")
    workbook = load_workbook(project.book)
    survey, choices = workbook["survey"], workbook["choices"]

    def shown(name: str, heading: str) -> object:
        return survey.cell(row(survey, name, "name"), column(survey, heading)).value

    assert shown("S03_age", "type") == "select_one S03_age" and shown("S15_needs", "type") == "select_multiple S15_needs"
    assert shown("S05_valid_until", "type") == "date" and shown("F2_notice", "wegweiser::kind") == "consent"
    assert shown("S03b_month27", "relevant") == "${S03_age} = 'a25'" and shown("S03b_month27", "appearance") == "month-year"
    papers = "${S04_status} = 'p104c' or ${S04_status} = 'fik104c' or ${S04_status} = 'duldung'"
    assert shown("S07_identity", "relevant") == f"({papers}) and not(${{S04_status}} = 'gestattung')"
    assert shown("S18_handover", "wegweiser::ask_if") == "@ziel = referral, clearing"
    assert shown("S12_year", "constraint") == ". >= 1950" and shown("F3_health_ok", "required") == "yes"
    towns = {cells[1].value for cells in choices.iter_rows(min_row=2) if cells[0].value == "S02_city"}
    assert "velbert" in towns and "other" in towns
    assert [cell.value for cell in workbook["settings"][1]] == [
        "form_title", "form_id", "version", "wegweiser::valid_from", "default_language", "wegweiser::stamp",
    ]  # fmt: skip


def test_an_option_called_long_is_not_the_long_text_of_its_question(project: Project) -> None:
    project.export_questionnaire()
    worksheet = load_workbook(project.book)["Fragen"]
    assert "long" in {option["id"] for option in question(project, "S16_kind")["options"]}
    assert worksheet.cell(row(worksheet, "S16_kind"), column(worksheet, "Langtext (en)")).value is None


def both(sheet: str, name: str, heading: str, value: object, key: str) -> Edit:
    return lambda book: put(book[sheet], name, heading, value, key)


def remove(sheet: str, name: str, key: str) -> Edit:
    return lambda book: book[sheet].delete_rows(row(book[sheet], name, key))


WRONG = [
    ("tabelle", both("Fragen", "S03b_month27", "gefragt wenn", "S04_status = p104c", "Nr."),
     "Blatt „Fragen“, Zeile {row}, Spalte „gefragt wenn“: S04_status wird erst später gefragt (Zeile"),
    ("xlsform", both("survey", "S06_applied", "relevant", "${S06_applied} = 'yes'", "name"),
     "Blatt „survey“, Zeile {row}, Spalte „relevant“: S06_applied fragt nach sich selbst. Nennen Sie eine frühere Frage."),
    ("xlsform", both("survey", "S06_applied", "relevant", "${S04_statu} = 'p104c'", "name"),
     "Blatt „survey“, Zeile {row}, Spalte „relevant“: „S04_statu“ ist keine Frage. Meinten Sie S04_status?"),
    ("xlsform", both("survey", "S06_applied", "relevant", "${S04_status} = 'p104'", "name"),
     "Blatt „survey“, Zeile {row}, Spalte „relevant“: S04_status hat keine Antwort „p104“. Meinten Sie p104c?"),
    ("xlsform", both("survey", "S06_applied", "relevant", "${S04_status} > 3", "name"),
     "Blatt „survey“, Zeile {row}, Spalte „relevant“: „> 3“ gehört nicht zu den unterstützten Ausdrücken."),
    ("xlsform", both("survey", "S06_applied", "type", "begin_group", "name"),
     "Blatt „survey“, Zeile {row}, Spalte „type“: „begin_group“ ist kein unterstützter XLSForm-Typ."),
    ("xlsform", both("survey", "S06_applied", "type", "select_one Other", "name"),
     "Blatt „survey“, Zeile {row}, Spalte „type“: die Liste muss heißen wie die Frage: „select_one S06_applied“."),
    ("xlsform", both("survey", "S06_applied", "wegweiser::kind", "multi", "name"),
     "Blatt „survey“, Zeile {row}, Spalte „wegweiser::kind“: „multi“ passt nicht zu „select_one“. Zu „multi“ gehört "
     "„select_multiple“."),
    ("xlsform", both("survey", "S12_year", "constraint", ". > 1950", "name"),
     "„. > 1950“ wird nicht unterstützt."),
    ("xlsform", both("choices", "velbert", "label::German (de)", "Felbert", "name"),
     "die Kommunen stehen in der Datei des Kreises"),
    ("xlsform", lambda book: book["settings"].cell(2, 2, "andere"),
     "der Fragebogen heißt „scr“ und nicht „andere“."),
    ("tabelle", both("Fragen", "S06_applied", "Text (en)", "Did {you} apply?", "Nr."),
     "Blatt „Fragen“, Zeile {row}, Spalte „Text (en)“: „{you}“ gibt es in diesem Satz nicht; es würde nie ausgefüllt."),
    ("tabelle", both("Fragen", "S06_applied", "Text (de)", "Haben Sie {", "Nr."),
     "die geschweiften Klammern stimmen nicht."),
    ("tabelle", both("Fragen", "S15_needs", "Hilfe (en)", "Help", "Nr."),
     "ohne deutschen Text gibt es hier nichts zu übersetzen."),
    ("tabelle", both("Fragen", "S06_applied", "Quelle", None, "Nr."),
     "Spalte „Quelle“: ist leer. Hier muss etwas stehen."),
    ("tabelle", both("Fragen", "S06_applied", "gültig bis", "1.1.2020", "Nr."),
     "endet am 01.01.2020, bevor es am 01.11.2026"),
    ("tabelle", both("Fragen", "S06_applied", "Art", "eine Antwor", "Nr."),
     "„eine Antwor“ gibt es hier nicht. Meinten Sie eine Antwort?"),
    ("tabelle", both("Fragen", "S05_valid_until", "Art", "eine Antwort", "Nr."),
     "diese Frage braucht Antworten im Blatt „Antworten“."),
    ("tabelle", both("Antworten", "many", "Frage", "S16_kin", "Wert"),
     "„S16_kin“ ist keine Frage. Meinten Sie S16_kind?"),
    ("tabelle", both("Antworten", "one", "nicht zusammen mit", "manny", "Wert"),
     "S16_kind hat keine Antwort „manny“. Meinten Sie many?"),
    ("tabelle", remove("Fragen", "S03_age", "Nr."),
     "„S03_age“ ist keine Frage."),
    ("tabelle", remove("Antworten", "p104c", "Wert"),
     "S04_status hat keine Antwort „p104c“. Meinten Sie"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "edit", "said"), WRONG, ids=[case[2][-34:] for case in WRONG])
def test_a_fault_is_told_and_nothing_is_written(project: Project, form: str, edit: Edit, said: str) -> None:
    project.export_questionnaire(form)
    before = project.files()
    with project.editing() as workbook:
        given = edit(workbook)
    with pytest.raises(SheetRefused) as raised:
        project.import_questionnaire()
    assert said.replace("{row}", str(given)) in str(raised.value)
    assert project.files() == before
