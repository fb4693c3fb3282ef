"""Given up is not forgotten: an operator can mend the cause and send again, as long as there is somebody to send to."""

from __future__ import annotations

import datetime as dt

import pytest

from storage import Chat, Database, UnitOfWork, dead_letters, drop_dead, retry_dead
from storage.retention import sweep
from tests.conftest import Clock
from tests.storage.raw import execute

LEASE = dt.timedelta(seconds=60)
CRISIS = {"effect": "showcard", "card": "S1"}


@pytest.fixture
def chat(database: Database) -> Chat:
    return database.write_now(lambda uow: uow.chats.open("telegram", "4711", "ar"))


def dead(database: Database, chat: Chat, key: str = "1") -> str:
    def step(uow: UnitOfWork) -> str:
        row = uow.outbox.put(chat.id, CRISIS, "ar", key=key)
        assert row is not None
        uow.outbox.claim("one", lease=LEASE)
        assert uow.outbox.dead(row, "one", "HTTP 400")
        return row

    return database.write_now(step)


def sealed(database_url: str) -> list[bool]:
    return [not empty for (empty,) in execute(database_url, "SELECT sealed_effect IS NULL FROM outbox ORDER BY seq")]


def test_a_dead_letter_is_listed_without_its_content(database: Database, chat: Chat, clock: Clock) -> None:
    row = dead(database, chat)
    (letter,) = database.read_now(dead_letters)
    assert (letter.id, letter.channel, letter.kind, letter.why) == (row, "telegram", "other", "HTTP 400")
    assert letter.given_up_at == clock.now
    assert "S1" not in repr(letter) and "4711" not in repr(letter) and "effect" not in repr(letter)


def test_after_the_cause_is_mended_it_is_sent_again_whole_with_a_day_of_tries(
    database: Database, chat: Chat, clock: Clock
) -> None:
    row = dead(database, chat)
    clock.forward(days=13)
    assert database.write_now(lambda uow: retry_dead(uow, [row, "nobody"])) == (row,)
    assert database.read_now(dead_letters) == () and database.read_now(lambda uow: uow.outbox.dead_count()) == 0
    (again,) = database.write_now(lambda uow: uow.outbox.claim("two", lease=LEASE))
    assert (again.id, again.effect, again.attempts, again.due_since) == (row, CRISIS, 0, clock.now)


def test_what_the_sweep_gives_up_after_a_day_can_be_sent_again_too(database: Database, chat: Chat, clock: Clock) -> None:
    row = database.write_now(lambda uow: uow.outbox.put(chat.id, CRISIS, "ar", key="1"))
    clock.forward(days=1, hours=1)
    database.write_now(sweep)
    assert [letter.why for letter in database.read_now(dead_letters)] == ["undelivered"]
    assert database.write_now(lambda uow: retry_dead(uow, [str(row)])) == (row,)
    database.write_now(sweep)
    assert database.read_now(dead_letters) == (), "the day begins anew"


def test_its_content_goes_after_a_fortnight(database: Database, chat: Chat, clock: Clock, database_url: str) -> None:
    dead(database, chat)
    assert sealed(database_url) == [True]
    clock.forward(days=14, hours=1)
    database.write_now(sweep)
    assert sealed(database_url) == []


def test_its_content_goes_at_once_with_a_person_who_blocks_the_bot(database: Database, chat: Chat, database_url: str) -> None:
    row = dead(database, chat)
    database.write_now(lambda uow: uow.chats.gone(chat.id))
    assert sealed(database_url) == [False]
    assert database.write_now(lambda uow: retry_dead(uow, [row])) == ()


def test_its_content_goes_at_once_with_an_erased_chat(database: Database, chat: Chat, database_url: str) -> None:
    row = dead(database, chat)
    database.write_now(lambda uow: uow.chats.erase(chat.id))
    assert sealed(database_url) == []
    assert database.write_now(lambda uow: retry_dead(uow, [row])) == ()


def test_a_dropped_one_is_no_alarm_any_more_and_holds_nothing(database: Database, chat: Chat, database_url: str) -> None:
    row, other = dead(database, chat), dead(database, chat, "2")
    assert database.write_now(lambda uow: drop_dead(uow, [row])) == (row,)
    assert sealed(database_url) == [False, True]
    assert [letter.id for letter in database.read_now(dead_letters)] == [other]
