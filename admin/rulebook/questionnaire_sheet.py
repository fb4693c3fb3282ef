"""The questionnaire as a workbook: the sheets of questions, of options and of settings, in one of the two forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from admin.rulebook.cells import Cell
from admin.rulebook.columns import Column, date_column, raw_column, text_column
from admin.rulebook.forms import XLSFORM, Form
from admin.rulebook.option_items import options_of
from admin.rulebook.question_columns import Words, option_columns, question_columns
from admin.rulebook.rules_sheet import reading, stamp
from admin.rulebook.sheet_writing import Sheet
from admin.rulebook.table_merge import shown
from admin.rulebook.toml_blocks import Block, TomlFile
from dialogs.script import Script

CONTENT = "Wegweiser-Fragebogen"
GUIDE = "Anleitung"
ORDERS: Mapping[str, Sequence[str]] = {
    "": (),
    "questionnaire": ("id", "version", "valid_from"),
    "question": (
        "id", "text", "help", "long", "kind", "purpose", "minimum", "maximum", "stage", "skip", "store", "counted",
        "after_result", "no_answers", "ask_if", "ask_unless", "data", "why", "source", "valid_from", "valid_until", "options",
    ),
}  # fmt: skip

GUIDE_LINES = (
    "So ändern Sie den Fragebogen:",
    "1. Blatt „Fragen“: eine Zeile je Frage, in der Reihenfolge, in der gefragt wird. Blatt „Antworten“: die Antworten dazu.",
    "2. „gefragt wenn“: S04_status = p104c, duldung; S03_age = a18 heißt: Das Papier ist eines von beiden, und das Alter ist "
    "a18. „nicht gefragt wenn“: Trifft etwas davon zu, wird nicht gefragt. Nur frühere Fragen dürfen genannt werden.",
    "3. Nummern von Fragen und Werte von Antworten bleiben, sobald sie benutzt werden. Ein neuer Sinn ist eine neue Frage.",
    "4. Deutsch ist die Vorlage. Ändern Sie einen deutschen Satz, so ändern Sie auch seine Übersetzungen in derselben Zeile; "
    "sonst werden sie zum Prüfen vorgemerkt. Geänderte Übersetzungen gelten als Entwurf, bis sie jemand freigibt.",
    "5. Wörter in geschweiften Klammern wie {stelle} bleiben stehen; sie werden später ausgefüllt.",
    "6. Ändern Sie im Blatt „Angaben“ die Fassung. Keine Formeln, keine verbundenen Zellen.",
)


@dataclass(frozen=True, slots=True)
class QuestionnaireFile:
    """One questionnaire file, the script that names cards and Kommunen, and the words of all languages."""

    file: TomlFile
    script: Script
    words: Words

    @property
    def head(self) -> Block:
        return self.file.of("questionnaire")[0]

    def question_columns(self, form: Form) -> list[Column]:
        """All columns of the questions, and one for every key we have no name for."""
        several = frozenset(block.id for block in self.file.of("question") if block.data.get("kind") == "multi")
        keys = dict.fromkeys(key for block in self.file.of("question") for key in block.data)
        strange = [raw_column(key, form.raw) for key in keys if key not in ORDERS["question"]]
        return [*question_columns(form, self.words, several), *strange]

    def option_columns(self, form: Form, question: str) -> list[Column]:
        return option_columns(form, self.words, question, self.script.questionnaire.cards)

    def settings_columns(self, form: Form) -> list[Column]:
        return [
            text_column(form.heading("version"), "version", needed=True, width=22),
            date_column("wegweiser::valid_from" if form is XLSFORM else form.heading("valid_from"), "valid_from", group="what"),
        ]

    def towns(self) -> dict[str, str]:
        return {kommune.id: kommune.name for kommune in self.script.county.kommunen.values()}


def questionnaire_sheets(questionnaire: QuestionnaireFile, form: Form) -> list[Sheet]:
    """All sheets of the workbook. Raises ValueError where options are written in a way that has no rows."""
    edited = [questions_sheet(questionnaire, form), choices_sheet(questionnaire, form)]
    sheets = [*edited, settings_sheet(questionnaire, form, stamp(edited))]
    if form is not XLSFORM:
        sheets.append(Sheet(GUIDE, [reading(GUIDE, 110)], [{GUIDE: line} for line in GUIDE_LINES], fixed=True))
    return sheets


def questions_sheet(questionnaire: QuestionnaireFile, form: Form) -> Sheet:
    columns = questionnaire.question_columns(form)
    rows = [shown(columns, block.data) for block in questionnaire.file.of("question")]
    return Sheet(form.questions, columns, rows, frozen=2 if form is XLSFORM else 1)


def choices_sheet(questionnaire: QuestionnaireFile, form: Form) -> Sheet:
    """The options; in XLSForm the Kommunen too, because a form without them could not be filled in."""
    rows: list[dict[str, Cell]] = []
    for block in questionnaire.file.of("question"):
        columns = questionnaire.option_columns(form, block.id)
        if form is XLSFORM and block.data.get("kind") == "town":
            rows += [town_row(questionnaire, form, block.id, *town) for town in questionnaire.towns().items()]
        rows += [shown(columns, item.data) for item in options_of(block)]
    return Sheet(form.choices, questionnaire.option_columns(form, ""), rows, frozen=2)


def town_row(questionnaire: QuestionnaireFile, form: Form, question: str, town: str, label: str) -> dict[str, Cell]:
    """A Kommune of the county: a proper name, the same in every language, and not changed here."""
    named = {form.in_language("text", locale): label for locale in ("de", *questionnaire.words.known)}
    return {form.heading("list"): question, form.heading("option"): town, form.heading("kommune"): "yes", **named}


def settings_sheet(questionnaire: QuestionnaireFile, form: Form, marked: str) -> Sheet:
    """One row: which questionnaire, which version, and the mark of this export."""
    columns = questionnaire.settings_columns(form)
    row = shown(columns, questionnaire.head.data) | {form.heading("form"): questionnaire.head.id, form.heading("stamp"): marked}
    front: list[Column] = []
    if form is XLSFORM:
        row |= {form.heading("title"): CONTENT, form.heading("language"): form.in_language("text", "de").removeprefix("label::")}
        front = [reading(form.heading("title"), 24)]
    else:
        row[form.heading("content")] = CONTENT
        front = [reading(form.heading("content"), 24)]
    behind = [reading(form.heading("language"), 18)] if form is XLSFORM else []
    named = [*front, reading(form.heading("form"), 14), *columns, *behind, reading(form.heading("stamp"), 22)]
    return Sheet(form.settings, named, [row])
