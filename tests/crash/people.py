"""Simulated people: they read the newest page with buttons, think, and press; now and then twice, or something odd.

What each press meant is written down from what stood on the screen (question and option), not from what the program kept:
that is what "in the right place" is checked against.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bot.telegram.emulator_person import Person
from tests.crash.book import Book, Key
from tests.crash.server import Server

# What leads to a hand-over; few answers are any other.
USUAL = {
    "F2_notice": ("yes", "yes", "yes", "yes", "child", "adult"), "S01_safety": ("none",), "S03_age": ("a27", "a18", "a25"),
    "S04_status": ("p104c", "p104c", "duldung", "p25ab"), "F3_health_ok": ("no", "yes"),
    "S15_needs": ("residence", "lid", "work", "language"), "S16_kind": ("long", "many"), "S17_contact": ("chat", "self"),
    "S18_handover": ("yes", "yes", "yes", "no", "show"),
}  # fmt: skip
COMMANDS = ("/help", "/human", "/language", "/status", "/privacy", "/start", "/cancel", "/new", "Guten Tag")
TWICE = 0.04
OTHERWISE = 0.03
LIVES_OF_PATIENCE = 4


@dataclass(frozen=True)
class Meant:
    """What a press on an answer meant: `option` alone, or for several ticked boxes all of them.

    `boxes`: what she has ticked or unticked herself under this prompt. A crash can double a page with older ticks; who
    says "done" on that one may be answered by the ticks of the page that is still on its way.
    """

    update: int
    session: str
    prompt: int
    question: str
    options: frozenset[str]
    boxes: frozenset[str] = frozenset()


@dataclass
class Someone:
    """One person with a town of her own: which Stelle has places free then depends on nobody else."""

    server: Server
    person: Person
    book: Book
    town: str
    dice: random.Random
    pace: float
    odd: float
    may_act: asyncio.Event
    noted: Callable[[Meant], None]
    acts: int = 0
    nudges: int = 0
    _last: list[int] = field(default_factory=list)
    _heard: int = 0
    _life: int = 0
    _boxes_of: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    async def goes_on(self) -> None:
        """Until cancelled."""
        while True:
            await self.may_act.wait()
            await asyncio.sleep(self.dice.expovariate(1 / self.pace))
            if self.may_act.is_set() and not self._waits():
                await self.act()

    def _waits(self) -> bool:
        ledger = self.server.ledger
        if any(not ledger.updates[number].settled for number in self._last):
            return True
        if len(ledger.heard[self.person.id]) > self._heard or not self._last:
            return False
        if self.server.life - self._life > LIVES_OF_PATIENCE:
            self.nudges += 1
            return False
        return True

    async def act(self) -> None:
        """One step: an answer, a command, or the same button twice."""
        self._heard, self._life, self._last = len(self.server.ledger.heard[self.person.id]), self.server.life, []
        self.acts += 1
        page = next((message for message in reversed(self.person.received) if self.book.keys(message)), None)
        if page is None:
            await self.says("/start")
            return
        if self.dice.random() < self.odd:
            await self.says(self.dice.choice(COMMANDS))
            return
        key, question = self._chosen(self.book.keys(page), self.book.question(page))
        for _ in range(2 if self.dice.random() < TWICE else 1):
            await self.presses(key)
            self._note(key, question, page.message_id)

    async def presses(self, key: Key) -> None:
        number = await self.person.presses_data(key.data, key.message, deliver=False)
        if number is not None:
            self._last.append(number)

    async def says(self, words: str) -> None:
        number = await self.person.says(words, deliver=False)
        if number is not None:
            self._last.append(number)

    def buttons(self) -> list[Key]:
        """Every button on her screen, of the newest message last."""
        return [key for message in self.person.received for key in self.book.keys(message)]

    # -- what she chooses ------------------------------------------------------------------------------------------

    def _chosen(self, keys: list[Key], question: str | None) -> tuple[Key, str | None]:
        dice = self.dice
        by_act: dict[str, list[Key]] = {}
        for key in keys:
            by_act.setdefault(key.press.act, []).append(key)
        if "l" in by_act:
            return dice.choice(by_act["l"]), question
        if "y" in by_act:
            return (by_act["y"][0] if dice.random() < 0.9 else dice.choice(by_act.get("e", by_act["y"]))), question
        if "X" in by_act:
            return (by_act["X"][0] if dice.random() < 0.5 else by_act["r"][0]), question
        if "b" in by_act and question is not None and dice.random() < 0.03:
            return by_act["b"][0], question
        if "s" in by_act and dice.random() < 0.02:
            return by_act["s"][0], question
        if "d" in by_act:
            return self._boxes(by_act, question), question
        if "c" in by_act:
            return self._option(by_act["c"], question), question
        ends = by_act.get("o", []) * 6 + by_act.get("r", []) * 6 + by_act.get("a", []) * 2 + by_act.get("w", [])
        return dice.choice(ends or keys), question

    def _option(self, keys: list[Key], question: str | None) -> Key:
        by_option = {key.press.option: key for key in keys}
        if question == "S02_city":
            return by_option.get(self.town, keys[-1])
        usual = [by_option[option] for option in USUAL.get(question or "", ()) if option in by_option]
        plain = [key for key in keys if key.press.option not in ("unknown", "na")] or keys
        return self.dice.choice(usual if usual and self.dice.random() > OTHERWISE else plain)

    def _boxes(self, by_act: dict[str, list[Key]], question: str | None) -> Key:
        on, off = by_act.get("-", []), by_act.get("+", [])
        if on and (self.dice.random() < 0.6 or not off):
            return by_act["d"][0]
        usual = [key for key in off if key.press.option in USUAL.get(question or "", ())]
        return self.dice.choice(usual if usual and self.dice.random() > OTHERWISE else off)

    def _note(self, key: Key, question: str | None, message: int) -> None:
        press = key.press
        boxes = self._boxes_of.setdefault((press.session, press.prompt), set())
        if press.act in "+-":
            boxes.add(press.option)
        kind = self.book.kinds.get(question or "")
        if question is None or not self._last or press.act not in "cd" or kind in ("date", "month", "consent", "language"):
            return
        options = frozenset({press.option})
        if press.act == "d":
            shown = next(one for one in self.person.received if one.message_id == message)
            options = frozenset(one.press.option for one in self.book.keys(shown) if one.press.act == "-")
        self.noted(Meant(self._last[-1], press.session, press.prompt, question, options, frozenset(boxes)))
