"""Boundaries of counts: how many topics, how many open requirements. Each must change somebody's decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from dialogs.answer_space.diagram import NONE
from dialogs.conditions import All, Any, AtLeast, Condition, Not
from dialogs.proof.day import Day
from dialogs.proof.sides import Boundary, Side, facts_with, parts_of, side_of
from dialogs.proof.table import Table
from dialogs.routing import Rule

COUNTED = "Anzahl in "


def counts(day: Day) -> Iterator[Boundary]:
    found: dict[AtLeast, Rule] = {}
    for rule in (*day.table.rules, *day.table.valid_topics()):
        for condition in parts_of(rule.condition):
            if isinstance(condition, AtLeast) and condition.count > 0:
                found.setdefault(condition, rule)
    for count, rule in found.items():
        yield Boundary(
            name=_counted(count), below=str(count.count - 1), above=str(count.count),
            facts=facts_with(day, [count]), rule=rule, find=partial(_moved, day, count),
        )  # fmt: skip


def _moved(day: Day, count: AtLeast) -> tuple[Side, Side] | None:
    """Somebody whose decision changes if the boundary is moved by one; and who is next to her on the other side."""
    diagrams = day.space.diagrams
    stricter = AtLeast(count.count + 1, count.parts)
    changed = {
        rule.id: _with(rule.condition, count, stricter)
        for rule in (*day.table.rules, *day.table.valid_topics())
        if count in parts_of(rule.condition)
    }
    other = Table(day.space, changed)
    before, after = _by_decision(day, day.table), _by_decision(day, other)
    for decision, people in before.items():
        moved = diagrams.without(people, after.get(decision, NONE))
        if moved == NONE:
            continue
        upper = day.space.values(moved)
        assert upper is not None
        less = diagrams.without(day.space.of(AtLeast(count.count - 1, count.parts)), day.space.of(count))
        others = diagrams.without(diagrams.both(less, day.space.possible), people)
        lower = diagrams.cheapest(others, partial(different, upper))
        if lower is not None:
            below, above = str(count.count - 1), str(count.count)
            return replace(side_of(day, lower), value=below), replace(side_of(day, upper), value=above)
    return None


def different(somebody: tuple[int, ...], index: int, value: int) -> int:
    """What a value costs whoever looks for the person most like this one."""
    return 0 if somebody[index] == value else 1


def _by_decision(day: Day, table: Table) -> dict[tuple[object, ...], int]:
    found: dict[tuple[object, ...], int] = {}
    for cell in table.cells:
        found[cell.decision] = day.space.diagrams.either(found.get(cell.decision, NONE), cell.people)
    return found


def _with(condition: Condition, old: Condition, new: Condition) -> Condition:
    """The condition with one part replaced wherever it stands."""
    if condition == old:
        return new
    match condition:
        case Not(inner):
            return Not(_with(inner, old, new))
        case All(parts):
            return All(tuple(_with(part, old, new) for part in parts))
        case Any(parts):
            return Any(tuple(_with(part, old, new) for part in parts))
        case AtLeast(count, parts):
            return AtLeast(count, tuple(_with(part, old, new) for part in parts))
    return condition


def _counted(count: AtLeast) -> str:
    questions = {atom.question for atom in count.atoms()}
    return f"{COUNTED}{questions.pop()}" if len(questions) == 1 else "Anzahl offener Voraussetzungen"
