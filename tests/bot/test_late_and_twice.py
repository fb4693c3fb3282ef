"""Rare orders of events: a page lost with its process, a block that was lifted, a sweep beside an answer, a task that fails."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.app import phrasing_for
from bot.channels import Inbound, PersonGone
from bot.channels.telegram_reading import Arrived
from bot.channels.telegram_webhook import _always
from bot.conversation import Conversation
from bot.pacing import Pacing
from bot.upkeep import sweep_once
from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from storage import Database, KeyRing, StorageError, UnitOfWork, Verdict, Wish, open_database
from storage.retention import sweep
from tests.bot.talk import Visitor, words_of
from tests.bot.telegram.conftest import stage, telegram  # noqa: F401  fixtures
from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.stage import Stage
from tests.bot.test_delivery import Post, post  # noqa: F401  fixture
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN


def talk(database: Database, library: Library, words: Words, clock: Clock, *pushing: str) -> Conversation:
    return Conversation(database, library, phrasing_for(library, words), pushing=pushing, clock=clock, worker="w")


async def test_emergency_numbers_lost_with_the_process_are_shown_when_the_page_is_sent_again(
    database: Database, library: Library, words: Words, clock: Clock
) -> None:
    visitor = Visitor(talk(database, library, words, clock))
    await visitor.begin()
    await visitor.answer_all(HILDEN, until="S01_safety")
    session = await visitor.session()
    said = ev.Chosen(session.prompt, ("violence",))
    first = await visitor.say(said, event_id="x1", session=session.id)
    # The process dies before she has the page; her browser sends the same form to the next one.
    again = await talk(database, library, words, clock).receive(Inbound("web", visitor.address, "x1", said, session.id, "de"))
    assert again.duplicate and again.once
    assert words_of(again.pages) == words_of(first.pages) and "110" in str(words_of(again.pages))


async def test_a_slips_code_sent_twice_is_no_wrong_code(
    sqlite_database: Database, library: Library, words: Words, clock: Clock
) -> None:
    conversation = talk(sqlite_database, library, words, clock)
    slip = sqlite_database.write_now(lambda uow: uow.slips.issue(kreis="mettmann", entry="desk", locale="de", staff_id="s"))
    assert [await conversation.resume(slip.code, "web", "mine") for _ in range(2)] == [True, True]
    assert not await conversation.resume(slip.code, "web", "somebody else's")


async def test_the_sweep_gives_a_healthy_hand_over_back_and_keeps_every_other_deadline(post: Post, clock: Clock) -> None:  # noqa: F811
    await post.visitor.to_the_end(HILDEN)
    await post.delivery.settled()
    clock.forward(days=43)
    swept = await sweep_once(post.database)
    assert swept.counts["waiting_referral"] == 1


async def test_who_deletes_everything_and_then_blocks_the_bot_leaves_no_address(post: Post, clock: Clock) -> None:  # noqa: F811
    await post.visitor.begin()
    await post.delivery.settled()
    post.pigeon.held = asyncio.Event()
    await post.visitor.say(ev.DeleteAsked(), event_id="d0")
    await post.visitor.say(ev.DeleteConfirmed(), event_id="d1")
    await post.conversation.gone("telegram", post.visitor.address)  # before the last word is said
    post.pigeon.failures.extend([PersonGone("gone")] * 3)
    post.pigeon.held.set()
    await post.delivery.settled()
    assert post.database.read_now(lambda uow: uow.chats.find("telegram", post.visitor.address)) is None


@pytest.mark.postgres
async def test_a_sweep_beside_an_answer_does_not_take_it_away(
    postgres_url: str, keys: KeyRing, clock: Clock, library: Library, words: Words
) -> None:
    here, there = (open_database(postgres_url, keys, clock=clock) for _ in range(2))
    visitor = Visitor(talk(here, library, words, clock, "telegram"), channel="telegram", address="1")
    await visitor.begin()
    await visitor.answer_all(HILDEN, until="S02_city")
    session = await visitor.session()
    clock.forward(days=3)
    answered, swept = threading.Event(), threading.Event()
    write = here.write

    async def held(step: object) -> object:
        def stepped(uow: UnitOfWork) -> object:
            result = step(uow)  # type: ignore[operator]
            answered.set()
            assert swept.wait(10)
            return result

        return await write(stepped)

    here.write = held  # type: ignore[method-assign,assignment]
    answer = asyncio.create_task(visitor.say(ev.Chosen(session.prompt, ("hilden",)), event_id="back", session=session.id))
    assert await asyncio.to_thread(answered.wait, 10)
    await asyncio.to_thread(there.write_now, sweep)
    swept.set()
    assert not (await answer).refused
    kept = await visitor.conversation.session_at("telegram", "1")
    assert kept is not None and kept.answers["S02_city"] == "hilden"
    here.close()
    there.close()


async def test_limits_that_could_not_be_kept_once_hold_nobody_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.pacing.TROUBLE_SECONDS", 0.01)
    tries = 0

    async def take(wishes: list[Wish]) -> list[Verdict]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise StorageError("no driver's error that anybody knows")
        return [Verdict(True, 0) for _ in wishes]

    await asyncio.wait_for(Pacing(take).permit("chat"), 10)  # type: ignore[arg-type]
    assert tries == 2


async def test_an_old_block_heard_late_does_not_silence_who_has_come_back(telegram: Emulator, stage: Stage) -> None:  # noqa: F811
    channel = await stage.by_webhook()
    amina = telegram.person()
    await amina.says("/start")
    taken = int(stage.receiver.inbounds[-1].event_id)
    await channel._take(Arrived(taken - 1, amina.id, "left"))
    assert stage.gone == []
    await channel._take(Arrived(taken + 1, amina.id, "left"))
    assert stage.gone == [str(amina.id)]


@pytest.mark.parametrize(("act", "always"), [("x", True), ("X", True), ("p", True), ("c", False), ("b", False)])
def test_deleting_is_never_held_up_by_a_flood(act: str, always: bool) -> None:
    assert _always(Arrived(1, 2, "press", data=f"q:k7f3q2ab:3:{act}:")) is always
