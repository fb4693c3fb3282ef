"""The whole program is away for ten minutes while people press: what they pressed is lost at Telegram, and everybody is asked
again within a minute of the start, once. Nothing is replaced but Telegram itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp.test_utils import TestServer, unused_port

from bot.app import Door, build_door
from bot.settings import Settings
from bot.words import Words
from dialogs.script import Library
from storage import Database, KeyRing, open_database
from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.emulator_person import Person
from tests.conftest import Clock

PEOPLE = 30
SENTENCE = "Ich war eine Weile nicht erreichbar. Bitte antworten Sie noch einmal."


class Away:
    """The program comes and goes; its clock and Telegram's go together."""

    def __init__(self, url: str, keys: KeyRing, clock: Clock, library: Library, words: Words, telegram: Emulator) -> None:
        self.url, self.keys, self.clock, self.library, self.words, self.telegram = url, keys, clock, library, words, telegram
        self.port = unused_port()
        self.settings = Settings(
            environment="demo", county="mettmann", public_url=f"http://127.0.0.1:{self.port}", telegram_api=telegram.url,
            telegram_token=telegram.token, telegram_mode="full", telegram_webhook_secret="a" * 40, telegram_per_second=0,
        )  # fmt: skip

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Door]:
        database: Database = open_database(self.url, self.keys, clock=self.clock)
        door = build_door(database, self.library, self.words, self.settings, clock=self.clock)
        server = TestServer(door.application, port=self.port)
        await server.start_server()
        try:
            async with asyncio.timeout(30):
                await door.channels["telegram"].ready.wait()  # type: ignore[attr-defined]
            yield door
        finally:
            await server.close()
            database.close()

    async def passes(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)
        await self.telegram.pass_time(seconds)


async def until(condition: object, what: str) -> None:
    end = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, what
        await asyncio.sleep(0.02)


async def begins(person: Person, door: Door, words: Words) -> None:
    await person.says("/start")
    await door.delivery.settled()
    await person.presses(words.own_name("de"))
    await door.delivery.settled()


async def test_after_ten_minutes_without_the_program_everybody_is_asked_again_once_and_can_go_on(
    database_url: str, keys: KeyRing, clock: Clock, library: Library, words: Words
) -> None:
    async with Emulator() as telegram:
        away = Away(database_url, keys, clock, library, words, telegram)
        people = [telegram.person(f"Person {number}", language_code="de") for number in range(PEOPLE)]
        yes = words.text("scr.F2_notice.yes", "de").replace("\u00a0", " ")
        async with away.running() as door:
            for person in people:
                await begins(person, door, words)
            await door.recovery.beat()
        await asyncio.gather(*(person.presses(yes) for person in people))
        await away.passes(600)
        assert len(telegram.updates.dropped) == PEOPLE, "a press lives 150 seconds"
        told = [len(person.received) for person in people]

        async with away.running() as door:
            await until(lambda: all(SENTENCE in person.last.text for person in people), "somebody was not asked again")
            await door.delivery.settled()
            # Each of them once, in a message of its own, with buttons that work.
            assert [len(person.received) for person in people] == [before + 1 for before in told]
            for person in people[:3]:
                await person.presses(yes)
                await door.delivery.settled()
                session = await door.conversation.session_at("telegram", str(person.id))
                assert session is not None and session.open == "S01_safety"
            await away.passes(60)
            await door.recovery.beat()
            await door.delivery.settled()
        async with away.running() as door:  # started once more: no outage, nothing is asked
            await door.recovery.beat()
            await door.delivery.claim_once()
            await door.delivery.settled()
        assert sum(SENTENCE in message.text for person in people for message in person.received) == PEOPLE - 3
        assert not telegram.oddities
