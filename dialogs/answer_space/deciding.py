"""Which facts decide, and which one fact would have led elsewhere: asked of everybody at once.

Facts decide if all rows of which they hold lead to the same place. None of the facts returned can be left out: without
it, there are people (real ones, if the person is one) who are sent elsewhere. The diagrams are only read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialogs.answer_space.diagram import NONE
from dialogs.answer_space.fact_space import FactSpace, Place, Seen


@dataclass(frozen=True, slots=True)
class Deciding:
    """`columns`: as few as can be, the matching rule's own first. Among `rows`, they lead to one of `places`."""

    columns: tuple[int, ...]
    rows: int
    places: frozenset[int]


@dataclass(frozen=True, slots=True)
class Turned:
    """If this column had this value, and `touched` others another one than she has, she would be sent to `place`."""

    column: int
    value: int
    place: Place
    touched: int


def deciding(space: FactSpace, known: Mapping[int, int], own: Sequence[int], places: frozenset[int]) -> Deciding | None:
    """The facts among the `known` ones that force one of these places; None if they don't."""
    # Somebody who can't come out of the questionnaire (a file from outside) is compared with every combination.
    rows = space.real_rows
    if not _lead(space, rows, known, space.anywhere):
        rows = space.all_rows
    elsewhere = space.anywhere & ~sum(1 << place for place in places)
    if _lead(space, rows, known, elsewhere):
        return None
    mine = [index for index in own if index in known]
    others = sorted(index for index in known if index not in mine)
    # What is tried first is left out if it can be. The matching rule's own facts explain most, so they go last.
    found = [
        _irreducible(space, rows, known, [*order, *reversed(mine)], elsewhere) for order in (others[::-1], others)
    ]
    best = min(found, key=lambda kept: (len(kept), -len(kept.intersection(mine))))
    return Deciding((*(i for i in mine if i in best), *(i for i in others if i in best)), rows, places)


def _irreducible(
    space: FactSpace, rows: int, known: Mapping[int, int], order: Sequence[int], elsewhere: int
) -> frozenset[int]:
    kept = dict(known)
    for index in order:
        value = kept.pop(index)
        if _lead(space, rows, kept, elsewhere):
            kept[index] = value
    return frozenset(kept)


def _lead(space: FactSpace, rows: int, fixed: Mapping[int, int], places: int) -> bool:
    """Whether somebody of whom all this holds is sent to one of these places (bits of `FactSpace.below`)."""
    diagrams, below, where = space.diagrams, space.below, space.where
    todo, done = [rows], {NONE}
    while todo:
        people = todo.pop()
        if people in done or not below[people] & places:
            continue
        done.add(people)
        variable = diagrams.first(people)
        if variable == where:
            return True
        value = fixed.get(variable)
        if value is None:
            todo += diagrams.parts(people)
        else:
            todo.append(diagrams.parts(people)[value])
    return False


def turned(space: FactSpace, seen: Seen, decided: Deciding, own: Sequence[int]) -> tuple[Turned, ...]:
    """For each deciding fact: the nearest people who differ in it, keep the others, and are sent to one other place.

    Nearest is who differs in the fewest further facts. Where the nearest people are sent to different places, nothing can
    be said, and nothing is. First the matching rule's own facts, then the others; of each, the nearest first.
    """
    found = [turn for column in decided.columns if (turn := _nearest(space, seen, decided, column)) is not None]
    return tuple(sorted(found, key=lambda turn: (turn.column not in own, turn.touched)))


def _nearest(space: FactSpace, seen: Seen, decided: Deciding, column: int) -> Turned | None:
    """Breadth first: everybody who differs in no further fact, then in one, in two, until somebody is sent elsewhere."""
    diagrams, below, fixed = space.diagrams, space.below, frozenset(decided.columns) - {column}
    elsewhere = space.anywhere & ~sum(1 << place for place in decided.places)
    # The diagrams still to be followed, with the value that the turned column has on the way there.
    layer: dict[int, int | None] = {decided.rows: None}
    other_value = next(value for value in range(diagrams.sizes[column]) if value != seen[column])
    done, touched = {NONE}, 0
    while layer:
        further: dict[int, int | None] = {}
        places: dict[int, int] = {}
        todo = list(layer.items())
        while todo:
            people, value = todo.pop()
            if people in done or not below[people] & elsewhere:
                continue
            done.add(people)
            variable, parts = diagrams.first(people), diagrams.parts(people)
            if variable == space.where:
                # A column that the way does not ask for may have any value there, the turned ones too.
                led = other_value if value is None else value
                places |= {label: led for label, some in enumerate(parts) if some != NONE}
                continue
            mine = seen[variable]
            for other, rest in enumerate(parts):
                if variable == column:
                    if other != mine:
                        todo.append((rest, other))
                elif mine is None or other == mine:
                    todo.append((rest, value))
                elif variable not in fixed:
                    further.setdefault(rest, value)
        if places:
            (label, turned_to), *others = places.items()
            where = space.places[label]
            return None if others or where is None else Turned(column, turned_to, where, touched)
        layer, touched = further, touched + 1
    return None
