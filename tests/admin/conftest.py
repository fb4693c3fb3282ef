"""One office a test, on a database that was migrated once."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage import Database, open_database
from storage.keys import KeyRing
from storage import migrate
from tests.admin.office import Office, Settings

NOW = dt.datetime(2026, 11, 21, 13, 30, tzinfo=dt.UTC)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("office") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    path = tmp_path_factory.mktemp("keys") / "keys.toml"
    KeyRing.create_file(path)
    return KeyRing.from_file(path)


@pytest.fixture
def office_url(tmp_path: Path, empty_database: Path) -> str:
    path = tmp_path / "office.db"
    shutil.copy(empty_database, path)
    return f"sqlite:///{path}"


@pytest.fixture
def office_database(office_url: str, keys: KeyRing, clock: Clock) -> Iterator[Database]:
    database = open_database(office_url, keys, clock=clock)
    yield database
    database.close()


@pytest.fixture
async def office(office_database: Database, office_url: str, clock: Clock) -> AsyncIterator[Office]:
    desk = open_database(office_url, None, clock=clock)
    office = Office(office_database, desk, Settings())
    yield office
    await office.close()
    desk.close()
