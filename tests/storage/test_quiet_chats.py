"""After the farewell the chat is erased, unless somebody has begun to talk in it meanwhile."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from storage import Database, KeyRing, StoredSession, UnitOfWork, open_database
from tests.conftest import Clock
from tests.storage.people import begin
from tests.storage.raw import execute

BYE = {"effect": "say", "text": {"key": "ui.deleted", "params": {}}}


def farewell(uow: UnitOfWork) -> str:
    """She has had everything deleted; the last word still needs the address."""
    stored = begin(uow, "4711")
    uow.persons.erase(stored.person_id, "asked")
    uow.outbox.put(stored.chat_id, BYE, "ar", key="bye")
    return stored.chat_id


def test_a_chat_in_which_nobody_talks_is_erased(database: Database, database_url: str) -> None:
    chat_id = database.write_now(farewell)
    assert database.write_now(lambda uow: uow.chats.erase_if_quiet(chat_id)) is True
    assert database.read_now(lambda uow: uow.chats.find("telegram", "4711")) is None
    for table in ("chat", "outbox", "data_key"):
        assert execute(database_url, f"SELECT count(*) FROM {table}") == [(0,)]
    assert database.write_now(lambda uow: uow.chats.erase_if_quiet(chat_id)) is False


def test_a_conversation_that_began_meanwhile_is_not_touched(database: Database) -> None:
    chat_id = database.write_now(farewell)
    again = database.write_now(lambda uow: begin(uow, "4711"))
    database.write_now(lambda uow: uow.outbox.put(chat_id, BYE, "ar", key="hello"))
    assert database.write_now(lambda uow: uow.chats.erase_if_quiet(chat_id)) is False
    assert database.read_now(lambda uow: uow.sessions.load(again.session.id)) == again
    chat = database.read_now(lambda uow: uow.chats.find("telegram", "4711"))
    assert chat is not None and (chat.id, chat.session_id) == (chat_id, again.session.id)
    assert len(database.read_now(lambda uow: uow.outbox.notices(chat_id))) == 2


def test_somebody_else_on_the_same_phone_keeps_her_dialogue(database: Database) -> None:
    mother = database.write_now(lambda uow: begin(uow, "phone"))
    child = database.write_now(lambda uow: begin(uow, "phone"))
    database.write_now(lambda uow: uow.persons.erase(child.person_id, "asked"))
    assert database.write_now(lambda uow: uow.chats.erase_if_quiet(mother.chat_id)) is False
    assert database.read_now(lambda uow: uow.sessions.load(mother.session.id)) == mother


@pytest.mark.postgres
def test_who_begins_while_another_process_erases_is_there_first_or_begins_in_a_new_chat(
    postgres_url: str, keys: KeyRing, clock: Clock
) -> None:
    one, other = (open_database(postgres_url, keys, clock=clock) for _ in range(2))
    old = one.write_now(farewell)
    with ThreadPoolExecutor(1) as elsewhere:

        def begins(uow: UnitOfWork) -> StoredSession:
            assert uow.chats.find("telegram", "4711") is not None
            erasing.append(elsewhere.submit(other.write_now, lambda there: there.chats.erase_if_quiet(old)))
            with pytest.raises(TimeoutError):
                erasing[0].result(0.2)  # it waits for this step
            return begin(uow, "4711")

        erasing: list[Future[bool]] = []
        stored = one.write_now(begins)
        assert erasing[0].result(10) is False and stored.chat_id == old
    assert one.read_now(lambda uow: uow.sessions.load(stored.session.id)) == stored
    one.write_now(lambda uow: uow.persons.erase(stored.person_id, "asked"))
    assert other.write_now(lambda uow: uow.chats.erase_if_quiet(old)) is True
    assert one.write_now(lambda uow: begin(uow, "4711")).chat_id != old
    one.close()
    other.close()
