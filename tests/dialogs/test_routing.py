"""The rule book of Kreis Mettmann at its boundaries; and what happens to an answer nobody knows."""

from __future__ import annotations

import datetime as dt
import itertools
import random

import pytest

from dialogs.answers import Month, NoAnswer, Value
from dialogs.conditions import Case
from dialogs.load import known_counties, load_library
from dialogs.routing import decide, undecided
from dialogs.script import Script
from tests.dialogs.talk import TODAY


def _everything(**changed: Value) -> dict[str, Value]:
    answers: dict[str, Value] = {
        "S02_city": "haan", "S03_age": "a27", "S04_status": "p104c", "S05_valid_until": TODAY + dt.timedelta(days=200),
        "S06_applied": "no", "S07_identity": "passport", "S08_german": "c2", "S09_lid": "yes", "S10_income": "work",
        "S11_children": ("no",), "S12_year": 2016, "S15_needs": ("language", "work"), "S16_kind": ("long",),
    }  # fmt: skip
    return answers | changed


@pytest.mark.parametrize("silence", list(NoAnswer))
def test_an_unknown_that_matters_goes_to_a_human_and_names_the_question(script: Script, silence: NoAnswer) -> None:
    decision = decide(script.book, script.case(_everything(S04_status=silence), TODAY, finished=True))
    assert (decision.dienst, decision.mode) == ("KIM_CM", "clearing")
    assert "S04_status" in decision.open


def test_an_unknown_that_can_not_matter_changes_nothing(script: Script) -> None:
    answers = _everything(S15_needs=("none",), S10_income=NoAnswer.REFUSED, S12_year=NoAnswer.UNKNOWN)
    decision = decide(script.book, script.case(answers, TODAY, finished=True))
    assert (decision.dienst, decision.mode, decision.open) == ("KEIN_BEDARF", "referral", ())


def test_nobody_with_an_unknown_need_is_told_that_there_is_none(script: Script) -> None:
    decision = decide(script.book, script.case(_everything(S15_needs=NoAnswer.SKIPPED), TODAY, finished=True))
    assert decision.dienst != "KEIN_BEDARF" and "S15_needs" in decision.open


def test_nobody_in_danger_of_removal_is_told_that_there_is_no_need(script: Script) -> None:
    answers = _everything(S15_needs=("none",), S01_safety=("removal",))
    decision = decide(script.book, script.case(answers, TODAY))
    assert decision.dienst == "FLUECHTLINGSBERATUNG" and decision.urgent


@pytest.mark.parametrize(("days", "rule"), [(-1, "M02b"), (0, "M02"), (42, "M02"), (43, "M16")])
def test_both_sides_of_every_boundary_of_the_title(script: Script, days: int, rule: str) -> None:
    answers = _everything(S05_valid_until=TODAY + dt.timedelta(days=days))
    assert decide(script.book, script.case(answers, TODAY)).rule == rule


@pytest.mark.parametrize(("months", "rule"), [(6, "M06"), (7, "M08")])
def test_both_sides_of_shortly_before_27(script: Script, months: int, rule: str) -> None:
    year, month = divmod(TODAY.year * 12 + TODAY.month - 1 + months, 12)
    answers = _everything(S03_age="a25", S03b_month27=Month(year, month + 1), S16_kind=("long", "many"))
    decision = decide(script.book, script.case(answers, TODAY))
    assert decision.rule == rule
    assert (decision.flag == "jmd_ruecksprache") == (rule == "M06")


@pytest.mark.parametrize(("year", "rule"), [(TODAY.year - 4, "M13"), (TODAY.year - 5, "M16")])
def test_both_sides_of_five_years_in_germany(script: Script, year: int, rule: str) -> None:
    answers = _everything(S04_status="other_ae", S12_year=year, S16_kind=("helped",))
    assert decide(script.book, script.case(answers, TODAY)).rule == rule


def test_a_rule_of_another_time_does_not_count(script: Script) -> None:
    decision = decide(script.book, script.case(_everything(), TODAY))
    assert decision.rules_version == "route-me-2026-11"
    assert script.book.valid_rules(dt.date(2026, 10, 31)) == ()


