"""The desk hands out slips and sees states. It holds no key, and nothing it imports reads a case."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from admin.desk.entries import ENTRIES
from storage import KeysMissing
from tests.admin.office import Door, Office


async def at_the_desk(office: Office) -> Door:
    door = await (await office.desk()).signed_in_as(await office.hire(login="tresen", role="desk", name="Tresen 3", stellen=()))
    await door.get("/")
    return door


async def test_a_slip_has_number_codes_and_both_languages(office: Office) -> None:
    door = await at_the_desk(office)
    answer = await door.post("/zettel", {"papier": "desk-104c", "sprache": "ar"})
    page = await answer.text()
    assert answer.status == 200
    assert re.search(r'class="number">[A-Z] \d{3}<', page)
    assert page.count("<svg") == 2
    assert "Freiwillig und kostenlos." in page
    assert 'lang="ar" dir="rtl"' in page and re.search("[\u0600-\u06ff]", page)
    assert "Das hat nichts mit Ihrem Aufenthaltstitel zu tun." in page
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_german_slip_says_it_once(office: Office) -> None:
    door = await at_the_desk(office)
    page = await (await door.post("/zettel", {"papier": "desk", "sprache": "de"})).text()
    assert page.count("Freiwillig und kostenlos.") == 1


@pytest.mark.parametrize("entry", ENTRIES)
async def test_the_slip_leads_into_the_dialogue_with_its_entry(office: Office, entry: str) -> None:
    door = await at_the_desk(office)
    page = await (await door.post("/zettel", {"papier": entry, "sprache": "en"})).text()
    code = re.search(r'class="code">([^<]+)</b></p>', page)
    assert code is not None
    state = await office.database.write(lambda uow: uow.slips.use(code[1], "abcdefgh"))
    assert state is not None
    assert (state.entry, state.locale) == (entry, "en")


async def test_the_list_shows_the_state_and_nothing_else(office: Office) -> None:
    door = await at_the_desk(office)
    page = await (await door.post("/zettel", {"papier": "desk", "sprache": "ar"})).text()
    code = re.search(r'class="code">([^<]+)</b></p>', page)
    assert code is not None
    assert "wartet" in (await door.get("/"))[1]
    state = await office.database.write(lambda uow: uow.slips.use(code[1], "abcdefgh"))
    assert state is not None
    assert "antwortet gerade" in (await door.get("/"))[1]
    await office.database.write(lambda uow: uow.slips.mark(state.id, "finished"))
    _, twin = await door.get("/zettel.json")
    assert '"words": "fertig"' in twin
    _, page = await door.get("/")
    assert "fertig" in page and code[1] not in page and "/fall/" not in page


async def test_one_sees_only_ones_own_slips_of_today(office: Office) -> None:
    door = await at_the_desk(office)
    await door.post("/zettel", {"papier": "desk", "sprache": "de"})
    other = await (await office.desk()).signed_in_as(await office.hire(login="tresen4", role="desk"))
    assert "Noch kein Zettel." in (await other.get("/"))[1]


async def test_made_up_entries_and_languages_are_refused(office: Office) -> None:
    door = await at_the_desk(office)
    for wrong in ({"papier": "erk", "sprache": "de"}, {"papier": "desk", "sprache": "xx"}, {}):
        assert (await door.post("/zettel", wrong)).status == 400


async def test_without_telegram_there_is_one_code(office: Office) -> None:
    import dataclasses

    office.settings = dataclasses.replace(office.settings, desk_telegram_url=None)
    door = await at_the_desk(office)
    page = await (await door.post("/zettel", {"papier": "desk", "sprache": "de"})).text()
    assert page.count("<svg") == 1
    assert "Telegram" not in page


async def test_the_desks_database_refuses_what_people_said(office: Office) -> None:
    referral = await office.offer()
    with pytest.raises(KeysMissing):
        await office.desk_database.read(lambda uow: uow.referrals.get("kreis-mettmann", ("kim-velbert-kreis",), referral))


def test_the_desk_imports_nothing_that_reads_a_case() -> None:
    looked = "import sys, admin.desk.app; print(*[m for m in sys.modules if m.startswith('admin.')])"
    modules = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True).stdout.split()
    reading = {"admin.referrals", "admin.case", "admin.answers", "admin.decisions", "admin.lookup", "admin.api", "admin.app"}
    assert not reading & set(modules)
    assert not [module for module in modules if "aiogram" in module]
