"""How often somebody may guess: a few tries a minute for each client."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class Tries:
    """At most `count` tries in `seconds` for each client; remembered in memory, for `clients` clients at most."""

    def __init__(
        self,
        count: int = 5,
        seconds: float = 60,
        *,
        clients: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count, self._seconds, self._clients, self._clock = count, seconds, clients, clock
        self._tries: dict[str, deque[float]] = {}

    def wait(self, client: str) -> float:
        """Note a try. Zero if it is allowed, else the seconds to wait; a try that is not allowed does not count."""
        now = self._clock()
        tries = self._tries.pop(client, None) or deque()
        while tries and now - tries[0] >= self._seconds:
            tries.popleft()
        allowed = len(tries) < self._count
        if allowed:
            tries.append(now)
        # Put back at the end: the first of the dict is the one that has been quiet longest.
        self._tries[client] = tries
        while len(self._tries) > self._clients:
            self._tries.pop(next(iter(self._tries)))
        return 0.0 if allowed else self._seconds - (now - tries[0])
