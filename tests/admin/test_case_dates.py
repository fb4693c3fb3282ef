"""The dates and conditions on the page of a case: in German, with the days left today, and never a verdict."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from admin.case_dates import DATE_NAMES, bridge_of, days_left
from bot.words import load_words
from dialogs.bridge_conditions import CONDITIONS, State
from dialogs.deadlines import SOURCES
from tests.admin.office import BRIDGE, Office

NOON = dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)


async def page_with(office: Office, **changes: object) -> str:
    referral = await office.offer(**changes)
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get(f"/fall/{referral}")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|[\u2066-\u2069\u00ad]", " ", page)).replace("\u00a0", " ")


async def test_the_page_shows_dates_states_and_who_helps(office: Office) -> None:
    page = await page_with(office)
    for words in (
        "Fristen und Voraussetzungen", "Letzter Tag für den Antrag (Eingang bei der Ausländerbehörde) 15.03.2027 noch",
        "§ 25b Das Papier: § 104c oder Duldung sieht gut aus", "Deutsch sprechen: A2 mit Zertifikat fehlt noch dazu berät:",
        "Pass und Identität weiß ich nicht dazu berät:", "§ 25a Antrag vor dem 27. Geburtstag sieht gut aus",
        "Stand der Antworten vom 21.11.2026.", "§ 25b Abs. 3",
        "Das ist keine Rechtsberatung. Die Ausländerbehörde prüft jeden Fall einzeln.",
    ):  # fmt: skip
        assert words in page, words


@pytest.mark.parametrize("kept", [{}, {"on": "2026-11-21", "dates": {}, "lines": [], "remarks": []}])
async def test_without_dates_there_is_no_section(office: Office, kept: dict[str, object]) -> None:
    assert "Fristen und Voraussetzungen" not in await page_with(office, bridge=kept)


def test_days_are_counted_from_today_and_hard_ones_stand_out() -> None:
    words = load_words("mettmann")
    found = bridge_of({"bridge": BRIDGE}, words, NOON)
    assert found is not None
    assert [(date.day, date.left, date.soon) for date in found.dates] == [
        ("15.09.2026", "vor 67 Tagen", False), ("31.12.2026", "noch 40 Tage", True), ("15.03.2027", "noch 114 Tage", False),
        ("15.03.2027", "noch 114 Tage", False), ("30.06.2027", "noch 221 Tage", False),
    ]  # fmt: skip
    later = bridge_of({"bridge": BRIDGE}, words, NOON + dt.timedelta(days=73))
    assert later is not None and [date.soon for date in later.dates] == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("left", "said"),
    [(0, "heute"), (1, "noch 1 Tag"), (2, "noch 2 Tage"), (-1, "vor 1 Tag"), (-2, "vor 2 Tagen")],
)
def test_days_left_read_as_a_person_says_them(left: int, said: str) -> None:
    assert days_left(left) == said


def test_the_day_is_the_german_one() -> None:
    night = dt.datetime(2027, 3, 14, 23, 30, tzinfo=dt.UTC)  # already the 15th in Germany
    found = bridge_of({"bridge": BRIDGE}, load_words("mettmann"), night)
    assert found is not None and "heute" in {date.left for date in found.dates}


def test_from_1_july_2027_the_conditions_carry_the_banner() -> None:
    words = load_words("mettmann")
    said = [
        found.changed
        for day in (dt.datetime(2027, 6, 30, 12, tzinfo=dt.UTC), dt.datetime(2027, 7, 1, 12, tzinfo=dt.UTC))
        if (found := bridge_of({"bridge": BRIDGE}, words, day)) is not None
    ]
    assert said == ["", "Regeln geändert – bitte Beratung."]


def test_a_guessed_date_says_that_it_is_guessed() -> None:
    found = bridge_of({"bridge": {**BRIDGE, "estimated": ["D3"]}}, load_words("mettmann"), NOON)
    assert found is not None and [date.estimated for date in found.dates] == [False, False, False, True, False]


@pytest.mark.parametrize(
    "kept",
    [
        "text", {"dates": "x"}, {"dates": {"D3": "bald", "D99": "2027-01-01"}}, {"lines": [["25b"]], "dates": None},
        {"lines": [["25b", "german", "erteilt", ""]]}, {"lines": "x", "remarks": 3},
    ],
)  # fmt: skip
def test_a_payload_of_another_version_is_left_out_not_shown_half(kept: object) -> None:
    assert bridge_of({"bridge": kept}, load_words("mettmann"), NOON) is None


def test_every_date_and_condition_has_german_words() -> None:
    assert set(DATE_NAMES) == set(SOURCES)
    words = load_words("mettmann")
    for condition in CONDITIONS:
        assert words.german(f"bridge.what.{condition.id}")
    assert all(words.german(f"bridge.state.{state.value}") for state in State)
