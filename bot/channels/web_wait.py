"""Pages that are open and would like to hear of news: `send()` wakes them, nothing else does."""

from __future__ import annotations

import asyncio
from collections import Counter

PER_ADDRESS = 3


class Waiting:
    """Who is waiting. More than a few pages of one chat are answered at once instead of held."""

    def __init__(self) -> None:
        self._news: dict[str, asyncio.Event] = {}
        self._pages: Counter[str] = Counter()

    async def wait(self, address: str, seconds: float) -> None:
        """Return when there may be something new, or after `seconds`."""
        if self._pages[address] >= PER_ADDRESS:
            return
        self._pages[address] += 1
        event = self._news.setdefault(address, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._pages[address] -= 1
            if not self._pages[address]:
                del self._pages[address]
                self._news.pop(address, None)

    def wake(self, address: str) -> None:
        if event := self._news.pop(address, None):
            event.set()

    def wake_all(self) -> None:
        for address in list(self._news):
            self.wake(address)
