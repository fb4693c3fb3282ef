"""The person of a finding: with her answers it is so whatever else she says, and none of them can be left out."""

from __future__ import annotations

import pytest

from dialogs.load import known_counties, load_library
from dialogs.proof.day import Day
from dialogs.proof.findings import Example, example
from dialogs.script import Script
from tests.dialogs.talk import TODAY


@pytest.fixture(scope="module")
def day() -> Day:
    return Day(load_library(known_counties()[0]).current(TODAY), TODAY)


def everybody_like(day: Day, person: Example, left_out: tuple[str, str | None] | None = None) -> int:
    """All people with what is needed of this one; `left_out`: a question, or one option of it, that is not asked for."""
    diagrams, space = day.space.diagrams, day.space
    found = space.possible
    for index, variable in enumerate(space.variables):
        if left_out == (variable.question, variable.option):
            continue
        value = person.needed.get(variable.question)
        if variable.option is None:
            if value is not None:
                found = diagrams.both(found, space.same(variable.question, value))
        elif isinstance(value, tuple) and variable.option in value:
            found = diagrams.both(found, diagrams.where(index, bool))
        elif variable.option in person.not_chosen.get(variable.question, ()):
            found = diagrams.both(found, diagrams.where(index, lambda chosen: not chosen))
    return found


def test_whatever_else_she_says_the_same_rule_decides(day: Day) -> None:
    for rule in day.table.rules[:-1]:
        person = example(day.space, day.table.decides[rule.id])
        assert person is not None, rule.id
        assert day.space.diagrams.within(everybody_like(day, person), day.table.decides[rule.id]), rule.id


def test_nothing_that_is_named_can_be_left_out(day: Day) -> None:
    for rule in day.table.rules[:-1]:
        people = day.table.decides[rule.id]
        person = example(day.space, people)
        assert person is not None
        named = [(key, None) for key, value in person.needed.items() if not isinstance(value, tuple) or isinstance(value[0], int)]
        for key, value in (*person.needed.items(), *person.not_chosen.items()):
            if isinstance(value, tuple) and all(isinstance(option, str) for option in value):
                named += [(key, option) for option in value]
        assert named
        for one in named:
            assert not day.space.diagrams.within(everybody_like(day, person, one), people), (rule.id, one)


def test_she_reads_as_german_words_with_what_she_must_not_choose(day: Day, script: Script) -> None:
    person = example(day.space, day.table.decides["M05"])
    assert person is not None
    words = person.words(script)
    assert "„Wobei möchten Sie Hilfe?“ nicht gewählt: Deutsch lernen;" in words
    assert "S15_needs" not in words
