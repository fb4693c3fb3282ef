"""The outbox: nothing is lost, nothing overtakes within a chat, and a late worker's word counts no more."""

from __future__ import annotations

import datetime as dt

import pytest

from storage import Chat, Database, KeyDestroyed, OutboxRow, UnitOfWork, open_database
from storage.keys import KeyRing
from tests.conftest import Clock

LEASE = dt.timedelta(seconds=60)
ASK = {"effect": "ask", "session": "s1", "question": "S04_status", "kind": "single"}
STATUS = {"effect": "tellstatus", "referral": "r1", "status": "accepted"}
SAY = {"effect": "say", "text": {"key": "ui.back", "params": {}}}


@pytest.fixture
def chat(database: Database) -> Chat:
    return database.write_now(lambda uow: uow.chats.open("telegram", "4711", "ar"))


def put(database: Database, chat: Chat, key: str, effect: dict[str, object] | None = None, **more: object) -> str:
    row = database.write_now(lambda uow: uow.outbox.put(chat.id, effect or ASK, "ar", key=key, **more))  # type: ignore[arg-type]
    assert row is not None
    return row


def claim(database: Database, worker: str = "one", **more: object) -> tuple[OutboxRow, ...]:
    return database.write_now(lambda uow: uow.outbox.claim(worker, lease=LEASE, **more))  # type: ignore[arg-type]


def test_what_was_put_arrives_whole(database: Database, chat: Chat, clock: Clock) -> None:
    row_id = put(database, chat, "1")
    (row,) = claim(database)
    assert (row.id, row.chat_id, row.channel, row.address) == (row_id, chat.id, "telegram", "4711")
    assert (row.effect, row.locale, row.attempts, row.fence, row.due_since) == (ASK, "ar", 0, 1, clock.now)


def test_a_second_row_with_the_same_key_is_not_put(database: Database, chat: Chat) -> None:
    put(database, chat, "1")
    assert database.write_now(lambda uow: uow.outbox.put(chat.id, STATUS, "ar", key="1")) is None
    assert [row.effect for row in claim(database)] == [ASK]


def test_of_each_chat_only_the_oldest_message_is_given_out(database: Database, chat: Chat) -> None:
    other = database.write_now(lambda uow: uow.chats.open("telegram", "4712", "ar"))
    first, second = put(database, chat, "1"), put(database, chat, "2")
    elsewhere = put(database, other, "3")
    assert [row.id for row in claim(database)] == [first, elsewhere]
    assert claim(database) == ()
    database.write_now(lambda uow: uow.outbox.sent(first, "one"))
    assert [row.id for row in claim(database)] == [second]


def test_a_message_that_failed_keeps_its_turn(database: Database, chat: Chat, clock: Clock) -> None:
    first, second = put(database, chat, "1"), put(database, chat, "2")
    claim(database)
    assert database.write_now(lambda uow: uow.outbox.retry(first, "one", uow.now + dt.timedelta(seconds=30), "429"))
    assert claim(database) == ()
    clock.forward(seconds=31)
    (again,) = claim(database)
    assert (again.id, again.attempts, again.fence) == (first, 1, 2)
    database.write_now(lambda uow: uow.outbox.sent(first, "one"))
    assert [row.id for row in claim(database)] == [second]


def test_a_reminder_for_later_holds_nobody_up(database: Database, chat: Chat, clock: Clock) -> None:
    reminder = put(database, chat, "later", not_before=clock.now + dt.timedelta(days=90))
    now = put(database, chat, "now")
    assert [row.id for row in claim(database)] == [now]
    database.write_now(lambda uow: uow.outbox.sent(now, "one"))
    assert claim(database) == ()
    clock.forward(days=91)
    assert [row.id for row in claim(database)] == [reminder]


def test_a_lease_that_ended_is_given_to_another_and_the_first_word_counts_no_more(
    database: Database, chat: Chat, clock: Clock
) -> None:
    row_id = put(database, chat, "1")
    (slow,) = claim(database, "slow")
    clock.forward(seconds=59)
    assert claim(database, "quick") == ()
    clock.forward(seconds=2)
    (taken,) = claim(database, "quick")
    assert taken.id == row_id and taken.fence == slow.fence + 1

    def late(uow: UnitOfWork) -> list[bool]:
        return [
            uow.outbox.sent(row_id, "slow"),
            uow.outbox.retry(row_id, "slow", uow.now, "late"),
            uow.outbox.dead(row_id, "slow", "late"),
            uow.outbox.gone(row_id, "slow"),
            uow.outbox.sent(row_id, "quick", fence=slow.fence),
        ]

    assert database.write_now(late) == [False] * 5
    assert database.write_now(lambda uow: uow.outbox.sent(row_id, "quick", fence=taken.fence))
    assert not database.write_now(lambda uow: uow.outbox.sent(row_id, "quick"))


def test_a_row_put_with_a_lease_belongs_to_its_worker_from_the_start(database: Database, chat: Chat, clock: Clock) -> None:
    row_id = put(database, chat, "1", lease_to="bot")
    assert claim(database, "other") == ()
    assert database.write_now(lambda uow: uow.outbox.sent(row_id, "bot"))
    lost = put(database, chat, "2", lease_to="bot")
    clock.forward(seconds=61)  # the process died
    assert [row.id for row in claim(database, "other")] == [lost]


