"""Event ids, chats, persons and sessions: what one step of a conversation reads and writes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs.answers import Month, NoAnswer
from dialogs.session import Status
from storage import Database, KeyDestroyed, SessionMoved, UnitOfWork
from tests.conftest import Clock
from tests.storage.people import a_session, begin


def test_an_event_seen_before_is_known(database: Database) -> None:
    assert database.write_now(lambda uow: [uow.inbound.note("telegram", "1"), uow.inbound.note("telegram", "1")]) == [True, False]
    assert not database.write_now(lambda uow: uow.inbound.note("telegram", "1"))


def test_the_same_event_id_of_another_channel_is_another_event(database: Database) -> None:
    assert database.write_now(lambda uow: [uow.inbound.note(name, "1") for name in ("telegram", "web", "webx")]) == [True] * 3


def test_an_event_of_a_failed_step_is_not_remembered(database: Database) -> None:
    def fails(uow: UnitOfWork) -> None:
        assert uow.inbound.note("telegram", "1")
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(fails)
    assert database.write_now(lambda uow: uow.inbound.note("telegram", "1"))


def test_a_chat_is_found_by_its_address_and_nothing_else(database: Database) -> None:
    chat = database.write_now(lambda uow: uow.chats.open("telegram", "4711", "fa"))
    found = database.read_now(
        lambda uow: [uow.chats.find(*where) for where in (("telegram", "4711"), ("web", "4711"), ("telegram", "4712"))]
    )
    assert found == [chat, None, None]
    assert chat.locale == "fa" and not chat.gone and chat.session_id is None
    assert database.read_now(lambda uow: uow.chats.address_of(chat.id)) == ("telegram", "4711")


def test_opening_a_chat_twice_gives_the_same_chat(database: Database) -> None:
    first, second = database.write_now(lambda uow: [uow.chats.open("web", "x", None), uow.chats.open("web", "x", "ar")])
    assert first == second


def test_only_what_is_named_changes_in_a_chat(database: Database) -> None:
    chat = database.write_now(lambda uow: uow.chats.open("web", "x", "ar"))

    def find(uow: UnitOfWork) -> tuple[str | None, str | None]:
        found = uow.chats.find("web", "x")
        assert found is not None
        return found.session_id, found.locale

    database.write_now(lambda uow: uow.chats.set(chat.id, session_id="abc"))
    assert database.read_now(find) == ("abc", "ar")
    database.write_now(lambda uow: uow.chats.set(chat.id, locale="fa"))
    assert database.read_now(find) == ("abc", "fa")
    database.write_now(lambda uow: uow.chats.set(chat.id, session_id=None, locale=None))
    assert database.read_now(find) == (None, None)


def test_somebody_who_blocked_us_is_gone_until_she_writes_again(database: Database) -> None:
    chat = database.write_now(lambda uow: uow.chats.open("telegram", "1", "ar"))
    database.write_now(lambda uow: uow.chats.gone(chat.id))
    found = database.read_now(lambda uow: uow.chats.find("telegram", "1"))
    assert found is not None and found.gone
    assert not database.write_now(lambda uow: uow.chats.open("telegram", "1", "ar")).gone


def test_chats_with_a_sign_of_life_are_known_to_the_hour(database: Database, clock: Clock) -> None:
    old = database.write_now(lambda uow: uow.chats.open("telegram", "old", None))
    clock.forward(hours=30)
    new = database.write_now(lambda uow: uow.chats.open("telegram", "new", None))
    since = clock.now
    assert database.read_now(lambda uow: uow.chats.active_since(since)) == (new,)
    database.write_now(lambda uow: uow.chats.find("telegram", "old"))
    assert {chat.id for chat in database.read_now(lambda uow: uow.chats.active_since(since))} == {old.id, new.id}


def test_an_unknown_chat_has_no_address(database: Database) -> None:
    with pytest.raises(KeyDestroyed):
        database.read_now(lambda uow: uow.chats.address_of("f" * 32))


def test_a_session_comes_back_as_it_was_kept(database: Database) -> None:
    answers = {"S02_city": "velbert", "S03b_month27": Month(2027, 3), "S15_needs": ("work", "lid"), "S08": NoAnswer.REFUSED}
    stored = database.write_now(lambda uow: begin(uow, answers=answers, locale="ar", draft=("2027",)))
    again = database.read_now(lambda uow: uow.sessions.load(stored.session.id))
    assert again == stored
    assert again is not None and again.session.answers == answers


def test_a_session_is_found_by_its_code_however_it_is_typed(database: Database) -> None:
    stored = database.write_now(lambda uow: begin(uow, code="K7M4-2PX9-C"))
    for typed in ("K7M4-2PX9-C", "k7m42px9c", " k7m4 2px9 c "):
        assert database.read_now(lambda uow, code=typed: uow.sessions.find_by_code(code)) == stored  # type: ignore[misc]
    assert database.read_now(lambda uow: uow.sessions.find_by_code("K7M4-2PX9-D")) is None


def test_of_two_saves_of_the_same_state_the_second_is_refused(database: Database) -> None:
    stored = database.write_now(begin)
    further = replace(stored.session, prompt=1)
    saved = database.write_now(lambda uow: uow.sessions.save(stored, further))
    assert saved.version == 2
    with pytest.raises(SessionMoved):
        database.write_now(lambda uow: uow.sessions.save(stored, replace(stored.session, prompt=99)))
    assert database.read_now(lambda uow: uow.sessions.load(stored.session.id)) == saved
    again = database.write_now(lambda uow: uow.sessions.save(saved, replace(further, status=Status.REVIEWING)))
    assert database.read_now(lambda uow: uow.sessions.load(stored.session.id)) == again


def test_a_saved_session_notes_the_hour(database: Database, clock: Clock) -> None:
    stored = database.write_now(begin)
    clock.forward(hours=3, minutes=17)
    saved = database.write_now(lambda uow: uow.sessions.save(stored, stored.session))
    assert saved.updated_at == clock.now.replace(minute=0)
    assert database.read_now(lambda uow: uow.sessions.load(stored.session.id)) == saved


def test_several_persons_may_share_a_phone(database: Database) -> None:
    mother = database.write_now(lambda uow: begin(uow, "phone"))
    child = database.write_now(lambda uow: begin(uow, "phone", for_whom="child"))
    assert mother.chat_id == child.chat_id and mother.person_id != child.person_id
    both = database.read_now(lambda uow: uow.sessions.of_chat(mother.chat_id))
    assert {stored.session.for_whom for stored in both} == {"self", "child"}


def test_a_session_gone_on_with_elsewhere_belongs_to_both_phones(database: Database) -> None:
    stored = database.write_now(lambda uow: begin(uow, "one"))
    other = database.write_now(lambda uow: uow.chats.open("web", "two", "ar"))
    database.write_now(lambda uow: uow.chats.set(other.id, session_id=stored.session.id))
    assert database.read_now(lambda uow: uow.sessions.of_chat(other.id)) == (stored,)
    moved = database.write_now(lambda uow: uow.sessions.save(stored, stored.session, chat_id=other.id))
    assert moved.chat_id == other.id


def test_an_unknown_session_is_none(database: Database) -> None:
    assert database.read_now(lambda uow: uow.sessions.load(a_session().id)) is None
