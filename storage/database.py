"""The database as the doors have it: steps go in, frozen rows come out."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine

from storage.connections import READERS, engine_for, for_reading, parsed
from storage.data_keys import DataKeys
from storage.desk_walls import refuse_unless_walled
from storage.errors import StorageUnavailable
from storage.failures import TryAgain, meaning
from storage.ids import Ids
from storage.instants import utc_now
from storage.key_check import check_keys
from storage.keys import KeyRing
from storage.ledger import Ledger
from storage.meter import Meter
from storage.revisions import refuse_unless_current
from storage.transaction import Transaction
from storage.unit_of_work import UnitOfWork
from storage.writer import Job, Writer
from storage.writer_lock import WriterLock
from storage.writing import Writing

T = TypeVar("T")


class Database:
    """Made by `open_database`. One writer thread, a few readers; safe to use from any thread and event loop.

    `file` is SQLite's, None on PostgreSQL; `meter` holds numbers for whoever publishes them.
    """

    def __init__(
        self, engine: Engine, file: Path | None, keys: KeyRing | None, clock: Callable[[], dt.datetime],
        ledger: Ledger | None = None,
    ) -> None:  # fmt: skip
        self.ledger = ledger
        # Other processes may write to it at the same time.
        self.shared = file is None
        self._file = file
        self._reserved: WriterLock | None = None
        self._engine = engine
        self._clock = clock
        self._ids = Ids()
        self._data_keys = DataKeys(keys)
        self.file = file
        self.meter = Meter()
        self._writer = Writer(Writing(engine, file, self._data_keys, self._ids, clock, ledger), self.meter)
        self._readers = concurrent.futures.ThreadPoolExecutor(READERS, thread_name_prefix="storage-reader")

    @property
    def engine(self) -> Engine:
        """For storage itself, where a driver's connection is needed."""
        return self._engine

    async def write(self, step: Callable[[UnitOfWork], T]) -> T:
        """Do the step and return when it is on the disk. It may share its commit with other steps, not its fate.

        The step runs in the writer's thread, and again if another process got in its way: it must change nothing but
        the database. Raises what the step raised, or StorageUnavailable: then nothing of it has happened.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Any] = loop.create_future()
        self._writer.submit(Job(step, waiting, loop))
        result: T = await waiting
        return result

    async def read(self, query: Callable[[UnitOfWork], T]) -> T:
        """Run the query on a snapshot in which nothing can be written."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, query)
        except RuntimeError as error:
            if "shutdown" in str(error):
                raise StorageUnavailable("the database is closed") from None
            raise

    def write_now(self, step: Callable[[UnitOfWork], T]) -> T:
        """`write` for the command line and for tests. Blocks."""
        waiting: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._writer.submit(Job(step, waiting, None))
        result: T = waiting.result()
        return result

    def read_now(self, query: Callable[[UnitOfWork], T]) -> T:
        """`read` for the command line and for tests. Blocks."""
        try:
            proxied = self._engine.raw_connection()
        except Exception as error:
            raise _why(error) from None
        driver: Any = proxied.driver_connection
        try:
            for_reading(driver, self._engine.dialect.name)
            tx = Transaction(driver, self._engine.dialect, self._data_keys, self._ids, self._clock(), writing=False)
            return query(UnitOfWork(tx))
        except Exception as error:
            why = _why(error)
            if isinstance(why, StorageUnavailable):
                proxied.invalidate()
            if why is error:
                raise
            raise why from None
        finally:
            proxied.close()

    def reserve_writing(self) -> None:
        """From now on no other process may write. Raises DatabaseInUse if one does already. PostgreSQL has room for many."""
        if self._file is not None and self._reserved is None:
            self._reserved = WriterLock.take(self._file)

    def close(self) -> None:
        """Finish what was begun, then let go of the database."""
        self._writer.close()
        if self._reserved is not None:
            self._reserved.give_back()
            self._reserved = None
        self._readers.shutdown()
        self._engine.dispose()


def open_database(
    url: str, keys: KeyRing | None, *, clock: Callable[[], dt.datetime] = utc_now, strict_walls: bool = False,
    ledger: Path | None = None,
) -> Database:
    """Open a migrated database. `keys=None` is for the desk: everything personal then raises KeysMissing.

    `strict_walls`: without keys, refuse a PostgreSQL role that the server would let read personal tables (WallMissing).
    `ledger`: the file that erasures are entered into (`ledger.py`).
    Raises WrongDatabaseUrl, NewerDatabase, DatabaseNotMigrated, KeyProblem (the keys belong to another database) or
    StorageUnavailable.
    """
    address = parsed(url)
    file = Path(address.database or "") if address.get_backend_name() == "sqlite" else None
    engine = engine_for(address, walled=keys is None)
    try:
        refuse_unless_current(engine, file)
        if strict_walls and keys is None:
            refuse_unless_walled(engine)
    except BaseException:
        engine.dispose()
        raise
    database = Database(engine, file, keys, clock, None if ledger is None else Ledger(ledger))
    if keys is not None:
        try:
            check_keys(database, keys)
        except BaseException:
            database.close()
            raise
    return database


def _why(error: Exception) -> BaseException:
    why = meaning(error)
    return StorageUnavailable("the database is busy") if isinstance(why, TryAgain) else why
