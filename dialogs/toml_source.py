"""One TOML file while it is being read: its blocks, and the exact place of everything that is wrong in it."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialogs.validity import Span


class Source:
    """One TOML file while it is being read: its data, and a finding's exact place in it.

    `text`: what stands in the file, where it is no file on this machine (a released rule book).
    """

    def __init__(self, path: Path, findings: list[str], root: Path, text: str | None = None) -> None:
        self.name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        self.findings = findings
        self.data: dict[str, Any] = {}
        self._text = ""
        try:
            self._text = path.read_text(encoding="utf-8") if text is None else text
            self.data = tomllib.loads(self._text)
        except FileNotFoundError:
            findings.append(f"{self.name}:1: the file is missing. Create it, or remove the county's folder.")
        except UnicodeDecodeError as error:
            findings.append(f"{self.name}:1: byte {error.start} is no UTF-8. Save the file as UTF-8.")
        except tomllib.TOMLDecodeError as error:
            findings.append(f"{self.name}:{_line_of(str(error))}: no valid TOML: {error}. Mend this line.")
        except RecursionError:
            findings.append(f"{self.name}:1: no valid TOML: nested too deeply. Mend this line.")

    def at(self, id_: str, nth: int = 0) -> str:
        """`file:line: id` of the nth block with this id."""
        seen = 0
        for number, line in enumerate(self._text.splitlines(), 1):
            if f'"{id_}"' in line and line.replace(" ", "").find(f'id="{id_}"') >= 0:
                if seen == nth:
                    return f"{self.name}:{number}: {id_}"
                seen += 1
        return f"{self.name}:1: {id_}"

    def wrong(self, id_: str, what: str, nth: int = 0) -> None:
        self.findings.append(f"{self.at(id_, nth)}: {what}")

    def blocks(self, name: str) -> list[dict[str, Any]]:
        """The [[name]] blocks; each must have an id of its own."""
        found = self.data.get(name, [])
        if not isinstance(found, list):
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
        return [block for block in found if block.get("id")]


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
