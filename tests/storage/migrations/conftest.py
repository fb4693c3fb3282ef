"""Both kinds of database, empty or as an older version left them; and the program that is to be killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.migrations.breaking_off import Migrator
from tests.storage.migrations.databases import Place, PostgresPlace, SqlitePlace


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield SqlitePlace(tmp_path)
        return
    made = PostgresPlace(request.getfixturevalue("postgres"))
    yield made
    made.drop_all()


@pytest.fixture(scope="session")
def migrator() -> Iterator[Migrator]:
    with Migrator.started() as running:
        yield running
