"""One installation with everything a backup needs: keys of both kinds, a folder for backups, and a place to restore to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storage import (
    Database,
    KeyRing,
    Made,
    Restored,
    create_backup_keys,
    ledger_beside,
    migrate,
    open_database,
    reconcile,
    restore_backup,
    run_backup,
)
from tests.conftest import Clock
from tests.postgres import PostgresServer


@dataclass
class Installation:
    """`into`: a fresh place for a restore, of the same kind as the database."""

    url: str
    home: Path
    clock: Clock
    fresh: Callable[[], str]

    @property
    def keys(self) -> Path:
        return self.home / "keys.toml"

    @property
    def public(self) -> Path:
        return self.home / "backup.public"

    @property
    def private(self) -> Path:
        return self.home / "offline" / "backup.private"

    @property
    def folder(self) -> Path:
        return self.home / "backups"

    @property
    def ledger(self) -> Path:
        found = ledger_beside(self.url, self.folder)
        assert found is not None
        return found

    @property
    def settings(self) -> dict[str, str]:
        """For the command in a process of its own."""
        return {
            "WEGWEISER_DATABASE_URL": self.url, "WEGWEISER_KEYS": str(self.keys), "WEGWEISER_COUNTY": "mettmann",
            "WEGWEISER_BACKUPS": str(self.folder), "WEGWEISER_BACKUP_KEY": str(self.public),
        }  # fmt: skip

    def opened(self, url: str | None = None) -> Database:
        """As `serve` opens it: the ledger is there from the first day on."""
        database = open_database(url or self.url, KeyRing.from_file(self.keys), clock=self.clock, ledger=self.ledger)
        reconcile(database)
        return database

    def backup(self) -> Made:
        return run_backup(self.url, self.public, self.folder, county="mettmann", now=self.clock())

    def restore(self, file: Path, into: str, **changes: Any) -> Restored:
        values: dict[str, Any] = {"ledger": self.ledger, "now": self.clock()} | changes
        private, keys = values.pop("private", self.private), values.pop("keys", self.keys)
        return restore_backup(file, private, into, KeyRing.from_file(keys), **values)


@contextlib.contextmanager
def installed(request: pytest.FixtureRequest, url: str, home: Path, clock: Clock) -> Iterator[Installation]:
    numbers = iter(range(1, 100))
    made: list[str] = []

    def fresh() -> str:
        if url.startswith("sqlite"):
            return str(home / f"restored-{next(numbers)}")
        server: PostgresServer = request.getfixturevalue("postgres")
        name = f"{url.rpartition('/')[2]}_{next(numbers)}"
        server.execute(f'CREATE DATABASE "{name}"')
        made.append(server.url_of(name))
        return made[-1]

    one = Installation(url, home, clock, fresh)
    KeyRing.create_file(one.keys)
    one.private.parent.mkdir()
    one.folder.mkdir()
    create_backup_keys(one.public, one.private)
    yield one
    for url_ in made:
        request.getfixturevalue("postgres").drop(url_)


@pytest.fixture
def installation(request: pytest.FixtureRequest, database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    """On both databases."""
    with installed(request, database_url, tmp_path, clock) as one:
        yield one


@pytest.fixture
def on_sqlite(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    """For what only SQLite has, or does not differ."""
    url = f"sqlite:///{tmp_path}/wegweiser.db"
    migrate(url)
    with installed(request, url, tmp_path, clock) as one:
        one.opened().close()
        yield one


@pytest.fixture
def on_postgres(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    with installed(request, postgres_url, tmp_path, clock) as one:
        one.opened().close()
        yield one


@pytest.fixture
def live(installation: Installation) -> Iterator[Database]:
    database = installation.opened()
    yield database
    database.close()

