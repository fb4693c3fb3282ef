"""The clock is put forward, back, or to winter time: messages go once, none is lost, and dates stay right."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.place import BERLIN
from tests.bot.telegram.emulator import Fault
from tests.faults.listed import plants
from tests.faults.scene import Scene, Woman, until


@plants("clock-forward")
async def test_a_clock_put_forward_while_a_message_is_on_its_way_does_not_send_it_twice(scene: Scene) -> None:
    """An hour forward ends every lease; the message still in our hand is no orphan."""
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    scene.fails(Fault(hang=True, done=True))
    await amina.agrees()
    await until(lambda: amina.sees("scr.S01_safety") == 1, "the message at Telegram")
    scene.clock.forward(hours=1)
    for _ in range(5):
        await door.delivery.claim_once()
    scene.telegram._hanging.set()
    await scene.settled(door)
    await scene.later(door, 2)
    assert amina.sees("scr.S01_safety") <= 2, "once more at most: nobody knows whether it arrived"
    assert not scene.due and await amina.open() == "S01_safety"
    await amina.presses("ui.done")
    await scene.settled(door)
    assert await amina.open() == "S02_city"


@plants("clock-forward-slow-answer")
async def test_an_answer_that_comes_after_the_clock_was_put_forward_still_counts(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    methods = scene.telegram.methods.by_name
    slow: list[object] = []
    go = asyncio.Event()

    def slowly(method: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
        async def call(payload: Any) -> Any:
            slow.append(payload)
            await go.wait()
            return await method(payload)

        return call

    for name in ("sendmessage", "editmessagetext"):
        methods[name] = slowly(methods[name])
    await amina.agrees()
    await until(lambda: slow, "the message on its way")
    scene.clock.forward(hours=1)
    for _ in range(3):
        await door.delivery.claim_once()
    go.set()
    await scene.settled(door)
    await amina.is_at("S01_safety")
    assert len(slow) == 1 and not scene.due


@plants("clock-back")
async def test_a_clock_put_back_delays_no_message_of_today(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    scene.clock.forward(hours=-1)
    await amina.agrees()
    await scene.settled(door)
    await amina.is_at("S01_safety")
    assert not scene.due and not scene.dead


@plants("clock-back-while-waiting")
async def test_what_waits_when_the_clock_is_put_back_is_sent_at_its_time(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    scene.fails(Fault(503))
    await amina.agrees()
    await scene.settled(door)
    scene.clock.forward(hours=-1)
    await amina.phone.says("/help")
    await scene.settled(door)
    assert scene.due >= 2 and amina.sees("ui.help") == 0, "the order of the chat is kept"
    await scene.later(door, 3602)
    words = [message.text for message in amina.phone.received]
    question = next(n for n, text in enumerate(words) if scene.words.german("scr.S01_safety") in text)
    helped = next(n for n, text in enumerate(words) if scene.words.german("ui.help") in text)
    assert question < helped and not scene.due and not scene.dead


@pytest.mark.parametrize(
    "night", [dt.datetime(2027, 3, 28, 0, 59, 50, tzinfo=dt.UTC), dt.datetime(2027, 10, 31, 0, 59, 50, tzinfo=dt.UTC)]
)
@plants("summer-time-night")
async def test_in_the_night_when_the_hour_changes_messages_wait_their_seconds_and_no_more(scene: Scene, night: dt.datetime) -> None:
    scene.clock.now = night
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    scene.fails(Fault(429, retry_after=30))
    await amina.agrees()
    await scene.settled(door)
    await scene.later(door, 29)
    assert amina.sees("scr.S01_safety") == 0 and scene.due == 1
    await scene.later(door, 2)
    await amina.is_at("S01_safety")
    assert (await amina.session()).began == night.astimezone(BERLIN).date()
