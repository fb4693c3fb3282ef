"""The answer space: who is in it, and that conditions mean there what they mean of one person."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from dialogs.answer_space.space import Space
from dialogs.conditions import Case, among
from dialogs.load import known_counties, load_library
from dialogs.script import Script
from tests.dialogs.talk import TODAY


@pytest.fixture(scope="module", params=known_counties())
def space(request: pytest.FixtureRequest) -> Space:
    return Space(load_library(request.param).current(TODAY), TODAY)


def test_a_condition_holds_of_a_person_in_the_space_as_it_holds_of_her_alone(space: Space) -> None:
    chance = random.Random(7)
    script: Script = space.script
    conditions = [*script.book.facts.items(), *((rule.id, rule.condition) for rule in script.book.rules)]
    for _ in range(150):
        prices = [[chance.randrange(100) for _ in variable.values] for variable in space.variables]
        values = space.diagrams.cheapest(space.possible, lambda index, value, prices=prices: prices[index][value])
        assert values is not None
        # A complete person: what she was not asked does not concern her, so nothing is silent.
        case = Case(space.person(values), TODAY)
        for name, condition in conditions:
            assert space.diagrams.contains(space.of(condition), values) == (condition.of(case) is True), name


def test_nobody_answers_what_was_not_asked(space: Space) -> None:
    child = space.of(among("S03_age", "u12", "a12"))
    asked_on = space.of(among("S04_status", *space.script.questionnaire.by_id["S04_status"].by_id))
    assert not space.diagrams.meet(space.diagrams.both(child, asked_on), space.possible)
    no_health = space.of(among("F3_health_ok", "no"))
    mental = space.of(among("S15_needs", "mental"))
    assert not space.diagrams.meet(space.diagrams.both(no_health, mental), space.possible)
    one, many = space.of(among("S16_kind", "one")), space.of(among("S16_kind", "many"))
    assert not space.diagrams.meet(space.diagrams.both(one, many), space.possible)


def test_after_an_expired_title_nothing_more_is_asked(space: Space) -> None:
    expired = space.of(space.script.book.facts["titel_abgelaufen"])
    later = space.of(among("S15_needs", "work"))
    assert space.diagrams.meet(expired, space.possible)
    assert not space.diagrams.meet(space.diagrams.both(expired, later), space.possible)


def test_a_witness_needs_each_of_its_answers(space: Space) -> None:
    script = space.script
    people = space.diagrams.both(space.possible, space.of(script.book.facts["titel_dringend"]))
    found = space.witness(people)
    assert found is not None
    assert space.diagrams.within(space.set_of(found), people)
    for question in found:
        fewer = {key: value for key, value in found.items() if key != question}
        assert not space.diagrams.within(space.set_of(fewer), people), question


def test_days_are_cut_where_a_rule_changes() -> None:
    space = Space(load_library(known_counties()[0]).current(TODAY), TODAY)
    (variable,) = (v for v in space.variables if v.question == "S05_valid_until")
    left = [(value - TODAY).days for value in variable.values if isinstance(value, dt.date)]
    assert min(left) < 0 and any(0 <= day <= 42 for day in left) and max(left) > 42
