"""What all rules of the machine share: the world, the model, how something is said, and what was sent of what is owed."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from bot.channels import Inbound, Outgoing, Reply
from dialogs import events as ev
from storage import StoredSession, UnitOfWork
from tests.model.expected import Model, Phone
from tests.model.world import World, hired

PHONE = st.sampled_from([0, 0, 1, 2])
steps: Counter[str] = Counter()


class Stage(RuleBasedStateMachine):
    """`world_of` makes a fresh real world; set by the test."""

    world_of: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.world: World = type(self).world_of()
        self.model = Model(self.world.library, self.world.clock, self._fresh)
        self.phones = [Phone("telegram", "4711"), Phone("telegram", "4712"), Phone("web", "w" * 43)]
        self.model.phones = self.phones
        self.former: list[tuple[Phone, Inbound]] = []
        self.number = 0
        self.looked = 0
        county = self.world.library.county
        of_traeger: dict[str, list[str]] = {}
        for stelle in county.stellen.values():
            of_traeger.setdefault(stelle.traeger, []).append(stelle.id)
        self.staff = {traeger: hired(self.world, traeger, tuple(stellen)) for traeger, stellen in of_traeger.items()}

    def teardown(self) -> None:
        self.world.close()

    # -- how something is said -----------------------------------------------------------------------------------------

    def _fresh(self, phone: Phone) -> tuple[str, str, str]:
        stored = self._stored_at(phone)
        assert stored is not None, "somebody has begun, and nothing of it is kept"
        return stored.session.id, stored.session.code, stored.person_id

    def _stored_at(self, phone: Phone) -> StoredSession | None:
        def query(uow: UnitOfWork) -> StoredSession | None:
            chat = uow.chats.find(phone.channel, phone.address)
            return uow.sessions.load(chat.session_id) if chat is not None and chat.session_id else None

        return self.world.read(query)

    def _inbound(self, phone: Phone, event: ev.Event, session: str | None = None) -> Inbound:
        self.number += 1
        inbound = Inbound(phone.channel, phone.address, f"e{self.number}", event, session, "ar" if self.number % 3 else None)
        self.former.append((phone, inbound))
        return inbound

    def _say(self, phone: Phone, event: ev.Event, session: str | None = None) -> Reply:
        inbound = self._inbound(phone, event, session)
        self._messages()  # what is sent by now can't be dropped by what happens next
        reply = self.world.receive(inbound)
        self.model.happened(phone, inbound)
        if not phone.pushes and phone.current is not None:
            assert reply.pages, "a page that is asked for must come"
        return reply

    def _press(self, phone: Phone, event: ev.Event) -> Reply:
        assert phone.current is not None
        return self._say(phone, event, phone.current.session.id)

    # -- what was sent and what is still due ---------------------------------------------------------------------------

    def _quiet(self) -> None:
        """What this process was just sending is sent, or put back; only then can it be compared."""
        for process in self.world.processes:
            self.world.wait(process.delivery.settled())
        for phone in self.phones:
            self._farewell(phone)

    def _farewell(self, phone: Phone) -> None:
        """When the last word is said and nobody else talks here, the chat itself is gone."""
        if any(one.farewell for one in phone.owed) and not phone.persons and not self._has_chat(phone):
            phone.owed = []
            self.world.sky.arrived = [item for item in self.world.sky.arrived if item[0] != phone.address]

    def _has_chat(self, phone: Phone) -> bool:
        return self.world.read(lambda uow: uow.chats.find(phone.channel, phone.address)) is not None

    def _due(self, phone: Phone) -> list[str]:
        """What waits for this phone, in order; reminders are for later and no part of the order."""

        def query(uow: UnitOfWork) -> list[str]:
            chat = uow.chats.find(phone.channel, phone.address)
            if chat is None:
                return []
            words = "SELECT id, sealed_effect FROM outbox WHERE chat_id = ? AND state = 'due' ORDER BY seq"
            rows = self.world.rows(words, chat.id)
            cipher = uow.tx.cipher(chat.id)
            opened = [json.loads(cipher.open("outbox", "effect", row[0], bytes(row[1])))[0] for row in rows]
            return [raw["effect"] for raw in opened if raw.get("text", {"key": ""})["key"] != "reminder.text"]

        return self.world.read(query)

    def _messages(self) -> None:
        """Every message was sent or is still due, in the order in which it was owed."""
        self._quiet()
        for phone in self.phones:
            if not phone.pushes or not (phone.owed or self.world.sky.arrived):
                continue
            here = [page for address, page in self.world.sky.arrived if address == phone.address]
            arrived = [page.kind for page in here if not self._reminds(page)]
            due = self._due(phone)
            owed = [one.kind for one in phone.owed]
            known = self.world.sky.arrived
            assert owed[len(owed) - len(due) :] == due if due else True, ("the outbox is not what is owed", owed, arrived, due)
            assert arrived == owed[: len(owed) - len(due)], ("what was sent is not what was owed", owed, arrived, due)
            self.world.sky.arrived = [item for item in known if item[0] != phone.address]
            phone.owed = phone.owed[len(owed) - len(due) :]

    def _reminds(self, page: Outgoing) -> bool:
        """A reminder is for a day of its own and no part of the order."""
        return page.kind == "say" and self.world.words.text("reminder.text", page.lang) in page.paragraphs
