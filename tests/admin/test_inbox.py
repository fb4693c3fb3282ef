"""The inbox: who waits, in which order, and what an empty one says."""

from __future__ import annotations

import re

from tests.admin.office import Office
from tests.conftest import Clock


def cells(page: str) -> list[str]:
    return re.findall(r'data-name="Ort">([^<]*)<', page)


async def test_a_waiting_person_is_one_readable_line(office: Office, clock: Clock) -> None:
    referral = await office.offer()
    clock.forward(days=3, hours=2)
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get("/")
    for words in (
        "Velbert",
        "Arabisch",
        "Case Management im Kommunalen",
        "es geht um mehrere Themen oder viele Ämter",
        "seit 3 Tagen",
        "21.11.2026, 12:00 Uhr",
    ):
        assert words in page, words
    assert f'href="/fall/{referral}"' in page
    assert "Dringend" not in page


async def test_the_inbox_shows_no_answer_and_no_contact(office: Office) -> None:
    await office.offer()
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get("/")
    assert "0151" not in page
    assert "104c (Chancen-Aufenthalt)" not in page


async def test_urgent_people_stand_first(office: Office, clock: Clock) -> None:
    await office.offer(kommune="ratingen")
    clock.forward(hours=1)
    await office.offer(kommune="velbert", urgent=True, rule="M02")
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get("/")
    assert cells(page) == ["Velbert", "Ratingen"]
    assert "Dringend" in page


async def test_tabs_count_what_is_behind_them(office: Office) -> None:
    for _ in range(2):
        await office.offer()
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get("/")
    assert re.findall(r'class="count">([^<]+)<', page) == ["2", "0", "0", "0"]


async def test_more_than_a_page_is_turned_by_key_and_nobody_is_lost_or_doubled(office: Office, clock: Clock) -> None:
    offered = set()
    for _ in range(57):
        offered.add(await office.offer())
        clock.forward(minutes=1)
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    seen: list[str] = []
    path = "/"
    for _ in range(3):
        _, page = await door.get(path)
        seen += re.findall(r'href="/fall/([^"]+)"', page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = further[1].replace("&amp;", "&") if further else ""
    assert path == ""
    assert len(seen) == 57
    assert set(seen) == offered


async def test_an_empty_inbox_teaches(office: Office) -> None:
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get("/")
    assert "Gerade wartet niemand." in page
    assert "der Weitergabe an Ihre Stelle zugestimmt hat" in page


async def test_an_unknown_view_is_not_found_and_a_broken_key_is_no_crash(office: Office) -> None:
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    assert (await door.get("/?ansicht=alles"))[0] == 404
    assert (await door.get("/?nach=' OR 1=1"))[0] in (200, 400, 404)


async def test_the_demo_says_that_nobody_is_real(office: Office) -> None:
    door = await office.dashboard()
    assert "Alle Personen sind erfunden" in (await door.get("/anmelden"))[1]
