"""Freeze a database as this version of the program writes it. Once for each release that brings a new revision.

    python -m tests.storage.migrations.freeze [--again]

Writes NNNN.sqlite.sql, NNNN.postgresql.sql (the same rows) and NNNN.json (what this version reads out of them) into
`frozen/`, where NNNN is the newest revision. All names in them are made up. A file that is there is never overwritten,
because an older version can't be run again: `--again` is for a revision that was not released yet. To freeze an older
release, copy this folder into its checkout and run it there. Needs PostgreSQL with pg_dump on this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, SmallInteger, Table, insert, select, text

from storage import KeyRing, migrate, open_database
from storage.columns import metadata
from storage.revisions import known
from tests.postgres import _programs, running_server
from tests.storage.migrations.databases import FROZEN, counts, engine_of, file_of, key_file
from tests.storage.migrations.filling import NOON, fill
from tests.storage.migrations.reading import read_back

# What pg_dump says to psql and about itself; none of it is the database.
_SAID_TO_PSQL = re.compile(r"^(--.*|SET .*|\\.*|SELECT pg_catalog\.set_config\(.*)?$")


def freeze(again: bool) -> list[Path]:
    revision = known()[-1]
    paths = [FROZEN / f"{revision}.{end}" for end in ("sqlite.sql", "postgresql.sql", "json")]
    if not again and any(path.exists() for path in paths):
        raise SystemExit(f"{revision} is frozen already. A released revision stays as it is (--again: it was not released yet).")
    FROZEN.mkdir(exist_ok=True)
    if not (FROZEN / "keys.toml").exists():
        KeyRing.create_file(FROZEN / "keys.toml")
    with tempfile.TemporaryDirectory() as name, running_server() as admin:
        folder = Path(name)
        url = f"sqlite:///{folder}/frozen.db"
        written(url, folder)
        paths[0].write_text(sqlite_dump(url))
        server = f"{admin.rpartition('/')[0]}/frozen"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("CREATE DATABASE frozen")
        copied(url, server)
        paths[1].write_text(postgres_dump(server))
        # Last, because reading claims messages.
        said = {"counts": counts(url), "read": read(url, folder)}
        paths[2].write_text(json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return paths


def written(url: str, folder: Path) -> None:
    migrate(url)
    database = open_database(url, KeyRing.from_file(key_file(folder)), clock=lambda: NOON)
    try:
        fill(database)
    finally:
        database.close()
    with engine_of(url) as engine, engine.begin() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(select(table).limit(1)).first() is None:
                print(f"{table.name}: filling.py writes nothing here; one made-up row was put in", file=sys.stderr)
                connection.execute(insert(table).values(made_up(table)))


def made_up(table: Table) -> dict[str, object]:
    """For a table that `filling.py` does not know (yet)."""
    by_type = {BigInteger: 7, Integer: 7, SmallInteger: 7, Boolean: True, LargeBinary: b"made up"}
    return {column.name: by_type.get(type(column.type), "made-up") for column in table.columns if column.identity is None}


def read(url: str, folder: Path) -> object:
    database = open_database(url, KeyRing.from_file(key_file(folder)), clock=lambda: NOON)
    try:
        return read_back(url, database)
    finally:
        database.close()


def sqlite_dump(url: str) -> str:
    with contextlib.closing(sqlite3.connect(file_of(url))) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def copied(url: str, server: str) -> None:
    """The same rows into PostgreSQL."""
    migrate(server)
    with engine_of(url) as source, engine_of(server) as target, source.connect() as reading, target.begin() as writing:
        for table in metadata.sorted_tables:
            found = [dict(row) for row in reading.execute(select(table)).mappings()]
            if found:
                writing.execute(insert(table), found)
            for column in table.columns:
                if column.identity is not None:
                    asked = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'seq'), (SELECT max(seq) FROM {table.name}))"
                    writing.execute(text(asked))


def postgres_dump(server: str) -> str:
    program = _programs() / "pg_dump"
    plain = ("--no-owner", "--no-privileges", "--rows-per-insert=1", "--column-inserts")
    dump = subprocess.run([program, *plain, server], check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in dump.splitlines() if not _SAID_TO_PSQL.match(line)) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="the newest revision was not released yet")
    for path in freeze(parser.parse_args().again):
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
