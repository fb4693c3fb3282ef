"""The options of a question: a list inside its block, one line for each, of which single ones are changed."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import tomlkit

from admin.rulebook.toml_blocks import Block
from admin.rulebook.toml_values import toml_value

ORDER = ("id", "text", "card", "exclusive", "excludes", "keep", "only_if")


@dataclass(slots=True, eq=False)
class OptionItem:
    """One `{ id = ..., text = ... }`. `raw` is its text in the file; an option that was not touched keeps it.

    `lead`: comment lines above it.
    """

    data: dict[str, Any] = field(default_factory=dict)
    raw: str = ""
    lead: str = ""

    @property
    def id(self) -> str:
        return str(self.data.get("id", ""))

    def set(self, key: str, value: object) -> None:
        if key in self.data or key not in ORDER:
            self.data = {**self.data, key: value}
        else:
            behind = [name for name in self.data if name in ORDER and ORDER.index(name) > ORDER.index(key)]
            before = {name: old for name, old in self.data.items() if name not in behind}
            self.data = {**before, key: value, **{name: self.data[name] for name in behind}}
        self.raw = toml_value(self.data)

    def set_raw(self, key: str, value: str) -> None:
        self.set(key, tomllib.loads(f"v = {value}")["v"])

    def drop(self, key: str) -> None:
        self.data = {name: value for name, value in self.data.items() if name != key}
        self.raw = toml_value(self.data)


def options_of(block: Block) -> list[OptionItem]:
    """The options as they stand. Raises ValueError if they are written as tables of their own."""
    text = block.raw("options")
    if text is None:
        if "options" in block.data:
            raise ValueError("options are written as tables of their own")
        return []
    array: Any = tomlkit.parse(text)["options"]
    raws = [item.as_string().strip() for item in array]
    leads = _comments(text, raws)
    return [OptionItem(data, raw, lead) for data, raw, lead in zip(block.data["options"], raws, leads, strict=True)]


def write_options(block: Block, before: Sequence[str], items: Sequence[OptionItem]) -> None:
    """Put the options back. `before`: their texts as they stood."""
    after = [item.raw for item in items]
    if after == list(before):
        return
    if not items:
        block.drop("options")
        return
    statement = next((statement for statement in block.statements if statement.key == "options"), None)
    if statement is not None and len(after) == len(before) and all(statement.text.count(raw) == 1 for raw in before):
        same_order = [str(data.get("id", "")) for data in block.data["options"]] == [item.id for item in items]
        if same_order or sum(a != b for a, b in zip(before, after, strict=True)) == 1:
            pieces, rest = [], statement.text
            for old, new in zip(before, after, strict=True):
                head, _, rest = rest.partition(old)
                pieces += [head, new]
            statement.text = "".join(pieces) + rest
            block.refresh()
            return
    lines = "".join(f"{item.lead}    {item.raw},\n" for item in items)
    block.set_raw("options", f"[\n{lines}]")


def _comments(text: str, raws: Sequence[str]) -> list[str]:
    """The comment lines above each option."""
    found = []
    for raw in raws:
        head, _, text = text.partition(raw)
        found.append("".join(line + "\n" for line in head.split("\n") if line.lstrip().startswith("#")))
    return found
