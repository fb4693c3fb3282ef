"""Dates and tiers: the worked examples of `domain.md` 1.5, row by row."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.answers import Month
from dialogs.deadlines import deadlines, last_day_before, months_before, urgency
from tests.dialogs.talk import TODAY

# valid_until, tier, minus 6, 5, 4, 3 months
ROWS = """
2026-11-20 expired  2026-05-20 2026-06-20 2026-07-20 2026-08-20
2026-11-21 red14    2026-05-21 2026-06-21 2026-07-21 2026-08-21
2026-12-05 red14    2026-06-05 2026-07-05 2026-08-05 2026-09-05
2026-12-06 red42    2026-06-06 2026-07-06 2026-08-06 2026-09-06
2027-01-02 red42    2026-07-02 2026-08-02 2026-09-02 2026-10-02
2027-01-03 orange3m 2026-07-03 2026-08-03 2026-09-03 2026-10-03
2027-02-21 orange3m 2026-08-21 2026-09-21 2026-10-21 2026-11-21
2027-02-22 yellow6m 2026-08-22 2026-09-22 2026-10-22 2026-11-22
2027-05-21 yellow6m 2026-11-21 2026-12-21 2027-01-21 2027-02-21
2027-05-22 green    2026-11-22 2026-12-22 2027-01-22 2027-02-22
2027-06-30 green    2026-12-30 2027-01-30 2027-02-28 2027-03-30
2027-08-15 green    2027-02-15 2027-03-15 2027-04-15 2027-05-15
"""


@pytest.mark.parametrize("row", [line.split() for line in ROWS.strip().splitlines()], ids=lambda row: row[0])
def test_the_worked_examples(row: list[str]) -> None:
    until = dt.date.fromisoformat(row[0])
    assert urgency(until, TODAY, applied=False) == row[1]
    assert [months_before(until, months).isoformat() for months in (6, 5, 4, 3)] == row[2:]


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
