"""One thing that happened, one transaction: the heart of the public door.

`receive` opens the unit of work; inside it the step (`bot/step.py`) notes the event id (seen before: done), loads the
session, lets the engine decide, and keeps session, consent, referral and messages together or not at all. Only when that
is on disk does `receive` return, and the channel acknowledge.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.channels import Inbound, Outgoing, Reply, Unavailable
from bot.phrasing import Phrasing
from bot.place import Place
from bot.step import Due, Step
from dialogs import effects as ef
from dialogs.effect_json import effect_to_json
from dialogs.events import Started
from dialogs.handover import read_code
from dialogs.script import Library
from dialogs.session import Session
from storage import Database, SessionMoved, StorageUnavailable, UnitOfWork

T = TypeVar("T")

TRIES = 3
ONCE_AGAIN = dt.timedelta(minutes=5)
MOST_ONCE = 1000


class Conversation:
    """Everything the public door does with people. One per process."""

    def __init__(
        self, database: Database, library: Library, phrasing: Phrasing, *, pushing: Collection[str],
        clock: Callable[[], dt.datetime], worker: str | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self.hand_over: Callable[[Sequence[Due]], None] = lambda due: None
        self.look_soon: Callable[[], None] = lambda: None
        self.crowded: Callable[[str], bool] = lambda chat: False
        self._place = Place(library, phrasing, frozenset(pushing), clock, worker, crowded=lambda chat: self.crowded(chat))
        self._once: OrderedDict[tuple[str, str], tuple[dt.datetime, Reply]] = OrderedDict()

    @property
    def place(self) -> Place:
        """Where it happens, as of now."""
        return self._place

    def take(self, library: Library, newer: Callable[[], Library]) -> None:
        """From now on: new sessions begin on what holds in this library, running ones go on with theirs."""
        self._place = replace(self._place, library=library, newer=newer)

    async def receive(self, inbound: Inbound) -> Reply:
        """Let it happen and return when it is on disk. Raises Unavailable if it could not be kept: nothing has happened."""
        due: list[Due] = []
        behind = False

        def step(uow: UnitOfWork) -> Reply:
            nonlocal behind
            due.clear()
            taken = Step(self._place, uow, inbound, due)
            reply = taken.run()
            behind = taken.behind
            return replace(reply, reused=True) if uow.inbound.reused else reply

        for attempt in range(TRIES):
            try:
                reply = await self._database.write(step)
                break
            except SessionMoved:
                # Another process was faster. What it saved is loaded and the event is tried on that.
                if attempt == TRIES - 1:
                    raise Unavailable("the session is busy", retry_after=1) from None
            except StorageUnavailable:
                raise Unavailable("the database can't keep anything now", retry_after=5) from None
        if due:
            self.hand_over(due)
        if behind:
            self.look_soon()
        return self._again_if_doubled(inbound, reply)

    def _again_if_doubled(self, inbound: Inbound, reply: Reply) -> Reply:
        """A page that is kept nowhere, once more for a doubled press: the browser shows only the second answer.

        Held in memory for a few minutes, never on disk.
        """
        key, now = (inbound.channel, inbound.event_id), self._place.clock()
        if reply.duplicate:
            known = self._once.get(key)
            return known[1] if known is not None and now - known[0] < ONCE_AGAIN else reply
        if reply.once and reply.pages:
            self._once[key] = (now, reply)
            while len(self._once) > MOST_ONCE or now - next(iter(self._once.values()))[0] >= ONCE_AGAIN:
                self._once.popitem(last=False)
        return reply

    async def look(self, channel: str, address: str, locale_hint: str | None = None) -> Reply:
        """What is to be seen now. Changes nothing, also for somebody who was never here."""

        def query(uow: UnitOfWork) -> Reply:
            chat = uow.chats.find(channel, address)
            stored = uow.sessions.load(chat.session_id) if chat is not None and chat.session_id else None
            return self._welcome(locale_hint) if stored is None else self._place.pages_now(uow, stored, hint=locale_hint)

        return await self._read(query)

    async def resume(self, code: str, channel: str, address: str, locale_hint: str | None = None) -> bool:
        """Go on with the session of a hand-over code, or begin with the short code of a slip. False if there is none."""
        known = read_code(code)

        def step(uow: UnitOfWork) -> bool:
            stored = uow.sessions.find_by_code(known) if known is not None else None
            if stored is None:
                chat = uow.chats.find(channel, address)
                if chat is not None and chat.session_id and uow.slips.used_by(code, chat.session_id):
                    return True  # sent twice: her conversation has begun with it
                inbound = Inbound(channel, address, f"code:{secrets.token_hex(8)}", Started(slip=code), None, locale_hint)
                return Step(self._place, uow, inbound, []).begin_with_slip(code)
            chat = uow.chats.open(channel, address, stored.session.locale)
            uow.chats.set(chat.id, session_id=stored.session.id, locale=stored.session.locale)
            return True

        try:
            return await self._database.write(step)
        except StorageUnavailable:
            raise Unavailable("the database can't keep anything now", retry_after=5) from None

    async def session_at(self, channel: str, address: str) -> Session | None:
        """The session that is open at this address, for programs that talk like a person (the demo's made-up people)."""

        def query(uow: UnitOfWork) -> Session | None:
            chat = uow.chats.find(channel, address)
            stored = uow.sessions.load(chat.session_id) if chat is not None and chat.session_id else None
            return stored.session if stored is not None else None

        return await self._read(query)

    async def gone(self, channel: str, address: str) -> None:
        """The person has blocked the bot: never write to her again. What she asked to be handed over stands."""

        def step(uow: UnitOfWork) -> None:
            chat = uow.chats.find(channel, address)
            if chat is not None:
                uow.chats.left(chat.id)

        try:
            await self._database.write(step)
        except StorageUnavailable:
            raise Unavailable("the database can't keep anything now", retry_after=5) from None

    async def apologise(self, channel: str, address: str, event_id: str, locale_hint: str | None = None) -> None:
        """A fault of ours kept an event from counting: say so, once, so that nobody waits for an answer in vain."""

        def step(uow: UnitOfWork) -> None:
            chat = uow.chats.open(channel, address, None)
            said = effect_to_json(ef.Say(ef.Text("ui.trouble")))
            uow.outbox.put(chat.id, said, chat.locale or self._known(locale_hint), key=f"trouble:{channel}:{address}:{event_id}")

        await self._database.write(step)

    def door_page(self, locale: str, url: str) -> Outgoing:
        """What the messenger shows where the questions themselves are asked elsewhere (mode `door`)."""
        return self._place.phrasing.door(self._known(locale), url)

    def _welcome(self, locale_hint: str | None) -> Reply:
        choice = ef.ChooseLanguage("", self._place.library.county.languages)
        return Reply((self._place.phrase(choice, self._known(locale_hint)),))

    def _known(self, locale: str | None) -> str:
        return locale if locale in self._place.library.county.languages else "de"

    async def _read(self, query: Callable[[UnitOfWork], T]) -> T:
        try:
            return await self._database.read(query)
        except StorageUnavailable:
            raise Unavailable("the database can't be read now", retry_after=5) from None
