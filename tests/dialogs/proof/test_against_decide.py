"""The diagrams against the program that decides: person by person, also with answers that nobody knows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dialogs.answer_space.diagram import NONE
from dialogs.answers import NoAnswer, Value
from dialogs.check import examine
from dialogs.conditions import Case, Said, among
from dialogs.load import known_counties, load_library
from dialogs.proof.day import Day
from dialogs.proof.findings import whole
from dialogs.proof.unknown import agreed
from dialogs.routing import Rule, decide
from tests.dialogs.talk import TODAY


@pytest.fixture(scope="module", params=known_counties())
def day(request: pytest.FixtureRequest) -> Day:
    return Day(load_library(request.param).current(TODAY), TODAY)


def somebody(day: Day, chance: random.Random, people: int) -> tuple[int, ...]:
    prices = [[chance.randrange(100) for _ in variable.values] for variable in day.space.variables]
    found = day.space.diagrams.cheapest(people, lambda index, value: prices[index][value])
    assert found is not None
    return found


def people(day: Day, chance: random.Random, each: int) -> Iterator[tuple[int, ...]]:
    """Some of every rule: where hardly anybody is, a fault would be missed by chance alone."""
    for cell in day.table.cells:
        for _ in range(each):
            yield somebody(day, chance, cell.people)


def entry(answers: dict[str, Value]) -> dict[str, Value]:
    return {"@entry": "self", **answers}


def test_everybody_is_decided_as_the_table_says(day: Day) -> None:
    chance = random.Random(3)
    tried = 0
    for values in people(day, chance, 25):
        decision = decide(day.script.book, Case(entry(whole(day.space, values)), TODAY))
        (cell,) = (cell for cell in day.table.cells if day.space.diagrams.contains(cell.people, values))
        assert (decision.dienst, decision.mode, decision.urgent) == (cell.dienst, cell.mode, cell.rule.urgent)
        if cell.mode != "clearing":
            assert decision.rule == cell.rule.id
        _, rows = day.further.groups[cell.dienst, cell.rule.urgent]
        shown = tuple(one.row.to for one in rows if day.space.diagrams.contains(one.visible, values))
        assert decision.also == shown
        tried += 1
    assert tried > 200


def test_an_answer_that_nobody_knows_leads_to_what_all_agree_on_or_to_a_human(day: Day) -> None:
    """Never silently to a later row: whatever is named is what every completion gets. Several thousand cases."""
    chance = random.Random(5)
    space, book = day.space, day.script.book
    stored = [question for question in space.questions if question.store and question.kind != "consent"]
    named = human = too_careful = 0
    for values in people(day, chance, 90):
        answers = entry(whole(space, values))
        silent = [question.id for question in chance.sample(stored, chance.randrange(1, 4)) if question.id in answers]
        if not silent:
            continue
        known = {key: value for key, value in answers.items() if key not in silent}
        case = day.script.case({**known, **dict.fromkeys(silent, NoAnswer.REFUSED)}, TODAY)
        decision = decide(book, case)
        # What depends on an answer that is not known may be anything too.
        open_ = set(case.silent)
        rest = {key: value for key, value in known.items() if key not in open_ and space.indexes(key)}
        possible = space.set_of(rest)
        for atom in (atom for rule in book.rules for atom in rule.condition.atoms()):
            if isinstance(atom, Said) and atom.question in open_:
                # By intention: who does not know whether she has applied is protected like who has not.
                possible = space.diagrams.without(possible, space.of(among(atom.question, *atom.options)))
        if possible == NONE:
            # Without this answer the dialogue would have ended at once: nobody comes out of it with the others.
            continue
        place = agreed(day, possible)
        info = {cell.mode for cell in day.table.cells if space.diagrams.meet(possible, cell.people)} == {"info_only"}
        if decision.mode == "clearing":
            human += 1
            assert decision.dienst == book.clearing and decision.open
            too_careful += place is not None
        elif not info:
            named += 1
            assert place is not None, (known, silent)
            assert place[:2] == (decision.dienst, decision.mode)
    assert named > 200 and human > 200
    assert too_careful < human / 5, "asking a human is safe, but should be rare where all agree"


def test_a_broken_first_match_would_be_noticed(day: Day) -> None:
    """The comparison can fail: with two rules swapped, somebody is decided otherwise."""
    book = day.script.book
    rules: list[Rule] = list(book.rules)
    rules[0], rules[-1] = rules[-1], rules[0]
    swapped = replace(book, rules=tuple(rules))
    values = somebody(day, random.Random(1), day.table.cells[0].people)
    answers = entry(whole(day.space, values))
    assert decide(swapped, Case(answers, TODAY)).rule != decide(book, Case(answers, TODAY)).rule


@pytest.mark.parametrize("county", known_counties())
def test_the_shipped_county_has_no_findings_on_any_day(county: str) -> None:
    library = load_library(county)
    for stretch in examine(library, TODAY).stretches:
        assert [f"{finding.where} {finding.code}" for finding in examine(library, stretch.first).findings] == []
