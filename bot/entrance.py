"""Where everything that happens comes in: counted, timed and, when the program is told to stop, refused kindly.

A refused event is not lost: the messenger brings it again, the web chat offers its button once more.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.channels import Inbound, Receive, Reply, Unavailable
from storage import Buckets

# How long the sender should wait: until then the next process has taken over.
AGAIN_SECONDS = 5
OUTCOMES = ("taken", "duplicate", "refused", "unavailable", "failed")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Entrance:
    """`events` counts by channel and outcome; `seconds` measures from an event's arrival to its acknowledgement."""

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        self.seconds: dict[str, Buckets] = {}
        self.closed = False
        self._inside = 0
        self._empty = asyncio.Event()

    def receiving(self, receive: Receive) -> Receive:
        """The same `receive`, watched. Raises Unavailable once the entrance is closed."""

        async def received(inbound: Inbound) -> Reply:
            if self.closed:
                self.events[inbound.channel, "unavailable"] += 1
                raise Unavailable("the program is stopping", retry_after=AGAIN_SECONDS)
            begun, outcome = time.perf_counter(), "failed"
            self._inside += 1
            try:
                reply = await receive(inbound)
                outcome = "duplicate" if reply.duplicate else "refused" if reply.refused else "taken"
                return reply
            except Unavailable:
                outcome = "unavailable"
                raise
            finally:
                self._inside -= 1
                if not self._inside:
                    self._empty.set()
                self.events[inbound.channel, outcome] += 1
                buckets = self.seconds.get(inbound.channel) or self.seconds.setdefault(inbound.channel, Buckets())
                buckets.observe(time.perf_counter() - begun)

        return received

    def refusing(self, handler: Handler) -> Handler:
        """A handler that answers 503 once the entrance is closed, before it reads anything."""

        async def handled(request: web.Request) -> web.StreamResponse:
            if self.closed:
                return web.Response(status=503, headers={"Retry-After": str(AGAIN_SECONDS)})
            return await handler(request)

        return handled

    async def close(self, patience: float) -> bool:
        """Let nothing more in, and wait until what is inside is on disk. False if that took longer than `patience` seconds."""
        self.closed = True
        try:
            async with asyncio.timeout(patience):
                while self._inside:
                    self._empty.clear()
                    await self._empty.wait()
        except TimeoutError:
            return False
        return True
