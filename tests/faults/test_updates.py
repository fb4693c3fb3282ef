"""The same update again, late, in another order, at the same moment: one effect each."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import pytest

from bot.upkeep import sweep_once
from tests.bot.telegram.emulator import SECRET_HEADER
from tests.faults.listed import plants
from tests.faults.scene import SECRET, Scene, Woman, calls_to, channel_of

HOUR = 3600
DAY = 24 * HOUR


@plants("update-twice")
async def test_an_update_that_comes_twice_counts_once(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await _again(scene, amina, times=1)
    await amina.is_at("S01_safety")


@plants("update-five-times")
async def test_an_update_that_comes_five_times_counts_once(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await _again(scene, amina, times=4)
    await amina.is_at("S01_safety")


@plants("update-after-23-hours")
async def test_an_update_that_comes_again_after_23_hours_counts_once(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await _again(scene, amina, times=1, after=23 * HOUR)
    await amina.is_at("S01_safety")


@plants("update-after-13-days")
async def test_an_update_that_comes_again_after_13_days_is_still_known(scene: Scene) -> None:
    """The dialogue is long shredded by then; the repeated press must not begin a new one."""
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    payload = await _press(scene, amina)
    await scene.settled(door)
    scene.clock.forward(days=13)
    while (await sweep_once(scene.database)).more:
        pass
    before = len(amina.phone.received)
    assert await scene.telegram.redeliver(payload["update_id"], payload) == 200
    await scene.settled(door)
    assert scene.count("session") == 0 and len(amina.phone.received) == before


@plants("update-after-15-days")
async def test_an_update_from_15_days_ago_answers_no_question_of_today(scene: Scene) -> None:
    """Its number is forgotten by then: the number of the question in the button is the second lock."""
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    payload = await _press(scene, amina)
    await scene.settled(door)
    scene.clock.forward(days=15)
    while (await sweep_once(scene.database)).more:
        pass
    assert scene.count("inbound") == 0, "fourteen days: the number is forgotten"
    await amina.begins()
    began = await amina.session()
    assert await scene.telegram.redeliver(payload["update_id"], payload) == 200
    await scene.settled(door)
    now = await amina.session()
    assert (now.open, now.answers, now.prompt) == (began.open, began.answers, began.prompt)
    assert amina.sees("ui.stale") >= 1, "she is told, and the open question is shown again"


@plants("updates-out-of-order")
async def test_a_later_press_that_overtakes_typed_words_answers_nothing_wrongly(scene: Scene) -> None:
    """Telegram keeps words and presses in two queues: she types her town, thinks better of it and skips."""
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await amina.goes_to("S02_city")
    typed = await amina.phone.says("Velbert", deliver=False)
    skipped = await amina.presses("ui.skip", deliver=False)
    payloads = {update.update_id: update.payload for update in scene.telegram.updates.pending}
    scene.telegram.updates.pending.clear()
    assert typed is not None and skipped is not None
    for number in (skipped, typed):
        assert await scene.telegram.redeliver(number, payloads[number]) == 200
        await scene.settled(door)
    session = await amina.session()
    assert session.open == "S03_age" and session.answers["S02_city"] != "velbert"
    assert "S03_age" not in session.answers, "the town is no age"
    assert amina.sees("ui.use_buttons") == 1, "she is told that her words did not fit"


@plants("two-copies-at-once")
async def test_two_copies_at_the_same_moment_count_once(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    payload = await _press(scene, amina, deliver=False)
    both = await asyncio.gather(*(scene.telegram.redeliver(payload["update_id"], payload) for _ in range(2)))
    await scene.settled(door)
    assert both == [200, 200]
    await amina.is_at("S01_safety")


@plants("two-processes-one-update")
async def test_two_processes_that_get_the_same_update_keep_it_once(scene: Scene) -> None:
    door, other = await scene.start(), await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    payload = await _press(scene, amina, deliver=False)
    urls = [str(server.make_url("/telegram/webhook")) for server, _ in scene._open]
    statuses = await asyncio.gather(*(_post(scene, url, payload) for url in urls))
    await scene.settled(door)
    await scene.settled(other)
    assert statuses == [200, 200]
    await amina.is_at("S01_safety")


@plants("acknowledgement-lost")
async def test_an_update_whose_acknowledgement_is_lost_counts_once_when_it_comes_again(scene: Scene) -> None:
    """The connection ends while the step is being kept: Telegram does not know, and delivers again."""
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    payload = await _press(scene, amina, deliver=False)
    reached = asyncio.Event()
    kept = door.conversation.receive

    async def receive(inbound: object) -> object:
        reply = await kept(inbound)  # type: ignore[arg-type]
        reached.set()
        return reply

    channel_of(door)._receive = receive  # type: ignore[assignment]
    post = asyncio.create_task(scene.telegram.redeliver(payload["update_id"], payload))
    await asyncio.wait_for(reached.wait(), 10)
    post.cancel()
    await asyncio.gather(post, return_exceptions=True)
    assert await scene.telegram.redeliver(payload["update_id"], payload) == 200
    await scene.settled(door)
    await amina.is_at("S01_safety")


@plants("same-number-other-body")
async def test_a_number_that_comes_again_with_another_body_is_a_new_update_and_an_alarm(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """After a week without updates Telegram begins at a random number: also at one that we have seen."""
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    seen = max(number for number, _ in scene.telegram.updates.hook.deliveries)  # type: ignore[union-attr]
    door = await scene.restart()
    amina.door = door
    scene.telegram.updates._next_id = seen
    with caplog.at_level(logging.WARNING):
        assert await amina.agrees() == seen
    await scene.settled(door)
    await amina.is_at("S01_safety")
    assert channel_of(door).counts["reused number"] == 1
    assert any("number" in record.message for record in caplog.records if record.name == "wegweiser.telegram")


@plants("fifty-at-once")
async def test_fifty_events_of_one_chat_at_once_are_taken_in_their_order(scene: Scene) -> None:
    """Ten times yes and back and forth, all at the same moment: what is kept is what one after another gives."""
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await amina.agrees()
    await scene.settled(door)
    before = await amina.session()
    option = scene.words.german("scr.S01_safety.none")
    numbers = [await amina.phone.presses(option, deliver=False) for _ in range(50)]
    payloads = [update.payload for update in scene.telegram.updates.pending]
    scene.telegram.updates.pending.clear()
    assert len(numbers) == len(payloads) == 50
    url = str(scene.server.make_url("/telegram/webhook"))
    statuses = await asyncio.gather(*(_post(scene, url, payload) for payload in reversed(payloads)))
    await scene.settled(door)
    assert set(statuses) == {200}
    after = await amina.session()
    assert after.draft == ("none",) and after.answers == before.answers and after.open == "S01_safety"
    assert channel_of(door).counts["taken"] >= 50 and not scene.due and not scene.dead


async def _press(scene: Scene, amina: Woman, *, deliver: bool = True) -> dict[str, object]:
    """She agrees to the notice. Gives the update as Telegram has it."""
    await amina.agrees(deliver=False)
    payload = dict(scene.telegram.updates.pending[-1].payload)
    if deliver:
        await scene.telegram.deliver()
    else:
        scene.telegram.updates.pending.clear()
    return payload


async def _again(scene: Scene, amina: Woman, *, times: int, after: float = 0) -> None:
    payload = await _press(scene, amina)
    await scene.settled(amina.door)
    messages = len(calls_to(scene.telegram, "sendMessage", amina.phone))
    version = scene.count("inbound")
    scene.clock.forward(seconds=after)
    for _ in range(times):
        assert await scene.telegram.redeliver(payload["update_id"], payload) == 200  # type: ignore[arg-type]
        await scene.settled(amina.door)
    assert len(calls_to(scene.telegram, "sendMessage", amina.phone)) == messages, "nothing is said twice"
    assert scene.count("inbound") == version


async def _post(scene: Scene, url: str, payload: dict[str, object]) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json=payload, headers={SECRET_HEADER: SECRET}) as answer:
        await scene.telegram._reply(await answer.read())
        return answer.status
