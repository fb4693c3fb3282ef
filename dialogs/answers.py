"""The values an answer can have, and their form in JSON.

Three ways of giving no answer are three different values, because they mean different things to the rule book
(`domain.md` A.1): SKIPPED may be asked again, UNKNOWN can't be answered by the person, REFUSED must not be asked again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class NoAnswer(StrEnum):
    """An answer that is none. The values are those of `domain.md` A.2 (`unknown`, `na`)."""

    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    REFUSED = "na"


class Month(NamedTuple):
    """A month of a year, for dates of which nobody needs the day (`S03b_month27`)."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"



Value = str | int | tuple[str, ...] | dt.date | Month | NoAnswer
Answers = Mapping[str, Value]

NO_ANSWERS = frozenset(item.value for item in NoAnswer)


def chosen(value: Value | None) -> tuple[str, ...]:
    """The option ids of an answer with several choices; empty for any other value."""
    return value if isinstance(value, tuple) and not isinstance(value, Month) else ()


def to_json(value: Value) -> object:
    """The value as JSON has it: option id, list of ids, integer, YYYY-MM-DD, YYYY-MM, or a NoAnswer's word."""
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def from_json(kind: str, raw: object) -> Value:
    """Read a stored value back. `kind` is the question's kind; raises ValueError for anything that does not fit it."""
    if isinstance(raw, str) and raw in NO_ANSWERS:
        return NoAnswer(raw)
    if kind in ("single", "consent", "town", "phone", "note") and isinstance(raw, str):
        return raw
    if kind == "multi" and isinstance(raw, list) and all(isinstance(item, str) for item in raw):
        return tuple(raw)
    if kind == "number" and isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if kind == "date" and isinstance(raw, str):
        return dt.date.fromisoformat(raw)
    if kind == "month" and isinstance(raw, str) and len(raw) == 7 and raw[4] == "-":
        month = Month(int(raw[:4]), int(raw[5:]))
        if 1 <= month.month <= 12:
            return month
    raise ValueError(f"{raw!r} is no answer of kind {kind}")
