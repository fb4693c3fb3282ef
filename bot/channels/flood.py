"""How much of one chat is taken in: so much at once, then a little every second.

What is too much is refused before anything is kept, and therefore not acknowledged: it comes again, and nothing is lost.
So a chat that floods waits for itself, and nobody else does.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from dialogs.events import DeleteAsked, DeleteConfirmed, Paused

PER_SECOND: Final = 5.0
ROUNDING: Final = 1e-3
MOST_CHATS: Final = 20_000


# Who wants to stop, or to have everything deleted, is heard in any case.
ALWAYS: Final = (Paused, DeleteAsked, DeleteConfirmed)


class Flood:
    """A bucket for each chat, in memory. Of chats that have been quiet longest nothing is remembered.

    `refused` counts what was told to come again.
    """

    def __init__(
        self, burst: int = 40, per_second: float = PER_SECOND, *,
        chats: int = MOST_CHATS, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._interval, self._chats, self._clock = 1 / per_second, chats, clock
        self._slack = self._interval * (burst - 1)
        self.refused = 0
        # When each bucket will be empty again.
        self._empty: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._empty)

    def wait(self, chat: Hashable) -> float:
        """Take one event of this chat: zero if it may come in, else the seconds to wait. What is refused does not count."""
        now = self._clock()
        empty = max(self._empty.get(chat, now), now)
        wait = empty - self._slack - now
        if wait > ROUNDING:
            self.refused += 1
            return wait
        self._empty[chat] = empty + self._interval
        self._empty.move_to_end(chat)
        if len(self._empty) > self._chats:
            self._empty.popitem(last=False)
        return 0.0
