"""The same program without crashes: it gets every acknowledged update once, in the order of each chat, and is the measure.

What it kept is what the crashed one must have kept; what it wanted to say is what every person must have heard. Ids of
sessions and codes are drawn at random, so a session is known by its place in its chat, and ids are left out of comparisons.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import phrasing_for
from bot.channels.telegram import TelegramChannel, pack
from bot.channels.telegram_drawing import draw
from bot.channels.telegram_modes import instead
from bot.channels.telegram_options import every_option
from bot.channels.telegram_reading import read
from bot.conversation import Conversation
from bot.step import Due
from bot.words import Words
from dialogs.script import Library
from storage import KeyRing, UnitOfWork, migrate, open_database
from tests.crash.server import Heard, Told

CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]")


def without_ids(heard: Heard) -> Heard:
    """A message as it can be compared: no code of a hand-over, no session in its buttons. Prompt numbers stay."""
    buttons = tuple((label, ":".join(data.split(":")[2:])) for label, data in heard.buttons)
    return Heard(CODE.sub("<code>", heard.text), buttons)


@dataclass(frozen=True)
class Wanted:
    """A message that a step wanted to be sent. `update` is the number of the update."""

    message: Heard
    kind: str
    update: int


class Reference:
    def __init__(self, folder: Path, library: Library, words: Words, token: str, mode: str, public_url: str) -> None:
        url = f"sqlite:///{folder / 'reference.db'}"
        migrate(url)
        self.now = dt.datetime.now(dt.UTC)
        self.keys = KeyRing.random()
        self.database = open_database(url, self.keys, clock=lambda: self.now)
        # Two lives of which neither leaves a sign of life are an outage: then the open question comes again with this sentence.
        self.away = tuple(words.text("ui.was_away", locale) for locale in words.locales)
        phrasing = phrasing_for(library, words)
        self.conversation = Conversation(
            self.database, library, phrasing, pushing={"telegram"}, clock=lambda: self.now, worker="reference"
        )
        self.conversation.hand_over = lambda due: self._due.extend(due)
        self.channel = TelegramChannel(
            token, "http://127.0.0.1:1", mode, self.conversation.receive, public_url=public_url, secret="s" * 40,
            door_page=lambda locale: self.conversation.door_page(locale, public_url), options=lambda: every_option(library),
            gone=lambda address: self.conversation.gone("telegram", address),
        )  # fmt: skip
        self.mode = mode
        self._due: list[Due] = []
        self._sessions: dict[int, list[str]] = defaultdict(list)
        self.refused: set[int] = set()

    async def take(self, told: Told, theirs: list[str]) -> list[Wanted]:
        """Let it happen. `theirs`: the sessions of this chat in the crashed program, in the order in which they began."""
        assert told.at is not None
        self.now = dt.datetime.fromtimestamp(told.at, dt.UTC)
        self._due.clear()
        arrived = read(self._in_our_ids(told, theirs))
        assert arrived is not None
        reply = await self.channel._let_in(arrived)
        if reply.refused:
            self.refused.add(told.number)
        mine = self._sessions[told.chat]
        if reply.session is not None and reply.session not in mine:
            mine.append(reply.session)
        due = list(self._due)
        if due:
            await self.database.write(lambda uow: self._all_said(uow, due))
        return [wanted for item in due for wanted in self._drawn(item, told.number)]

    def _in_our_ids(self, told: Told, theirs: list[str]) -> dict[str, Any]:
        words = json.dumps(told.payload)
        if "callback_query" not in told.payload:
            return dict(told.payload)
        data = str(told.payload["callback_query"].get("data", ""))
        session = data.split(":")[1] if data.count(":") == 4 else ""
        mine = self._sessions[told.chat]
        if session in theirs and theirs.index(session) < len(mine):
            words = words.replace(f'"data": "q:{session}:', f'"data": "q:{mine[theirs.index(session)]}:')
        translated: dict[str, Any] = json.loads(words)
        return translated

    def _all_said(self, uow: UnitOfWork, due: list[Due]) -> None:
        for item in due:
            uow.outbox.sent(item.row, "reference")
            if item.then_erase:
                uow.chats.erase_if_quiet(item.chat)

    def _drawn(self, item: Due, update: int) -> list[Wanted]:
        page = instead(self.mode, item.page, self.channel._door_page)
        drawn = draw(page, lambda press: pack(self.channel._codes.coded(press)))
        found = []
        for index, text in enumerate(drawn.texts):
            last = index == len(drawn.texts) - 1
            buttons = tuple((key["text"], key.get("callback_data", "")) for row in drawn.keyboard for key in row) if last else ()
            found.append(Wanted(without_ids(Heard(text, buttons)), item.page.kind, update))
        return found

    def query(self, words: str) -> list[tuple[Any, ...]]:
        """Read past the program."""
        rows: list[tuple[Any, ...]] = self.database.read_now(lambda uow: uow.tx._driver.execute(words).fetchall())
        return rows

    def close(self) -> None:
        self.database.close()
