"""A scene on each database, and the mark that ties a test to a line of the list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.words import Words
from dialogs.script import Library
from storage import KeyRing
from tests.bot.telegram.emulator import Emulator
from tests.conftest import Clock
from tests.faults.scene import Scene


@pytest.fixture
async def telegram() -> AsyncIterator[Emulator]:
    async with Emulator() as emulator:
        yield emulator


@pytest.fixture
async def scene(
    database_url: str, keys: KeyRing, clock: Clock, library: Library, words: Words, telegram: Emulator
) -> AsyncIterator[Scene]:
    made = Scene(database_url, keys, clock, library, words, telegram)
    yield made
    await made.stop()
    assert not telegram.oddities


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[float]:
    """The twenty seconds for an answer of the Bot API, shortened."""
    monkeypatch.setattr("bot.channels.telegram_calls.PATIENCE", 0.3)
    yield 0.3
