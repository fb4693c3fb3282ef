"""Where a backup is restored to: a file that does not exist yet, or an empty database. Never over anything.

What is half done can't be taken for a database: the file has another name until it is whole, and a PostgreSQL database
has a mark in it for which `open_database` refuses. After a crash the next restore to the same place clears it away.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg
from sqlalchemy import URL

from storage import backup_postgres, backup_sqlite
from storage.backup_contents import TABLES_OF_POSTGRES, Contents, contents
from storage.backup_header import POSTGRESQL, SQLITE
from storage.backup_shelf import sync_folder
from storage.connections import parsed
from storage.errors import BackupProblem
from storage.failures import meaning
from storage.revisions import RESTORING

FILE: Final = "wegweiser.db"
_ENDS: Final = ("", "-wal", "-shm", "-journal", ".lock")
# What people made in a PostgreSQL database: neither the server's own, nor an extension's.
_MARKED: Final = f"SELECT count(*) FROM pg_class WHERE relname = '{RESTORING}' AND relkind = 'r'"  # noqa: S608 - our own name
_HELD: Final = (
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "
    "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
)
_TABLES: Final = (
    "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "  # noqa: S608
    f"WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind = 'r' AND c.relname <> '{RESTORING}'"
)
_FUNCTIONS: Final = (
    "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
    "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "
    "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
)


class Target(Protocol):
    """`url`: of the database while it is worked on. `kind` as in a backup's header."""

    kind: str
    url: str

    def fill(self, pieces: Iterator[bytes]) -> Contents:
        """Take the verified pieces, then look through what came of them. Raises BackupProblem."""

    def finish(self) -> str:
        """From now on it is a database. Gives its address, without a password."""


@contextlib.contextmanager
def target(place: str) -> Iterator[Target]:
    """A folder, or a database's address. Whatever was begun is removed unless `finish` was reached. Raises BackupProblem."""
    if "://" not in place or place.startswith("sqlite"):
        file = Path(parsed(place).database or "") if "://" in place else Path(place) / FILE
        with _file(file.absolute()) as one:
            yield one
        return
    with _database(parsed(place)) as other:
        yield other


class _SqliteFile:
    kind = SQLITE

    def __init__(self, file: Path) -> None:
        self.file = file
        self.working = file.with_name(f".{file.name}.restoring")
        self.url = f"sqlite:///{self.working}"
        self.finished = False

    def fill(self, pieces: Iterator[bytes]) -> Contents:
        with os.fdopen(os.open(self.working, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces:
                file.write(piece)
        try:
            return backup_sqlite.check(self.working)
        except sqlite3.Error as error:
            raise BackupProblem(f"what was sealed is no sound database ({meaning(error)}). Take another backup.") from None

    def finish(self) -> str:
        with contextlib.closing(sqlite3.connect(self.working, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # all in one file; opening it brings the log back
        with self.working.open("rb") as file:
            os.fsync(file.fileno())
        os.link(self.working, self.file)  # unlike a rename, this never replaces anything
        self.working.unlink()
        sync_folder(self.file.parent)
        self.finished = True
        return f"sqlite:///{self.file}"

    def remove(self) -> None:
        for end in _ENDS:
            self.working.with_name(self.working.name + end).unlink(missing_ok=True)


@contextlib.contextmanager
def _file(file: Path) -> Iterator[_SqliteFile]:
    if any(os.path.lexists(f"{file}{end}") for end in ("", "-wal", "-shm", "-journal")):
        raise BackupProblem(f"{file}: there is a database already. It is not overwritten; restore into a fresh folder.")
    made = not file.parent.exists()
    one = _SqliteFile(file)
    lock = file.with_name(f".{file.name}.restoring-lock")
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise BackupProblem(f"{file.parent}: can't be written ({problem.strerror}). Choose another folder.") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            made = False
            raise BackupProblem(f"{file.parent}: another restore is running here. Wait until it is done.") from None
        try:
            one.remove()
            yield one
        except OSError as problem:
            raise BackupProblem(f"{file.parent}: can't be written ({problem.strerror}). Make room, or choose another.") from None
        finally:
            one.remove()
            lock.unlink(missing_ok=True)
    finally:
        os.close(handle)
        if made and not one.finished:
            with contextlib.suppress(OSError):
                file.parent.rmdir()


class _PostgresDatabase:
    kind = POSTGRESQL

    def __init__(self, address: URL, connection: psycopg.Connection[Any]) -> None:
        self._address = address
        self._connection = connection
        self.url = address.set(drivername="postgresql").render_as_string(hide_password=False)
        self.finished = False

    def begin(self) -> None:
        if self._asked(_MARKED):
            self.remove()  # of a restore that was killed
        if self._asked(_HELD):
            raise BackupProblem("the database is not empty. It is not overwritten; create a fresh one and give its address.")
        self._connection.execute(f"CREATE TABLE {RESTORING} (since timestamptz NOT NULL DEFAULT now())".encode())

    def fill(self, pieces: Iterator[bytes]) -> Contents:
        backup_postgres.restored(self._address, pieces, self._connection.info.server_version // 10_000)
        held = contents(lambda words: self._connection.execute(words.encode()).fetchall(), TABLES_OF_POSTGRES)
        held.counts.pop(RESTORING)
        return held

    def finish(self) -> str:
        self._connection.execute(f"DROP TABLE {RESTORING}".encode())
        self.finished = True
        return self._address.set(drivername="postgresql", password=None).render_as_string()

    def remove(self) -> None:
        """Everything: it was empty before. The mark goes last, so that a crash in between is cleared away next time."""
        for kind, query in (("TABLE", _TABLES), ("FUNCTION", _FUNCTIONS)):
            for (name,) in self._connection.execute(query.encode()).fetchall():
                self._connection.execute(f"DROP {kind} IF EXISTS {name} CASCADE".encode())
        self._connection.execute(f"DROP TABLE IF EXISTS {RESTORING}".encode())

    def _asked(self, words: str) -> int:
        (count,) = self._connection.execute(words.encode()).fetchone() or (0,)
        return int(count)


@contextlib.contextmanager
def _database(address: URL) -> Iterator[_PostgresDatabase]:
    url = address.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10, application_name="wegweiser restore") as connection:
            (alone,) = connection.execute("SELECT pg_try_advisory_lock(hashtext('wegweiser restore'))").fetchone() or (False,)
            if not alone:
                raise BackupProblem("another restore into this database is running. Wait until it is done.")
            one = _PostgresDatabase(address, connection)
            one.begin()
            try:
                yield one
            finally:
                if not one.finished:
                    one.remove()
    except psycopg.Error as error:
        raise BackupProblem(f"the database can't be used: {meaning(error)}.") from None
