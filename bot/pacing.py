"""When a message may go: the limits of Telegram, one message a second and chat, so many a second in all.

Who wants to send asks for a place and waits for it. While one chat has to wait, the others go on; a reply to somebody who
has just pressed goes before what has been waiting for nobody in particular. Where one process writes, the buckets are in
its memory; where several do, they are shared through the database (`storage/pace.py`), many places in one step.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.channels import Outgoing
from storage import Database, Limit, Limits, StorageUnavailable, Verdict, Wish
from storage.pace import judge

log = logging.getLogger("wegweiser.pacing")

SECOND = 1_000_000
BOT_BURST, CHAT_BURST = 5, 3
AHEAD = SECOND // 4
MOST_TOGETHER = 100
# So many seconds earlier than it did a reply counts as having asked.
HEAD_START = 10.0
TROUBLE_SECONDS = 1.0
MOST_CHATS = 10_000

Take = Callable[[Sequence[Wish]], Awaitable[list[Verdict]]]


def telegram_limits(per_second: float) -> Limits:
    """`per_second` messages in all (bursts of 5), one a second to each chat (bursts of 3)."""
    return Limits(Limit(int(SECOND / per_second), BOT_BURST), Limit(SECOND, CHAT_BURST), AHEAD)


def in_memory(limits: Limits, clock: Callable[[], float] = time.monotonic) -> Take:
    """Buckets of this process alone. Forgets chats whose bucket is empty."""
    chats: dict[str, int] = {}
    bot = 0

    async def take(wishes: Sequence[Wish]) -> list[Verdict]:
        nonlocal bot
        now = int(clock() * SECOND)
        verdicts, bot = judge(limits, wishes, now, bot, chats)
        if len(chats) > MOST_CHATS:
            for chat in [chat for chat, until in chats.items() if until <= now]:
                del chats[chat]
        return verdicts

    return take


def in_database(database: Database, name: str, limits: Limits) -> Take:
    """Buckets shared by all processes on this database."""

    async def take(wishes: Sequence[Wish]) -> list[Verdict]:
        return await database.write(lambda uow: uow.pace.take(name, limits, wishes))

    return take


class Pacing:
    """Places for one channel's messages. Lives in one event loop."""

    def __init__(self, take: Take, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._take, self._clock = take, clock
        self._waiting: list[_Waiter] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many messages wait for their place."""
        return len(self._waiting)

    async def permit(self, chat_id: str | None, messages: int = 1, *, reply: bool = False) -> None:
        """Return when so many messages may go to this chat. Cancelled: no place is taken, or one is lost; never one too many."""
        now = self._clock()
        waiter = _Waiter(Wish(chat_id, messages), now - HEAD_START if reply else now)
        self._waiting.append(waiter)
        self._arrived.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        try:
            delay = await waiter.place
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
        if delay > 0:
            await asyncio.sleep(delay)

    async def _serve(self) -> None:
        """Ask for places as long as somebody waits."""
        while self._waiting:
            now = self._clock()
            ripe = sorted((one for one in self._waiting if one.ripe <= now), key=lambda one: one.rank)[:MOST_TOGETHER]
            if not ripe:
                await self._pause(min(one.ripe for one in self._waiting) - now)
                continue
            try:
                verdicts = await self._take([one.wish for one in ripe])
            except StorageUnavailable:
                # Nobody may send without a place, and what is sent could not be noted either.
                log.warning("the limits can't be kept now: messages wait until the database is back")
                await self._pause(TROUBLE_SECONDS)
                continue
            now = self._clock()
            for waiter, verdict in zip(ripe, verdicts, strict=True):
                if not verdict.granted:
                    waiter.ripe = now + verdict.wait / SECOND
                elif not waiter.place.done():
                    self._waiting.remove(waiter)
                    waiter.place.set_result(verdict.wait / SECOND)

    async def _pause(self, seconds: float) -> None:
        """Until then, or until somebody else comes who need not wait."""
        self._arrived.clear()
        try:
            await asyncio.wait_for(self._arrived.wait(), max(seconds, 0.001))
        except TimeoutError:
            pass


@dataclass(frozen=True, slots=True)
class Paced:
    """The limits of one channel, and how many messages a page becomes there."""

    pacing: Pacing
    messages: Callable[[Outgoing], int]


class _Waiter:
    __slots__ = ("place", "rank", "ripe", "wish")

    def __init__(self, wish: Wish, rank: float) -> None:
        self.wish, self.rank = wish, rank
        self.ripe = 0.0
        self.place: asyncio.Future[float] = asyncio.get_running_loop().create_future()
