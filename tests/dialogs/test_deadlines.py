"""Dates and tiers: the worked examples of `domain.md` 1.5, row by row."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.answers import Answers, Month, NoAnswer
from dialogs.dates_to_know import dates_to_know
from dialogs.deadlines import (
    PRIVILEGES_END,
    SOURCES,
    Papers,
    birthday,
    countdown,
    deadlines,
    last_day_before,
    late_card,
    months_after,
    months_before,
    urgency,
)
from dialogs.stay import reached, stay, years_for_25b
from tests.dialogs.talk import TODAY

# The table of `domain.md` 1.5, all of its columns, today = 2026-11-21, not applied:
# valid_until, days left, tier, -6 months (D2), -5 (D4), -4 (D5), -3, -42 days, -14 days, later than 30.06.2027
ROWS = """
2026-11-20  -1 expired  2026-05-20 2026-06-20 2026-07-20 2026-08-20 2026-10-09 2026-11-06 no
2026-11-21   0 red14    2026-05-21 2026-06-21 2026-07-21 2026-08-21 2026-10-10 2026-11-07 no
2026-12-05  14 red14    2026-06-05 2026-07-05 2026-08-05 2026-09-05 2026-10-24 2026-11-21 no
2026-12-06  15 red42    2026-06-06 2026-07-06 2026-08-06 2026-09-06 2026-10-25 2026-11-22 no
2027-01-02  42 red42    2026-07-02 2026-08-02 2026-09-02 2026-10-02 2026-11-21 2026-12-19 no
2027-01-03  43 orange3m 2026-07-03 2026-08-03 2026-09-03 2026-10-03 2026-11-22 2026-12-20 no
2027-02-21  92 orange3m 2026-08-21 2026-09-21 2026-10-21 2026-11-21 2027-01-10 2027-02-07 no
2027-02-22  93 yellow6m 2026-08-22 2026-09-22 2026-10-22 2026-11-22 2027-01-11 2027-02-08 no
2027-05-21 181 yellow6m 2026-11-21 2026-12-21 2027-01-21 2027-02-21 2027-04-09 2027-05-07 no
2027-05-22 182 green    2026-11-22 2026-12-22 2027-01-22 2027-02-22 2027-04-10 2027-05-08 no
2027-06-30 221 green    2026-12-30 2027-01-30 2027-02-28 2027-03-30 2027-05-19 2027-06-16 no
2027-08-15 267 green    2027-02-15 2027-03-15 2027-04-15 2027-05-15 2027-07-04 2027-08-01 yes
"""
HOLDER: Answers = {"S04_status": "p104c"}


def days(answers: Answers, on: dt.date = TODAY, papers: Papers = Papers()) -> dict[str, str]:  # noqa: B008  frozen
    return {deadline.id: deadline.day.isoformat() for deadline in deadlines(answers, on, papers)}


@pytest.mark.parametrize("row", [line.split() for line in ROWS.strip().splitlines()], ids=lambda row: row[0])
def test_the_worked_examples(row: list[str]) -> None:
    until = dt.date.fromisoformat(row[0])
    counted = countdown(until, TODAY)
    assert (counted.left, counted.tier) == (int(row[1]), row[2])
    assert [counted.steps[step].isoformat() for step in ("-6m", "-5m", "-4m", "-3m", "-42d", "-14d")] == row[3:9]
    assert counted.late == (row[9] == "yes")
    found = days({**HOLDER, "S05_valid_until": until})
    assert [found[id_] for id_ in ("D1", "D3", "D2", "D4", "D5")] == [row[0], row[0], *row[3:6]]


def test_an_application_calms_the_tier() -> None:
    assert urgency(TODAY, TODAY, applied=True) == "applied"


def test_months_clamp_to_the_last_day() -> None:
    assert months_before(dt.date(2027, 8, 31), 6) == dt.date(2027, 2, 28)
    assert months_before(dt.date(2028, 8, 31), 6) == dt.date(2028, 2, 29)


def test_a_month_of_birth_means_the_day_before_it() -> None:
    assert last_day_before(Month(2027, 3)) == dt.date(2027, 2, 28)
    assert last_day_before(Month(2027, 1)) == dt.date(2026, 12, 31)


def test_a_holder_of_104c_sees_her_dates() -> None:
    found = {deadline.id: deadline.day for deadline in deadlines(
        {"S04_status": "p104c", "S05_valid_until": dt.date(2027, 3, 15), "S03b_month27": Month(2027, 5)}, TODAY
    )}  # fmt: skip
    assert found["D3"] == dt.date(2027, 3, 15) and found["D2"] == dt.date(2026, 9, 15)
    assert found["D7"] == dt.date(2027, 4, 30) and found["D9"] == dt.date(2027, 6, 30)


def test_privileges_are_no_longer_promised_after_their_end() -> None:
    found = {deadline.id for deadline in deadlines({"S04_status": "p104c"}, dt.date(2027, 7, 1))}
    assert "D9" not in found


def test_whoever_has_applied_is_asked_for_the_fiktion_four_weeks_before_the_end() -> None:
    counted = countdown(dt.date(2027, 3, 15), TODAY, applied=True)
    assert (counted.tier, counted.steps["-28d"]) == ("applied", dt.date(2027, 2, 15))
    assert days({**HOLDER, "S05_valid_until": dt.date(2027, 3, 15), "S06_applied": "yes"}) == {
        "D1": "2027-03-15", "D9": "2027-06-30",
    }  # fmt: skip


# -- the end of the card ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issued", "end"),
    [
        ("2025-12-30", "2027-06-30"),  # the last application, the last day of the privileges
        ("2025-05-21", "2026-11-21"),
        ("2025-08-31", "2027-02-28"),  # a month that is shorter
        ("2026-08-31", "2028-02-29"),  # ... and in a leap year one day longer
        ("2024-02-29", "2025-08-29"),
    ],
)
def test_an_unknown_end_is_estimated_from_the_issue_and_says_so(issued: str, end: str) -> None:
    found = deadlines({**HOLDER, "S05_valid_until": NoAnswer.UNKNOWN}, TODAY, Papers(issued=dt.date.fromisoformat(issued)))
    ends = {d.id: (d.day.isoformat(), d.estimated) for d in found if d.id in ("D1", "D3")}
    assert ends == {"D1": (end, True), "D3": (end, True)}
    assert all(d.estimated == (d.id != "D9") for d in found)


def test_the_printed_day_is_never_replaced_by_a_computed_one() -> None:
    answers: Answers = {**HOLDER, "S05_valid_until": dt.date(2027, 3, 15)}
    found = deadlines(answers, TODAY, Papers(issued=dt.date(2025, 12, 30)))
    assert {d.day for d in found if d.id == "D3"} == {dt.date(2027, 3, 15)} and not any(d.estimated for d in found)
    assert "D3" not in days({"S04_status": "p25ab"}, papers=Papers(issued=dt.date(2025, 12, 30)))


def test_a_card_that_should_hardly_exist_is_for_a_case_manager() -> None:
    assert not late_card(dt.date(2027, 6, 30)) and late_card(dt.date(2027, 7, 1))
    assert not late_card(None, Papers(issued=dt.date(2025, 12, 30))) and late_card(None, Papers(issued=dt.date(2025, 12, 31)))


def test_an_end_on_29_february_counts_back_to_days_that_exist() -> None:
    found = days({**HOLDER, "S05_valid_until": dt.date(2028, 2, 29)})
    assert [found[id_] for id_ in ("D2", "D4", "D5")] == ["2027-08-29", "2027-09-29", "2027-10-29"]
    assert months_before(dt.date(2028, 2, 29), 12) == dt.date(2027, 2, 28)


@pytest.mark.parametrize(("months", "day"), [(1, "2027-02-28"), (3, "2027-04-30"), (13, "2028-02-29"), (-2, "2026-11-30")])
def test_a_31st_clamps_in_both_directions(months: int, day: str) -> None:
    assert months_after(dt.date(2027, 1, 31), months).isoformat() == day


# -- the 27th birthday -----------------------------------------------------------------------------------------------


def test_on_the_27th_birthday_itself_the_jmd_ends_and_25a_is_over() -> None:
    found = days({}, papers=Papers(birth=dt.date(2000, 3, 14)))
    assert (found["D7"], found["D8"]) == ("2027-03-13", "2027-03-14")


def test_who_was_born_on_29_february_has_the_birthday_on_1_march_in_other_years() -> None:
    assert birthday(dt.date(2000, 2, 29), 27) == dt.date(2027, 3, 1)
    assert birthday(dt.date(2000, 2, 29), 28) == dt.date(2028, 2, 29)
    found = days({}, papers=Papers(birth=dt.date(2000, 2, 29)))
    assert (found["D7"], found["D8"]) == ("2027-02-28", "2027-03-01")


def test_of_a_month_alone_the_safe_day_is_taken() -> None:
    assert days({"S03b_month27": Month(2027, 3)}) == {"D7": "2027-02-28", "D8": "2027-03-01"}
    assert days({"S03b_month27": Month(2028, 3)})["D7"] == "2028-02-29"
    assert days({}, papers=Papers(birth=Month(2000, 3))) == {"D7": "2027-02-28", "D8": "2027-03-01"}


@pytest.mark.parametrize(
    ("birth", "next_band"),
    [("2013-05-05", "2027-05-05"), ("2012-11-21", "2028-11-21"), ("2012-11-22", "2026-11-22"), ("2009-02-28", "2027-02-28")],
)
def test_the_next_band_of_age_is_named(birth: str, next_band: str) -> None:
    assert days({}, papers=Papers(birth=dt.date.fromisoformat(birth)))["D13"] == next_band


def test_after_18_there_is_no_further_band() -> None:
    assert "D13" not in days({}, papers=Papers(birth=dt.date(2008, 11, 21)))


# -- § 25a and § 25b cards -------------------------------------------------------------------------------------------


def test_cards_of_25b_and_25a_are_prolonged_three_months_before() -> None:
    card: Answers = {"S04_status": "p25ab", "S05_valid_until": dt.date(2027, 5, 31)}
    assert days(card) == {"D11": "2027-02-28"}
    assert days(card, papers=Papers(paragraph="25b")) == {"D11": "2027-02-28"}
    assert days(card, papers=Papers(paragraph="25a")) == {"D12": "2027-02-28"}


def test_the_claim_to_a_course_lasts_a_year() -> None:
    card: Answers = {"S04_status": "p25ab"}
    assert days(card, papers=Papers(issued_25b=dt.date(2026, 11, 21))) == {"D10": "2027-11-21"}
    assert days(card, papers=Papers(issued_25b=dt.date(2028, 2, 29))) == {"D10": "2029-02-28"}
    assert days(card, papers=Papers(issued_25b=dt.date(2026, 11, 21), paragraph="25a")) == {}


def test_a_fiktion_is_watched_by_its_own_date() -> None:
    assert days({"S04_status": "fik104c", "S05_valid_until": dt.date(2027, 2, 1)}) == {"D6": "2027-02-01", "D9": "2027-06-30"}


def test_every_date_says_what_it_rests_on() -> None:
    assert [int(id_[1:]) for id_ in SOURCES] == list(range(1, 14))
    assert all(SOURCES.values())


# -- years of stay ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "least", "most", "surely"),
    [
        ("2025-12-31", 5, 5, False),
        ("2026-01-01", 5, 6, None),  # possible for whoever came on 1 January 2020
        ("2026-12-30", 5, 6, None),
        ("2026-12-31", 6, 6, True),  # certain even for whoever came on 31 December
        ("2027-01-01", 6, 7, True),
        ("2019-06-01", 0, 0, False),
    ],
)
def test_a_year_of_arrival_has_two_sides(on: str, least: int, most: int, surely: bool | None) -> None:
    arrived = stay(2020, 6, dt.date.fromisoformat(on))
    assert (arrived.least, arrived.most, arrived.reached) == (least, most, surely)
    assert (arrived.earliest, arrived.surely) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"S12_year": 2020, "S11_children": ("k0",)}, True),  # four years with a child
        ({"S12_year": 2023, "S11_children": ("k6s",)}, False),
        ({"S12_year": 2022, "S11_children": ("k6n", "k0")}, None),
        ({"S12_year": 2020, "S11_children": ("no",)}, None),  # six years, some day in 2026
        ({"S12_year": 2019, "S11_children": ("no",)}, True),
        ({"S12_year": 2021, "S11_children": ("no",)}, False),
        ({"S12_year": 2021}, None),  # nobody knows of children: four years would be reached, six not
        ({"S12_year": 2019}, True),
        ({"S12_year": 2023}, False),
        ({"S12_year": NoAnswer.REFUSED, "S11_children": ("no",)}, None),
        ({}, None),
    ],
)
def test_six_years_or_four_with_a_child(answers: Answers, found: bool | None) -> None:
    assert reached(answers, years_for_25b(answers), TODAY) is found


# -- what the person reads (`domain.md` 1.6) -------------------------------------------------------------------------


def told(answers: Answers, on: dt.date = TODAY) -> list[str]:
    return [text.key for text in dates_to_know(answers, on)]


def test_the_last_day_of_the_privileges_and_the_first_without() -> None:
    card: Answers = {**HOLDER, "S05_valid_until": dt.date(2027, 8, 15)}
    before, after = told(card, PRIVILEGES_END), told(card, PRIVILEGES_END + dt.timedelta(days=1))
    assert "deadline.D9" in before and "law.changed" not in before
    assert after[0] == "law.changed" and "deadline.D9" not in after and "deadline.D3" in after


def test_the_end_of_the_privileges_is_said_when_it_matters() -> None:
    card: Answers = {**HOLDER, "S05_valid_until": dt.date(2027, 3, 15)}
    assert "deadline.D9" not in told(card)
    assert "deadline.D9" in told(card, dt.date(2026, 12, 30))
    assert "deadline.D9" in told({**card, "S05_valid_until": dt.date(2027, 7, 1)})


@pytest.mark.parametrize("status", ["p25ab", "duldung", "gestattung"])
def test_the_rules_have_changed_only_for_holders(status: str) -> None:
    assert "law.changed" not in told({"S04_status": status}, dt.date(2027, 7, 1))


def test_test_and_exam_are_named_when_it_is_time_and_still_makes_sense() -> None:
    card: Answers = {**HOLDER, "S05_valid_until": dt.date(2027, 3, 15), "S09_lid": "no", "S08_german": "d2"}
    both = {"deadline.D4", "deadline.D5"}
    assert both <= set(told(card))
    assert not both & set(told({**card, "S09_lid": "booked", "S08_german": "d0"}))
    assert not both & set(told({**card, "S05_valid_until": dt.date(2027, 6, 30)}))
    assert not both & set(told({**card, "S06_applied": "yes"}))
