"""Several processes share the outbox: who holds a row sends it, who has lost it does not, and nothing overtakes."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Iterator

import pytest

from bot.app import phrasing_for
from bot.channels import Outgoing, SendFailed
from bot.conversation import Conversation
from bot.delivery import LEASE, MARGIN, MOST_IN_HAND, Delivery
from bot.pacing import Paced, Pacing
from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from storage import Database, KeyRing, StorageUnavailable, Verdict, open_database
from tests.bot.talk import Visitor
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN
from tests.storage.people import begin

SAY = {"effect": "say", "text": {"key": "ui.stale", "params": {}}}


class Pigeon:
    """Notes what arrives; waits while `held`."""

    name, pushes = "telegram", True

    def __init__(self) -> None:
        self.arrived: list[tuple[str, Outgoing]] = []
        self.failures: deque[Exception] = deque()
        self.held: asyncio.Event | None = None
        self.begun = asyncio.Event()

    async def send(self, address: str, page: Outgoing) -> None:
        self.begun.set()
        if self.held is not None:
            await self.held.wait()
        if self.failures:
            raise self.failures.popleft()
        self.arrived.append((address, page))

    @property
    def headings(self) -> list[str]:
        return [page.heading[:8] for _, page in self.arrived]


class Process:
    """One process of the bot. Wall and machine clock are the town's."""

    def __init__(self, town: Town, name: str) -> None:
        self.name, self.pigeon = name, Pigeon()
        self.database = town.open()
        self.gate: Gate | None = None
        self.paced: dict[str, Paced] = {}
        self.delivery = Delivery(
            self.database, town.phrasing, {"telegram": self.pigeon}, clock=town.clock, worker=name, paced=self.paced,
            monotonic=lambda: town.clock.now.timestamp(),
        )  # fmt: skip
        self.conversation = Conversation(
            self.database, town.library, town.phrasing, pushing=("telegram",), clock=town.clock, worker=name
        )
        self.conversation.hand_over, self.conversation.crowded = self.hand_over, self.delivery.crowded
        self.looks = 0
        self.conversation.look_soon = self._look_soon

    def hand_over(self, due: object) -> None:
        for item in due:  # type: ignore[attr-defined]
            object.__setattr__(item, "held_from", self.delivery._monotonic())
        self.delivery.hand_over(due)  # type: ignore[arg-type]

    def _look_soon(self) -> None:
        self.looks += 1

    def behind_a_gate(self) -> Gate:
        self.gate = Gate()
        self.paced["telegram"] = Paced(Pacing(self.gate), lambda page: 1)
        return self.gate

    async def sends(self) -> int:
        claimed = 0
        while more := await self.delivery.claim_once():
            claimed += more
            await self.delivery.settled()
        return claimed


