"""Fixtures of the Telegram tests. aiogram is imported only when a channel is started: it takes seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.stage import Receiver, Stage


@pytest.fixture
async def telegram() -> AsyncIterator[Emulator]:
    async with Emulator() as emulator:
        yield emulator


@pytest.fixture
async def stage(telegram: Emulator) -> AsyncIterator[Stage]:
    stage = Stage(telegram, Receiver())
    yield stage
    await stage.close()
    assert not telegram.oddities
