"""Fetching updates where no webhook can reach us. What has not been kept yet is not confirmed, and comes again.

The Bot API forgets an update as soon as a later offset is asked for. So the offset moves only past updates whose `take`
has returned, which it does after the commit. The loop is our own because the usual ones move it before the work is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.channels.telegram_calls import Calls, Refused, Unreachable
from bot.channels.telegram_faults import LONGEST_PAUSE

log = logging.getLogger("wegweiser.telegram")

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
LONG_POLL = 50


class Again(Exception):
    """This update could not be kept; try it again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update that can be taken. `take` raises Again if it could not be kept."""

    chat: int
    number: int
    take: Callable[[], Awaitable[None]]


Sort = Callable[[object], Waiting | None]
Pause = Callable[[float], Awaitable[None]]


class Polling:
    """The one loop that asks for updates."""

    def __init__(self, calls: Calls, sort: Sort, pause: Pause, trouble: Callable[[str], None]) -> None:
        self._calls, self._sort, self._pause, self._trouble = calls, sort, pause, trouble
        self._offset = 0
        self._kept: set[int] = set()
        self._asking: asyncio.Future[object] | None = None
        self._stopped = False

    async def run(self) -> None:
        """Fetch and take until stopped; then confirm what has been taken."""
        failures = 0
        while not self._stopped:
            try:
                updates = await self._ask()
            except (Refused, Unreachable) as error:
                failures += 1
                self._say(error)
                asked = error.retry_after if isinstance(error, Refused) else None
                await self._pause(asked or min(2.0 ** (failures - 1), LONGEST_PAUSE))
                continue
            if failures:
                self._trouble("")
            failures = 0
            wait = await self.take(updates if isinstance(updates, list) else [])
            if wait and not self._stopped:
                await self._pause(wait)
        try:
            await self._calls.call("getUpdates", {"offset": self._offset, "timeout": 0, "limit": 1}, 5)
        except (Refused, Unreachable):
            pass  # They come again after the next start and are recognised by their numbers.

    def stop(self) -> None:
        """Stop asking. Updates that are being taken are finished."""
        self._stopped = True
        if self._asking is not None:
            self._asking.cancel()

    async def _ask(self) -> object:
        self._asking = asyncio.ensure_future(
            self._calls.call(
                "getUpdates",
                {"offset": self._offset, "timeout": LONG_POLL, "limit": 100, "allowed_updates": ALLOWED_UPDATES},
                LONG_POLL + 15,
            )
        )
        try:
            await asyncio.wait({self._asking})
            return [] if self._asking.cancelled() else self._asking.result()
        finally:
            self._asking.cancel()
            self._asking = None

    async def take(self, updates: Sequence[object]) -> float:
        """Take a batch: chats side by side, each in order. Moves the offset. Returns how long to wait before asking again."""
        chats: dict[int, list[Waiting]] = {}
        numbers = [number for update in updates if (number := _number(update)) is not None]
        for update in updates:
            number = _number(update)
            if number is None or number in self._kept:
                continue
            waiting = self._sort(update)
            if waiting is None:
                self._kept.add(number)
            else:
                chats.setdefault(waiting.chat, []).append(waiting)
        waits = await asyncio.gather(*(self._take_chat(chat) for chat in chats.values()))
        left = [number for number in numbers if number not in self._kept]
        if numbers:
            self._offset = min(left) if left else max(numbers) + 1
            self._kept = {number for number in self._kept if number >= self._offset}
        return max(waits, default=0.0)

    async def _take_chat(self, chat: Sequence[Waiting]) -> float:
        for waiting in sorted(chat, key=lambda one: one.number):
            try:
                await waiting.take()
            except Again as again:
                return again.seconds
            self._kept.add(waiting.number)
        return 0.0

    def _say(self, error: Refused | Unreachable) -> None:
        """One clear line for the operator, and the state for the health page."""
        if isinstance(error, Unreachable):
            line = "the Bot API can't be reached"
        elif error.code in (401, 404):
            line = "the Bot API refuses the token: set WEGWEISER_TELEGRAM_TOKEN anew"
        elif error.code == 409:
            line = "another program fetches this bot's updates (or a webhook is set): stop it, or give each its own bot"
        else:
            line = f"the Bot API refuses getUpdates with {error.code}"
        log.error("telegram: %s", line)
        self._trouble(line)


def _number(update: object) -> int | None:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
