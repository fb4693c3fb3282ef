"""Fixtures of the crash tests. The zygote imports once for all of them; everything else is each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import require_or_skip
from tests.crash.databases import CrashDatabase, a_database
from tests.crash.lives import Zygote
from tests.postgres import Missing


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote() as process:
        yield process


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def crash_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CrashDatabase]:
    try:
        with a_database(request.param, tmp_path) as database:
            yield database
    except Missing as missing:
        require_or_skip(False, str(missing))


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Iterator[CrashDatabase]:
    with a_database("sqlite", tmp_path) as database:
        yield database
