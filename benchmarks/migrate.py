"""How long the database of 100,000 people takes from the oldest released revision to the newest one.

    python -m benchmarks.migrate [--people 100000] [--only sqlite|postgresql]

The rows are copies of the frozen ones (`tests/storage/migrations/frozen`) with ids of their own: the same ciphertext in
another place, which no migration may want to read. Each person has a chat, two data keys, a session, a consent, a referral
with two moves, and two messages. Seconds are those of `storage.migrate` alone. Set BENCH_DIR to put the SQLite file on the
disk that is to be measured; BENCH_POSTGRES names a running server's maintenance database (else one is started as the tests
do it, which does not fsync). Exits with 1 if a row is missing afterwards, or it took longer than the goal.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import MetaData, Table, func, select

from benchmarks.measured import Figure, limited, table
from storage import migrate
from tests.postgres import Missing, running_server
from tests.storage.migrations.databases import FROZEN, engine_of, file_of, frozen_revisions

COMMAND = "python -m benchmarks.migrate"
GOAL = 60.0
PEOPLE = 100_000
# How many rows of each table one person brings along.
EACH = {
    "chat": 1, "person": 1, "data_key": 2, "session": 1, "consent": 1, "referral": 1, "referral_move": 2, "outbox": 2,
    "inbound": 3,
}  # fmt: skip


@contextlib.contextmanager
def sqlite_with_the_oldest() -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        url = f"sqlite:///{Path(folder)}/migrate.db"
        with contextlib.closing(sqlite3.connect(file_of(url))) as connection:
            connection.executescript((FROZEN / f"{frozen_revisions()[0]}.sqlite.sql").read_text())
        yield url


@contextlib.contextmanager
def postgres_with_the_oldest() -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        admin = os.environ.get("BENCH_POSTGRES") or stack.enter_context(running_server())
        name = f"wegweiser_benchmark_{os.getpid()}"
        url = f"{admin.rpartition('/')[0]}/{name}"
        with psycopg.connect(admin, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}"'.encode())
        stack.callback(_dropped, admin, name)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute((FROZEN / f"{frozen_revisions()[0]}.postgresql.sql").read_bytes())
        yield url


def _dropped(admin: str, name: str) -> None:
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def multiplied(url: str, people: int) -> dict[str, int]:
    """Fill the tables with copies; how many rows each has then."""
    tables = MetaData()
    with engine_of(url) as engine, engine.connect() as connection:
        tables.reflect(connection)
        patterns = {
            found.name: [dict(row) for row in connection.execute(select(found)).mappings()] for found in tables.sorted_tables
        }
    for found in tables.sorted_tables:
        if found.name in EACH:
            mine = patterns[found.name]
            written(url, found, (copy(found, mine[n % len(mine)], n) for n in range(EACH[found.name] * people)))
    with engine_of(url) as engine, engine.connect() as connection:
        return counted(connection, tables)


def written(url: str, into: Table, rows: Iterator[dict[str, Any]]) -> None:
    """By the driver itself, without waiting for the disk: this is not what is measured."""
    first = next(rows)
    names, values = ", ".join(f'"{name}"' for name in first), (tuple(row.values()) for row in itertools.chain([first], rows))
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(file_of(url))) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA cache_size=-500000")
            connection.executemany(f"INSERT INTO {into.name} ({names}) VALUES ({', '.join('?' * len(first))})", values)
            connection.commit()
        return
    with psycopg.connect(url) as server, server.cursor().copy(f"COPY {into.name} ({names}) FROM STDIN".encode()) as stream:
        for row in values:
            stream.write_row(row)


def copy(of: Table, pattern: dict[str, Any], number: int) -> dict[str, Any]:
    """The row once more, with keys of its own; what it points to stays."""
    row = dict(pattern)
    own = {column.name for column in of.primary_key.columns} | {"id", "address_bi", "code_bi", "key_bi", "event_bi"}
    for name in own & set(row):
        if name == "seq":
            del row[name]
        elif isinstance(row[name], bytes):
            row[name] = b"copy" + number.to_bytes(12, "big")
        elif isinstance(row[name], str):
            row[name] = f"copy{number:028d}"
    if "session_id" in row and of.name == "referral":
        row["session_id"] = f"copy{number:028d}"
    return row


def counted(connection: Any, tables: MetaData) -> dict[str, int]:
    return {
        found.name: connection.execute(select(func.count()).select_from(found)).scalar_one()
        for found in tables.sorted_tables
    }


def seconds(url: str, people: int) -> tuple[float, int, bool]:
    """Seconds of the migration, rows in the database, whether all of them are still there."""
    before = multiplied(url, people)
    begun = time.perf_counter()
    migrate(url)
    taken = time.perf_counter() - begun
    tables = MetaData()
    with engine_of(url) as engine, engine.connect() as connection:
        tables.reflect(connection)
        after = counted(connection, tables)
    return taken, sum(before.values()), all(after.get(name) == n for name, n in before.items())


def figures(people: int = PEOPLE, only: str | None = None) -> list[Figure]:
    places = {"sqlite": sqlite_with_the_oldest, "postgresql": postgres_with_the_oldest}
    found = []
    for kind, place in places.items():
        if only in (None, kind):
            try:
                with place() as url:
                    taken, rows, whole = seconds(url, people)
            except Missing as missing:
                found.append(Figure(f"migration, {kind}", f"not measured: {missing}", command=COMMAND))
                continue
            what = f"migration of {people:,} people ({rows:,} rows) from {frozen_revisions()[0]} to the newest, {kind}"
            figure = limited(what, taken, GOAL, "s", COMMAND, digits=2)
            found.append(figure if whole else Figure(what, "ROWS ARE MISSING", figure.goal, False, COMMAND))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    chosen = parser.parse_args()
    found = figures(chosen.people, chosen.only)
    print(table(found))
    sys.exit(1 if any(figure.met is False for figure in found) else 0)


if __name__ == "__main__":
    main()
