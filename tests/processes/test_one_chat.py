"""Two processes, one chat, the same moment: one step after the other, nobody is refused, nobody pays for a deadlock."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator

import pytest

from bot.app import phrasing_for
from bot.channels import Inbound, Reply
from bot.conversation import Conversation
from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from storage import Database, KeyRing, SessionMoved, StorageUnavailable, UnitOfWork, open_database
from tests.bot.talk import Visitor
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN
from tests.storage.people import begin
from tests.storage.raw import execute

pytestmark = pytest.mark.postgres


@pytest.fixture
def two(postgres_url: str, keys: KeyRing, clock: Clock) -> Iterator[tuple[Database, Database]]:
    both = open_database(postgres_url, keys, clock=clock), open_database(postgres_url, keys, clock=clock)
    for database in both:
        database.write_now(lambda uow: None)
    yield both
    for database in both:
        database.close()


@pytest.fixture
async def talks(
    two: tuple[Database, Database], library: Library, words: Words, clock: Clock
) -> tuple[Conversation, Conversation]:
    one, other = (
        Conversation(
            database, library, phrasing_for(library, words), pushing=("telegram",), clock=clock, worker=f"w{number}"
        )
        for number, database in enumerate(two)
    )
    return one, other


def deadlocks(url: str) -> int:
    execute(url, "SELECT pg_stat_force_next_flush()")
    return int(execute(url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0])


async def test_a_hundred_events_of_one_chat_in_two_processes_are_all_kept_once(
    talks: tuple[Conversation, Conversation], two: tuple[Database, Database], postgres_url: str
) -> None:
    visitor = Visitor(talks[0], channel="telegram", address="4711")
    await visitor.begin()
    await visitor.answer_all(HILDEN, until="S02_city")
    session = await visitor.session()

    async def event(number: int, what: ev.Event) -> Reply:
        inbound = Inbound("telegram", "4711", f"event {number // 2}", what, session.id)  # each event goes to both
        return await talks[number % 2].receive(inbound)

    # The same press again and again, doubled, with other things in between: exactly one of them answers.
    wishes = [ev.Chosen(session.prompt, ("hilden",)) if number % 4 < 2 else ev.HelpAsked() for number in range(100)]
    replies = await asyncio.gather(*(event(number, what) for number, what in enumerate(wishes)))
    assert sum(reply.duplicate for reply in replies) == 50
    assert sum(reply.refused for reply in replies) == 24
    after = await visitor.session()
    assert (after.open, after.prompt) == ("S03_age", session.prompt + 1)
    rows = execute(postgres_url, "SELECT worker, state FROM outbox ORDER BY seq")
    held = {worker for worker, _ in rows if worker is not None}
    assert held == {"w0"}, "only one process holds messages of this chat; the others' wait behind them"
    assert deadlocks(postgres_url) == 0


async def test_nobody_has_to_do_a_step_again_because_the_other_process_was_faster(
    talks: tuple[Conversation, Conversation], two: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(talks[0], channel="telegram", address="4711")
    await visitor.begin()
    await visitor.answer_all(HILDEN, until="S15_needs")
    session = await visitor.session()
    moved: list[str] = []
    for database in two:

        async def watched(step: object, write: object = database.write) -> object:
            try:
                return await write(step)  # type: ignore[operator]
            except SessionMoved:
                moved.append("")
                raise

        monkeypatch.setattr(database, "write", watched)
    boxes = [("residence", number % 4 < 2) for number in range(78)]
    await asyncio.gather(
        *(
            talks[number % 2].receive(
                Inbound("telegram", "4711", f"box {number}", ev.Toggled(session.prompt, option, on), session.id)
            )
            for number, (option, on) in enumerate(boxes)
        )
    )
    assert moved == [] and (await visitor.session()).draft != session.draft


async def test_who_begins_in_two_processes_at_once_is_one_person(
    talks: tuple[Conversation, Conversation], postgres_url: str
) -> None:
    await asyncio.gather(
        *(
            talks[number % 2].receive(Inbound("telegram", str(number // 4), f"{number // 2}", ev.Started()))
            for number in range(200)
        )
    )
    assert execute(postgres_url, "SELECT count(*) FROM chat") == [(50,)]


async def test_a_step_that_must_wait_for_another_process_holds_up_none_that_shares_its_commit(
    two: tuple[Database, Database]
) -> None:
    one, other = two
    chat = one.write_now(lambda uow: begin(uow, "4711").chat_id)
    holds, release, gathered = threading.Event(), threading.Event(), threading.Event()

    def hold(uow: UnitOfWork) -> None:
        uow.chats.hold(chat)
        holds.set()
        assert release.wait(20)

    holding = asyncio.create_task(one.write(hold))
    assert await asyncio.to_thread(holds.wait, 10)
    alone: list[bool] = []

    def touches(uow: UnitOfWork) -> None:
        alone.append(uow.tx.alone)
        uow.chats.hold(chat)

    # All of these are taken out of the queue together.
    first = asyncio.create_task(other.write(lambda uow: gathered.wait(10)))
    free = [asyncio.create_task(other.write(lambda uow: begin(uow, "somebody else").chat_id)) for _ in range(5)]
    waits = asyncio.create_task(other.write(touches))
    more = [asyncio.create_task(other.write(lambda uow: begin(uow, "yet another").chat_id)) for _ in range(5)]
    await asyncio.sleep(0)
    gathered.set()
    async with asyncio.timeout(10):
        await asyncio.gather(first, *free, *more)
    assert not waits.done() and alone[0] is False
    release.set()
    async with asyncio.timeout(10):
        await asyncio.gather(holding, waits)
    assert alone == [False, True]


async def test_who_waits_for_a_process_that_stands_still_gives_up_in_time(
    two: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    chat = one.write_now(lambda uow: begin(uow, "4711").chat_id)
    other.write_now(lambda uow: uow.tx._driver.execute("SET lock_timeout = 50"))
    holds, release = threading.Event(), threading.Event()

    def hold(uow: UnitOfWork) -> None:
        uow.chats.hold(chat)
        holds.set()
        assert release.wait(20)

    holding = asyncio.create_task(one.write(hold))
    assert await asyncio.to_thread(holds.wait, 10)
    async with asyncio.timeout(10):
        with pytest.raises(StorageUnavailable, match="another process holds"):
            await other.write(lambda uow: uow.chats.hold(chat))
        await other.write(lambda uow: begin(uow, "somebody else"))
    release.set()
    await holding


async def test_a_later_message_of_a_chat_is_not_on_its_way_before_an_earlier_one_is_kept(
    two: tuple[Database, Database]
) -> None:
    one, other = two
    chat = one.write_now(lambda uow: begin(uow, "4711").chat_id)
    say = {"effect": "say", "text": {"key": "ui.stale", "params": {}}}
    put, release = threading.Event(), threading.Event()

    def earlier(uow: UnitOfWork) -> None:
        uow.outbox.put(chat, say, "de", key="earlier")
        put.set()
        assert release.wait(20)

    first = asyncio.create_task(one.write(earlier))
    assert await asyncio.to_thread(put.wait, 10)
    # The office, say: it tells her something in another process, and the outbox is claimed meanwhile.
    later = asyncio.create_task(other.write(lambda uow: uow.outbox.put(chat, say, "de", key="later")))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(later), 0.2)
    release.set()
    await asyncio.gather(first, later)


    claimed = other.write_now(lambda uow: uow.outbox.claim("w", lease=dt.timedelta(seconds=60)))
    assert [row.id for row in claimed] == [row[0] for row in one.read_now(lambda uow: _oldest(uow))]


def _oldest(uow: UnitOfWork) -> list[tuple[str]]:
    return uow.tx._driver.execute("SELECT id FROM outbox ORDER BY seq LIMIT 1").fetchall()  # type: ignore[no-any-return]
