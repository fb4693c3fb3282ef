"""Made-up rows for a frozen database, written by the program's own hand: every table gets some.

Copied into the checkout of an older release it freezes that one too, so it asks before it uses what came later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from dialogs.referral import Move
from dialogs.session import Session, Status
from storage import Database, StoredSession, UnitOfWork

NOON = dt.datetime(2026, 11, 21, 11, 0, tzinfo=dt.UTC)
KREIS, TRAEGER, STELLE, OTHER_STELLE = "mettmann", "kreis_mettmann", "kim_velbert", "kim_hilden"
TOKEN = "5e" * 32
LOGIN = "beispiel.eins"
EVENT = ("telegram", "900001")
RULES = '# erfunden\nversion = "me-2026-12-erfunden"\n'


def fill(database: Database) -> None:
    """Several steps, as in life: each is a transaction of its own."""
    staff = database.write_now(office)
    for number in range(3):
        database.write_now(lambda uow, number=number: asking(uow, number))
    handed = [database.write_now(lambda uow, number=number: handed_over(uow, number)) for number in range(3, 7)]
    database.write_now(lambda uow: moved(uow, handed, staff[0]))
    database.write_now(erased)
    database.write_now(messages)
    database.write_now(lambda uow: rule_changes(uow, *staff))


def office(uow: UnitOfWork) -> tuple[str, str]:
    one, two = (
        uow.staff.add(
            login=login, name=name, role="coordinator", traeger=TRAEGER, stellen=(STELLE, OTHER_STELLE), password_hash="none"
        )
        for login, name in ((LOGIN, "Beispiel Eins"), ("beispiel.zwei", "Beispiel Zwei"))
    )
    uow.staff.open_session(one, TOKEN, "made-up", NOON + dt.timedelta(days=1))
    uow.staff.note_login_failure(LOGIN)
    slip = uow.slips.issue(kreis=KREIS, entry="desk-104c", locale="uk", staff_id=one)
    uow.slips.issue(kreis=KREIS, entry="self", locale=None, staff_id=one)
    uow.slips.use(slip.token, "s0000001", by_code=False)
    for day in range(3):
        uow.counters.add("begun", NOON.date() - dt.timedelta(days=day), KREIS, day + 1)
    for action in ("signed-in", "slip-issued", "referral-opened"):
        uow.audit.note(action, staff_id=one, traeger=TRAEGER, object_type="staff", object_id=one)
    return one, two


def begun(uow: UnitOfWork, number: int, status: Status, channel: str) -> StoredSession:
    new = Session(
        id=f"s{number:07d}", script="scr-2026-11", began=NOON.date(), code=f"K7M4-{number:04d}-C", door=channel, status=status,
        prompt=7, locale="ar", open=None if status is Status.FINISHED else "S08_german",
        answers={"S04_status": "p104c", "S12_year": 2016, "S05_valid_until": dt.date(2027, 3, 15), "S15_needs": ("work",)},
    )  # fmt: skip
    chat = uow.chats.open(channel, f"made-up-{number}", "ar")
    person_id = uow.persons.add(KREIS)
    stored = uow.sessions.add(new, person_id=person_id, chat_id=chat.id, code=new.code)
    uow.chats.set(chat.id, session_id=new.id)
    return stored


def asking(uow: UnitOfWork, number: int) -> None:
    stored = begun(uow, number, Status.ASKING, "telegram")
    uow.sessions.save(stored, replace(stored.session, prompt=8, answers={**stored.session.answers, "S08_german": "d2"}))


def handed_over(uow: UnitOfWork, number: int) -> tuple[StoredSession, str]:
    stored = begun(uow, number, Status.FINISHED, "web" if number % 2 else "telegram")
    consent = uow.consents.keep(
        stored.person_id, purpose="C3", given=True, recipient=STELLE, text_id="scr.S18_handover", text_version="scr-2026-11",
        text_sha256="ab" * 32, locale="ar", channel="telegram",
    )  # fmt: skip
    referral = uow.referrals.offer(
        person_id=stored.person_id, session_id=stored.session.id, consent_id=consent, traeger=TRAEGER, stelle=STELLE,
        dienst="KIM_CM", rule="M09", rules_version="route-me-2026-11", mode="referral", urgent=number == 3, condition=None,
        kommune="velbert", locale="ar", because="mettmann.M09", code=stored.session.code,
        payload={"rows": [["S04_status", "p104c"]], "decision": {"rule": "M09"}, "contact": "erfunden"},
    )  # fmt: skip
    return stored, referral


def moved(uow: UnitOfWork, handed: list[tuple[StoredSession, str]], by: str) -> None:
    """One waits, one is accepted, one is taken back, one is closed."""
    uow.referrals.move(TRAEGER, [STELLE], handed[1][1], Move.ACCEPT, by=by)
    uow.consents.withdraw(handed[2][0].person_id, "C3")
    uow.referrals.withdraw(handed[2][0].session.id)
    uow.referrals.move(TRAEGER, [STELLE], handed[3][1], Move.ACCEPT, by=by)
    uow.referrals.move(TRAEGER, [STELLE], handed[3][1], Move.CLOSE, by=by)


def erased(uow: UnitOfWork) -> None:
    stored = begun(uow, 90, Status.ASKING, "web")
    uow.persons.erase(stored.person_id, "asked")


def messages(uow: UnitOfWork) -> None:
    """Waiting, meant for later, sent, given up; and an event that must not happen again."""
    uow.inbound.note(*EVENT)
    for number in range(3):
        chat = uow.chats.find("telegram", f"made-up-{number}")
        assert chat is not None
        for turn in range(2):
            uow.outbox.put(chat.id, {"effect": "say", "key": f"made-up-{turn}"}, "ar", key=f"frozen {number} {turn}")
    chat = uow.chats.find("telegram", "made-up-0")
    assert chat is not None
    uow.outbox.put(chat.id, {"effect": "say", "key": "later"}, "ar", key="frozen later", not_before=NOON + dt.timedelta(days=9))
    notice = uow.outbox.put(chat.id, {"effect": "tellstatus", "status": "accepted"}, "ar", key="frozen sent", lease_to="me")
    lost = uow.outbox.put(chat.id, {"effect": "say", "key": "lost"}, "ar", key="frozen lost", lease_to="me")
    assert notice is not None and lost is not None
    uow.outbox.sent(notice, "me")
    uow.outbox.dead(lost, "me", "made-up")


def rule_changes(uow: UnitOfWork, one: str, two: str) -> None:
    changes: Any = getattr(uow, "rule_changes", None)
    if changes is None:
        return
    for number in (1, 2):
        version = f"me-2026-12-erfunden-{number}"
        kept = changes.try_out(KREIS, TRAEGER, version=version, valid_from=dt.date(2026, 12, number), rules=RULES, by=one)
        changes.propose(KREIS, TRAEGER, kept, by=one, words={"de": {"Ein Satz.": "Ein Satz."}}, note="erfunden")
        if number == 1:
            changes.confirm(KREIS, TRAEGER, kept, by=two, on=dt.date(2026, 12, 1), tried_with=changes.mark(KREIS))
