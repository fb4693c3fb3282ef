"""Both sides of every numeric boundary: ages, days, months, years, counts. A boundary must change somebody's decision.

Two people who differ in nothing but the side they stand on; what only one of them is asked is left open for both.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from dialogs.answer_space.diagram import NONE
from dialogs.answers import Value
from dialogs.conditions import Atom
from dialogs.proof.counts import counts, different
from dialogs.proof.day import Day, Duty
from dialogs.proof.findings import Finding
from dialogs.proof.sides import Boundary, Side, facts_with, in_words, rows_of, side_of
from dialogs.proof.table import Cell
from dialogs.routing import Rule

# A question whose options are steps of one scale, in the order of the file.
AGE = "S03_age"


def boundaries(day: Day) -> Iterator[Boundary]:
    """All boundaries that some valid rule looks at."""
    yield from _steps(day)
    yield from counts(day)


def useful(day: Day) -> Iterator[Duty]:
    """Every boundary changes some decision."""
    for boundary in boundaries(day):
        key = ("boundary-idle", day.script.book.version, boundary.name, *boundary.facts)
        yield Duty(key, partial(_changes, boundary), partial(_idle, day, boundary))


def _changes(boundary: Boundary) -> bool:
    return boundary.find() is not None


def _idle(day: Day, boundary: Boundary) -> Finding:
    what = f"Die Grenze {boundary.name} zwischen {boundary.below} und {boundary.above} ändert keine Entscheidung."
    return day.finding("boundary-idle", "rule", boundary.rule.id, what, "Die Zahl in [params] oder die Bedingung prüfen.")


# -- dates, years, ages ------------------------------------------------------------------------------------------------


def _steps(day: Day) -> Iterator[Boundary]:
    for question in day.space.questions:
        indexes = day.space.indexes(question.id)
        atoms: dict[Atom, Rule] = {}
        for rule in rows_of(day):
            for atom in rule.condition.atoms():
                if atom.question == question.id:
                    atoms.setdefault(atom, rule)
        if not atoms or not (question.kind in ("date", "month", "number") or question.id == AGE):
            continue
        if question.id == AGE:
            points: list[Value] = list(question.by_id)
        else:
            points = sorted({point for atom in atoms for point in atom.turning_points(day.on)})
        for low, high in itertools.pairwise(points):
            telling = [atom for atom in atoms if atom.holds(low, day.on) is not atom.holds(high, day.on)]
            if not telling:
                continue
            yield Boundary(
                name=question.id, below=in_words(day, question.id, low), above=in_words(day, question.id, high),
                facts=facts_with(day, telling), rule=atoms[telling[0]],
                find=partial(_apart, day, indexes[0], question.id, low, high),
            )  # fmt: skip


def _apart(day: Day, index: int, question: str, low: Value, high: Value) -> tuple[Side, Side] | None:
    """Two people, alike but for this answer, with different decisions."""
    numbers = [_number(day, index, question, value) for value in (low, high)]
    sides = [
        [(cell, day.space.diagrams.fixed(cell.people, {index: number})) for cell in day.table.cells] for number in numbers
    ]
    found = _differing(day, sides)
    if found is None:
        loosened = [_loosened(day, side, index, number) for side, number in zip(sides, numbers, strict=True)]
        found = _differing(day, loosened)
    if found is None:
        return _further_apart(day, numbers, index, question, (low, high))
    cells, shared = found
    people = []
    for cell, number, value in zip(cells, numbers, (low, high), strict=True):
        here = day.space.diagrams.both(cell.people, day.space.diagrams.cube({index: number}))
        # What she was asked is as it is shared; what only the other was asked falls away.
        nearest = day.space.diagrams.cheapest(here, partial(different, shared))
        assert nearest is not None, "the side was proved not to be empty"
        people.append(side_of(day, nearest, question, value))
    return people[0], people[1]


def _differing(day: Day, sides: list[list[tuple[Cell, int]]]) -> tuple[tuple[Cell, Cell], tuple[int, ...]] | None:
    """Two cells with different decisions, and what is common to somebody of each."""
    diagrams = day.space.diagrams
    for mine, people in sides[0]:
        for theirs, others in sides[1]:
            if mine.decision != theirs.decision and diagrams.meet(people, others):
                shared = diagrams.cheapest(diagrams.both(people, others), day.space.price)
                assert shared is not None
                return (mine, theirs), shared
    return None


def _loosened(day: Day, side: list[tuple[Cell, int]], index: int, number: int) -> list[tuple[Cell, int]]:
    """These people, with any answer to whatever they were not asked: they are alike to everybody who was asked it."""
    diagrams, space = day.space.diagrams, day.space
    here = diagrams.fixed(space.possible, {index: number})
    loose = []
    for question in space.questions:
        silent = diagrams.negation(diagrams.fixed(space.asked(question), {index: number}))
        if diagrams.meet(here, silent):
            loose.append((silent, space.indexes(question.id)))
    found = []
    for cell, people in side:
        for silent, indexes in loose if people != NONE else ():
            people = diagrams.either(people, diagrams.forget(diagrams.both(people, silent), indexes))
        found.append((cell, people))
    return found


def _further_apart(
    day: Day, sides: list[int], index: int, question: str, values: tuple[Value, Value]
) -> tuple[Side, Side] | None:
    """The same, where only the further places differ; both are asked the same."""
    diagrams = day.space.diagrams
    for dienst in day.further.places():
        shown = diagrams.any_of(day.further.seen(dienst))
        left, right = (diagrams.fixed(shown, {index: number}) for number in sides)
        for here, other in ((left, right), (right, left)):
            alone = diagrams.without(here, other)
            if alone == NONE:
                continue
            people = [diagrams.both(alone, diagrams.fixed(day.space.possible, {index: number})) for number in sides]
            shared = diagrams.cheapest(diagrams.both(*people), day.space.price)
            if shared is not None:
                same = {i: v for i, v in enumerate(shared) if i != index}
                chosen = [tuple({**same, index: number}[i] for i in range(len(shared))) for number in sides]
                found = [side_of(day, one, question, value) for one, value in zip(chosen, values, strict=True)]
                return found[0], found[1]
    return None


def _number(day: Day, index: int, question: str, value: Value) -> int:
    same = day.space.same(question, value)
    values = range(len(day.space.variables[index].values))
    return next(v for v in values if day.space.diagrams.fixed(same, {index: v}) != NONE)
