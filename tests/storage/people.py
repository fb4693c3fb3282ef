"""Made-up people for the tests of storage/: a dialogue, and somebody who has been handed over to a Stelle."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from dialogs.session import Session, Status
from storage import Chat, StoredSession, UnitOfWork

TRAEGER, OTHER_TRAEGER = "kreis_mettmann", "caritas"
STELLE, OTHER_STELLE = "kim_velbert", "kim_hilden"
_numbers = count(1)


def a_session(**changes: Any) -> Session:
    number = next(_numbers)
    began = dt.date(2026, 11, 21)
    new = Session(id=f"s{number:07d}", script="scr-2026-11", began=began, code=f"K7M4-{number:04d}-C")
    return replace(new, **changes)


def begin(uow: UnitOfWork, address: str | None = None, *, channel: str = "telegram", **changes: Any) -> StoredSession:
    """Somebody has opened the chat and begun."""
    new = a_session(**changes)
    chat = uow.chats.open(channel, address or f"address-{new.id}", "ar")
    person_id = uow.persons.add("mettmann")
    stored = uow.sessions.add(new, person_id=person_id, chat_id=chat.id, code=new.code)
    uow.chats.set(chat.id, session_id=new.id)
    return stored


def consented(uow: UnitOfWork, person_id: str, *, recipient: str | None = STELLE, given: bool = True) -> str:
    return uow.consents.keep(
        person_id,
        purpose="C3",
        given=given,
        recipient=recipient,
        text_id="scr.S18_handover",
        text_version="scr-2026-11",
        text_sha256="ab" * 32,
        locale="ar",
        channel="telegram",
    )


def offered(uow: UnitOfWork, stored: StoredSession, consent_id: str, **changes: Any) -> str:
    values: dict[str, Any] = {
        "traeger": TRAEGER,
        "stelle": STELLE,
        "dienst": "KIM_CM",
        "rule": "M09",
        "rules_version": "route-me-2026-11",
        "mode": "referral",
        "urgent": False,
        "condition": None,
        "kommune": "velbert",
        "locale": "ar",
        "because": "mettmann.M09",
        "payload": {"rows": [["S04_status", "p104c"]], "decision": {"rule": "M09"}, "contact": "0151 2345678"},
        "code": stored.session.code,
    }
    values |= changes
    return uow.referrals.offer(person_id=stored.person_id, session_id=stored.session.id, consent_id=consent_id, **values)


@dataclass(frozen=True)
class Handed:
    """Somebody who has finished and has been handed over."""

    stored: StoredSession
    chat: Chat
    consent: str
    referral: str

    @property
    def person(self) -> str:
        return self.stored.person_id


def hand_over(uow: UnitOfWork, address: str | None = None, **changes: Any) -> Handed:
    stored = begin(uow, address, status=Status.FINISHED)
    consent = consented(uow, stored.person_id)
    referral = offered(uow, stored, consent, **changes)
    chat = Chat(stored.chat_id, "telegram", stored.session.id, "ar", False)
    return Handed(stored, chat, consent, referral)
