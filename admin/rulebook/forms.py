"""The two ways in which the questionnaire stands in a workbook: our own table in German, and XLSForm.

Both have the same columns with other headings; `docs/tabellen.md` lists them one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from admin.rulebook.cells import NO, YES

# XLSForm names a language by its English word and code: label::German (de).
ENGLISH_NAMES = {"de": "German", "en": "English", "ar": "Arabic"}

# The XLSForm type of each kind of question; the first kind of a type is meant where `wegweiser::kind` is empty.
TYPES: Mapping[str, tuple[str, ...]] = {
    "select_one": ("single", "consent", "town"),
    "select_multiple": ("multi",),
    "integer": ("number",),
    "date": ("date", "month"),
    "text": ("phone",),
    "note": ("note", "language"),
}
TYPE_OF = {kind: name for name, kinds in TYPES.items() for kind in kinds}
APPEARANCE = {"month": "month-year", "phone": "numbers"}

KIND_WORDS = {
    "single": "eine Antwort", "multi": "mehrere Antworten", "consent": "Einwilligung", "town": "Ort", "number": "Zahl",
    "date": "Datum", "month": "Monat", "phone": "Telefon", "language": "Sprache", "note": "Hinweis",
}  # fmt: skip


def english_name(locale: str) -> str:
    if locale in ENGLISH_NAMES:
        return ENGLISH_NAMES[locale]
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(locale.replace("-", "_")).english_name or locale
    except (UnknownLocaleError, ValueError):
        return locale


@dataclass(frozen=True, slots=True)
class Form:
    """Names of sheets, headings by what they show, and the words for yes and no."""

    name: str
    questions: str
    choices: str
    settings: str
    raw: str
    words: tuple[str, str]
    headings: Mapping[str, str]
    stages: Mapping[str, str]
    translated: Mapping[str, str] = field(default_factory=dict)

    def heading(self, what: str) -> str:
        return self.headings[what]

    def in_language(self, what: str, locale: str) -> str:
        """The heading of a translated column."""
        named = f"{english_name(locale)} ({locale})" if self is XLSFORM else locale
        return self.translated[what].format(named)


TABELLE = Form(
    "tabelle", "Fragen", "Antworten", "Angaben", "Feld ", (YES, NO),
    {
        "id": "Nr.", "kind": "Art", "ask_if": "gefragt wenn", "ask_unless": "nicht gefragt wenn", "skip": "überspringbar",
        "minimum": "kleinste Zahl", "maximum": "größte Zahl", "stage": "Weg", "no_answers": "ohne Antwort", "data": "Schutz",
        "purpose": "Einwilligung", "store": "gespeichert", "counted": "gezählt", "after_result": "nach dem Ergebnis",
        "why": "warum", "source": "Quelle", "valid_from": "gültig ab", "valid_until": "gültig bis",
        "list": "Frage", "option": "Wert", "exclusive": "steht allein", "excludes": "nicht zusammen mit", "card": "Karte",
        "keep": "gespeichert", "only_if": "nur wenn",
        "form": "Kennung", "version": "Fassung", "stamp": "Stand", "content": "Inhalt",
    },
    {"desk": "Schalter", "full": "lang"},
    {"text": "Text ({})", "help": "Hilfe ({})", "long": "Langtext ({})"},
)  # fmt: skip

# XLSForm tools copy further columns of choices into the form as XML names, in which `::` can't stand: there it is `_`.
XLSFORM = Form(
    "xlsform", "survey", "choices", "settings", "wegweiser::field::", ("yes", "no"),
    {
        "type": "type", "id": "name", "relevant": "relevant", "skip": "required", "constraint": "constraint",
        "appearance": "appearance", "kind": "wegweiser::kind", "ask_if": "wegweiser::ask_if",
        "ask_unless": "wegweiser::ask_unless", "stage": "wegweiser::stage", "no_answers": "wegweiser::no_answers",
        "data": "wegweiser::data", "purpose": "wegweiser::purpose", "store": "wegweiser::store",
        "counted": "wegweiser::counted", "after_result": "wegweiser::after_result", "why": "wegweiser::why",
        "source": "wegweiser::source", "valid_from": "wegweiser::valid_from", "valid_until": "wegweiser::valid_until",
        "list": "list_name", "option": "name", "exclusive": "wegweiser_exclusive", "excludes": "wegweiser_excludes",
        "card": "wegweiser_card", "keep": "wegweiser_keep", "only_if": "wegweiser_only_if", "kommune": "wegweiser_kommune",
        "form": "form_id", "version": "version", "stamp": "wegweiser::stamp", "title": "form_title",
        "language": "default_language",
    },
    {"desk": "desk", "full": "full"},
    {"text": "label::{}", "help": "hint::{}", "long": "wegweiser::long::{}"},
)  # fmt: skip

FORMS = {form.name: form for form in (TABELLE, XLSFORM)}
