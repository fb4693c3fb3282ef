"""People who talk to the bot as fast as it answers, and each of whom knows what she has answered."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from dataclasses import dataclass, field

from bot.app import phrasing_for
from bot.conversation import Conversation
from bot.words import Words
from dialogs.script import Library
from dialogs.session import Session
from storage import Database
from tests.bot.telegram.emulator_person import Person
from tests.processes.exchange import Exchange

PATIENCE = 90.0


@dataclass
class Crowd:
    """Everybody, and how they look into the database to see where they stand."""

    exchange: Exchange
    database: Database
    library: Library
    words: Words
    dice: random.Random
    people: list[Talker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.eyes = Conversation(
            self.database, self.library, phrasing_for(self.library, self.words), pushing=("telegram",),
            clock=lambda: dt.datetime.now(dt.UTC),
        )  # fmt: skip

    def joined(self, name: str, *, until: str, noisy: bool = False) -> Talker:
        """Somebody who answers up to this question. `noisy`: she also writes where only buttons count."""
        talker = Talker(self, self.exchange.person(name, language_code="de"), until, noisy)
        self.people.append(talker)
        return talker


@dataclass
class Talker:
    crowd: Crowd
    person: Person
    until: str
    noisy: bool
    answered: dict[str, object] = field(default_factory=dict)
    wrote: int = 0

    @property
    def pages(self) -> int:
        return len(self.crowd.exchange.of_chat[self.person.id])

    async def session(self) -> Session | None:
        return await self.crowd.eyes.session_at("telegram", str(self.person.id))

    async def talks(self, answers: dict[str, object]) -> None:
        await self.person.says("/start", deliver=False)
        await self._until_shown(1)
        await self._press(self.crowd.words.own_name("de"))
        while True:
            session = await self.session()
            assert session is not None
            if session.open == self.until or session.status != "asking":
                return
            question = str(session.open)
            await self._until_prompt(session.prompt)
            if self.noisy and self.crowd.dice.random() < 0.3:
                # In the other queue, so to another process, at the same moment.
                self.wrote += 1
                await self.person.says("Was heißt das?", deliver=False)
            answer = answers[question]
            await self._answers(question, answer)
            self.answered[question] = answer
            await self._until_moved(session.prompt)

    async def _answers(self, question: str, answer: object) -> None:
        words = self.crowd.words
        if question == "S02_city":
            await self._press(words.kommune_name(str(answer)), wait=False)
        elif isinstance(answer, list):
            for option in answer:
                await self._press(self._label(f"scr.{question}.{option}"))
            await self._press(self._label("ui.done"), wait=False)
        else:
            await self._press(self._label(f"scr.{question}.{answer}"), wait=False)

    def _label(self, key: str) -> str:
        return self.crowd.words.text(key, "de").replace("\u00a0", " ")

    async def _press(self, label: str, *, wait: bool = True) -> None:
        before = self.pages
        await self.person.presses(label, deliver=False)
        if wait:
            await self._until_shown(before + 1)

    async def _until_shown(self, count: int) -> None:
        await self._wait(lambda: self.pages >= count, f"page {count} never came; there are {self.pages}")

    async def _until_prompt(self, prompt: int) -> None:
        def shown() -> bool:
            return any(page.prompt == prompt for page in self.crowd.exchange.of_chat[self.person.id])

        await self._wait(shown, f"prompt {prompt} was never shown")

    async def _until_moved(self, prompt: int) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            session = await self.session()
            if session is not None and session.prompt != prompt:
                return
            await asyncio.sleep(0.03)
        raise AssertionError(f"{self.person.chat.first_name}: the answer to prompt {prompt} never counted")

    async def _wait(self, condition: object, otherwise: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if condition():  # type: ignore[operator]
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.person.chat.first_name}: {otherwise}")
