"""Updates that our own code can't bear: tried again, then given up, so that a chat is not shut for a day."""

from __future__ import annotations

import logging
import traceback
from collections import Counter

log = logging.getLogger("wegweiser.telegram")

MOST_TRIES = 8
LONGEST_PAUSE = 60.0


class Faulty(Exception):
    """The update was not kept, and it is our fault. Worth another try after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Faults:
    """Counts the tries of each failing update, in memory."""

    def __init__(self) -> None:
        self._tries: Counter[int] = Counter()

    def cured(self, update_id: int) -> None:
        self._tries.pop(update_id, None)

    def note(self, update_id: int, error: Exception) -> None:
        """Raises Faulty, or returns when this was the last try.

        The log gets the kind and the place, never the message of the error: it may quote the person.
        """
        place = traceback.extract_tb(error.__traceback__)[-1]
        self._tries[update_id] += 1
        tries = self._tries[update_id]
        said = (type(error).__name__, place.name, place.lineno)
        if tries < MOST_TRIES:
            log.error("telegram: an update failed: %s in %s, line %s", *said)
            raise Faulty(min(2.0 ** (tries - 1), LONGEST_PAUSE)) from None
        del self._tries[update_id]
        log.critical("telegram: an update was given up: %s in %s, line %s", *said)
