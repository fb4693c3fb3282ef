"""One answer, from the phone to the dashboard and back: the guided tour. Read this first.

A woman in Velbert goes through the screening in Telegram, in Arabic, says that the summary is right and that her
answers may be handed over. Seven hops later a case manager sees her in the inbox; four hops back she reads, in Arabic,
that she was accepted. Everything is real: the channel, the conversation, the engine, the rule book, the database, the
dashboard. Only Telegram itself is our emulator.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from aiohttp.test_utils import TestClient, TestServer, unused_port

from admin.app import build_admin
from admin.door.sessions import begin, cookie_name
from bot.app import Door, build_door
from bot.settings import Settings
from bot.words import Words
from dialogs.reasons import get_ready
from dialogs.script import Library
from storage import Database, KeyRing, UnitOfWork, open_database
from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.emulator_person import Person
from tests.conftest import Clock
from tests.hops import footprints
from wegweiser import Office

SEVEN_HOPS = (
    ("bot/channels/telegram.py", "on_press"),
    ("bot/conversation.py", "receive"),
    ("dialogs/engine.py", "advance"),
    ("dialogs/routing.py", "decide"),
    ("storage/writing.py", "commit"),
    ("storage/referrals.py", "open_for"),
    ("admin/referrals.py", "index"),
)
FOUR_HOPS_BACK = (
    ("storage/outbox.py", "claim"),
    ("bot/delivery.py", "claim_once"),
    ("bot/phrasing.py", "phrase"),
    ("bot/channels/telegram.py", "send"),
)

ANSWERS = {
    "S01_safety": ["none"], "S02_city": "velbert", "S03_age": "a27", "S04_status": "p104c", "S06_applied": "started",
    "S07_identity": "passport", "S08_german": "c2", "S09_lid": "yes", "S10_income": "work", "S11_children": ["no"],
    "S12_year": "2016", "F3_health_ok": "no", "S15_needs": ["residence", "lid", "work"], "S16_kind": ["long", "many"],
}  # fmt: skip
STELLE = "kim-velbert-stadt"


@dataclass
class Phone:
    """Her phone: finds the button for an answer by its Arabic words, as she would."""

    person: Person
    words: Words
    door: Door

    async def goes_through(self, answers: dict[str, str | list[str]]) -> None:
        """Everything up to the summary."""
        await self.person.says("/start")
        await self.settled()
        await self.person.presses(self.words.own_name("ar"))
        await self.settled()
        await self.presses("scr.F2_notice.yes")
        for _ in range(30):
            await self.settled()
            session = await self.door.conversation.session_at("telegram", str(self.person.id))
            assert session is not None
            if session.status == "reviewing":
                return
            if session.open == "S05_valid_until":
                await self.person.says("15.03.2027")
            else:
                await self.answers(str(session.open), answers[str(session.open)])
        raise AssertionError("the conversation never ends")

    async def settled(self) -> None:
        """Everything that is due has been sent: the rows of this process, and those that the office wrote."""
        await self.door.delivery.settled()
        await self.door.delivery.claim_once()
        await self.door.delivery.settled()

    def label(self, key: str, **params: str) -> str:
        return self.words.text(key, "ar", **params).replace("\u00a0", " ")

    async def presses(self, key: str) -> None:
        await self.person.presses(self.label(key))

    async def answers(self, question: str, answer: str | list[str]) -> None:
        if question == "S02_city":
            await self.person.presses(self.words.kommune_name(str(answer)))
        elif question == "S12_year":
            await self.person.presses(str(answer))
        elif isinstance(answer, list):
            for option in answer:
                await self.presses(f"scr.{question}.{option}")
            await self.presses("ui.done")
        else:
            await self.presses(f"scr.{question}.{answer}")


def _readable(text: str) -> str:
    """Without the invisible marks and the tags of the message format."""
    return re.sub(r"<[^>]+>|[\u2066-\u2069\u200e\u200f]", "", text).replace("\u00a0", " ")


async def test_one_answer_goes_seven_hops_there_and_four_back(
    database_url: str, keys: KeyRing, clock: Clock, library: Library, words: Words
) -> None:
    # What the first decision of a day waits for would be slow while footprints are taken.
    get_ready(library.current(clock().date()), clock().date())
    with footprints(SEVEN_HOPS + FOUR_HOPS_BACK) as seen:
        database = open_database(database_url, keys, clock=clock)
        async with Emulator() as telegram:
            port = unused_port()
            settings = Settings(
                environment="demo", county="mettmann", public_url=f"http://127.0.0.1:{port}", telegram_api=telegram.url,
                telegram_token=telegram.token, telegram_mode="full", telegram_webhook_secret="a" * 40,
                telegram_per_second=0, flood_burst=0,
            )  # fmt: skip
            door = build_door(database, library, words, settings, clock=clock)
            bot = TestServer(door.application, port=port)
            office = TestClient(TestServer(build_admin(database, words, Office(settings, "mettmann", "Kreis Mettmann"))))
            await bot.start_server()
            await office.start_server()
            try:
                await door.channels["telegram"].ready.wait()
                amina = Phone(telegram.person("Amina", language_code="ar"), words, door)
                await amina.goes_through(ANSWERS)

                # -- there ---------------------------------------------------------------------------------------
                seen.clear()
                for button in ("ui.summary_ok", "scr.S17_contact.chat", "ui.done", "scr.S18_handover.yes"):
                    await amina.presses(button)
                    await amina.settled()
                await _signed_in(office, database, library)
                inbox = await (await office.get("/")).text()
                assert "Velbert" in inbox and "Arabisch" in inbox
                assert words.german("mettmann.M09") in html.unescape(inbox)
                walked = [hop for hop in seen if hop in SEVEN_HOPS]
                assert walked[:5] == list(SEVEN_HOPS[:5])
                assert set(walked[5:]) == set(SEVEN_HOPS[5:]), "the page asks the one query"

                # -- and back ------------------------------------------------------------------------------------
                link = re.search(r'href="(/fall/[0-9a-f]+)"', inbox)
                assert link is not None
                case = await (await office.get(link[1])).text()
                assert "Ich brauche länger Hilfe" in case, "the answers stand there in German"
                seen.clear()
                await _accept(office, link[1], case)
                await amina.settled()
                accepted = words.text("status.accepted", "ar", stelle=words.stelle_name(STELLE), reason="")
                assert _readable(accepted) in _readable(amina.person.last.text)
                assert {hop for hop in seen if hop in FOUR_HOPS_BACK} == set(FOUR_HOPS_BACK)
                assert not telegram.oddities
            finally:
                await office.close()
                await bot.close()
        database.close()


async def _signed_in(office: TestClient, database: Database, library: Library) -> None:
    traeger = library.county.stellen[STELLE].traeger

    def hire(uow: UnitOfWork) -> str:
        staff = uow.staff.add(
            login="cm", name="Case Managerin", role="case_manager", traeger=traeger, stellen=(STELLE,), password_hash="-"
        )
        return begin(uow, uow.staff.get(staff))

    token = await database.write(hire)
    office.session.cookie_jar.update_cookies({cookie_name(office.app): token}, office.make_url("/"))


async def _accept(office: TestClient, path: str, page: str) -> None:
    fields = dict(re.findall(r'name="(csrf|version|move)" value="([^"]+)"', page))
    answer = await office.post(f"{path}/annehmen", data=fields, allow_redirects=False)
    assert answer.status in (200, 303), await answer.text()
