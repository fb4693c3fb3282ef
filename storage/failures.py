"""What a driver's error means: do it again, come back later, or a fault of the caller."""

from __future__ import annotations

import sqlite3
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

from storage.errors import StorageError, StorageUnavailable


class TryAgain(Exception):
    """Two steps got in each other's way. Nothing was kept; each one is to be done again, alone."""


class Busy(TryAgain):
    """Another process holds a lock that this step needs. Only this step is to be done again, alone: then it may wait."""


_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "the database is locked",
    sqlite3.SQLITE_LOCKED: "the database is locked",
    sqlite3.SQLITE_PROTOCOL: "the database is locked",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk can't be read or written",
    sqlite3.SQLITE_CANTOPEN: "the database file can't be opened",
    sqlite3.SQLITE_READONLY: "the database file can't be written",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is no database",
    sqlite3.SQLITE_INTERRUPT: "the statement was interrupted",
}

# Another process erased the chat between our finding it and our writing about it: done again, the step finds none.
_FOREIGN_KEY: Final = "23503"
_AGAIN: Final = ("40001", "40P01")  # serialization_failure, deadlock_detected
_LOCKED: Final = "55P03"  # lock_not_available: at once (NOWAIT), or after lock_timeout
# Classes of PostgreSQL: connection, resources, operator intervention, system; and single codes: read-only, idle too long.
_POSTGRES: Final = ("08", "53", "57", "58", "XX", "25006", "25P03")


def meaning(error: BaseException) -> BaseException:
    """TryAgain, a StorageError, or the error itself if it is none of a driver's. Values that a driver quotes are dropped."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, PoolIsEmpty):
        return StorageUnavailable("too many readers at once")
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and (code & 0xFF) in _SQLITE:
            return StorageUnavailable(_SQLITE[code & 0xFF])
        if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
            return StorageUnavailable("the connection is closed")
    if isinstance(error, psycopg.Error):
        state = error.sqlstate
        if state == _LOCKED:
            return Busy()
        if state in _AGAIN or (state == _FOREIGN_KEY and (error.diag.constraint_name or "").endswith("_chat_id")):
            return TryAgain()
        if state is None and isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
            return StorageUnavailable("the connection to the database is lost")
        if state is not None and state.startswith(_POSTGRES):
            return StorageUnavailable(f"the database refuses (SQLSTATE {state})")
    if isinstance(error, (sqlite3.IntegrityError, sqlite3.DataError)):
        return StorageError(f"the database refuses the step ({getattr(error, 'sqlite_errorname', 'no name')})")
    if isinstance(error, (psycopg.IntegrityError, psycopg.DataError)):
        return StorageError(f"the database refuses the step (SQLSTATE {error.sqlstate})")
    return error
