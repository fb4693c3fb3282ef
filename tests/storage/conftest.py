"""Both databases, each test with one of its own; and one made-up person who has been handed over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import Database, KeyRing, migrate, open_database
from tests.conftest import Clock
from tests.storage.people import Handed, hand_over


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("storage") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_sqlite: Path) -> str:
    shutil.copy(empty_sqlite, tmp_path / "wegweiser.db")
    return f"sqlite:///{tmp_path}/wegweiser.db"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture
def sqlite_database(sqlite_url: str, keys: KeyRing, clock: Clock) -> Iterator[Database]:
    opened = open_database(sqlite_url, keys, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def handed(database: Database) -> Handed:
    return database.write_now(hand_over)
