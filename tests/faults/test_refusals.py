"""What Telegram refuses for good, what it has lost, and who is gone: nobody is written to in vain, the chat goes on."""

from __future__ import annotations

import logging

import pytest

from tests.bot.telegram.emulator import Fault
from tests.faults.listed import plants
from tests.faults.scene import Scene, Woman, asked

GONE = [
    pytest.param(fault, marks=plants(name), id=name)
    for name, fault in {
        "blocked": Fault(403, words="Forbidden: bot was blocked by the user"),
        "deactivated": Fault(403, words="Forbidden: user is deactivated"),
        "chat-not-found": Fault(400, words="Bad Request: chat not found"),
    }.items()
]


@pytest.mark.parametrize("fault", GONE)
async def test_who_can_not_be_reached_any_more_is_left_in_peace(scene: Scene, fault: Fault) -> None:
    amina = await asked(scene, fault)
    assert not scene.due and scene.count("chat", "gone") == 1
    calls = len(scene.telegram.calls)
    await scene.later(amina.door, 3600)
    assert len(scene.telegram.calls) == calls, "nothing is tried again"
    assert "F2_notice" in (await amina.session()).answers, "what she answered stands"


@plants("comes-back")
async def test_who_unblocks_the_bot_and_writes_is_answered_again_also_after_a_failure(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await amina.phone.blocks_the_bot()
    await scene.settled(door)
    assert scene.count("chat", "gone") == 1
    await amina.phone.unblocks_the_bot()
    scene.fails(Fault(429, retry_after=5))
    await amina.agrees()
    await scene.settled(door)
    assert scene.count("chat", "gone") == 0, "somebody who presses is there"
    await scene.later(door, 6)
    await amina.is_at("S01_safety")


@plants("not-modified")
async def test_an_edit_that_changes_nothing_is_done(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await amina.agrees()
    await scene.settled(door)
    same = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    scene.telegram.fail("editMessageText", Fault(400, words=same))
    await amina.presses("scr.S01_safety.none")
    await scene.settled(door)
    assert (await amina.session()).draft == ("none",)
    assert not scene.due and not scene.dead


@plants("edited-message-gone")
async def test_a_message_that_is_no_longer_there_is_sent_anew(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await amina.agrees()
    await scene.settled(door)
    scene.telegram.fail("editMessageText", Fault(400, words="Bad Request: message to edit not found"))
    await amina.presses("scr.S01_safety.none")
    await scene.settled(door)
    assert amina.sees("scr.S01_safety") == 2 and not scene.due and not scene.dead
    await amina.presses("ui.done")
    await scene.settled(door)
    assert await amina.open() == "S02_city"


@plants("refused-for-good")
async def test_a_message_that_is_refused_for_good_is_an_alarm_and_the_chat_goes_on(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    # Twice: what can't be drawn into the old message is sent as a new one first.
    refused = Fault(400, words="Bad Request: can't parse entities")
    with caplog.at_level(logging.ERROR):
        amina = await asked(scene, refused, refused)
    assert scene.dead == 1 and not scene.due
    assert any("given up" in record.message for record in caplog.records)
    assert "F2_notice" in (await amina.session()).answers
    await amina.phone.says("/help")
    await scene.settled(amina.door)
    assert amina.sees("ui.help") == 1 and amina.sees("scr.S01_safety") >= 1, "the question comes again with the next word"


@plants("outage-of-a-day")
async def test_after_a_day_without_telegram_messages_are_given_up_and_the_next_word_brings_the_question(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    scene.fails(*[Fault(503)] * 40)
    await amina.agrees()
    await scene.settled(door)
    with caplog.at_level(logging.ERROR):
        for _ in range(9):
            await scene.later(door, 3 * 3600)
    assert scene.dead == 1 and not scene.due
    assert any("given up" in record.message for record in caplog.records)
    scene.telegram._faults.clear()
    await amina.phone.says("Hallo?")
    await scene.settled(door)
    await amina.is_at("S01_safety", shown=None)
    assert amina.sees("scr.S01_safety") == 1


@plants("order-kept-behind-a-failure")
async def test_what_is_said_later_waits_behind_what_could_not_be_said(scene: Scene) -> None:
    amina = await asked(scene, Fault(429, retry_after=30))
    await amina.phone.says("/help")
    await scene.settled(amina.door)
    assert amina.sees("ui.help") == 0, "the question comes first"
    await scene.later(amina.door, 31)
    words = [message.text for message in amina.phone.received]
    question = next(n for n, text in enumerate(words) if scene.words.german("scr.S01_safety") in text)
    helped = next(n for n, text in enumerate(words) if scene.words.german("ui.help") in text)
    assert question < helped and not scene.due


