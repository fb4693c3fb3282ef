"""A boundary with somebody on each side of it, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from dialogs.answers import Month, Value
from dialogs.conditions import All, Any, AtLeast, Condition, Not
from dialogs.proof.day import Day
from dialogs.proof.findings import explained, said, whole
from dialogs.routing import Rule


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody on one side, with her decision. `chosen`: her value of every variable of the space."""

    value: str
    answers: dict[str, Value]
    rule: str
    dienst: str
    chosen: tuple[int, ...]

    def needed(self, day: Day) -> dict[str, Value]:
        """The answers that this decision rests on."""
        cell = next(cell for cell in day.table.cells if day.space.diagrams.contains(cell.people, self.chosen))
        return {key: self.answers[key] for key in explained(day.space, self.chosen, cell.people).needed}


@dataclass(frozen=True, slots=True)
class Boundary:
    """`name`: what is cut. `find` looks for somebody on each side; None if nobody's decision depends on where she stands."""

    name: str
    below: str
    above: str
    facts: tuple[str, ...]
    rule: Rule
    find: Callable[[], tuple[Side, Side] | None]


def side_of(day: Day, chosen: tuple[int, ...], question: str | None = None, value: Value | None = None) -> Side:
    """Somebody with the decision she gets. `value`: what she says to `question`, exactly on the boundary."""
    cell = next(cell for cell in day.table.cells if day.space.diagrams.contains(cell.people, chosen))
    answers = whole(day.space, chosen)
    if question is None or value is None:
        return Side("", answers, cell.rule.id, cell.dienst, chosen)
    return Side(in_words(day, question, value), {**answers, question: value}, cell.rule.id, cell.dienst, chosen)


def rows_of(day: Day) -> tuple[Rule, ...]:
    """Every valid row of all three tables."""
    return (*day.table.rules, *day.table.valid_topics(), *day.further.rows)


def parts_of(condition: Condition) -> Iterator[Condition]:
    """The condition and everything it is made of."""
    yield condition
    inner: tuple[Condition, ...] = ()
    if isinstance(condition, Not):
        inner = (condition.inner,)
    elif isinstance(condition, All | Any | AtLeast):
        inner = condition.parts
    for part in inner:
        yield from parts_of(part)


def facts_with(day: Day, wanted: Collection[Condition]) -> tuple[str, ...]:
    """The facts of the rule book that look at this boundary."""
    used = {name for rule in rows_of(day) for name in rule.when}
    facts = day.script.book.facts
    return tuple(name for name in facts if name in used and any(part in wanted for part in parts_of(facts[name])))


def in_words(day: Day, question: str, value: Value) -> str:
    """A value on the boundary, with how far it is from the day."""
    words = said(day.script, question, value)
    if isinstance(value, dt.date):
        return f"{words} ({(value - day.on).days} Tage)"
    if isinstance(value, Month):
        return f"{words} ({(value.year - day.on.year) * 12 + value.month - day.on.month} Monate)"
    return words