def test_a_worker_can_know_that_something_older_waits(database: Database, chat: Chat, clock: Clock) -> None:
    def waits(worker: str) -> bool:
        return database.read_now(lambda uow: uow.outbox.waits(chat.id, worker))

    assert not waits("bot")
    row_id = put(database, chat, "1", lease_to="bot")
    assert not waits("bot") and waits("other")
    database.write_now(lambda uow: uow.outbox.retry(row_id, "bot", uow.now + dt.timedelta(seconds=9), "502"))
    assert waits("bot")


def test_a_dead_letter_lets_the_next_one_through_and_is_counted(database: Database, chat: Chat) -> None:
    first, second = put(database, chat, "1"), put(database, chat, "2")
    claim(database)
    assert database.write_now(lambda uow: uow.outbox.dead(first, "one", "400"))
    assert [row.id for row in claim(database)] == [second]
    assert database.read_now(lambda uow: uow.outbox.dead_count()) == 1


def test_who_stops_gives_back_what_it_holds_and_nobody_waits_for_a_lease(database: Database, chat: Chat) -> None:
    other = database.write_now(lambda uow: uow.chats.open("telegram", "4712", "ar"))
    held, sent, elsewhere = put(database, chat, "1", lease_to="one"), put(database, other, "2"), put(database, other, "3")
    assert [row.id for row in claim(database)] == [sent]
    database.write_now(lambda uow: uow.outbox.sent(sent, "one"))
    assert [row.id for row in claim(database, "two")] == [elsewhere]
    assert database.write_now(lambda uow: uow.outbox.give_back("one")) == 1
    assert [row.id for row in claim(database, "three")] == [held], "what another worker holds stays where it is"


def test_a_person_who_is_gone_gets_nothing_more(database: Database, chat: Chat) -> None:
    first = put(database, chat, "1")
    put(database, chat, "2")
    claim(database)
    assert database.write_now(lambda uow: uow.outbox.gone(first, "one"))
    assert claim(database) == ()
    assert database.read_now(lambda uow: uow.outbox.oldest_due()) is None
    found = database.read_now(lambda uow: uow.chats.find("telegram", "4711"))
    assert found is not None and found.gone


def test_the_content_of_a_sent_message_is_forgotten_unless_it_is_status_news(database: Database, chat: Chat) -> None:
    for key, effect in (("1", ASK), ("2", STATUS), ("3", SAY)):
        row_id = put(database, chat, key, effect)
        claim(database)
        database.write_now(lambda uow, r=row_id: uow.outbox.sent(r, "one"))  # type: ignore[misc]
    waiting = put(database, chat, "4", SAY)
    notices = database.read_now(lambda uow: uow.outbox.notices(chat.id))
    assert [(row.effect, row.id == waiting) for row in notices] == [(STATUS, False), (SAY, True)]


def test_only_the_named_channels_are_claimed(database: Database, chat: Chat, clock: Clock) -> None:
    web = database.write_now(lambda uow: uow.chats.open("web", "4711", "ar"))
    looks_itself = put(database, web, "1", STATUS)
    clock.forward(seconds=1)
    pushed = put(database, chat, "2")
    assert [row.id for row in claim(database, channels=("telegram", "console"))] == [pushed]
    assert [row.id for row in claim(database, "two", channels=("web",))] == [looks_itself]
    oldest = database.read_now(lambda uow: (uow.outbox.oldest_due(("telegram",)), uow.outbox.oldest_due()))
    assert oldest == (clock.now, clock.now - dt.timedelta(seconds=1))


def test_a_limit_is_kept_and_the_oldest_come_first(database: Database) -> None:
    def fill(uow: UnitOfWork) -> list[str | None]:
        chats = [uow.chats.open("telegram", str(number), None) for number in range(5)]
        return [uow.outbox.put(chat.id, ASK, "de", key=chat.id) for chat in chats]

    rows = database.write_now(fill)
    assert [row.id for row in claim(database, limit=2)] == rows[:2]
    assert [row.id for row in claim(database, limit=50)] == rows[2:]


def test_an_erased_chat_gets_no_message(database: Database, chat: Chat) -> None:
    database.write_now(lambda uow: uow.chats.erase(chat.id))
    with pytest.raises(KeyDestroyed):
        database.write_now(lambda uow: uow.outbox.put(chat.id, ASK, "ar", key="1"))


@pytest.mark.postgres
async def test_two_processes_never_claim_the_same_row(postgres_url: str, keys: KeyRing, clock: Clock) -> None:
    one, other = (open_database(postgres_url, keys, clock=clock) for _ in range(2))

    def fill(uow: UnitOfWork) -> None:
        for number in range(40):
            chat = uow.chats.open("telegram", str(number), None)
            uow.outbox.put(chat.id, ASK, "de", key=f"{number}")

    one.write_now(fill)
    claimed: list[str] = []

    def halves(name: str) -> None:
        def step(uow: UnitOfWork) -> list[str]:
            return [row.id for row in uow.outbox.claim(name, limit=5, lease=LEASE)]

        database = one if name == "one" else other
        while rows := database.write_now(step):
            claimed.extend(rows)

    import asyncio

    await asyncio.gather(asyncio.to_thread(halves, "one"), asyncio.to_thread(halves, "other"))
    assert len(claimed) == len(set(claimed)) == 40
    one.close()
    other.close()
