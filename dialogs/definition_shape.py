"""Whether the blocks of a definition file have the shape that their loader expects, looked at before they are read.

A rules file is looked at by `rules_shape`, because it may come from anybody's hands and must be refused whole. The other
files come with the program or from the Kreis itself: what has the wrong shape is noted and left out, and the rest is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from dialogs.toml_source import Source


class Shape(NamedTuple):
    """What a value must be, and how to say so."""

    fits: Callable[[Any], bool]
    described: str


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


WORD: Final = Shape(lambda value: isinstance(value, str), "text in quotes")
WORDS: Final = Shape(_words, 'a list of words in quotes, as ["a", "b"]')
TABLES: Final = Shape(_tables, "a list of tables, as [{ id = \"a\" }]")
WHOLE: Final = Shape(lambda value: type(value) is int and abs(value) < 1_000_000, "a whole number, as 1950")
NUMBER: Final = Shape(lambda value: type(value) in (int, float) and 0 <= value < 1_000_000, "a number of at least 0, as 1.5")

Shapes = Mapping[str, Shape]


def keep_blocks(source: Source, kind: str, shapes: Shapes, inside: Mapping[str, Shapes] | None = None) -> None:
    """Note and leave out what has the wrong shape in the [[kind]] blocks. `inside`: the tables of a list have keys too."""
    blocks = source.data.get(kind)
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, dict):
            id_ = str(block.get("id", kind))
            _keep(source, id_, "", block, shapes)
            for key, keys in (inside or {}).items():
                for table in block.get(key, ()):
                    _keep(source, id_, f"{key}: ", table, keys)


def keep_head(source: Source, shapes: Shapes, tables: Mapping[str, Shapes] | None = None) -> None:
    """The same for what stands before the first block, and for the single tables ([clearing])."""
    _keep(source, "", "", source.data, shapes)
    for name, keys in (tables or {}).items():
        table = source.data.get(name, {})
        if isinstance(table, dict):
            _keep(source, "", f"[{name}] ", table, keys)
        else:
            source.findings.append(f"{source.name}:1: {name} must be a table. Write [{name}] and its lines below.")
            del source.data[name]


def _keep(source: Source, id_: str, where: str, table: dict[str, Any], shapes: Shapes) -> None:
    for key, shape in shapes.items():
        if key in table and not shape.fits(table[key]):
            what = f"{where}`{key}` must be {shape.described}."
            if id_:
                source.wrong(id_, what)
            else:
                source.findings.append(f"{source.name}:1: {what}")
            del table[key]
