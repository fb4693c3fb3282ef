"""What the fault tests stand on: a real public door, a strict Bot API, and a woman with a phone.

Everything is real but Telegram: settings, `build_door`, an aiohttp server on loopback, delivery, channel, database. Two
clocks stand still until a test moves them (`later`): the door's and the emulated Bot API's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp.test_utils import TestServer, unused_port

from bot.app import Door, build_door
from bot.channels.telegram import TelegramChannel
from bot.settings import Settings
from bot.words import Words
from dialogs.reasons import get_ready
from dialogs.script import Library
from dialogs.session import Session
from storage import Database, KeyRing, open_database
from tests.bot.telegram.emulator import Call, Emulator, Fault
from tests.bot.telegram.emulator_person import Person
from tests.conftest import Clock
from tests.storage.raw import execute

SECRET = "a" * 40
DEADLINE = 60.0

ANSWERS = {
    "S01_safety": ["none"], "S02_city": "velbert", "S03_age": "a27", "S04_status": "p104c", "S06_applied": "started",
    "S07_identity": "passport", "S08_german": "c2", "S09_lid": "yes", "S10_income": "work", "S11_children": ["no"],
    "S12_year": "2016", "F3_health_ok": "no", "S15_needs": ["residence", "lid", "work"], "S16_kind": ["long", "many"],
}  # fmt: skip
STELLE = "kim-velbert-stadt"


async def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait for a condition, not for luck: fails after a minute and says for what it waited."""
    end = asyncio.get_running_loop().time() + DEADLINE
    while True:
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"waited in vain: {what}")
        await asyncio.sleep(0.01)


