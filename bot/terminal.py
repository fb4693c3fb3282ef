"""The conversation in a terminal, for developers and translators. Nothing is kept when it ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.app import phrasing_for
from bot.channels import Inbound, Reply
from bot.channels.console import ConsoleChannel
from bot.conversation import Conversation
from bot.words import Words
from dialogs.events import Started
from dialogs.script import Library
from storage import KeyRing, migrate, open_database


def chat_in_terminal(library: Library, locale: str | None, on: dt.date | None = None) -> None:
    """One conversation on a database that lives as long as the conversation. `on`: the day on which it takes place."""
    with tempfile.TemporaryDirectory(prefix="wegweiser-") as folder:
        keys = Path(folder) / "keys.toml"
        KeyRing.create_file(keys)
        url = f"sqlite:///{folder}/chat.db"
        migrate(url)
        database = open_database(url, KeyRing.from_file(keys))
        try:
            asyncio.run(_run(Conversation(
                database, library, phrasing_for(library, Words.load(library)), pushing=(), clock=clock_on(on), worker=None
            ), locale))  # fmt: skip
        except (KeyboardInterrupt, EOFError):
            pass
        finally:
            database.close()


async def _run(conversation: Conversation, locale: str | None) -> None:
    address = secrets.token_hex(8)

    async def look(channel: str, address: str, hint: str | None) -> Reply:
        return await conversation.look(channel, address, locale or hint)

    if locale is not None:
        await conversation.receive(Inbound("console", address, "start", Started("self", locale)))
    await ConsoleChannel(conversation.receive, look, address=address).run()


def clock_on(on: dt.date | None) -> Callable[[], dt.datetime]:
    """Now; or now as if it had begun at noon of that day, so that the day stays the same for everybody in Germany."""
    began = dt.datetime.now(dt.UTC)
    ahead = dt.timedelta() if on is None else dt.datetime.combine(on, dt.time(12), dt.UTC) - began
    return lambda: dt.datetime.now(dt.UTC) + ahead
