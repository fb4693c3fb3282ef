"""A reminder waits for months: it outlives her dialogue, but not her wish to be forgotten."""

from __future__ import annotations

import datetime as dt

from storage import Database, OutboxRow, UnitOfWork
from storage.retention import sweep
from tests.conftest import Clock
from tests.storage.people import begin, hand_over
from tests.storage.raw import execute


def test_a_reminder_goes_with_the_person_it_belongs_to(database: Database, database_url: str, clock: Clock) -> None:
    mother = database.write_now(lambda uow: hand_over(uow, "phone"))
    child = database.write_now(lambda uow: hand_over(uow, "phone"))

    def put(uow: UnitOfWork) -> None:
        later = uow.now + dt.timedelta(days=90)
        for owner in (mother.person, child.person):
            said = {"effect": "say", "text": {"key": "reminder.text"}}
            uow.outbox.put(mother.chat.id, said, "ar", key=f"remind:{owner}", not_before=later, person_id=owner)
        # Already told: its bare row stays against repetitions, but must not say whose it was.
        uow.outbox.put(mother.chat.id, {"effect": "ask"}, "ar", key="ask", person_id=mother.person, lease_to="one")

    database.write_now(put)
    (told,) = execute(database_url, "SELECT id FROM outbox WHERE kind = 'other'")
    assert database.write_now(lambda uow: uow.outbox.sent(told[0], "one"))
    database.write_now(lambda uow: uow.persons.erase(mother.person, "asked"))
    left = execute(database_url, "SELECT kind, state, person_id FROM outbox ORDER BY seq")
    assert left == [("say", "due", child.person), ("other", "sent", None)]
    clock.forward(days=91)
    assert len(database.read_now(lambda uow: uow.outbox.notices(mother.chat.id))) == 1


def test_a_reminder_outlives_the_dialogue_but_not_its_owners_name(database: Database, clock: Clock, database_url: str) -> None:
    stored = database.write_now(begin)
    later, owner = clock.now + dt.timedelta(days=100), stored.person_id

    def put(uow: UnitOfWork) -> None:
        uow.outbox.put(stored.chat_id, {"effect": "say"}, "ar", key="reminder", not_before=later, person_id=owner)

    database.write_now(put)
    clock.forward(days=30)
    assert database.write_now(sweep).counts["person"] == 1
    assert execute(database_url, "SELECT state, person_id FROM outbox") == [("due", None)]


def test_a_reminder_of_months_ago_is_tried_for_a_day_like_any_other_message(database: Database, clock: Clock) -> None:
    """Written ninety days before it is due: its day of tries begins when it is due, not when it was written."""
    due = clock.now + dt.timedelta(days=90)

    def put(uow: UnitOfWork) -> None:
        chat = uow.chats.open("telegram", "5000000001", "de")
        uow.outbox.put(chat.id, {"effect": "say", "text": {"key": "reminder.text"}}, "de", key="reminder", not_before=due)

    def claimed(uow: UnitOfWork) -> tuple[OutboxRow, ...]:
        return uow.outbox.claim("worker", lease=dt.timedelta(seconds=60))

    database.write_now(put)
    clock.now = due
    (row,) = database.write_now(claimed)
    assert row.due_since == due
    again = clock.now + dt.timedelta(minutes=5)
    assert database.write_now(lambda uow: uow.outbox.retry(row.id, "worker", again, "retry", row.fence))
    clock.now = again
    database.write_now(sweep)
    (row,) = database.write_now(claimed)
    assert row.due_since == due and row.attempts == 1
