"""Databases for these tests: empty ones, and ones as an older version left them. And what a database says about itself."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection, Engine, inspect, text

from storage.connections import engine_for, parsed
from tests.postgres import PostgresServer
from tests.storage.raw import execute

FROZEN = Path(__file__).parent / "frozen"


def frozen_revisions() -> tuple[str, ...]:
    return tuple(sorted(path.name.partition(".")[0] for path in FROZEN.glob("*.json")))


def as_written(revision: str) -> dict[str, Any]:
    """What the version that wrote it read out of it."""
    found: dict[str, Any] = json.loads((FROZEN / f"{revision}.json").read_text())
    return found


def key_file(folder: Path) -> Path:
    """The keys of all frozen databases, with the rights that a key file must have."""
    path = folder / "keys.toml"
    if not path.exists():
        shutil.copyfile(FROZEN / "keys.toml", path)
        path.chmod(0o600)
    return path


class Place(Protocol):
    """Where databases of one kind are made."""

    kind: str

    def blank(self) -> str: ...

    def frozen(self, revision: str) -> str: ...

    def copy(self, url: str) -> str:
        """Of a database that nobody has open."""


@dataclass
class SqlitePlace:
    folder: Path
    kind: str = "sqlite"
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def blank(self) -> str:
        return f"sqlite:///{self.folder}/{next(self._numbers)}.db"

    def frozen(self, revision: str) -> str:
        url = self.blank()
        with contextlib.closing(sqlite3.connect(file_of(url))) as connection:
            connection.executescript((FROZEN / f"{revision}.sqlite.sql").read_text())
        return url

    def copy(self, url: str) -> str:
        new = self.blank()
        if file_of(url).exists():
            shutil.copyfile(file_of(url), file_of(new))
        return new


@dataclass
class PostgresPlace:
    server: PostgresServer
    kind: str = "postgresql"
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _made: list[str] = field(default_factory=list)

    def blank(self) -> str:
        return self._made_from("template0")

    def frozen(self, revision: str) -> str:
        url = self.blank()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute((FROZEN / f"{revision}.postgresql.sql").read_bytes())
        return url

    def copy(self, url: str) -> str:
        alone(url)
        return self._made_from(url.rpartition("/")[2])

    def _made_from(self, template: str) -> str:
        name = f"migrations_{self.server.template}_{id(self)}_{next(self._numbers)}"
        self.server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._made.append(self.server.url_of(name))
        return self._made[-1]

    def drop_all(self) -> None:
        for url in self._made:
            self.server.drop(url)


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def alone(url: str) -> None:
    """Wait until the server has noticed that everybody else is gone. A killed program's connection outlives it a little."""
    if url.startswith("sqlite"):
        return
    deadline = time.monotonic() + 30
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True) as connection:
        while (row := connection.execute(asked).fetchone()) != (0,):
            assert time.monotonic() < deadline, f"{row} connections are still open"
            time.sleep(0.005)


@contextlib.contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    engine = engine_for(parsed(url))
    try:
        yield engine
    finally:
        engine.dispose()


@contextlib.contextmanager
def connection_to(url: str) -> Iterator[Connection]:
    with engine_of(url) as engine, engine.connect() as connection:
        yield connection


def schema(url: str) -> dict[str, Any]:
    """Everything that the database says about its tables, indexes, constraints and triggers."""
    with connection_to(url) as connection:
        return _schema(connection)


def rows(url: str) -> dict[str, list[str]]:
    """All rows of all tables, column by column, in an order that does not depend on where they lie."""
    with connection_to(url) as connection:
        return _rows(connection)


def counts(url: str) -> dict[str, int]:
    return {name: len(listed) for name, listed in rows(url).items()}


def state(url: str) -> tuple[Any, Any]:
    """Schema and rows: what a database is."""
    alone(url)
    with connection_to(url) as connection:
        return _schema(connection), _rows(connection)


def revision_of(url: str) -> list[tuple[Any, ...]]:
    return execute(url, "SELECT version_num FROM alembic_version")


def _schema(connection: Connection) -> dict[str, Any]:
    found = inspect(connection)
    parts = {
        "columns": found.get_multi_columns(),
        "key": found.get_multi_pk_constraint(),
        "indexes": found.get_multi_indexes(),
        "unique": found.get_multi_unique_constraints(),
        "foreign": found.get_multi_foreign_keys(),
        "checks": found.get_multi_check_constraints(),
    }
    tables: dict[str, dict[str, Any]] = {}
    for part, of_tables in parts.items():
        for (_, name), value in of_tables.items():
            listed = value if isinstance(value, list) else [value]
            # A column keeps its number on PostgreSQL, also after others went: the order says nothing there.
            tables.setdefault(str(name), {})[part] = sorted(json.dumps(one, default=str, sort_keys=True) for one in listed)
    tables.pop("alembic_version", None)
    asked = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    )
    triggers = [tuple(row) for row in connection.execute(text(asked))]
    return {"tables": tables, "triggers": triggers}


def _rows(connection: Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in sorted(inspect(connection).get_table_names()):
        listed = connection.execute(text(f'SELECT * FROM "{name}"')).mappings()
        found[name] = sorted(json.dumps({k: _spelled(v) for k, v in row.items()}, sort_keys=True) for row in listed)
    return found


def _spelled(value: object) -> object:
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else value
