"""One chat's updates one after another, lowest number first; different chats at the same time."""

from __future__ import annotations

import asyncio
import heapq
from types import TracebackType


class Turns:
    """`async with turns.of(chat, update_id):` returns when it is this update's turn in its chat."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[tuple[int, int, asyncio.Future[None]]]] = {}
        self._arrivals = 0

    def of(self, chat: int, update_id: int) -> Turn:
        return Turn(self, chat, update_id)

    def __len__(self) -> int:
        """How many chats are busy. Nothing is kept of the others."""
        return len(self._waiting)

    async def take(self, chat: int, update_id: int) -> None:
        queue = self._waiting.get(chat)
        if queue is None:
            self._waiting[chat] = []
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(queue, (update_id, self._arrivals, future))
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.give(chat)  # it was our turn already: pass it on
            raise

    def give(self, chat: int) -> None:
        queue = self._waiting[chat]
        while queue:
            future = heapq.heappop(queue)[2]
            if not future.done():
                future.set_result(None)
                return
        del self._waiting[chat]


class Turn:
    """A place in one chat's queue."""

    __slots__ = ("_chat", "_turns", "_update_id")

    def __init__(self, turns: Turns, chat: int, update_id: int) -> None:
        self._turns, self._chat, self._update_id = turns, chat, update_id

    async def __aenter__(self) -> None:
        await self._turns.take(self._chat, self._update_id)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._turns.give(self._chat)
