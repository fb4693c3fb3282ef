"""Which facts decide, and which one fact would have led elsewhere: asked of everybody at once.

Facts decide if all rows of which they hold lead to the same place. None of the facts returned can be left out: without
it, there are people (real ones, if the person is one) who are sent elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialogs.proof.diagram import NONE
from dialogs.proof.fact_space import FactSpace, Place, Seen


@dataclass(frozen=True, slots=True)
class Deciding:
    """`columns`: as few as can be, the matching rule's own first. Among `rows`, they lead to one of `places`."""

    columns: tuple[int, ...]
    rows: int
    places: frozenset[int]


@dataclass(frozen=True, slots=True)
class Turned:
    """If this column had this value, and all others as few other values as possible, she would be sent to `place`."""

    column: int
    value: int
    place: Place
    touched: int


def deciding(space: FactSpace, known: Mapping[int, int], own: Sequence[int], places: frozenset[int]) -> Deciding | None:
    """The facts among the `known` ones that force one of these places; None if they don't."""
    diagrams = space.diagrams
    everything = diagrams.cube(known)
    # Somebody who can't come out of the questionnaire (a file from outside) is compared with every combination.
    rows = space.real_rows if diagrams.meet(everything, space.real_rows) else space.all_rows
    elsewhere = diagrams.both(rows, diagrams.where(space.where, lambda label: label not in places))
    if diagrams.meet(everything, elsewhere):
        return None
    mine = [index for index in own if index in known]
    others = [index for index in known if index not in mine]
    # What is tried first is left out if it can be. The matching rule's own facts explain most, so they go last.
    found = [
        _irreducible(space, known, [*order, *reversed(mine)], elsewhere) for order in (others[::-1], others)
    ]
    best = min(found, key=lambda kept: (len(kept), -len(kept.intersection(mine))))
    return Deciding((*(i for i in mine if i in best), *(i for i in sorted(others) if i in best)), rows, places)


def _irreducible(space: FactSpace, known: Mapping[int, int], order: Sequence[int], elsewhere: int) -> frozenset[int]:
    diagrams = space.diagrams
    # after[n]: who is sent elsewhere although everything behind place n of the order holds.
    after = [elsewhere]
    for index in reversed(order):
        after.append(diagrams.both(diagrams.cube({index: known[index]}), after[-1]))
    kept: dict[int, int] = {}
    for index, rest in zip(order, reversed(after[:-1]), strict=True):
        if diagrams.meet(diagrams.cube(kept), rest):
            kept[index] = known[index]
    return frozenset(kept)


def turned(space: FactSpace, seen: Seen, decided: Deciding, own: Sequence[int]) -> tuple[Turned, ...]:
    """For each deciding fact: the nearest people who differ in it, keep the others, and are sent to one other place.

    Nearest is who differs in the fewest further facts. Where the nearest people are sent to different places, nothing can
    be said, and nothing is. First the matching rule's own facts, then the others; of each, the nearest first.
    """
    found = [turn for column in decided.columns if (turn := _nearest(space, seen, decided, column)) is not None]
    return tuple(sorted(found, key=lambda turn: (turn.column not in own, turn.touched)))


def _nearest(space: FactSpace, seen: Seen, decided: Deciding, column: int) -> Turned | None:
    """Breadth first: everybody who differs in one further fact, then in two, until somebody is sent elsewhere."""
    diagrams, fixed = space.diagrams, frozenset(decided.columns) - {column}
    # The diagrams still to be followed, with the value that the turned column has there.
    layer: dict[int, int] = {decided.rows: -1}
    done: set[int] = set()
    touched = 0
    while layer:
        further: dict[int, int] = {}
        places: dict[int, int] = {}
        todo = list(layer.items())
        while todo:
            people, value = todo.pop()
            variable = diagrams.first(people)
            if people in done or people == NONE:
                continue
            done.add(people)
            if variable == space.where:
                for label in range(len(space.places)):
                    if label not in decided.places and diagrams.given(people, variable, label) != NONE and value >= 0:
                        places.setdefault(label, value)
                continue
            mine = seen[variable]
            for other in range(diagrams.sizes[variable]):
                rest = diagrams.given(people, variable, other)
                if variable == column:
                    if other != mine:
                        todo.append((rest, other))
                elif mine is None or other == mine:
                    todo.append((rest, value))
                elif variable not in fixed:
                    further.setdefault(rest, value)
        if places:
            (label, value), *others = places.items()
            where = space.places[label]
            return None if others or where is None else Turned(column, value, where, touched)
        layer, touched = further, touched + 1
    return None
