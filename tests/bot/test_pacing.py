"""Telegram's limits: one message a second and chat, 25 a second in all, and nobody waits for somebody else's limit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from bot.pacing import SECOND, Pacing, Take, in_database, in_memory, telegram_limits
from storage import Database, KeyRing, StorageUnavailable, Verdict, Wish, open_database
from storage.pace import MOST_MESSAGES
from tests.conftest import Clock
from tests.storage.people import begin

LIMITS = telegram_limits(25)


class Simulation:
    """Some processes that want to send, and a clock that jumps to the next thing that happens."""

    def __init__(self, *takes: Take, clock: Clock) -> None:
        self.takes, self.clock = takes, clock
        self.sent: list[tuple[float, str]] = []

    async def run(self, queues: dict[str, int]) -> None:
        """Each chat has so many messages; its next one is asked for when the one before has left, by any of the processes."""
        start = self.clock.now
        ready = dict.fromkeys(queues, 0.0)
        left = dict(queues)
        while left:
            now = (self.clock.now - start).total_seconds()
            chats = [chat for chat in left if ready[chat] <= now]
            for take in self.takes if chats else ():
                mine, chats = chats[: len(chats) // 2 + 1], chats[len(chats) // 2 + 1 :]
                for chat, verdict in zip(mine, await take([Wish(chat) for chat in mine]), strict=True):
                    ready[chat] = now + max(verdict.wait / SECOND, 0.000001)
                    if verdict.granted:
                        self.sent.append((ready[chat], chat))
                        left[chat] -= 1
                        if left[chat] == 0:
                            del left[chat]
            if left:
                # To the whole microsecond, and not before.
                ahead = max(min(ready[chat] for chat in left) - now, 0.000001)
                self.clock.forward(microseconds=int(ahead * SECOND) + 1)
        self.sent.sort()

    def most_in(self, seconds: float, chat: str | None = None) -> int:
        """The largest number of messages in any window of this length."""
        times = [at for at, to in self.sent if chat in (None, to)]
        most, first = 0, 0
        for last, at in enumerate(times):
            while times[first] <= at - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most


def memory(clock: Clock) -> Take:
    return in_memory(LIMITS, lambda: clock.now.timestamp())


async def test_in_every_window_there_are_at_most_25_a_second_and_a_burst_of_5(clock: Clock) -> None:
    told = Simulation(memory(clock), clock=clock)
    await told.run({f"chat {number}": 1 for number in range(1000)})
    for seconds in (1, 2, 5, 10, 40):
        assert told.most_in(seconds) <= 25 * seconds + 5
    assert told.sent[-1][0] < 40, "a thousand questions leave within a minute"


async def test_in_every_window_a_chat_gets_one_a_second_and_a_burst_of_3(clock: Clock) -> None:
    told = Simulation(memory(clock), clock=clock)
    await told.run({"one": 20, "two": 5})
    for seconds in (1, 2, 5, 10):
        assert told.most_in(seconds, "one") <= seconds + 3
    assert 16.9 < told.sent[-1][0] < 17.1


async def test_a_chat_that_has_to_wait_holds_up_nobody(clock: Clock) -> None:
    told = Simulation(memory(clock), clock=clock)
    await told.run({"flood": 60} | {f"chat {number}": 1 for number in range(100)})
    assert max(at for at, chat in told.sent if chat != "flood") < 5


async def test_who_asks_in_vain_takes_no_place_from_anybody(clock: Clock) -> None:
    take = memory(clock)
    await take([Wish("one")] * 3)
    assert not any(verdict.granted for verdict in await take([Wish("one")] * 50))
    assert await take([Wish("two"), Wish("three")]) == [Verdict(True, 0)] * 2


async def test_while_there_is_room_nobody_waits_at_all(clock: Clock) -> None:
    take = memory(clock)
    assert await take([Wish("one"), Wish("one"), Wish("two")]) == [Verdict(True, 0)] * 3


async def test_several_processes_share_the_limits_through_the_database(postgres_url: str, keys: KeyRing, clock: Clock) -> None:
    databases = [open_database(postgres_url, keys, clock=clock) for _ in range(4)]
    chats = [databases[0].write_now(lambda uow, n=n: begin(uow, f"{n}").chat_id) for n in range(60)]  # type: ignore[misc]
    told = Simulation(*(in_database(database, "telegram", LIMITS) for database in databases), clock=clock)
    await told.run(dict.fromkeys(chats[1:], 1) | {chats[0]: 9})
    for seconds in (1, 2, 5):
        assert told.most_in(seconds) <= 25 * seconds + 5
        assert told.most_in(seconds, chats[0]) <= seconds + 3
    assert len(told.sent) == 59 + 9 and told.sent[-1][0] < 60 / 25 + 6
    for database in databases:
        database.close()


async def test_a_chat_that_was_erased_takes_its_pace_along(database: Database) -> None:
    take = in_database(database, "telegram", LIMITS)
    chat = database.write_now(lambda uow: begin(uow, "1").chat_id)
    await take([Wish(chat), Wish(chat), Wish(chat)])
    assert not (await take([Wish(chat)]))[0].granted
    database.write_now(lambda uow: uow.chats.erase(chat))
    assert (await take([Wish(chat)]))[0].granted


@pytest.mark.parametrize("ahead", [-3600, 3600], ids=["back", "ahead"])
async def test_a_clock_that_is_off_stops_nothing_for_long(database: Database, clock: Clock, ahead: int) -> None:
    take = in_database(database, "telegram", LIMITS)
    chat = database.write_now(lambda uow: begin(uow, "1").chat_id)
    for _ in range(4):
        await take([Wish(chat), Wish(None)])
    clock.forward(seconds=ahead)
    verdicts = await take([Wish(chat), Wish(None)])
    assert all(verdict.wait <= (MOST_MESSAGES + 3) * SECOND for verdict in verdicts)


async def test_a_page_of_several_parts_pays_for_all_of_them(clock: Clock) -> None:
    take = memory(clock)
    assert (await take([Wish("one", 5)]))[0] == Verdict(True, 0)
    assert (await take([Wish("one")]))[0] == Verdict(False, 3 * SECOND)


# -- asking for a place ------------------------------------------------------------------------------------------------------


class Gate:
    """Instead of the buckets: says what the test wants, and notes who asked in which order."""

    def __init__(self) -> None:
        self.asked: list[list[str | None]] = []
        self.answers: list[bool] = []
        self.fails = 0

    async def __call__(self, wishes: Sequence[Wish]) -> list[Verdict]:
        await asyncio.sleep(0)
        if self.fails:
            self.fails -= 1
            raise StorageUnavailable("away")
        self.asked.append([wish.chat_id for wish in wishes])
        return [Verdict(self.answers.pop(0) if self.answers else True, 1000) for _ in wishes]


async def test_all_who_wait_ask_in_one_step_and_a_reply_goes_first() -> None:
    gate = Gate()
    pacing = Pacing(gate)
    async with asyncio.TaskGroup() as group, asyncio.timeout(10):
        for chat in ("old", "older"):
            group.create_task(pacing.permit(chat))
        group.create_task(pacing.permit("pressed", reply=True))
    assert gate.asked == [["pressed", "old", "older"]] and len(pacing) == 0


async def test_who_is_refused_asks_again_and_nobody_is_forgotten() -> None:
    gate = Gate()
    gate.answers = [random.Random(1).random() < 0.3 for _ in range(200)]
    pacing = Pacing(gate)
    async with asyncio.timeout(20):
        await asyncio.gather(*(pacing.permit(str(number)) for number in range(50)))
    assert len(pacing) == 0


async def test_who_does_not_want_any_more_takes_no_place() -> None:
    gate = Gate()
    gate.answers = [False]
    pacing = Pacing(gate)
    waits = asyncio.create_task(pacing.permit("one"))
    await asyncio.sleep(0)
    waits.cancel()
    await asyncio.gather(waits, return_exceptions=True)
    async with asyncio.timeout(10):
        await pacing.permit("two")
    assert gate.asked[-1] == ["two"] and len(pacing) == 0


async def test_without_the_database_nothing_is_sent_and_afterwards_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.pacing.TROUBLE_SECONDS", 0.01)
    gate = Gate()
    gate.fails = 3
    async with asyncio.timeout(10):
        await Pacing(gate).permit("one")
    assert gate.asked == [["one"]]
