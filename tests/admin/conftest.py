"""One office a test, on a database that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.words import Words
from storage import KeyRing, migrate, open_database
from tests.admin.office import Office, Settings
from tests.conftest import Clock


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("office") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def office_file(tmp_path: Path, migrated: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "office.db"))


@pytest.fixture
async def office(office_file: Path, keys: KeyRing, clock: Clock, words: Words) -> AsyncIterator[Office]:
    database = open_database(f"sqlite:///{office_file}", keys, clock=clock)
    desk = open_database(f"sqlite:///{office_file}", None, clock=clock)
    office = Office(database, desk, words, Settings())
    yield office
    await office.close()
    desk.close()
    database.close()
