"""Columns: how a value of a TOML block stands in a cell, and how a changed cell becomes the value of a block."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from admin.rulebook.cells import NO, YES, Cell, as_date, as_list, as_number, as_text, as_yes, one_of
from admin.rulebook.sheet_findings import CellWrong
from admin.rulebook.toml_values import toml_value

Data = Mapping[str, Any]
Known = Callable[[], Collection[str]]


class Editable(Protocol):
    """A block of a TOML file, or one entry of a list in it, that takes single values."""

    @property
    def data(self) -> dict[str, Any]: ...

    def set(self, key: str, value: object) -> None: ...

    def set_raw(self, key: str, value: str) -> None: ...

    def drop(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    `read` gives the cell of a block; `write` puts a changed cell into it and raises CellWrong if that can't be.
    `needed`: the cell may not be empty. `choices`: what the spreadsheet offers to choose from; a text is a range.
    `group`: what it is about, for the colour of its heading. `format`: the spreadsheet's number format, @ is text.
    `sticky`: written again when the row gets a new id. `upright`: the heading stands on its side, the column is narrow.
    """

    heading: str
    read: Callable[[Data], Cell]
    write: Callable[[Editable, Cell], None]
    needed: bool = False
    width: int = 14
    choices: Sequence[str] | str = ()
    group: str = "what"
    format: str = "@"
    sticky: bool = False
    upright: bool = False


def _put(block: Editable, key: str, value: object, absent: object) -> None:
    """Write, or take the key away where the value is what a missing key means. A value that is there already stays."""
    if value == block.data.get(key, absent):
        return
    if value == absent:
        block.drop(key)
    else:
        block.set(key, value)


def text_column(
    heading: str, key: str, *, known: Known | None = None, what: str = "", needed: bool = False, width: int = 14,
    choices: Sequence[str] | str = (), group: str = "what",
) -> Column:  # fmt: skip
    """Words; with `known`, one of these, and `what` says in a finding what the word is not."""

    def write(block: Editable, cell: Cell) -> None:
        word = as_text(cell)
        if word and known is not None:
            word = one_of(word, known(), what)
        if word != str(block.data.get(key, "")).strip():
            _put(block, key, word, "")

    return Column(heading, lambda data: str(data.get(key, "")), write, needed, width, choices, group)


def word_column(heading: str, key: str, words: Mapping[str, str], default: str | None, **more: Any) -> Column:
    """One of a few values, each with its German word. A `default` is what a missing key means."""

    def read(data: Data) -> Cell:
        value = data.get(key, default)
        return None if value is None else words.get(str(value), str(value))

    def write(block: Editable, cell: Cell) -> None:
        word = as_text(cell)
        german = one_of(word, words.values(), "gibt es hier nicht") if word else None
        value = next((name for name, label in words.items() if label == german), default)
        _put(block, key, value, default)

    return Column(heading, read, write, choices=tuple(words.values()), **more)


def yes_column(
    heading: str, key: str, *, default: bool = False, turned: bool = False, words: tuple[str, str] = (YES, NO), **more: Any
) -> Column:
    """ja or empty where a missing key means no; ja or nein where it means yes. `turned`: the cell says the contrary."""

    def read(data: Data) -> Cell:
        value = bool(data.get(key, default)) is not turned
        return words[0] if value else (words[1] if default is not turned else None)

    def write(block: Editable, cell: Cell) -> None:
        value = as_yes(cell)
        value = default if value is None else value is not turned
        if value != bool(block.data.get(key, default)):
            _put(block, key, value, default)

    return Column(heading, read, write, choices=words, **more)


def date_column(heading: str, key: str, *, needed: bool = False, group: str = "why") -> Column:
    def write(block: Editable, cell: Cell) -> None:
        _put(block, key, as_date(cell), None)

    def read(data: Data) -> Cell:
        value = data.get(key)
        return value if type(value) is dt.date else None

    return Column(heading, read, write, needed, 12, group=group, format="DD.MM.YYYY")


def number_column(heading: str, key: str, **more: Any) -> Column:
    def write(block: Editable, cell: Cell) -> None:
        _put(block, key, as_number(cell), None)

    return Column(heading, lambda data: data.get(key), write, format="0", **more)


def list_column(heading: str, key: str, *, known: Known | None = None, what: str = "", **more: Any) -> Column:
    """Several words with commas between them; a missing key and an empty list mean the same."""

    def write(block: Editable, cell: Cell) -> None:
        words = as_list(cell)
        if known is not None:
            words = [one_of(word, known(), what) for word in words]
        if words != list(block.data.get(key, ())):
            _put(block, key, words, [])

    return Column(heading, lambda data: ", ".join(map(str, data.get(key, ()))), write, **more)


def raw_column(key: str, prefix: str) -> Column:
    """A key that this version has no column for, as TOML writes it: nothing is lost, and nobody has to understand it."""

    def read(data: Data) -> Cell:
        return toml_value(data[key]) if key in data else None

    def write(block: Editable, cell: Cell) -> None:
        word = as_text(cell)
        if not word:
            block.drop(key)
            return
        try:
            good = tomllib.loads(f"v = {word}").keys() == {"v"}
        except tomllib.TOMLDecodeError:
            good = False
        if not good:
            raise CellWrong("das ist kein TOML-Wert. Schreiben Sie Texte in Anführungszeichen (\"...\"), ja als true.")
        block.set_raw(key, word)

    return Column(prefix + key, read, write, width=22, group="why")
