"""The day that changes a decision: the day before it does not, and nothing between does. Decided again day by day."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest

from dialogs.answers import Month, Value
from dialogs.coming import on_day
from dialogs.reasons import decide_with_reasons
from dialogs.routing import Decision, decide
from dialogs.script import Script
from tests.dialogs.book import read_book
from tests.dialogs.talk import TODAY
from tests.dialogs.walked_people import walked

PEOPLE = {person.id: person.answers for person in read_book("mettmann")}


def _decision(script: Script, answers: dict[str, Value], on: dt.date = TODAY) -> Decision:
    return decide_with_reasons(script, script.case(answers, on, finished=True))


def _later(script: Script, answers: dict[str, Value], day: dt.date) -> Decision:
    """The same person who comes back on that day."""
    return decide(script.book, on_day(script.case(answers, TODAY, finished=True), day))


@pytest.mark.parametrize(
    ("person", "when", "event", "dienst"),
    [
        ("P01", TODAY + dt.timedelta(days=150 - 42), "days_left", "KIM_CM"),
        ("P08", TODAY + dt.timedelta(days=31), "end", "FLUECHTLINGSBERATUNG"),
        ("P19", dt.date(2027, 2, 1), "birthday27", "KIM_CM"),
        ("P23", dt.date(2029, 1, 1), "years_since", "MBE"),
        ("P09", None, None, None),
        ("P26", None, None, None),
    ],
)
def test_the_first_day_that_changes_something(
    script: Script, person: str, when: dt.date | None, event: str | None, dienst: str | None
) -> None:
    found = [change for change in _decision(script, PEOPLE[person]).changes if "when" in change]
    if when is None:
        assert found == []
        return
    (change,) = found
    assert (change["when"], change["event"], change["dienst"]) == (when.isoformat(), event, dienst)


def test_from_the_27th_birthday_on_the_mbe(script: Script) -> None:
    """The first of the month, because no more than the month is asked."""
    answers = PEOPLE["P24"] | {"S03_age": "a25", "S03b_month27": Month(2027, 2)}
    decision = _decision(script, answers)
    assert decision.dienst == "JMD"
    assert decision.changes[0] == {"when": "2027-02-01", "event": "birthday27", "dienst": "MBE"}


def test_in_the_month_of_the_birthday_it_is_still_to_come(script: Script) -> None:
    answers = PEOPLE["P24"] | {"S03_age": "a25", "S03b_month27": Month(TODAY.year, TODAY.month)}
    assert _decision(script, answers).changes[0]["when"] == (TODAY + dt.timedelta(days=1)).isoformat()


def test_on_every_day_before_she_is_sent_to_the_same_place_and_on_the_day_elsewhere(script: Script) -> None:
    chance = random.Random(27)
    told = 0
    for _ in range(250):
        answers = walked(script, chance)
        decision = _decision(script, answers)
        change = next((change for change in decision.changes if "when" in change), None)
        if change is None:
            assert _later(script, answers, TODAY + dt.timedelta(days=chance.randrange(1, 700))).place == decision.place
            continue
        told += 1
        when = dt.date.fromisoformat(str(change["when"]))
        days = [TODAY + dt.timedelta(days=chance.randrange((when - TODAY).days)) for _ in range(5)]
        days.append(when - dt.timedelta(days=1))
        assert {_later(script, answers, day).place for day in days} == {decision.place}
        after = _later(script, answers, when)
        assert after.place != decision.place and after.dienst == change["dienst"]
        assert change.get("urgent", decision.urgent) == after.urgent
        assert change.get("mode", decision.mode) == after.mode and change.get("flag", decision.flag) == after.flag
    assert told > 25


@pytest.mark.parametrize("day", [dt.date(2026, 12, 31), dt.date(2027, 1, 1)])
def test_a_rule_that_ends_is_a_change_too(script: Script, day: dt.date) -> None:
    """MBE advises nobody new after this day: whoever is sent there today is told so."""
    answers = PEOPLE["P26"] | {"S15_needs": ("work", "housing")}
    rules = tuple(replace(rule, valid_until=dt.date(2026, 12, 31)) if rule.id == "M16" else rule for rule in script.book.rules)
    other = next(rule for rule in rules if rule.id == "M15")
    book = replace(script.book, rules=(*(rule for rule in rules if rule.id != "M17"), replace(rules[-1], to=other.to)))
    changed = replace(script, book=book)
    (change,) = (change for change in _decision(changed, answers).changes if "when" in change)
    assert change == {"when": "2027-01-01", "event": "rules", "dienst": "FLUECHTLINGSBERATUNG"}
    assert _later(changed, answers, day).dienst == ("MBE" if day.year == 2026 else "FLUECHTLINGSBERATUNG")


def test_her_birthday_is_never_before_the_month_she_named(script: Script) -> None:
    answers = PEOPLE["P03"] | {"S03_age": "a25", "S03b_month27": Month(2027, 2)}
    case = script.case(answers, TODAY, finished=True)
    assert on_day(case, dt.date(2027, 1, 31)).answers["S03_age"] == "a25"
    after = on_day(case, dt.date(2027, 2, 1)).answers
    assert after["S03_age"] == "a27" and "S03b_month27" not in after
