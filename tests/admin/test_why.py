"""Why a case is here, as the case manager reads it, and its twin for programs."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest

from admin.openapi import SCHEMAS
from admin.why import fact_words, why
from bot.words import Words
from dialogs.facts import OPTION_FACTS
from dialogs.reasons import decide_with_reasons
from dialogs.script import Library, Script
from tests.admin.office import Office
from tests.admin.test_api import fits
from tests.dialogs.book import read_book
from tests.dialogs.talk import TODAY

PEOPLE = {person.id: person.answers for person in read_book("mettmann")}


@pytest.fixture(scope="session")
def script(library: Library) -> Script:
    return library.current(TODAY)


def told(script: Script, person: str) -> dict[str, Any]:
    decision = decide_with_reasons(script, script.case(PEOPLE[person], TODAY, finished=True))
    return {**decision.to_json(), "on": TODAY.isoformat(), "script": script.version}


def test_the_facts_and_what_would_change_it_in_german(words: Words, script: Script) -> None:
    found = why(words, told(script, "P01"), "route-me-2026-11")
    assert [fact.text for fact in found.facts][:2] == [
        "braucht länger Hilfe, und mehrere Stellen oder Themen sind beteiligt", "gehört zu einer Zielgruppe von KIM",
    ]  # fmt: skip
    assert [change.text for change in found.changes][:2] == [
        "Ab 09.03.2027 (42 Tage vor dem Ende der Karte): Case Management im Kommunalen Integrationsmanagement, dringend",
        f"Bei „{words.german('fact.komplex.nein')}“: Kurzberatung im Kommunalen Integrationsmanagement",
    ]
    assert (found.rules_version, found.on) == ("route-me-2026-11", "21.11.2026")


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ("P08", "Wenn die Karte abgelaufen ist (ab 22.12.2026): Regionale Beratung von Geflüchteten, nur die Adresse"),
        ("P19", "Ab dem 27. Geburtstag (Februar 2027): Case Management im Kommunalen Integrationsmanagement, ohne Bedingung"),
        ("P23", "Ab 01.01.2029 (5 Kalenderjahre nach dem Jahr der Einreise): Migrationsberatung für erwachsene Zuwanderer"),
        ("P05", "Bei „Wohnort: nicht Velbert“: Kurzberatung"),
        ("P14", "Bei „Wohnort: Velbert“: Flüchtlingshilfe Velbert"),
    ],
)
def test_each_kind_of_change_has_words(words: Words, script: Script, person: str, said: str) -> None:
    texts = [change.text for change in why(words, told(script, person), "").changes]
    assert any(text.startswith(said) for text in texts), texts


def test_every_fact_and_every_option_has_german_words(words: Words, script: Script) -> None:
    for name in script.book.facts:
        assert fact_words(words, name, True) != f"{name}: ja" and fact_words(words, name, False) != f"{name}: nein"
    for name, question in OPTION_FACTS.items():
        for option in script.questionnaire.by_id[question].by_id if question in script.questionnaire.by_id else ():
            assert option not in fact_words(words, name, option).split(": ", 1)[1].split()
    assert fact_words(words, "alter_nicht", ["a16", "a18"]) == "Alter: nicht 16 oder 17 und nicht 18 bis 24"


async def test_the_page_names_what_decided_and_what_would_change_it(office: Office, words: Words, script: Script) -> None:
    referral = await office.offer(decision=told(script, "P01"))
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get(f"/fall/{referral}")
    text = html.unescape(page)
    for expected in (
        "Warum dieser Fall hier ist", "gehört zu einer Zielgruppe von KIM", "keine dringende Frist",
        "Was das Ergebnis ändern würde", "“: Kurzberatung im Kommunalen", "Fassung route-me-2026-11",
        "entschieden am 21.11.2026",
    ):  # fmt: skip
        assert expected in text, expected


async def test_a_clearing_names_the_open_questions(office: Office, script: Script) -> None:
    answers = {key: value for key, value in PEOPLE["P01"].items() if key != "S04_status"}
    decision = decide_with_reasons(script, script.case(answers, TODAY))
    assert decision.mode == "clearing"
    referral = await office.offer(decision=decision.to_json())
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get(f"/fall/{referral}")
    assert "Welches Papier haben Sie jetzt?" in page and "Diese Angaben haben entschieden" not in page


async def test_a_case_from_before_is_shown_without_reasons(office: Office) -> None:
    old = {"dienst": "KIM_CM", "mode": "referral", "rule": "M09", "open": [], "decided_by": {"komplex": True}}
    referral = await office.offer(decision=old)
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    status, page = await door.get(f"/fall/{referral}")
    assert status == 200 and "haben entschieden" not in page and "Dafür gibt es das KIM Case Management." in page
    case = json.loads((await door.get(f"/api/v1/referrals/{referral}"))[1])
    fits(SCHEMAS["Case"], case)
    assert (case["decided_by"], case["decided_from"], case["changes"]) == ([], None, [])


@pytest.mark.parametrize("person", ["P01", "P05", "P08", "P19", "P22", "P23"])
async def test_the_twin_gives_the_same_reasons(office: Office, script: Script, person: str) -> None:
    decision = told(script, person)
    referral = await office.offer(decision=decision)
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    case = json.loads((await door.get(f"/api/v1/referrals/{referral}"))[1])
    fits(SCHEMAS["Case"], case)
    assert {fact["fact"]: fact["value"] for fact in case["decided_by"]} == decision["decided_by"]
    assert [{key: change[key] for key in was} for change, was in zip(case["changes"], decision["changes"], strict=True)] == [
        dict(change) for change in decision["changes"]
    ]
    assert all(item["text"] for item in (*case["decided_by"], *case["changes"]))