def _random_answers(script: Script, chance: random.Random) -> dict[str, Value]:
    answers: dict[str, Value] = {}
    for question in script.questionnaire.questions:
        if question.kind == "town":
            answers[question.id] = chance.choice([*script.county.kommunen, "other"])
        elif question.kind == "single":
            answers[question.id] = chance.choice(question.options).id
        elif question.kind == "multi" and not question.after_result:
            several = [option.id for option in question.options if not option.exclusive]
            answers[question.id] = tuple(chance.sample(several, chance.randrange(0, 4)))
    answers["S05_valid_until"] = TODAY + dt.timedelta(days=chance.randrange(1, 400))
    answers["S12_year"] = chance.randrange(2005, 2027)
    answers["S03b_month27"] = Month(2027, chance.randrange(1, 13))
    return answers


def test_the_decision_with_a_missing_answer_is_what_all_its_completions_agree_on(script: Script) -> None:
    """The heart of the promise, against brute force: try every value of the missing answer."""
    chance = random.Random(7)
    agreed = different = 0
    for _ in range(400):
        answers = _random_answers(script, chance)
        missing = chance.choice(["S02_city", "S04_status", "S07_identity", "S08_german", "S10_income", "S13_uma", "S06_applied"])
        values = [*script.county.kommunen, "other"] if missing == "S02_city" else list(script.questionnaire.by_id[missing].by_id)
        rest = {key: value for key, value in answers.items() if key != missing}
        places = {
            (decision.dienst, decision.mode, decision.flag)
            for value in values
            for decision in [decide(script.book, Case({**rest, missing: value}, TODAY))]
        }
        case = Case(rest, TODAY, frozenset({missing}))
        found = decide(script.book, case)
        if len(places) == 1:
            agreed += 1
            assert (found.dienst, found.mode, found.flag) == places.pop()
            assert undecided(script.book, case) == ()
        elif not all(mode == "info_only" for _, mode, _ in places):
            different += 1
            assert found.mode == "clearing" and missing in found.open
            assert undecided(script.book, case) == (missing,)
    assert agreed > 100 and different > 20, "the sample must try both"


def test_two_missing_answers_are_tried_together(script: Script) -> None:
    chance = random.Random(11)
    tried = 0
    for _ in range(150):
        answers = _random_answers(script, chance)
        pair = chance.sample(["S04_status", "S10_income", "S07_identity", "S09_lid"], 2)
        rest = {key: value for key, value in answers.items() if key not in pair}
        domains = [list(script.questionnaire.by_id[question].by_id) for question in pair]
        places = {
            (decision.dienst, decision.mode, decision.flag)
            for values in itertools.product(*domains)
            for decision in [decide(script.book, Case({**rest, **dict(zip(pair, values, strict=True))}, TODAY))]
        }
        found = decide(script.book, Case(rest, TODAY, frozenset(pair)))
        tried += 1
        if len(places) == 1:
            assert (found.dienst, found.mode, found.flag) == places.pop()
        elif found.mode != "info_only":
            assert found.mode == "clearing"
    assert tried == 150


def test_further_places_are_at_most_three_and_never_the_primary_one(script: Script) -> None:
    answers = _everything(S15_needs=("debts", "housing", "lid", "recognition", "school"), S11_children=("k6n", "k0"))
    decision = decide(script.book, script.case(answers, TODAY))
    assert len(decision.also) == 3 and decision.dienst not in decision.also
    assert len(decision.also_keys) == 3


@pytest.mark.parametrize("county", known_counties())
def test_who_may_be_in_danger_hears_of_the_advice_for_refugees_also_when_an_answer_is_missing(county: str) -> None:
    script = load_library(county).current(TODAY)
    answers: dict[str, Value] = {
        "S01_safety": ("removal",), "S02_city": next(iter(script.county.kommunen)), "S03_age": "a27", "S04_status": "p104c",
        "S05_valid_until": NoAnswer.UNKNOWN, "S06_applied": "no", "S15_needs": ("work",), "S16_kind": ("one",),
    }  # fmt: skip
    decision = decide(script.book, script.case(answers, TODAY))
    assert decision.mode == "clearing" and decision.urgent and decision.also[0] == "FLUECHTLINGSBERATUNG"
