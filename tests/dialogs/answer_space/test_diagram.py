"""Diagrams against plain enumeration: every operation, on random sets over variables of several sizes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.answer_space.diagram import ALL, NONE, Diagrams

SIZES = (2, 3, 2, 4)
EVERYTHING = list(itertools.product(*(range(size) for size in SIZES)))
SETS = st.sets(st.sampled_from(EVERYTHING), max_size=len(EVERYTHING))


def made(diagrams: Diagrams, wanted: set[tuple[int, ...]]) -> int:
    return diagrams.any_of(diagrams.cube(dict(enumerate(values))) for values in wanted)


def members(diagrams: Diagrams, a: int) -> set[tuple[int, ...]]:
    return {values for values in EVERYTHING if diagrams.contains(a, values)}


@given(SETS, SETS)
@settings(max_examples=60, deadline=None)
def test_union_intersection_and_difference_are_those_of_sets(a: set[tuple[int, ...]], b: set[tuple[int, ...]]) -> None:
    diagrams = Diagrams(SIZES)
    x, y = made(diagrams, a), made(diagrams, b)
    assert members(diagrams, diagrams.both(x, y)) == a & b
    assert members(diagrams, diagrams.either(x, y)) == a | b
    assert members(diagrams, diagrams.without(x, y)) == a - b
    assert diagrams.within(x, y) == (a <= b)
    assert diagrams.meet(x, y) == bool(a & b)
    assert diagrams.count(x) == len(a)
    assert (x == y) == (a == b), "equal sets are the same number"


@given(st.lists(SETS, max_size=5), st.integers(0, 4))
@settings(max_examples=40, deadline=None)
def test_at_least_counts_the_parts(parts: Sequence[set[tuple[int, ...]]], count: int) -> None:
    diagrams = Diagrams(SIZES)
    found = diagrams.at_least(count, [made(diagrams, part) for part in parts])
    assert members(diagrams, found) == {v for v in EVERYTHING if sum(v in part for part in parts) >= count}


@given(SETS, st.lists(st.integers(0, 5), min_size=sum(SIZES), max_size=sum(SIZES)))
@settings(max_examples=60, deadline=None)
def test_the_cheapest_assignment_costs_no_more_than_any_other(a: set[tuple[int, ...]], prices: list[int]) -> None:
    diagrams = Diagrams(SIZES)
    offset = [sum(SIZES[:index]) for index in range(len(SIZES))]

    def cost(variable: int, value: int) -> int:
        return prices[offset[variable] + value]

    def whole(values: Sequence[int]) -> int:
        return sum(cost(variable, value) for variable, value in enumerate(values))

    found = diagrams.cheapest(made(diagrams, a), cost)
    if not a:
        assert found is None
    else:
        assert found in a and whole(found) == min(whole(values) for values in a)


@given(SETS)
@settings(max_examples=40, deadline=None)
def test_the_paths_cover_a_set_once(a: set[tuple[int, ...]]) -> None:
    diagrams = Diagrams(SIZES)
    covered: list[tuple[int, ...]] = []
    for path in diagrams.paths(made(diagrams, a)):
        covered += itertools.product(*(path.get(variable, tuple(range(size))) for variable, size in enumerate(SIZES)))
    assert sorted(covered) == sorted(a)


def test_a_variable_that_does_not_matter_is_not_in_the_diagram() -> None:
    diagrams = Diagrams(SIZES)
    assert diagrams.variables(diagrams.where(1, lambda value: value == 2)) == {1}
    assert diagrams.where(1, lambda value: True) == ALL and diagrams.where(1, lambda value: False) == NONE
