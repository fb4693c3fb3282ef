"""Compiled conditions say what the conditions say, also of what is unknown; and of each case only what it says."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from dialogs.answers import Month, NoAnswer, Value
from dialogs.compiled import Terms, Values, reading
from dialogs.conditions import Among, AtLeast, Case, Condition, Partly
from dialogs.load import known_counties, load_library
from dialogs.script import Script
from tests.dialogs.talk import TODAY
from tests.dialogs.walked_people import half_known, walked


@pytest.fixture(scope="module", params=known_counties())
def any_script(request: pytest.FixtureRequest) -> Script:
    return load_library(request.param).current(TODAY)


def _conditions(script: Script) -> list[Condition]:
    book = script.book
    return [*book.facts.values(), *(rule.condition for rule in (*book.rules, *book.topics, *book.also))]


def test_a_compiled_condition_says_what_the_condition_says(any_script: Script) -> None:
    chance = random.Random(5)
    conditions = _conditions(any_script)
    compiled = [reading(condition) for condition in conditions]
    seen = set()
    for _ in range(400):
        case = half_known(any_script, walked(any_script, chance), chance)
        for condition, read in zip(conditions, compiled, strict=True):
            truth = condition.of(case)
            seen.add(truth)
            assert read(case) is truth, (condition, case)
    assert seen == {True, False, None}


@pytest.mark.parametrize(
    "value",
    [
        "a", "b", (), ("a",), ("a", "b"), ("c",), 3, dt.date(2027, 1, 1), Month(2027, 1), NoAnswer.REFUSED, None,
        Partly(frozenset("a"), frozenset()), Partly(frozenset(), frozenset("ab")), Partly(frozenset(), frozenset("a")),
    ],
)
@pytest.mark.parametrize("silent", [frozenset(), frozenset({"Q"})])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_counting_what_was_chosen_is_counting_what_holds(
    value: Value | Partly | None, silent: frozenset[str], count: int
) -> None:  # fmt: skip
    each = tuple(Among("Q", frozenset({option})) for option in "ab")
    assumed = isinstance(value, Partly)
    answers = {} if value is None or isinstance(value, Partly) else {"Q": value}
    case = Case(answers, TODAY, silent, {"Q": value} if assumed else {})  # type: ignore[dict-item]
    for condition in (AtLeast(count, each), AtLeast(count, (*each, each[0])), *each):
        assert reading(condition)(case) is condition.of(case)


def test_another_answer_is_read_anew_and_the_rest_is_kept(any_script: Script) -> None:
    chance = random.Random(9)
    terms = Terms()
    numbers = [(terms.number(condition), condition) for condition in _conditions(any_script)]
    for _ in range(60):
        case = any_script.case(walked(any_script, chance), TODAY)
        values = Values(terms, case)
        for number, _condition in numbers:
            values.of(number)
        other = case.assume("S04_status", "duldung")
        changed = values.with_case(Case({**case.answers, "S04_status": "duldung"}, TODAY, other.silent), "S04_status")
        for number, condition in numbers:
            assert changed.of(number) is condition.of(changed.case)