class Gate:
    """Limits that let nobody through until they are opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.asked = asyncio.Event()

    async def __call__(self, wishes: object) -> list[Verdict]:
        self.asked.set()
        await self.open.wait()
        return [Verdict(True, 0) for _ in wishes]  # type: ignore[attr-defined]


class Town:
    def __init__(self, url: str, keys: KeyRing, library: Library, words: Words, clock: Clock) -> None:
        self.url, self.keys, self.library, self.clock = url, keys, library, clock
        self.phrasing = phrasing_for(library, words)
        self.opened: list[Database] = []

    def open(self) -> Database:
        self.opened.append(open_database(self.url, self.keys, clock=self.clock))
        return self.opened[-1]


@pytest.fixture
def town(database_url: str, keys: KeyRing, library: Library, words: Words, clock: Clock) -> Iterator[Town]:
    town = Town(database_url, keys, library, words, clock)
    yield town
    for database in town.opened:
        database.close()


@pytest.fixture
async def one(town: Town) -> Process:
    return Process(town, "one")


@pytest.fixture
async def other(town: Town) -> Process:
    return Process(town, "other")


def someone(process: Process, address: str = "4711") -> Visitor:
    return Visitor(process.conversation, channel="telegram", address=address)


async def until(event: asyncio.Event) -> None:
    async with asyncio.timeout(10):
        await event.wait()


async def test_what_is_held_by_one_is_not_sent_by_the_other(one: Process, other: Process) -> None:
    one.pigeon.held = asyncio.Event()
    await someone(one).begin()
    await until(one.pigeon.begun)
    assert await other.sends() == 0
    one.pigeon.held.set()
    await one.delivery.settled()
    assert await other.sends() == 0 and len(one.pigeon.arrived) == 1


async def test_a_letter_whose_lease_has_run_out_is_not_begun_but_left_to_who_claims_it(
    town: Town, one: Process, other: Process
) -> None:
    gate = one.behind_a_gate()
    await someone(one).begin()
    await until(gate.asked)
    town.clock.forward(seconds=61)
    assert await other.sends() == 1
    gate.open.set()
    await one.delivery.settled()
    assert (len(one.pigeon.arrived), len(other.pigeon.arrived)) == (0, 1)


async def test_a_letter_that_waited_long_is_renewed_before_it_is_begun(town: Town, one: Process, other: Process) -> None:
    gate = one.behind_a_gate()
    await someone(one).begin()
    await until(gate.asked)
    town.clock.forward(seconds=61)  # nobody else wanted it meanwhile
    gate.open.set()
    await one.delivery.settled()
    assert len(one.pigeon.arrived) == 1 and await other.sends() == 0


async def test_what_waits_in_hand_is_renewed_in_time(town: Town, one: Process, other: Process) -> None:
    gate = one.behind_a_gate()
    await someone(one).begin()
    await until(gate.asked)
    for _ in range(20):
        town.clock.forward(seconds=10)
        await one.delivery.renew()
        assert await other.sends() == 0
    gate.open.set()
    await one.delivery.settled()
    assert len(one.pigeon.arrived) == 1


async def test_the_late_word_of_the_slow_one_does_not_count(town: Town, one: Process, other: Process) -> None:
    one.pigeon.held, other.pigeon.held = asyncio.Event(), asyncio.Event()
    one.pigeon.failures.append(SendFailed("refused", retryable=False))
    await someone(one).begin()
    await until(one.pigeon.begun)
    town.clock.forward(seconds=61)
    assert await other.delivery.claim_once() == 1
    await until(other.pigeon.begun)
    one.pigeon.held.set()
    await one.delivery.settled()  # "given up", says the slow one
    assert one.database.read_now(lambda uow: uow.outbox.dead_count()) == 0
    other.pigeon.held.set()
    await other.delivery.settled()
    assert len(other.pigeon.arrived) == 1
    assert other.database.read_now(lambda uow: uow.outbox.oldest_due()) is None


async def test_the_late_farewell_of_the_slow_one_does_not_erase_the_chat_under_the_other(
    town: Town, one: Process, other: Process
) -> None:
    visitor = someone(one)
    await visitor.begin()
    await one.delivery.settled()
    one.pigeon.held, other.pigeon.held = asyncio.Event(), asyncio.Event()
    one.pigeon.begun.clear()
    await visitor.say(ev.DeleteConfirmed())
    await until(one.pigeon.begun)
    town.clock.forward(seconds=61)
    assert await other.delivery.claim_once() == 1
    one.pigeon.held.set()
    await one.delivery.settled()
    assert one.database.read_now(lambda uow: uow.chats.find("telegram", "4711")) is not None
    other.pigeon.held.set()
    await other.delivery.settled()
    assert one.database.read_now(lambda uow: uow.chats.find("telegram", "4711")) is None


async def test_a_row_that_is_in_hand_already_is_not_sent_twice(town: Town, one: Process) -> None:
    one.pigeon.held = asyncio.Event()
    await someone(one).begin()
    await until(one.pigeon.begun)
    town.clock.forward(seconds=61)
    assert await one.delivery.claim_once() == 1  # our own, whose lease had ended
    one.pigeon.held.set()
    await one.delivery.settled()
    assert len(one.pigeon.arrived) == 1
    assert one.database.read_now(lambda uow: uow.outbox.oldest_due()) is None, "and the note counts, by the newer claim"


async def test_what_was_sent_but_could_not_be_noted_is_noted_later_and_not_sent_again(
    town: Town, one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = someone(one)
    one.pigeon.held = asyncio.Event()
    await visitor.begin()
    await until(one.pigeon.begun)
    write, cut = one.database.write, True

    async def away(step: object) -> object:
        if cut:
            raise StorageUnavailable("away")
        return await write(step)  # type: ignore[arg-type]

    monkeypatch.setattr(one.database, "write", away)
    one.pigeon.held.set()
    await one.delivery.settled()
    town.clock.forward(seconds=61)
    cut = False
    running = asyncio.create_task(one.delivery.run())
    async with asyncio.timeout(10):
        while one.database.read_now(lambda uow: uow.outbox.oldest_due()) is not None:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(one.pigeon.arrived) == 1


async def test_what_comes_while_the_older_one_is_put_back_waits_behind_it(town: Town, one: Process, other: Process) -> None:
    visitor = someone(one)
    await visitor.begin()
    await one.delivery.settled()
    one.pigeon.held = asyncio.Event()
    one.pigeon.failures.append(SendFailed("busy", retryable=True, retry_after=30))
    await visitor.answer_all(HILDEN, until="S01_safety")
    one.pigeon.held.set()
    # Both at once: the older one comes back, the newer one is being written.
    await asyncio.gather(visitor.answer_all(HILDEN, until="S02_city"), one.delivery.settled())
    await one.delivery.settled()
    assert len(one.pigeon.arrived) == 1
    town.clock.forward(seconds=31)
    await other.sends()
    assert other.pigeon.headings == ["Zuerst d", "In welch"]


async def test_the_other_process_puts_its_message_behind_the_one_that_is_being_sent(one: Process, other: Process) -> None:
    one.pigeon.held = asyncio.Event()
    await someone(one).begin()
    await until(one.pigeon.begun)
    elsewhere = someone(other)
    elsewhere.count = 1
    await elsewhere.answer_all(HILDEN, until="S01_safety")
    await other.delivery.settled()
    assert other.pigeon.arrived == [] and other.looks >= 1, "it does not overtake, and is looked for soon"
    assert await other.sends() == 0
    one.pigeon.held.set()
    await one.delivery.settled()
    assert await other.sends() >= 1 and other.pigeon.headings[-1] == "Zuerst d"


async def test_far_too_many_messages_of_one_chat_wait_in_the_database_and_arrive_in_order(one: Process) -> None:
    one.pigeon.held = asyncio.Event()
    visitor = someone(one)
    await visitor.begin()
    for _ in range(40):
        await visitor.say(ev.HelpAsked())
    assert len(one.delivery._hand) <= 12
    one.pigeon.held.set()
    await one.delivery.settled()
    await one.sends()
    kinds = [page.kind for _, page in one.pigeon.arrived]
    assert kinds[0] == "ask" and len(kinds) >= 41
    assert one.database.read_now(lambda uow: uow.outbox.oldest_due()) is None


async def test_nobody_claims_more_than_he_can_send(one: Process, other: Process) -> None:
    for number in range(MOST_IN_HAND + 40):
        one.database.write_now(
            lambda uow, n=number: uow.outbox.put(begin(uow, f"{n}").chat_id, SAY, "de", key=f"{n}")  # type: ignore[misc]
        )
    one.pigeon.held = asyncio.Event()
    for _ in range(10):
        await one.delivery.claim_once()
    assert len(one.delivery._hand) == MOST_IN_HAND
    assert await other.sends() == 40
    one.pigeon.held.set()
    await one.delivery.settled()
    assert len(one.pigeon.arrived) == MOST_IN_HAND


async def test_at_the_end_what_has_not_begun_is_free_at_once_and_what_has_left_is_noted(one: Process, other: Process) -> None:
    gate = one.behind_a_gate()
    await someone(one, "1").begin()
    await until(gate.asked)
    await one.delivery.let_go()
    assert await other.sends() == 1 and one.pigeon.arrived == []


def test_what_may_be_begun_ends_before_the_lease_does() -> None:
    from bot.channels.telegram_calls import PATIENCE

    assert dt.timedelta(seconds=PATIENCE) < MARGIN < LEASE


