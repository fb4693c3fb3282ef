"""What every test may use: both databases, the county, its words, and a whole public door."""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.journal import OURS
from bot.words import Words
from dialogs.load import load_library
from dialogs.script import Library
from storage import Database, KeyRing, migrate, open_database
from tests.postgres import postgres, postgres_url  # noqa: F401  fixtures

NOON = dt.datetime(2026, 11, 21, 11, 0, tzinfo=dt.UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += dt.timedelta(**delta)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """What a test sets up for its log (`bot/journal.py begin`) ends with it: the next one may listen for itself."""
    root, known = logging.getLogger(), logging.root.manager.loggerDict
    logging.disable(logging.NOTSET)
    for name, one in known.items():
        if isinstance(one, logging.Logger) and name.partition(".")[0] in OURS:  # a fixture of another module may have begun a log
            one.setLevel(logging.NOTSET)
            one.disabled, one.propagate = False, True
    handlers, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    levels = {name: one.level for name, one in known.items() if isinstance(one, logging.Logger)}
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raising
    logging.captureWarnings(False)
    for name, one in known.items():
        if isinstance(one, logging.Logger):
            one.setLevel(levels.get(name, logging.NOTSET))
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library("mettmann")


@pytest.fixture(scope="session")
def words(library: Library) -> Words:
    return Words.load(library)


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing.random()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, migrated database: on both kinds, the same tests."""
    url = f"sqlite:///{tmp_path}/wegweiser.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    migrate(url)
    return str(url)


@pytest.fixture
def database(database_url: str, keys: KeyRing, clock: Clock) -> Iterator[Database]:
    opened = open_database(database_url, keys, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(tmp_path: Path, keys: KeyRing, clock: Clock) -> Iterator[Database]:
    """For what does not differ between the two databases."""
    url = f"sqlite:///{tmp_path}/one.db"
    migrate(url)
    opened = open_database(url, keys, clock=clock)
    yield opened
    opened.close()


def require_or_skip(found: bool, what: str) -> None:
    """Skip where an optional part is missing; fail where everything is required."""
    if not found:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(f"{what} is required (REQUIRE_ALL=1) and missing")
        pytest.skip(f"{what} is not on this machine")


def require_chromium() -> None:
    found = shutil.which("chromium") is not None or Path("/usr/bin/chromium").exists()
    require_or_skip(found, "Chromium (Debian package chromium)")
