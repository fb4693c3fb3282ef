"""Years of stay from the year of arrival alone: what is certain, what is possible, and what is too early.

Who came "in 2020" may have come on 1 January or on 31 December; so every statement has two sides.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogs.answers import Answers, chosen

CHILDREN = frozenset({"k0", "k6s", "k6n"})


@dataclass(frozen=True, slots=True)
class Stay:
    """Full years on a day: at `least` (arrived on 31 December), at `most` (on 1 January). Reached between the two days."""

    needed: int
    least: int
    most: int
    earliest: dt.date
    surely: dt.date

    @property
    def reached(self) -> bool | None:
        """None: only the day of arrival could tell."""
        return True if self.least >= self.needed else False if self.most < self.needed else None


def stay(year: int, needed: int, on: dt.date) -> Stay:
    """What the year of arrival says on a day about `needed` years."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    return Stay(
        needed, full_years(last, on), full_years(first, on),
        earliest=first.replace(year=year + needed), surely=last.replace(year=year + needed),
    )  # fmt: skip


def full_years(since: dt.date, on: dt.date) -> int:
    years = on.year - since.year - ((on.month, on.day) < (since.month, since.day))
    return max(0, years)


def years_for_25b(answers: Answers) -> tuple[int, ...]:
    """Six years; four with a minor unmarried child at home. Both are possible as long as nobody knows of children."""
    said = chosen(answers.get("S11_children"))
    if CHILDREN & set(said):
        return (4,)
    return (6,) if "no" in said else (4, 6)


def reached(answers: Answers, needed: tuple[int, ...], on: dt.date) -> bool | None:
    """Whether the years are reached: True or False only if that holds on both sides."""
    year = answers.get("S12_year")
    if not isinstance(year, int):
        return None
    found = {stay(year, years, on).reached for years in needed}
    return found.pop() if len(found) == 1 else None
