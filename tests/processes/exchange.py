"""The Bot API's server in front of several processes: each update goes to the next of them, and now and then to two at once."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.bot.telegram.emulator import SECRET_HEADER, Emulator
from tests.bot.telegram.emulator_checks import ApiError
from tests.bot.telegram.emulator_updates import Hook, Pending
from tests.processes.program import SECRET, Running

PACED = ("sendmessage", "editmessagetext")


@dataclass(frozen=True)
class Page:
    """A message that was sent, or changed into a new page: when (monotonic), and the prompt of its buttons, if it has any."""

    at: float
    chat: int
    text: str
    session: str
    prompt: int | None


class Exchange(Emulator):
    """Its clock is the machine's. `pages` is everything that reached a person, in the order of arrival."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice
        self.running: list[Running] = []
        self.pages: list[Page] = []
        self.of_chat: dict[int, list[Page]] = defaultdict(list)
        self.twice = 0
        self._turn = itertools.count()
        self._pumping: asyncio.Task[None] | None = None
        self._began, self._machine = self.clock.now, time.monotonic()

    async def __aenter__(self) -> Exchange:
        await super().__aenter__()
        self._pumping = asyncio.create_task(self._pump())
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._pumping is not None
        self._pumping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._pumping
        await super().__aexit__(*error)

    async def _pump(self) -> None:
        """Deliver what is due, all the time."""
        while True:
            now = self._began + time.monotonic() - self._machine
            self.clock.advance(max(now - self.clock.now, 0.0))
            await self.deliver()
            await asyncio.sleep(0.005)

    async def _post(self, hook: Hook, update: Pending) -> tuple[int, int]:
        """To the next process, whoever that is; a tenth of them to two processes at the same moment."""
        first, second = (self.running[next(self._turn) % len(self.running)] for _ in range(2))
        if self.dice.random() > 0.1:
            return await self._post_to(first, update)
        self.twice += 1
        one, other = await asyncio.gather(self._post_to(first, update), self._post_to(second, update))
        return one if one[0] == 200 else other

    async def _post_to(self, running: Running, update: Pending) -> tuple[int, int]:
        assert self._session is not None
        try:
            async with self._session.post(
                f"http://127.0.0.1:{running.port}/telegram/webhook", json=update.payload, headers={SECRET_HEADER: SECRET},
                timeout=aiohttp.ClientTimeout(total=30),
            ) as response:  # fmt: skip
                body = await response.read()
                waits = response.headers.get("Retry-After", "")
                if response.status == 200 and body:
                    await self._reply(body)
                return response.status, int(waits) if waits.isdigit() else 0
        except (aiohttp.ClientError, TimeoutError):
            return 0, 0

    async def _do(self, method: str, payload: dict[str, Any], by: str) -> Any:
        result = await super()._do(method, payload, by)
        if method in PACED and not isinstance(result, ApiError):
            session, prompt = _pressable(payload)
            page = Page(time.monotonic(), int(payload["chat_id"]), payload["text"], session, prompt)
            self.pages.append(page)
            self.of_chat[page.chat].append(page)
        return result


def _pressable(payload: dict[str, Any]) -> tuple[str, int | None]:
    """The session and prompt that the buttons of this message belong to. Commands belong to none (prompt 0)."""
    for row in payload.get("reply_markup", {}).get("inline_keyboard", ()):
        for key in row:
            parts = key.get("callback_data", "").split(":")
            if len(parts) >= 4 and parts[2] not in "0":
                return parts[1], int(parts[2])
    return "", None
