"""The two databases of a crash run: an SQLite file, and a PostgreSQL server of its own that can be killed and comes back.

Unlike the server of the other tests this one keeps its promises: files on the disk, fsync, synchronous_commit.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.crash.lives import quiet_port
from tests.postgres import SECONDS, _not_root, _programs, _run

Rows = list[tuple[Any, ...]]


class CrashDatabase(Protocol):
    """What a run needs of a database. `query` reads past the program, `integrity` asks the database's own check."""

    name: str
    url: str

    def query(self, words: str) -> Rows: ...

    def integrity(self) -> str: ...


class SqliteFile:
    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "wegweiser.db"
        self.url = f"sqlite:///{self.file}"

    def query(self, words: str) -> Rows:
        with contextlib.closing(sqlite3.connect(self.file, timeout=20)) as connection:
            return [tuple(row) for row in connection.execute(words)]

    def integrity(self) -> str:
        found = self.query("PRAGMA integrity_check") + self.query("PRAGMA foreign_key_check")
        return "ok" if found == [("ok",)] else str(found[:5])


class PostgresOnDisk:
    """A server in a directory of its own. `kill` is SIGKILL of its first process, `crash` is an immediate shutdown."""

    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = _programs()
        self._as_user = _not_root(folder)
        self._data = folder / "data"
        self.port = quiet_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/wegweiser"
        self.kills = 0

    def create(self) -> None:
        words = [self._programs / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        _run(words, self._as_user)
        self.start()
        with psycopg.connect(self.url.replace("/wegweiser", "/postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE wegweiser")
        with psycopg.connect(self.url, autocommit=True) as connection, contextlib.suppress(psycopg.Error):
            connection.execute("CREATE EXTENSION amcheck")

    def start(self) -> None:
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c fsync=on "
            "-c synchronous_commit=on -c full_page_writes=on -c max_connections=40 -c shared_buffers=32MB "
            "-c logging_collector=off -c restart_after_crash=on"
        )
        log = self._folder / "log"
        words = [self._programs / "pg_ctl", "-D", self._data, "-l", log, "-w", "-t", str(SECONDS), "-o", options, "start"]
        deadline = time.monotonic() + SECONDS
        while True:
            # The processes of a killed server hold its shared memory for a moment longer.
            try:
                return _run(words, self._as_user)
            except subprocess.CalledProcessError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def crash(self) -> None:
        self.kills += 1
        self.stop()

    def kill(self) -> None:
        self.kills += 1
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGKILL)

    def stop(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            _run([self._programs / "pg_ctl", "-D", self._data, "-m", "immediate", "-w", "-t", "30", "stop"], self._as_user)

    def query(self, words: str) -> Rows:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as connection:
            return connection.execute(words.encode()).fetchall()

    def integrity(self) -> str:
        """Every index against its table by amcheck, where the server has it; and counts by index and by table."""
        found = []
        try:
            self.query(
                "SELECT bt_index_check(c.oid, true) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "JOIN pg_am a ON a.oid = c.relam WHERE c.relkind = 'i' AND a.amname = 'btree' AND n.nspname = 'public'"
            )
        except psycopg.errors.UndefinedFunction:
            pass
        except psycopg.Error as error:
            found.append(str(error).splitlines()[0])
        for table in ("inbound", "outbox", "session", "referral", "chat", "person"):
            counts = [self._count(table, off) for off in ("enable_seqscan", "enable_indexscan")]
            if counts[0] != counts[1]:
                found.append(f"{table}: {counts}")
        return "; ".join(found) or "ok"

    def _count(self, table: str, off: str) -> int:
        with psycopg.connect(self.url, connect_timeout=10) as connection:
            connection.execute(f"SET LOCAL {off} = off".encode())
            if off == "enable_indexscan":
                connection.execute(b"SET LOCAL enable_indexonlyscan = off")
                connection.execute(b"SET LOCAL enable_bitmapscan = off")
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert row is not None
            return int(row[0])


@contextlib.contextmanager
def a_database(kind: str, folder: Path) -> Iterator[SqliteFile | PostgresOnDisk]:
    """`sqlite` or `postgresql`. Raises tests.postgres.Missing where there is no server program."""
    if kind == "sqlite":
        yield SqliteFile(folder)
        return
    # Not below the test's own folder: the server's user may not enter that.
    own = Path(tempfile.mkdtemp(prefix="wegweiser-crash-pg-"))
    try:
        server = PostgresOnDisk(own)
        server.create()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(own, ignore_errors=True)
