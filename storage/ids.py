"""UUIDv7 ids: made here, before the INSERT, because the id is part of what a ciphertext is bound to."""

from __future__ import annotations

import datetime as dt
import secrets
import threading

from storage.instants import stamp


class Ids:
    """Time-ordered within one process, also within a millisecond and when the clock steps back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new(self, now: dt.datetime) -> str:
        # 48 bits of milliseconds and 12 bits that count on: together they only ever grow.
        wanted = (stamp(now) // 1000) << 12
        with self._lock:
            self._last = wanted = max(wanted, self._last + 1)
        value = (wanted >> 12) << 80 | 0x7 << 76 | (wanted & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
        return f"{value:032x}"
