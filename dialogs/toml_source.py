"""One TOML file while it is being read: its blocks, and the exact place of everything that is wrong in it."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dialogs.validity import Span

Place = tuple[str, int]
Places = Mapping[tuple[str, str], Place]

# Who says until when something holds and where that is written may do so in every block.
EVERYWHERE = frozenset({"id", "source", "note", "valid_from", "valid_until"})


class Source:
    """One TOML file while it is being read: its data, and a finding's exact place in it.

    `text`: what stands in the file, where it is no file on this machine (a released rule book).
    """

    def __init__(self, path: Path, findings: list[str], root: Path, text: str | None = None) -> None:
        self.name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        self.findings = findings
        self.data: dict[str, Any] = {}
        self._text = ""
        self._lines: dict[str, list[tuple[int, str]]] = {}
        try:
            self._text = path.read_text(encoding="utf-8") if text is None else text
            self.data = tomllib.loads(self._text)
            self._lines = _blocks_of(self._text)
        except FileNotFoundError:
            findings.append(f"{self.name}:1: the file is missing. Create it, or remove the county's folder.")
        except UnicodeDecodeError as error:
            findings.append(f"{self.name}:1: byte {error.start} is no UTF-8. Save the file as UTF-8.")
        except ValueError as error:  # also of a number with more digits than Python reads
            findings.append(f"{self.name}:{_line_of(str(error))}: no valid TOML: {error}. Mend this line.")
        except RecursionError:
            findings.append(f"{self.name}:1: no valid TOML: nested too deeply. Mend this line.")

    def at(self, id_: str, nth: int = 0) -> str:
        """`file:line: id` of the nth block with this id."""
        lines = [line for kind in self._lines for line, named in self._lines[kind] if named == id_]
        line = lines[nth] if nth < len(lines) else 1
        return f"{self.name}:{line}: {id_}"

    def places(self, *kinds: str) -> dict[tuple[str, str], Place]:
        """Where each block of these kinds stands: (kind, id) to (file, line)."""
        return {(kind, id_): (self.name, line) for kind in kinds for line, id_ in self._lines.get(kind, ())}

    def wrong(self, id_: str, what: str, nth: int = 0) -> None:
        self.findings.append(f"{self.at(id_, nth)}: {what}")

    def blocks(self, name: str, known: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """The [[name]] blocks; each must have an id of its own, and no key but `known` (and those of `EVERYWHERE`)."""
        found = self.data.get(name, [])
        if not isinstance(found, list) or not all(isinstance(block, dict) for block in found):
            self.findings.append(f"{self.name}:1: {name} must be written as [[{name}]] blocks.")
            return []
        seen: dict[str, int] = {}
        for block in found:
            id_ = str(block.get("id", ""))
            if not id_:
                self.findings.append(f"{self.name}:1: a [[{name}]] block has no id. Give it one.")
            elif id_ in seen:
                self.wrong(id_, f"stands twice among the [[{name}]] blocks. Remove one or rename it.", 1)
            seen[id_] = 1
            if known is not None:
                self.known_keys(id_, block, known)
            for key, value in _twice(block):
                self.wrong(id_, f"`{key}` names {value!r} twice. Remove one.")
        return [block for block in found if block.get("id")]

    def known_keys(self, id_: str, block: Mapping[str, Any], known: Iterable[str]) -> None:
        """A key that nobody reads is a slip of the pen: what was meant would silently not hold."""
        allowed = {*known, *EVERYWHERE}
        for key in block:
            if key not in allowed:
                self.wrong(id_, f"has the key {key!r}, which nobody reads.{meant(key, allowed)} Correct or remove it.")

    def known_tables(self, known: Iterable[str]) -> None:
        """The same for the top of the file: `[[ruel]]` must not be passed over in silence."""
        for key in self.data:
            if key not in {*known, *EVERYWHERE}:
                self.findings.append(f"{self.name}:{self._header(key)}: {key!r} is nothing this file has.{meant(key, known)}")

    def _header(self, name: str) -> int:
        numbered = enumerate(self._text.splitlines(), 1)
        return next((number for number, line in numbered if line.lstrip(" [").startswith(name)), 1)


def _blocks_of(text: str) -> dict[str, list[tuple[int, str]]]:
    """For each kind of block: the line and the id of every one of them, in the order of the file."""
    found: dict[str, list[tuple[int, str]]] = {}
    kind = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\[\s*(\w+)\s*\]\]", line)
        if header:
            kind = header[1]
        elif line.lstrip().startswith("["):
            kind = ""
        named = re.match(r"\s*id\s*=\s*[\"'](.*?)[\"']", line)
        if named and kind:
            found.setdefault(kind, []).append((number, named[1]))
    return found


def _twice(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Every (key, value) that a list names a second time, at any depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _twice(inner, str(name))
    elif isinstance(value, list):
        seen: list[object] = []
        for item in value:
            if isinstance(item, Mapping | list):
                yield from _twice(item, key)
            elif item in seen:
                yield key, item
            seen.append(item)


def meant(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` if something known is near, else nothing."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def _line_of(message: str) -> str:
    _, _, rest = message.partition("at line ")
    return rest.partition(",")[0] if rest else "1"


def text_of(source: Source, block: Mapping[str, Any], key: str, *, needed: bool = True) -> str:
    value = block.get(key, "")
    if not isinstance(value, str) or (needed and not value.strip()):
        source.wrong(str(block.get("id")), f"`{key}` is missing or no text. Write {key} = \"...\".")
        return ""
    return value.strip()


def day_of(source: Source, block: Mapping[str, Any], key: str, id_: str = "") -> dt.date | None:
    """A date that may be left out. `id_`: where a head without an id is meant."""
    value = block.get(key)
    if value is not None and type(value) is not dt.date:
        source.wrong(id_ or str(block.get("id")), f"`{key}` is no date. Write {key} = 2027-06-30.")
        return None
    return value


def days_of(source: Source, block: Mapping[str, Any]) -> Span:
    """`valid_from` and `valid_until` where both may be left out: places open long before anybody writes them down."""
    if "valid_from" not in block:
        block = {"valid_from": dt.date.min, **block}
    return Span(*dates_of(source, block))


def dates_of(source: Source, block: Mapping[str, Any]) -> tuple[dt.date, dt.date | None]:
    first, last = block.get("valid_from"), block.get("valid_until")
    if type(first) is not dt.date:
        source.wrong(str(block.get("id")), "`valid_from` is missing. Write the first day, as valid_from = 2026-11-01.")
        first = dt.date.min
    if last is not None and type(last) is not dt.date:
        source.wrong(str(block.get("id")), "`valid_until` is no date. Write valid_until = 2027-06-30.")
        last = None
    if last is not None and last < first:
        source.wrong(str(block.get("id")), f"ends on {last} before it begins on {first}. Swap or correct the dates.")
    return first, last


def switch_of(source: Source, block: Mapping[str, Any], key: str, default: bool = False) -> bool:
    """`key = true` or `false`; words in quotes would silently count as true."""
    value = block.get(key, default)
    if not isinstance(value, bool):
        source.wrong(str(block.get("id")), f"`{key}` is neither true nor false. Write {key} = true, without quotes.")
        return default
    return value
