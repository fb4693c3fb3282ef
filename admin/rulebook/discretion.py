"""Counts of real people as a coordinator may see them: nobody can be picked out, not even by trying many changes.

Under five nothing is said, zero included: "nobody" would tell that a person with just these answers does not exist. From
five on counts are rounded to fives, because the difference between two tries would otherwise be one person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.answers import Value, from_json
from dialogs.comparison import Comparison, compare, moved_to
from dialogs.script import Script
from storage import PastCase

LEAST: Final = 5


@dataclass(frozen=True, slots=True)
class Count:
    """`about` is None under five."""

    about: int | None

    def __str__(self) -> str:
        return "weniger als 5" if self.about is None else f"rund {self.about}"

    @property
    def length(self) -> int:
        return self.about or 0


@dataclass(frozen=True, slots=True)
class Row:
    dienst: str
    before: Count
    after: Count


@dataclass(frozen=True, slots=True)
class Past:
    """What a change would mean for people whose answers are still there. Holds counts, and nothing of any one person."""

    people: Count
    moved: Count
    stranded: Count
    rows: tuple[Row, ...]

    @property
    def most(self) -> int:
        return max([1, *(max(row.before.length, row.after.length) for row in self.rows)])


def about(number: int) -> Count:
    return Count(None if number < LEAST else LEAST * round(number / LEAST))


def past(old: Script, new: Script, cases: Iterable[PastCase], on: dt.date) -> Past:
    """Everybody decided twice, as if she came today with the answers she gave then."""
    people = [("", moved_to(_answers(old, case), case.on, on)) for case in cases]
    found = compare(old, new, people, on, finished=False)
    return counted(found)


def counted(found: Comparison) -> Past:
    rows = tuple(
        Row(name, about(before), about(after)) for name, before, after in found.counts() if max(before, after) >= LEAST
    )
    return Past(about(len(found.pairs)), about(len(found.moved)), about(len(found.stranded)), rows)


def _answers(script: Script, case: PastCase) -> Mapping[str, Value]:
    """The answers that this questionnaire knows; what does not fit it any more counts as not given."""
    found: dict[str, Value] = {}
    for key, raw in case.rows:
        question = script.questionnaire.by_id.get(key)
        if question is None:
            continue
        try:
            found[key] = from_json(question.kind, raw)
        except ValueError:
            continue
    return found