class Scene:
    """One door on one database, in front of one emulated Bot API."""

    def __init__(
        self, url: str, keys: KeyRing, clock: Clock, library: Library, words: Words, telegram: Emulator
    ) -> None:
        self.url, self.keys, self.clock, self.library, self.words, self.telegram = url, keys, clock, library, words, telegram
        self.api = telegram.url
        self._open: list[tuple[TestServer, Database]] = []

    # -- the program -------------------------------------------------------------------------------------------------

    async def start(self, *, polling: bool = False, wait: bool = True, mode: str = "full") -> Door:
        """A process: its database, its door, its server. A second one may be started beside the first."""
        day = self.clock().date()
        get_ready(self.library.current(day), day)
        database = open_database(self.url, self.keys, clock=self.clock)
        port = unused_port()
        settings = Settings(
            environment="demo", county="mettmann", public_url=f"http://127.0.0.1:{port}", telegram_api=self.api,
            telegram_token=self.telegram.token, telegram_mode=mode, telegram_webhook_secret="" if polling else SECRET,
            telegram_per_second=0, flood_burst=0,  # the limits have tests of their own, and would take real seconds here
        )  # fmt: skip
        door = build_door(database, self.library, self.words, settings, clock=self.clock)
        server = TestServer(door.application, port=port)
        await server.start_server()
        self._open.append((server, database))
        if wait:
            assert door.telegram is not None
            await asyncio.wait_for(door.telegram.ready.wait(), DEADLINE)
        return door

    async def stop(self) -> None:
        while self._open:
            server, database = self._open.pop()
            await server.close()
            await asyncio.to_thread(database.close)

    async def restart(self, **how: Any) -> Door:
        await self.stop()
        return await self.start(**how)

    @property
    def server(self) -> TestServer:
        return self._open[-1][0]

    @property
    def database(self) -> Database:
        return self._open[-1][1]

    # -- time --------------------------------------------------------------------------------------------------------

    async def later(self, door: Door, seconds: float) -> None:
        """So many seconds pass for the door and for Telegram; what is due then is delivered and sent."""
        self.clock.forward(seconds=seconds)
        await self.telegram.pass_time(seconds)
        await self.settled(door)

    async def settled(self, door: Door) -> None:
        """Return when nothing is on its way any more: sent, or put back for later."""
        assert door.telegram is not None

        async def quiet() -> bool:
            await door.delivery.settled()
            claimed = await door.delivery.claim_once()
            await door.delivery.settled()
            await door.telegram.settled()
            return claimed == 0 and not self.rows("state = 'due' AND worker IS NOT NULL")

        async def stays_quiet() -> bool:
            # Twice: what was given back just after the first look is taken by the second.
            return await quiet() and await quiet()

        await until(stays_quiet, "messages on their way")

    # -- Telegram ----------------------------------------------------------------------------------------------------

    def fails(self, *faults: Fault) -> None:
        """The next messages can't be shown, whether drawn into the pressed one or sent as new ones."""
        both = deque(faults)
        self.telegram._faults |= {"sendmessage": both, "editmessagetext": both}

    # -- what is on the disk ------------------------------------------------------------------------------------------

    def rows(self, where: str = "1 = 1") -> list[tuple[Any, ...]]:
        """Messages: state, attempts, why."""
        return execute(self.url, f"SELECT state, attempts, why FROM outbox WHERE {where} ORDER BY seq")

    def count(self, table: str, where: str = "1 = 1") -> int:
        return int(execute(self.url, f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    @property
    def due(self) -> int:
        return self.count("outbox", "state = 'due'")

    @property
    def dead(self) -> int:
        return self.count("outbox", "state = 'dead'")


class Woman:
    """Somebody who goes through the screening in German, and what the door has kept of her."""

    def __init__(self, scene: Scene, door: Door, name: str = "Amina", person: Person | None = None) -> None:
        self.scene, self.door = scene, door
        self.phone = person or scene.telegram.person(name, language_code="de")

    async def begins(self) -> None:
        """Up to the first question: its notice is shown and waits for a press."""
        await self.phone.says("/start")
        await self.scene.settled(self.door)
        await self.phone.presses("Deutsch")
        await self.scene.settled(self.door)
        assert await self.open() == "F2_notice"

    async def agrees(self, *, deliver: bool = True) -> int | None:
        """Press yes on the notice. The next question is S01_safety."""
        return await self.phone.presses(self.label("scr.F2_notice.yes"), deliver=deliver)

    async def goes_to(self, question: str) -> None:
        """From the notice to this question."""
        for _ in range(30):
            await self.scene.settled(self.door)
            session = await self.session()
            if question in (session.open, session.status):
                return
            await self.answers(str(session.open))
        raise AssertionError(f"{question} is never asked")

    async def answers(self, question: str) -> None:
        answer = ANSWERS.get(question, "yes")
        if question == "S05_valid_until":
            await self.phone.says("15.03.2027")
        elif question == "S02_city":
            await self.phone.presses(self.scene.words.kommune_name(str(answer)))
        elif question == "S12_year":
            await self.phone.presses(str(answer))
        elif isinstance(answer, list):
            for option in answer:
                await self.presses(f"scr.{question}.{option}")
            await self.presses("ui.done")
        else:
            await self.presses(f"scr.{question}.{answer}")

    async def hands_over(self) -> None:
        """From the summary to the hand-over that waits for a case manager."""
        for button in ("ui.summary_ok", "scr.S17_contact.chat", "ui.done", "scr.S18_handover.yes"):
            await self.presses(button)
            await self.scene.settled(self.door)

    async def presses(self, key: str, *, deliver: bool = True) -> int | None:
        return await self.phone.presses(self.label(key), deliver=deliver)

    def label(self, key: str) -> str:
        return self.scene.words.german(key).replace("\u00a0", " ")

    async def session(self) -> Session:
        found = await self.door.conversation.session_at("telegram", str(self.phone.id))
        assert found is not None
        return found

    async def open(self) -> str:
        return str((await self.session()).open)

    # -- on her screen -------------------------------------------------------------------------------------------------

    def sees(self, question: str) -> int:
        """In how many messages of the bot this question or sentence stands."""
        words = " ".join(self.label(question).split())
        return sum(words in " ".join(message.text.split()) for message in self.phone.received)

    async def is_at(self, question: str, *, shown: int | None = 1) -> None:
        """Her answers led here, once, and she can see it (`shown` times)."""
        assert await self.open() == question
        assert self.sees(f"scr.{question}") == shown if shown is not None else self.sees(f"scr.{question}") >= 1
        assert self.phone.unanswered_presses == 0 or shown is None


async def asked(scene: Scene, *faults: Fault) -> Woman:
    """She has agreed; the next question could not be sent for this fault."""
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    scene.fails(*faults)
    await amina.agrees()
    await scene.settled(door)
    return amina


def calls_to(telegram: Emulator, method: str, person: Person) -> list[Call]:
    """What was really carried out for her."""
    return [call for call in telegram.called(method) if call.payload.get("chat_id") == person.id and call.status == 200]


def channel_of(door: Door) -> TelegramChannel:
    assert door.telegram is not None
    return door.telegram

