"""A TOML file as its blocks of text, so that one value can be changed and every other byte stays.

tomlkit edits single statements; which lines belong to which block, and where a comment stands that belongs to nobody, is
decided here: comment lines right above a header go with the block, those followed by an empty line stay where they are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import tomlkit

from admin.rulebook.toml_values import toml_key, toml_value

_HEADER = re.compile(r"\[{1,2}\s*([\w-]+)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)\s*=""")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


def _parses(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _idle(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


@dataclass(slots=True)
class Statement:
    """`key = value` with its line end; `key` None for a comment or empty line inside a block."""

    key: str | None
    text: str


@dataclass(slots=True, eq=False)
class Block:
    """One `[[kind]]` or `[kind]`; the lines before the first header are a block of kind "".

    `lead`: comment lines right above. `tail`: empty lines and comments behind. `rest`: tables inside, left alone.
    """

    kind: str
    header: str
    statements: list[Statement]
    rest: str = ""
    lead: str = ""
    tail: str = ""
    order: Sequence[str] = ()
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.data.get("id", ""))

    @property
    def body(self) -> str:
        return self.header + "".join(statement.text for statement in self.statements) + self.rest

    def refresh(self) -> None:
        """Read `data` from the text again."""
        found: Any = tomllib.loads(self.body)
        found = found[self.kind] if self.kind else found
        self.data = found[0] if isinstance(found, list) else found

    def raw(self, key: str) -> str | None:
        """The text of the statement with this key."""
        return next((statement.text for statement in self.statements if statement.key == key), None)

    def set(self, key: str, value: object) -> None:
        """Write one value; a new key goes to its place in `order`."""
        self.set_raw(key, toml_value(value))

    def set_raw(self, key: str, value: str) -> None:
        """Write one value given as TOML text."""
        for statement in self.statements:
            if statement.key == key:
                # tomlkit keeps what stands beside the value: spaces before `=` and a comment behind.
                document = tomlkit.parse(statement.text)
                document[key] = tomlkit.parse(f"v = {value}")["v"]
                statement.text = tomlkit.dumps(document)
                break
        else:
            if key in self.data:
                raise ValueError(f"{key} is written as a table of its own")
            self.statements.insert(self._place_of(key), Statement(key, f"{toml_key(key)} = {value}\n"))
        self.refresh()

    def drop(self, key: str) -> None:
        """Take a key away."""
        if key in self.data and self.raw(key) is None:
            raise ValueError(f"{key} is written as a table of its own")
        self.statements = [statement for statement in self.statements if statement.key != key]
        self.refresh()

    def _place_of(self, key: str) -> int:
        before = set(self.order[: self.order.index(key)]) if key in self.order else {s.key for s in self.statements}
        found = [index for index, statement in enumerate(self.statements) if statement.key in before]
        if found:
            return found[-1] + 1
        return next((index for index, statement in enumerate(self.statements) if statement.key is not None), 0)


class TomlFile:
    """The blocks of one file, in order. `text` of an unchanged file is the file, byte for byte."""

    def __init__(self, text: str, orders: Mapping[str, Sequence[str]]) -> None:
        """`orders`: for each kind of block the order of its keys. Raises tomllib.TOMLDecodeError."""
        tomllib.loads(text)
        self._orders = orders
        self._bare_end = not text.endswith("\n")
        text += "\n" if self._bare_end else ""
        pieces: list[list[str]] = [[]]
        for line in _LINES.findall(text):
            # A line inside a text or a list may look like a header; only where everything before is whole, it is one.
            if _HEADER.match(line) and _parses("".join(pieces[-1])):
                pieces.append([])
            pieces[-1].append(line)
        self.blocks = [self._block(piece, first=index == 0) for index, piece in enumerate(pieces)]
        for before, block in zip(self.blocks, self.blocks[1:], strict=False):
            before.tail, block.lead = _split_tail(before.tail)

    def _block(self, lines: list[str], *, first: bool) -> Block:
        end = len(lines)
        while end and _idle(lines[end - 1]):
            end -= 1
        if not _parses("".join(lines[:end])):
            end = len(lines)
        header = "" if first else lines[0]
        found = None if first else _HEADER.match(header)
        kind = found[1] if found else ""
        statements, rest = _statements(lines[0 if first else 1 : end])
        block = Block(kind, header, statements, rest, tail="".join(lines[end:]), order=self._orders.get(kind, ()))
        block.refresh()
        return block

    @property
    def text(self) -> str:
        text = "".join(block.lead + block.body + block.tail for block in self.blocks)
        return text.removesuffix("\n") if self._bare_end else text

    def of(self, kind: str) -> list[Block]:
        return [block for block in self.blocks if block.kind == kind]

    def new(self, kind: str, *, several: bool = True) -> Block:
        """A block that belongs to no place yet; `arrange` gives it one."""
        header = f"[[{kind}]]\n" if several else f"[{kind}]\n"
        return Block(kind, header, [], order=self._orders.get(kind, ()))

    def arrange(self, kind: str, wanted: Sequence[Block]) -> None:
        """Make the blocks of this kind be `wanted`, in this order. Others, and comments between them, stay in place."""
        ends_with = self.blocks[-1].tail
        last = self.blocks[-1]
        places = [index for index, block in enumerate(self.blocks) if block.kind == kind and block in wanted]
        kept = [block for block in wanted if block in self.blocks]
        tails = [self.blocks[index].tail for index in places]
        for index, block, tail in zip(places, kept, tails, strict=True):
            self.blocks[index], block.tail = block, tail
        for block in [block for block in self.blocks if block.kind == kind and block not in wanted]:
            self._take_out(block)
        before: Block | None = None
        for block in wanted:
            if block not in self.blocks:
                self._put_in(block, before)
            before = block
        if self.blocks[-1] is not last:
            tail = self.blocks[-1].tail
            self.blocks[-1].tail = tail.rstrip("\n") + "\n" if "#" in tail else ends_with

    def _take_out(self, block: Block) -> None:
        index = self.blocks.index(block)
        del self.blocks[index]
        if "#" in block.tail:
            previous = self.blocks[index - 1]
            previous.tail = previous.tail + block.tail.lstrip("\n") if previous.tail else block.tail

    def _put_in(self, block: Block, before: Block | None) -> None:
        if before is None:
            same = self.of(block.kind)
            before = self.blocks[self.blocks.index(same[0]) - 1] if same else self._last_before(block.kind)
            block.tail = "\n"
            if not before.tail.endswith("\n"):
                before.tail += "\n"
        else:
            block.tail, before.tail = before.tail, "\n"
        self.blocks.insert(self.blocks.index(before) + 1, block)

    def _last_before(self, kind: str) -> Block:
        earlier = set(list(self._orders)[: list(self._orders).index(kind)]) | {""}
        return [block for block in self.blocks if block.kind in earlier][-1]


def _split_tail(tail: str) -> tuple[str, str]:
    lines = _LINES.findall(tail)
    start = len(lines)
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return "".join(lines[:start]), "".join(lines[start:])


def _statements(lines: list[str]) -> tuple[list[Statement], str]:
    found: list[Statement] = []
    open_text = ""
    for index, line in enumerate(lines):
        if not open_text and line.lstrip().startswith("["):
            return found, "".join(lines[index:])
        open_text += line
        if not _parses(open_text):
            continue
        keys = list(tomllib.loads(open_text))
        # A key written as `a.b` says only a part of `a`: it is left alone.
        simple = len(keys) == 1 and _KEY.match(open_text) is not None
        found.append(Statement(keys[0] if simple else None, open_text))
        open_text = ""
    return found, open_text

