"""All three doors as the program builds them, on free ports, with an emulated Telegram if a test wants one."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer, unused_port

from admin.app import build_admin
from admin.desk.app import build_desk
from bot.app import Door, build_door
from bot.settings import Settings
from bot.words import Words
from dialogs.script import Library
from storage import Database, open_database
from tests.bot.telegram.emulator import Emulator
from tests.conftest import Clock
from wegweiser import Office, watched


@dataclass
class Doors:
    """`bot`, `admin` and `desk` are clients of the three servers."""

    database: Database
    door: Door
    bot: TestClient[Any, Any]
    admin: TestClient[Any, Any]
    desk: TestClient[Any, Any]

    @property
    def all(self) -> tuple[TestClient[Any, Any], ...]:
        return self.bot, self.admin, self.desk


@contextlib.asynccontextmanager
async def opened(
    database: Database, url: str, library: Library, words: Words, clock: Clock, *,
    telegram: Emulator | None = None, keys: Path | None = None, backup_age: Any = None, **more: Any,
) -> AsyncIterator[Doors]:  # fmt: skip
    port = unused_port()
    talks: dict[str, Any] = {}
    if telegram is not None:
        talks = {"telegram_api": telegram.url, "telegram_token": telegram.token, "telegram_mode": "full",
                 "telegram_webhook_secret": "a" * 40, "telegram_per_second": 0, "flood_burst": 0}  # fmt: skip
    settings = Settings(
        environment="demo", county="mettmann", public_url=f"http://127.0.0.1:{port}", keys=keys, **{**talks, **more}
    )
    door = build_door(database, library, words, settings, clock=clock, backup_age=backup_age)
    office = Office(settings, "mettmann", "Kreis Mettmann")
    keyless = open_database(url, None, clock=clock)
    servers = [
        TestServer(door.application, port=port),
        TestServer(watched(build_admin(database, words, office), database, settings)),
        TestServer(watched(build_desk(keyless, words, office), keyless, settings, keyless=True)),
    ]
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(keyless.close)
        bot, admin, desk = [await stack.enter_async_context(TestClient(server)) for server in servers]
        if door.telegram is not None:
            await door.telegram.ready.wait()
        yield Doors(database, door, bot, admin, desk)
