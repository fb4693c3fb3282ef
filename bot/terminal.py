"""The conversation in a terminal, for developers and translators. Nothing is kept when it ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
import tempfile
from pathlib import Path

from bot.app import phrasing_for
from bot.channels import Inbound, Reply
from bot.channels.console import ConsoleChannel
from bot.conversation import Conversation
from bot.words import Words
from dialogs.events import Started
from dialogs.script import Library
from storage import KeyRing, migrate, open_database


def chat_in_terminal(library: Library, locale: str | None) -> None:
    """One conversation on a database that lives as long as the conversation."""
    with tempfile.TemporaryDirectory(prefix="wegweiser-") as folder:
        keys = Path(folder) / "keys.toml"
        KeyRing.create_file(keys)
        url = f"sqlite:///{folder}/chat.db"
        migrate(url)
        database = open_database(url, KeyRing.from_file(keys))
        try:
            asyncio.run(_run(Conversation(
                database, library, phrasing_for(library, Words.load(library)), pushing=(), clock=_now, worker=None
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


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
