"""At most one process writes to an SQLite file, and within it one thread at a time.

SQLite itself would let two processes take turns. But two programs with two memories (keys, leases, erasures) over one file
is what nobody has planned: whoever needs several processes takes PostgreSQL.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from typing import Self

from storage.errors import DatabaseInUse

_held: dict[str, WriterLock] = {}
_guard = threading.Lock()


class WriterLock:
    """The file `<database>.lock`, locked as long as this process writes. Shared by all that open the same database."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._users = 0
        self._handle = -1
        self.turn = threading.Lock()

    @classmethod
    def take(cls, database: Path) -> Self:
        """Raises DatabaseInUse if another process holds it."""
        path = f"{database.resolve()}.lock"
        with _guard:
            lock = _held.get(path)
            if lock is None:
                lock = cls(path)
                lock._lock()
                _held[path] = lock
            lock._users += 1
            assert isinstance(lock, cls)
            return lock

    def give_back(self) -> None:
        with _guard:
            self._users -= 1
            if self._users == 0:
                _held.pop(self._path, None)
                os.close(self._handle)

    def _lock(self) -> None:
        try:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            raise DatabaseInUse(f"{self._path} can't be opened ({problem.strerror})") from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._handle)
            raise DatabaseInUse(
                "another process is writing to this SQLite database. Stop it first, or use PostgreSQL for several processes."
            ) from None
