"""Updates on their way to the bot: kept until acknowledged, in order within a queue, dropped when they are too old.

As in the real server (its `WebhookActor`): messages queue by chat, presses in a queue of their own; a failed delivery is
tried again at once, then after 2, 4, 8 ... seconds, or after the bot's own Retry-After (at most an hour); an update that
would be older than its life is dropped. Time is a clock that only tests move.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bot.telegram.emulator_checks import ApiError

PRESS_LIFE = 150
MESSAGE_LIFE = 24 * 3600
LONGEST_BACKOFF = 60
LONGEST_RETRY_AFTER = 3600
DEFAULT_ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")


class Clock:
    """Seconds since 1970 that move only when a test says so."""

    def __init__(self, now: float = 1_795_000_000.0) -> None:
        self.now = now
        self._changed = asyncio.Event()

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        await self._changed.wait()


@dataclass
class Pending:
    update_id: int
    queue: tuple[str, int]
    payload: dict[str, Any]
    expires: float
    wakeup: float
    delay: int = 1
    fails: int = 0


@dataclass
class Hook:
    """What setWebhook said."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_date: int = 0
    deliveries: list[tuple[int, int]] = field(default_factory=list)  # (update_id, HTTP status; 0: no answer)


# Posts an update; returns status and Retry-After. Status 0: no answer.
Post = Callable[[Hook, Pending], Awaitable[tuple[int, int]]]


class Updates:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.pending: list[Pending] = []
        self.dropped: list[int] = []
        self.hook: Hook | None = None
        self.allowed: tuple[str, ...] = DEFAULT_ALLOWED
        self._next_id = 700_001
        self._poller: asyncio.Event | None = None
        self._polled = asyncio.Event()
        self._arrived = asyncio.Event()
        self._delivering = asyncio.Lock()

    def add(self, kind: str, content: dict[str, Any], queue: tuple[str, int]) -> int | None:
        if kind not in self.allowed:
            return None
        update_id, self._next_id = self._next_id, self._next_id + 1
        life = PRESS_LIFE if kind == "callback_query" else MESSAGE_LIFE
        now = self.clock.now
        self.pending.append(Pending(update_id, queue, {"update_id": update_id, kind: content}, now + life, now))
        self._arrived.set()
        return update_id

    def expire(self) -> None:
        for update in [one for one in self.pending if one.expires <= self.clock.now]:
            self._drop(update)

    def _drop(self, update: Pending) -> None:
        self.pending.remove(update)
        self.dropped.append(update.update_id)

    # -- getUpdates ------------------------------------------------------------------------------------------------

    async def poll(self, offset: int, limit: int, timeout: float) -> list[dict[str, Any]]:
        if self.hook is not None:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        if self._poller is not None:
            self._poller.set()
        mine = self._poller = asyncio.Event()
        self._polled.set()
        if offset > 0:
            self.pending = [update for update in self.pending if update.update_id >= offset]
        until = self.clock.now + timeout
        try:
            while True:
                self.expire()
                if self.pending or self.clock.now >= until:
                    chosen = self.pending if offset >= 0 else self.pending[offset:]
                    return [update.payload for update in chosen[: min(max(limit, 1), 100)]]
                await self._something(mine)
                if mine.is_set():
                    raise ApiError(
                        409,
                        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                    )
        finally:
            if self._poller is mine:
                self._poller = None
                self._polled.clear()

    async def somebody_polls(self) -> None:
        """Return when a getUpdates is waiting."""
        await asyncio.wait_for(self._polled.wait(), 10)

    async def _something(self, conflict: asyncio.Event) -> None:
        self._arrived.clear()
        waits = [asyncio.ensure_future(one) for one in (self._arrived.wait(), conflict.wait(), self.clock.changed())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def interrupt(self) -> None:
        """A webhook was set: whoever polls is sent away."""
        if self._poller is not None:
            self._poller.set()

    # -- webhook ---------------------------------------------------------------------------------------------------

    async def deliver(self, post: Post) -> None:
        """Deliver everything that is due now: queues side by side, each in order, until nothing is due."""
        async with self._delivering:
            await self._deliver(post)

    async def _deliver(self, post: Post) -> None:
        while self.hook is not None:
            self.expire()
            heads: dict[tuple[str, int], Pending] = {}
            for update in self.pending:
                heads.setdefault(update.queue, update)
            due = [update for update in heads.values() if update.wakeup <= self.clock.now]
            if not due:
                return
            await asyncio.gather(*(self._try(post, update) for update in due[: self.hook.max_connections]))

    async def _try(self, post: Post, update: Pending) -> None:
        assert self.hook is not None
        hook = self.hook
        status, retry_after = await post(hook, update)
        hook.deliveries.append((update.update_id, status))
        if 200 <= status <= 299:
            if update in self.pending:
                self.pending.remove(update)
            return
        hook.last_error = f"Wrong response from the webhook: {status}" if status else "Webhook connection closed"
        hook.last_error_date = int(self.clock.now)
        wait = min(max(retry_after, 0), LONGEST_RETRY_AFTER)
        if wait == 0 and update.fails > 0:
            update.delay = wait = min(update.delay * 2, LONGEST_BACKOFF)
        update.fails += 1
        update.wakeup = self.clock.now + wait
        if update.wakeup > update.expires and update in self.pending:
            self._drop(update)

    def next_wakeup(self) -> float | None:
        return min((update.wakeup for update in self.pending), default=None)
