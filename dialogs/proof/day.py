"""One stretch of time in which nothing begins or ends: its space, its decisions, and findings about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from dialogs.answer_space.space import Space
from dialogs.proof.findings import Finding, example
from dialogs.proof.further import Further
from dialogs.proof.table import Table
from dialogs.script import Script


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that must be of use on some day of its life. `say`: what is to be said if it never is.

    `fulfilled` may be work; it is asked only as long as the answer was no.
    """

    key: tuple[str, ...]
    fulfilled: bool | Callable[[], bool]
    say: Callable[[], Finding]


class Day:
    """Everything that is proved of a script is proved of its first day in a stretch: the others are alike."""

    def __init__(self, script: Script, on: dt.date) -> None:
        self.script, self.on = script, on
        # What one proof works out for others.
        self.kept: dict[str, object] = {}

    @cached_property
    def space(self) -> Space:
        spoken_of = [condition for one in self.script.invariants for condition in (one.when, one.unless) if condition]
        return Space(self.script, self.on, spoken_of)

    @cached_property
    def table(self) -> Table:
        return Table(self.space)

    @cached_property
    def further(self) -> Further:
        return Further(self.table)

    def finding(
        self, code: str, kind: str, id_: str, what: str, remedy: str, people: int | None = None, *, remark: bool = False
    ) -> Finding:
        """A finding at the place of this block; `people`: whom it concerns."""
        file, line = self.script.places.get((kind, id_), (f"{self.script.county.id}", 1))
        person = example(self.space, people) if people is not None else None
        return Finding(code, file, line, id_, what, remedy, person, remark=remark)
