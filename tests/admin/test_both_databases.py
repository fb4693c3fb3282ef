"""From the slip to the accepted case, on both kinds of database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.words import Words
from storage import Database, open_database
from tests.admin.office import Office, Settings
from tests.conftest import Clock


@pytest.fixture
async def house(database: Database, database_url: str, clock: Clock, words: Words) -> AsyncIterator[Office]:
    desk = open_database(database_url, None, clock=clock)
    house = Office(database, desk, words, Settings())
    yield house
    await house.close()
    desk.close()


async def test_a_day_at_the_office(house: Office, clock: Clock) -> None:
    desk = await house.desk()
    await house.hire(login="tresen", role="desk", stellen=())
    assert (await desk.sign_in("tresen")).status == 303
    await desk.get("/")
    assert (await desk.post("/zettel", {"papier": "desk-104c", "sprache": "ar"})).status == 200
    assert "wartet" in (await desk.get("/"))[1]

    theirs = await house.offer(traeger="caritas", stelle="kim-ratingen-caritas")
    referral = await house.offer(code="K7M42P")
    clock.forward(hours=2)
    await house.hire()
    dashboard = await house.dashboard()
    assert (await dashboard.sign_in("amina")).status == 303
    _, page = await dashboard.get("/")
    assert "seit 2 Stunden" in page and theirs not in page
    await dashboard.get("/nummer")
    found = await dashboard.post("/nummer", {"nummer": "k7m42p"})
    assert found.headers["Location"] == f"/fall/{referral}"
    await dashboard.get(f"/fall/{referral}")
    assert (await dashboard.post(f"/fall/{referral}/annehmen", {"version": "1"})).status == 303
    assert (await dashboard.post(f"/fall/{referral}/annehmen", {"version": "1"})).status == 409
    assert (await dashboard.get(f"/fall/{theirs}"))[0] == 404
    actions = [row.action for row in await house.audit_rows()]
    assert actions == ["signed_in", "slip_issued", "signed_in", "case_opened", "referral_accepted"]
    assert (await dashboard.get("/nichts\x00"))[0] == 404
