"""NUL and half surrogate pairs: refused before any SQL, or safe inside a ciphertext; never a crash, never half a step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import Database, NotStorable, UnitOfWork
from tests.storage.people import STELLE, TRAEGER, begin, consented, hand_over, offered

HALF = "\ud800"
Write = Callable[[UnitOfWork, str], object]

IN_CLEAR: dict[str, Write] = {
    "login": lambda uow, s: uow.staff.add(login=s, name="n", role="desk", traeger=None, stellen=(), password_hash="x"),
    "name": lambda uow, s: uow.staff.add(login="l", name=s, role="desk", traeger=None, stellen=(), password_hash="x"),
    "counter": lambda uow, s: uow.counters.add(s, uow.now.date(), "mettmann"),
    "audit": lambda uow, s: uow.audit.note(s, staff_id=None, traeger=None, object_type=None, object_id=None),
    "entry": lambda uow, s: uow.slips.issue(kreis="mettmann", entry=s, locale="ar", staff_id="s"),
    "kreis": lambda uow, s: uow.persons.add(s),
    "purpose": lambda uow, s: uow.consents.withdraw("x", s) or uow.persons.erase("x" + s, "asked"),
    "channel": lambda uow, s: uow.chats.open(s, "x", "ar"),
    "referral id": lambda uow, s: uow.referrals.get(TRAEGER, (STELLE,), s),
    "traeger": lambda uow, s: uow.referrals.open_for(s, (STELLE,)),
    "worker": lambda uow, s: uow.outbox.sent("x", s),
}


@pytest.mark.parametrize("field", IN_CLEAR)
@pytest.mark.parametrize("strange", ["a\0b", f"a{HALF}b"], ids=["NUL", "half a pair"])
def test_words_kept_in_clear_are_refused(database: Database, field: str, strange: str) -> None:
    with pytest.raises(ValueError):
        database.write_now(lambda uow: IN_CLEAR[field](uow, strange))
    assert database.write_now(lambda uow: uow.inbound.note("web", "still alive"))


def test_nul_is_safe_inside_a_ciphertext(database: Database) -> None:
    def step(uow: UnitOfWork) -> str:
        stored = begin(uow, "addr\0ess", answers={"S02_city": "vel\0bert"}, locale="a\0r")
        consent = consented(uow, stored.person_id, recipient="st\0elle")
        offered(uow, stored, consent, kommune="vel\0bert", payload={"contact": "\0"})
        uow.outbox.put(stored.chat_id, {"effect": "say", "text": "\0"}, "ar", key="k\0")
        return stored.session.id

    session_id = database.write_now(step)
    stored = database.read_now(lambda uow: uow.sessions.load(session_id))
    assert stored is not None and stored.session.answers["S02_city"] == "vel\0bert"
    found = database.read_now(lambda uow: uow.chats.find("telegram", "addr\0ess"))
    assert found is not None
    assert [row.effect["text"] for row in database.read_now(lambda uow: uow.outbox.notices(found.id))] == ["\0"]


IN_CIPHERTEXT: dict[str, Write] = {
    "answer": lambda uow, s: begin(uow, answers={"S02_city": s}),
    "address": lambda uow, s: begin(uow, s),
    "event id": lambda uow, s: uow.inbound.note("web", s),
    "recipient": lambda uow, s: consented(uow, begin(uow).person_id, recipient=s),
    "payload": lambda uow, s: hand_over(uow, payload={"contact": s}),
    "effect": lambda uow, s: uow.outbox.put(begin(uow).chat_id, {"effect": s}, "ar", key="k"),
    "key": lambda uow, s: uow.outbox.put(begin(uow).chat_id, {}, "ar", key=s),
    "code": lambda uow, s: uow.sessions.find_by_code(s),
}


@pytest.mark.parametrize("field", IN_CIPHERTEXT)
def test_half_a_pair_is_no_text_and_is_refused_there_too(database: Database, field: str) -> None:
    with pytest.raises(ValueError):
        database.write_now(lambda uow: IN_CIPHERTEXT[field](uow, f"a{HALF}b"))
    assert database.read_now(lambda uow: uow.chats.find("telegram", "nobody")) is None


def test_what_is_no_json_is_refused_without_being_quoted(database: Database) -> None:
    with pytest.raises(NotStorable) as refusal:
        database.write_now(lambda uow: hand_over(uow, payload={"contact": {"0151 2345678"}}))
    assert "0151" not in str(refusal.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=60))
def test_any_words_are_kept_or_refused_but_nothing_breaks(sqlite_database: Database, words: str) -> None:
    def step(uow: UnitOfWork) -> object:
        stored = begin(uow, f"x{words}", answers={"S02_city": words})
        return stored, uow.sessions.load(stored.session.id)

    try:
        stored, again = sqlite_database.write_now(step)  # type: ignore[misc]
        assert stored == again
    except ValueError:
        with pytest.raises(ValueError):
            words.encode()
