"""The reasons on the shipped books: what is said of known people, and that it is true of everybody in the answer space."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

import pytest

from dialogs.answer_space.diagram import NONE
from dialogs.answer_space.space import Space
from dialogs.conditions import Case, among
from dialogs.facts import NOT, OPTION_FACTS
from dialogs.load import known_counties, load_library
from dialogs.outcomes import TOPIC
from dialogs.reasons import decide_with_reasons
from dialogs.routing import Decision
from dialogs.script import Script
from tests.dialogs.book import read_book
from tests.dialogs.talk import TODAY
from tests.dialogs.walked_people import half_known, walked

PEOPLE = {person.id: person.answers for person in read_book("mettmann")}


@pytest.mark.parametrize(
    ("person", "facts"),
    [
        ("P01", {"komplex": True, "zielgruppe": True, "titel_dringend": False, "ausreise_droht": False, "kein_bedarf": False,
                 "jung": False}),
        ("P08", {"titel_dringend": True, "alter_nicht": ["a16", "a18"]}),
        ("P09", {"titel_abgelaufen": True, "kommune_nicht": "velbert"}),
        ("P17", {"alter": "a16", "unbegleitet": True, "ausreise_droht": False, "titel_dringend": False}),
        ("P22", {"ein_thema": True, "thema": "debts", "titel_dringend": False, "ausreise_droht": False, "jung": False}),
        ("P27", {"unter_16": True}),
    ],
)  # fmt: skip
def test_the_facts_that_decided(script: Script, person: str, facts: Mapping[str, object]) -> None:
    decision = decide_with_reasons(script, script.case(PEOPLE[person], TODAY, finished=True))
    assert (decision.decided_from, decision.decided_by) == ("facts", facts)


@pytest.mark.parametrize(
    ("person", "changes"),
    [
        ("P01", [{"fact": "komplex", "value": False, "dienst": "KIM_KURZ"},
                 {"fact": "zielgruppe", "value": False, "dienst": "MBE"}]),
        ("P07", [{"fact": "laengerfristig", "value": True, "dienst": "MBE"},
                 {"fact": "zielgruppe", "value": False, "dienst": "MBE"}]),
        ("P20", [{"fact": "jung", "value": False, "dienst": "KIM_CM"},
                 {"fact": "ausreise_droht", "value": True, "dienst": "FLUECHTLINGSBERATUNG", "urgent": True}]),
        # Nobody knows what a child, or somebody with an expired card, would have answered further on.
        ("P27", []),
        ("P09", []),
    ],
)  # fmt: skip
def test_the_single_facts_that_would_have_led_elsewhere(script: Script, person: str, changes: list[object]) -> None:
    decision = decide_with_reasons(script, script.case(PEOPLE[person], TODAY, finished=True))
    assert [change for change in decision.changes if "fact" in change] == changes


# -- against the answer space --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("county", known_counties())
def test_in_the_answer_space_they_are_enough_and_none_can_be_left_out(county: str) -> None:
    script = load_library(county).current(TODAY)
    space, chance = Space(script, TODAY), random.Random(13)
    seen = set()
    for _ in range(500):
        decision = decide_with_reasons(script, Case(walked(script, chance), TODAY))
        assert decision.decided_from == "facts"
        if (decision.key, repr(decision.decided_by)) in seen:
            continue
        seen.add((decision.key, repr(decision.decided_by)))
        _assert_exact(space, decision)
    assert len(seen) > 20


@pytest.mark.parametrize("county", known_counties())
def test_what_is_known_of_somebody_half_known_is_enough(county: str) -> None:
    script = load_library(county).current(TODAY)
    space, chance = Space(script, TODAY), random.Random(17)
    told = 0
    for _ in range(400):
        decision = decide_with_reasons(script, half_known(script, walked(script, chance), chance))
        if decision.decided_from == "facts":
            told += 1
            people = space.diagrams.all_of(some for _, some in _sets(space, decision.decided_by))
            there = _sent_there(space, decision, urgent=False)
            assert not space.diagrams.meet(people, space.diagrams.without(space.possible, there)), decision
    assert told > 100


def _assert_exact(space: Space, decision: Decision) -> None:
    diagrams = space.diagrams
    elsewhere = diagrams.without(space.possible, _sent_there(space, decision, urgent=True))
    sets = list(_sets(space, decision.decided_by))
    assert not diagrams.meet(diagrams.all_of(some for _, some in sets), elsewhere), decision
    for left_out, _ in sets:
        rest = diagrams.all_of(some for name, some in sets if name != left_out)
        assert diagrams.meet(rest, elsewhere), (left_out, decision)


def _sets(space: Space, facts: Mapping[str, object]) -> Iterator[tuple[tuple[str, object], int]]:
    for name, value in facts.items():
        if isinstance(value, bool):
            held = space.of(space.script.book.facts[name])
            yield (name, None), held if value else space.diagrams.negation(held)
            continue
        question = OPTION_FACTS[name.removesuffix(NOT)]
        options = [str(option) for option in value] if isinstance(value, list) else [str(value)]
        each = [(option,) for option in options] if name.startswith("thema") else [tuple(options)]
        for some in each:
            held = space.of(among(question, *some))
            yield (name, some), space.diagrams.negation(held) if name.endswith(NOT) else held


def _sent_there(space: Space, decision: Decision, *, urgent: bool) -> int:
    """Everybody whom the table, read from the top, sends to the decision's place."""
    diagrams, found, rest, book = space.diagrams, NONE, space.possible, space.script.book
    for rule in book.valid_rules(space.on):
        here = diagrams.both(rest, space.of(rule.condition))
        rest = diagrams.without(rest, here)
        same = (rule.mode, rule.flag) == (decision.mode, decision.flag) and (not urgent or rule.urgent == decision.urgent)
        if same and rule.to == decision.dienst:
            found = diagrams.either(found, here)
        for row in (row for row in book.topics if same and rule.to == TOPIC and row.valid(space.on)):
            some = diagrams.all_of((here, space.of(among("S15_needs", str(row.need))), space.of(row.condition)))
            here = diagrams.without(here, some)
            found = diagrams.either(found, some) if row.to == decision.dienst else found
    return found
