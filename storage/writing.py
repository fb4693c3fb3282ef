"""The writer's own connection: how a transaction begins, ends, and how what was erased is overwritten."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from storage.connections import BUSY_MILLISECONDS, writing_connection
from storage.data_keys import DataKeys
from storage.failures import meaning
from storage.ids import Ids
from storage.ledger import Erased, Ledger
from storage.transaction import Transaction
from storage.writer_lock import WriterLock

log = logging.getLogger("wegweiser.storage")


class Writing:
    """Used by one thread only. `file` is the SQLite file, None for PostgreSQL."""

    def __init__(
        self, engine: Engine, file: Path | None, data_keys: DataKeys, ids: Ids, clock: Callable[[], dt.datetime],
        ledger: Ledger | None = None,
    ) -> None:
        self._engine = engine
        self._file = file
        self._ids = ids
        self._clock = clock
        self._ledger = ledger
        self._driver: Any = None
        self._cursor: Any = None
        self._lock: WriterLock | None = None
        self.data_keys = data_keys

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """The desk may have opened the same file in this process: one of us at a time."""
        if self._file is None:
            yield
            return
        if self._lock is None:
            self._lock = WriterLock.take(self._file)
        with self._lock.turn:
            yield

    def begin(self) -> None:
        if self._driver is None:
            self._driver = writing_connection(self._engine)
            if self._file is not None:
                self._checkpoint()  # a crash may have left something erased in the write-ahead log
            # One cursor for all: making one costs psycopg as much as a short statement. (sqlite3's must end at once, or
            # the write-ahead log can't be emptied.)
            self._cursor = self._driver if self._file is not None else self._driver.cursor()
        if self._file is not None:
            self._driver.execute("BEGIN IMMEDIATE")

    def transaction(self, *, alone: bool) -> Transaction:
        return Transaction(
            self._cursor, self._engine.dialect, self.data_keys, self._ids, self._clock(), writing=True, alone=alone
        )

    def savepoint(self) -> None:
        self._cursor.execute("SAVEPOINT step")

    def next_savepoint(self) -> None:
        """What was done since the last one stays if the transaction stays."""
        if self._file is None:
            self._cursor.execute("RELEASE SAVEPOINT step; SAVEPOINT step")  # one journey to the server
            return
        self._cursor.execute("RELEASE SAVEPOINT step")
        self._cursor.execute("SAVEPOINT step")

    def back_to_savepoint(self) -> None:
        """What was done since then is undone; the savepoint stays."""
        self._cursor.execute("ROLLBACK TO SAVEPOINT step")

    def commit(self) -> None:
        self._driver.commit()

    def rollback(self) -> None:
        if self._driver is None:
            return
        try:
            self._driver.rollback()
        except Exception:
            self.drop()

    def drop(self) -> None:
        """After a fault the connection is not trusted any more; the next step gets a new one."""
        driver, self._driver = self._driver, None
        if driver is not None:
            with contextlib.suppress(Exception):
                driver.close()

    def shred(self) -> bool:
        """Overwrite what was erased, also in the write-ahead log. False if that has to be tried again."""
        try:
            if self._driver is None:
                return self._file is None
            if self._file is not None:
                return self._checkpoint()
            self._driver.autocommit = True
            try:
                self._driver.execute("VACUUM data_key")
            finally:
                self._driver.autocommit = False
            return True
        except Exception as error:
            log.warning("erased keys are not yet overwritten: %s", type(meaning(error)).__name__)
            self.drop()
            return False

    def enter(self, erased: Iterable[Erased]) -> None:
        """Into the ledger, right after the commit. What can't be entered now is entered by `reconcile`, from the table."""
        if self._ledger is None:
            return
        try:
            self._ledger.append(erased)
        except OSError as problem:
            log.error("the erasure ledger can't be written (%s); it is tried again every hour", problem.strerror)

    def close(self) -> None:
        if self._driver is not None and self._file is not None:
            with contextlib.suppress(Exception):
                self._checkpoint()
        self.drop()
        if self._lock is not None:
            self._lock.give_back()
            self._lock = None

    def _checkpoint(self) -> bool:
        # A long reader must not hold up the steps of everybody else: try shortly, then again later.
        self._driver.execute("PRAGMA busy_timeout=100")
        try:
            busy, _log_pages, _moved = self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._driver.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        return bool(busy == 0)
