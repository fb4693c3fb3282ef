"""The columns of questions and of their options, in both forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from admin.rulebook.cells import Cell, as_text, one_of
from admin.rulebook.columns import (
    Column,
    Data,
    Editable,
    date_column,
    list_column,
    number_column,
    text_column,
    word_column,
    yes_column,
)
from admin.rulebook.forms import APPEARANCE, KIND_WORDS, TYPE_OF, TYPES, XLSFORM, Form
from admin.rulebook.sheet_findings import CellWrong
from admin.rulebook.xlsform import from_relevant, from_terms, relevant, terms
from locales.errors import CatalogProblem
from locales.template import template

NO_ANSWERS = ("unknown", "na")
_CONSTRAINT = re.compile(r"(?:\.\s*>=\s*(\d{1,9}))?(?:\s+and\s+)?(?:\.\s*<=\s*(\d{1,9}))?")


@dataclass(slots=True)
class Words:
    """The translations of one questionnaire: what the catalogues hold, and what the workbook says instead."""

    prefix: str
    known: Mapping[str, Mapping[str, str]]
    pending: dict[tuple[str, str], str] = field(default_factory=dict)

    def get(self, locale: str, key: str) -> str:
        return self.pending.get((locale, key), self.known[locale].get(key, ""))


def question_columns(form: Form, words: Words, several: frozenset[str]) -> list[Column]:
    """All columns of the sheet of questions. `several`: ids of questions with several choices."""
    name = form.heading
    xlsform = form is XLSFORM
    front = [_type_column(form)] if xlsform else []
    kind = _kind_column(form) if xlsform else word_column(name("kind"), "kind", KIND_WORDS, None, needed=True, width=18)
    asked = [_relevant_column(form, several)] if xlsform else []
    bounds = [_constraint_column(form), _appearance_column(form)] if xlsform else [
        number_column(name("minimum"), "minimum", width=10), number_column(name("maximum"), "maximum", width=10),
    ]  # fmt: skip
    return [
        *front,
        text_column(name("id"), "id", needed=True, width=16),
        *([] if xlsform else [kind]),
        *_spoken(form, words, "text", 48, lambda data: f"{words.prefix}.{data.get('id', '')}", needed=True),
        *_spoken(form, words, "help", 40, lambda data: f"{words.prefix}.{data.get('id', '')}.help"),
        *asked,
        _terms_column(name("ask_if"), "ask_if", inner=xlsform),
        _terms_column(name("ask_unless"), "ask_unless", inner=xlsform),
        _required_column(form) if xlsform else _switch(form, "skip", default=True),
        *bounds,
        *([kind] if xlsform else []),
        word_column(name("stage"), "stage", form.stages, "full", width=11, group="then"),
        list_column(
            name("no_answers"), "no_answers", known=lambda: NO_ANSWERS, what="ist weder unknown noch na", width=14, group="then"
        ),
        text_column(name("data"), "data", width=8, group="then", choices=("NP", "A6", "A6s", "A9")),
        text_column(name("purpose"), "purpose", width=12, group="then"),
        _switch(form, "store", default=True),
        _switch(form, "counted", default=True),
        _switch(form, "after_result"),
        *_spoken(form, words, "long", 60, lambda data: f"{words.prefix}.{data.get('id', '')}.long"),
        text_column(name("why"), "why", needed=True, width=50, group="why"),
        text_column(name("source"), "source", needed=True, width=34, group="why"),
        date_column(name("valid_from"), "valid_from", needed=True),
        date_column(name("valid_until"), "valid_until"),
    ]


def option_columns(form: Form, words: Words, question: str, cards: Mapping[str, object]) -> list[Column]:
    """All columns of the options of one question."""
    name = form.heading
    listed = Column(name("list"), lambda data: question, lambda block, cell: None, needed=True, width=16)
    town = [Column(name("kommune"), lambda data: None, lambda block, cell: None, width=10)] if form is XLSFORM else []
    return [
        listed,
        text_column(name("option"), "id", needed=True, width=14),
        *_spoken(form, words, "text", 48, lambda data: f"{words.prefix}.{question}.{data.get('id', '')}", needed=True),
        _switch(form, "exclusive"),
        list_column(name("excludes"), "excludes", width=16, group="then"),
        text_column(name("card"), "card", known=lambda: cards, what="ist keine Notfall-Karte", width=10, group="then"),
        _switch(form, "keep", default=True),
        _terms_column(name("only_if"), "only_if", inner=False),
        *town,
    ]


def _switch(form: Form, key: str, *, default: bool = False, turned: bool = False) -> Column:
    return yes_column(form.heading(key), key, default=default, turned=turned, words=form.words, width=13, group="then")


def _spoken(form: Form, words: Words, key: str, width: int, path: Any, *, needed: bool = False) -> list[Column]:
    """German from the file, every other language from its catalogue."""

    def german(block: Editable, cell: Cell) -> None:
        text = as_text(cell)
        old = str(block.data.get(key, ""))
        _same_braces(text, old if old else "")
        if text and text != old.strip():
            block.set(key, text)
        elif not text and key in block.data:
            block.drop(key)

    def column(locale: str) -> Column:
        def write(block: Editable, cell: Cell) -> None:
            text = as_text(cell)
            if text and not block.data.get(key):
                raise CellWrong("ohne deutschen Text gibt es hier nichts zu übersetzen. Schreiben Sie zuerst den deutschen.")
            _same_braces(text, str(block.data.get(key, "")))
            if text != words.get(locale, path(block.data)):
                words.pending[locale, path(block.data)] = text

        def read(data: Data) -> Cell:
            # Without a German sentence the id may be somebody else's: an option called "long" has that of a long text.
            return words.get(locale, path(data)) if data.get(key) else None

        return Column(form.in_language(key, locale), read, write, width=width, sticky=True)

    first = Column(form.in_language(key, "de"), lambda data: data.get(key), german, needed, width)
    return [first, *(column(locale) for locale in words.known)]


def _same_braces(text: str, german: str) -> None:
    """Names in braces are filled in later; a translation may use those of its German sentence and no others."""
    try:
        strange = template(text, rtl=False).placeholders - template(german, rtl=False).placeholders
    except CatalogProblem:
        what = "die geschweiften Klammern stimmen nicht. Zwischen ihnen steht nur ein Name, zum Beispiel {stelle}."
        raise CellWrong(what) from None
    if strange:
        raise CellWrong(f"„{{{min(strange)}}}“ gibt es in diesem Satz nicht; es würde nie ausgefüllt.")


def _terms_column(heading: str, key: str, *, inner: bool) -> Column:
    """Conditions in our own words. `inner`: only those on @door and @ziel, for which XLSForm has no question."""

    def shown(data: Data) -> dict[str, list[str]]:
        return {name: list(options) for name, options in data.get(key, {}).items() if not inner or name.startswith("@")}

    def write(block: Editable, cell: Cell) -> None:
        found = from_terms(as_text(cell))
        for name in found:
            if inner and not name.startswith("@"):
                raise CellWrong(f"hier stehen nur @door, @ziel und Ähnliches. „{name}“ gehört in die Spalte relevant.")
        _ask(block, key, found, set(shown(block.data)))

    return Column(heading, lambda data: terms(shown(data)), write, width=34, group="when")


def _relevant_column(form: Form, several: frozenset[str]) -> Column:
    def plain(data: Data, key: str) -> dict[str, list[str]]:
        return {name: list(options) for name, options in data.get(key, {}).items() if not name.startswith("@")}

    def write(block: Editable, cell: Cell) -> None:
        found = from_relevant(as_text(cell))
        for key, asked in zip(("ask_if", "ask_unless"), found, strict=True):
            _ask(block, key, asked, set(plain(block.data, key)))

    def read(data: Data) -> Cell:
        return relevant(plain(data, "ask_if"), plain(data, "ask_unless"), several)

    return Column(form.heading("relevant"), read, write, width=44, group="when")


def _ask(block: Editable, key: str, wanted: dict[str, list[str]], mine: set[str]) -> None:
    """Put conditions into a block; of those in it, only `mine` were shown and may go."""
    now = {name: list(options) for name, options in block.data.get(key, {}).items()}
    merged = {name: wanted.get(name, options) for name, options in now.items() if name not in mine or name in wanted}
    merged |= {name: options for name, options in wanted.items() if name not in merged}
    if merged == now:
        return
    if merged:
        block.set(key, merged)
    else:
        block.drop(key)


def _type_column(form: Form) -> Column:
    def read(data: Data) -> Cell:
        name = TYPE_OF.get(str(data.get("kind")), "note")
        return f"{name} {data.get('id', '')}" if name.startswith("select") else name

    def write(block: Editable, cell: Cell) -> None:
        name = one_of(as_text(cell).split()[0] if as_text(cell) else "", TYPES, "ist kein unterstützter XLSForm-Typ")
        if block.data.get("kind") not in TYPES[name]:
            block.set("kind", TYPES[name][0])

    return Column(form.heading("type"), read, write, True, 24)


def _required_column(form: Form) -> Column:
    """The contrary of `skip`. A note that is required could never be passed, so there the cell stays empty."""
    plain = _switch(form, "skip", default=True, turned=True)

    def note(data: Data) -> bool:
        return TYPE_OF.get(str(data.get("kind"))) == "note"

    def write(block: Editable, cell: Cell) -> None:
        if note(block.data) and cell is not None:
            raise CellWrong("ein Hinweis (note) kann nicht verlangt werden. Leeren Sie die Zelle.")
        plain.write(block, cell)

    return replace(plain, read=lambda data: None if note(data) else plain.read(data), write=write)


def _kind_column(form: Form) -> Column:
    """Empty where the XLSForm type says it all."""

    def read(data: Data) -> Cell:
        kind = str(data.get("kind"))
        return None if kind == TYPES[TYPE_OF.get(kind, "note")][0] else kind

    def write(block: Editable, cell: Cell) -> None:
        word = as_text(cell)
        kind = one_of(word, TYPE_OF, "ist keine Art von Frage") if word else TYPES[TYPE_OF[str(block.data["kind"])]][0]
        if kind != block.data.get("kind"):
            block.set("kind", kind)

    return Column(form.heading("kind"), read, write, width=12, group="then", choices=tuple(TYPE_OF))


def _appearance_column(form: Form) -> Column:
    def write(block: Editable, cell: Cell) -> None:
        if as_text(cell) != APPEARANCE.get(str(block.data.get("kind")), ""):
            raise CellWrong("diese Spalte folgt aus wegweiser::kind und lässt sich nicht ändern.")

    return Column(form.heading("appearance"), lambda data: APPEARANCE.get(str(data.get("kind"))), write, width=12, group="then")


def _constraint_column(form: Form) -> Column:
    def read(data: Data) -> Cell:
        bounds = [(".", sign, data[key]) for key, sign in (("minimum", ">="), ("maximum", "<=")) if data.get(key) is not None]
        return " and ".join(" ".join(map(str, bound)) for bound in bounds)

    def write(block: Editable, cell: Cell) -> None:
        word = as_text(cell)
        found = _CONSTRAINT.fullmatch(word)
        if found is None or word.endswith("and") or word.startswith("and"):
            raise CellWrong(f"„{word}“ wird nicht unterstützt. Verstanden wird zum Beispiel: . >= 1950 and . <= 2030")
        for key, value in zip(("minimum", "maximum"), found.groups(), strict=True):
            if value is not None and int(value) != block.data.get(key):
                block.set(key, int(value))
            elif value is None and key in block.data:
                block.drop(key)

    return Column(form.heading("constraint"), read, write, width=20, group="then")

