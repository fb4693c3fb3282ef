"""Can this process do its work now? Found out by doing a little of it; the answer is codes, never figures.

The answer is kept for some seconds and looked up once at a time: whoever asks a thousand times a second causes one write.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from storage import Database, KeysMissing, StorageError, UnitOfWork, keys_work, write_something

KEPT_SECONDS = 3.0
PATIENCE = 5.0
OLDEST_SECONDS = 300.0

# Everything `/readyz` can answer with.
CODES = ("stopping", "database", "keys", "outbox", "telegram", "webhook")

More = Callable[[], Iterator[str]]


class Readiness:
    """`more` adds codes of what is known already, without waiting. `keyless`: the desk, which has no keys to try."""

    def __init__(
        self, database: Database, *, keyless: bool = False, more: More | None = None, kept: float = KEPT_SECONDS
    ) -> None:
        self._database, self._keyless, self._more, self._kept = database, keyless, more, kept
        self._looking: asyncio.Task[tuple[str, ...]] | None = None
        self._found: tuple[str, ...] = ()
        self._until = 0.0
        self.probes = 0

    async def wrong(self) -> tuple[str, ...]:
        """What stands in the way; empty if nothing does."""
        if time.monotonic() >= self._until:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            # Whoever asks may go away; those who wait with her still get their answer.
            self._found = await asyncio.shield(self._looking)
            self._until = time.monotonic() + self._kept
        return tuple(dict.fromkeys((*self._found, *(self._more() if self._more is not None else ()))))

    async def _look(self) -> tuple[str, ...]:
        self.probes += 1
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._database.write(self._step)
        except (StorageError, TimeoutError):
            return ("database",)

    def _step(self, uow: UnitOfWork) -> tuple[str, ...]:
        write_something(uow)
        if self._keyless:
            return ()
        found = []
        try:
            works = keys_work(uow)
        except KeysMissing:
            raise
        except StorageError:
            works = False
        if not works:
            found.append("keys")
        oldest = uow.outbox.oldest_due()
        if oldest is not None and (uow.now - oldest).total_seconds() > OLDEST_SECONDS:
            found.append("outbox")
        return tuple(found)
