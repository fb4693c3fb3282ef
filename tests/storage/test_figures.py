"""What an operator is told about the whole: counted right, and the probe leaves nothing behind."""

from __future__ import annotations

import datetime as dt

import pytest

from storage import Chat, Database, KeysMissing, keys_work, open_database, outbox_figures, overdue, write_something
from storage.retention import sweep
from tests.conftest import Clock
from tests.storage.raw import execute

ASK = {"effect": "ask", "session": "s1", "question": "S04_status", "kind": "single"}


@pytest.fixture
def chat(database: Database) -> Chat:
    return database.write_now(lambda uow: uow.chats.open("telegram", "4711", "ar"))


def test_the_oldest_message_counts_from_when_it_should_have_been_out(database: Database, chat: Chat, clock: Clock) -> None:
    later = clock.now + dt.timedelta(days=90)
    database.write_now(lambda uow: uow.outbox.put(chat.id, ASK, "ar", key="reminder", not_before=later))
    assert database.read_now(outbox_figures).due == 0, "a reminder for later does not wait"
    written = clock.now
    row = database.write_now(lambda uow: uow.outbox.put(chat.id, ASK, "ar", key="1", lease_to="one"))
    clock.forward(seconds=50)
    database.write_now(lambda uow: uow.outbox.retry(str(row), "one", uow.now + dt.timedelta(minutes=5), "429"))
    found = database.read_now(outbox_figures)
    assert (found.due, found.oldest, found.dead) == (1, written, 0), "being put off does not make it younger"


def test_a_deadline_nobody_has_kept_is_named_until_it_is_kept(database: Database, clock: Clock) -> None:
    database.write_now(lambda uow: uow.chats.open("telegram", "1", "de"))
    database.write_now(
        lambda uow: uow.audit.note("case_opened", staff_id=None, traeger=None, object_type=None, object_id=None)
    )
    assert database.read_now(overdue) == ()
    clock.forward(days=7, hours=4)
    assert database.read_now(overdue) == ("silent_chat",)
    clock.forward(days=365)
    assert database.read_now(overdue) == ("silent_chat", "audit")
    database.write_now(sweep)
    assert database.read_now(overdue) == ()


def test_the_probe_writes_and_leaves_no_row(database: Database, database_url: str) -> None:
    before = database.meter.commits.counts
    assert sum(before) == sum(database.meter.steps.counts)
    for _ in range(2):
        database.write_now(write_something)
    assert execute(database_url, "SELECT count(*) FROM counter") == [(0,)]
    assert database.read_now(keys_work)


def test_the_desk_can_write_the_probe_but_has_no_keys_to_try(database_url: str) -> None:
    desk = open_database(database_url, None)
    try:
        desk.write_now(write_something)
        with pytest.raises(KeysMissing):
            desk.read_now(keys_work)
    finally:
        desk.close()


def test_the_meter_counts_commits_steps_and_erasures(database: Database, chat: Chat) -> None:
    commits = sum(database.meter.commits.counts)
    database.write_now(lambda uow: uow.chats.erase(chat.id))
    assert sum(database.meter.commits.counts) == commits + 1 and database.meter.erased == 1
    assert sum(database.meter.together.counts) == sum(database.meter.steps.counts) == commits + 1
