"""Polling: what has not been kept is not confirmed; chats do not wait for each other; trouble is said once, clearly."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from bot.channels import Inbound, Reply, Unavailable
from dialogs import events
from tests.bot.telegram.emulator import Emulator, Fault
from tests.bot.telegram.stage import Stage, ask


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not what():
            await asyncio.sleep(0.001)


async def test_polling_takes_an_old_webhook_away_and_keeps_what_waits(telegram: Emulator, stage: Stage) -> None:
    amina = telegram.person()
    await amina.says("hallo")
    await stage.by_polling()
    await until(lambda: stage.receiver.events == [events.Typed("hallo")])
    await until(lambda: telegram.pending == [])
    assert telegram.called("deleteWebhook")[0].status == 200


async def test_the_offset_moves_only_after_the_commit(telegram: Emulator, stage: Stage) -> None:
    amina = telegram.person()
    stage.receiver.failures.extend([Unavailable("down", retry_after=3)] * 2)
    number = await amina.says("hallo")
    await stage.by_polling()
    await until(lambda: telegram.pending == [])
    assert [inbound.event_id for inbound in stage.receiver.inbounds] == [str(number)]
    assert stage.pauses.seconds == [3, 3]
    offsets = [int(call.payload["offset"]) for call in telegram.called("getUpdates")]
    assert offsets[:2] == [number, number] or offsets[:3] == [0, number, number]


async def test_an_update_that_waits_for_the_commit_is_not_confirmed(telegram: Emulator, stage: Stage) -> None:
    kept = asyncio.Event()

    async def then(inbound: Inbound) -> None:
        await kept.wait()

    stage.receiver.then = then
    amina = telegram.person()
    number = await amina.says("hallo")
    await stage.by_polling()
    await until(lambda: bool(stage.receiver.inbounds))
    assert telegram.pending == [number]
    kept.set()
    await until(lambda: telegram.pending == [])


async def test_a_stuck_chat_does_not_hold_up_the_others(telegram: Emulator, stage: Stage) -> None:
    amina, berta = telegram.person("Amina"), telegram.person("Berta")
    failing = True

    async def receive(inbound: Inbound) -> Reply:
        if failing and inbound.address == str(amina.id):
            raise Unavailable("busy", retry_after=1)
        return await stage.receiver(inbound)

    first = await amina.says("eins")
    await amina.says("zwei")
    await berta.says("drei")
    channel = await stage.by_polling()
    channel._receive = receive
    await until(lambda: any(inbound.address == str(berta.id) for inbound in stage.receiver.inbounds))
    failing = False
    await until(lambda: telegram.pending == [])
    words = [inbound.event for inbound in stage.receiver.inbounds if inbound.address == str(amina.id)]
    assert first is not None
    assert words == [events.Typed("eins"), events.Typed("zwei")]
    assert len(stage.receiver.inbounds) == len(stage.receiver.kept)  # nothing was handed over twice


async def test_a_press_is_acknowledged_with_its_line(telegram: Emulator, stage: Stage) -> None:
    channel = await stage.by_polling()
    amina = telegram.person()
    await amina.says("/start")
    await until(lambda: bool(stage.receiver.inbounds))
    await channel.send(str(amina.id), ask())
    stage.receiver.reply = Reply(toast="Danke")
    await amina.presses("Ja")
    await until(lambda: amina.toasts == ["Danke"])
    assert telegram.called("answerCallbackQuery")[0].by == "http"


async def test_a_press_too_old_to_acknowledge_is_still_an_answer(telegram: Emulator, stage: Stage) -> None:
    channel = await stage.by_polling()
    amina = telegram.person()
    await amina.says("/start")
    await until(lambda: bool(stage.receiver.inbounds))
    await channel.send(str(amina.id), ask())
    telegram.fail("answerCallbackQuery", Fault(400))
    await amina.presses("Ja")
    await until(lambda: channel.counts["not tidied"] == 1)
    assert stage.receiver.events[-1] == events.Chosen(3, ("ja",))


async def test_updates_in_a_strange_shape_are_passed_over(telegram: Emulator, stage: Stage) -> None:
    await telegram.arrive("message", {"chat": {}})
    await telegram.arrive("edited_message", {"chat": {}})
    amina = telegram.person()
    await amina.says("a\ud800\x00b")
    channel = await stage.by_polling()
    await until(lambda: telegram.pending == [])
    assert stage.receiver.events == [events.Typed("ab")]
    assert (channel.counts["400"], channel.counts["ignored"]) == (1, 1)


async def test_an_update_our_code_can_not_bear_is_given_up_after_eight_tries(telegram: Emulator, stage: Stage) -> None:
    stage.receiver.failures.extend([RuntimeError("x")] * 8)
    amina = telegram.person()
    await amina.says("eins")
    later = await amina.says("zwei")
    channel = await stage.by_polling()
    await until(lambda: telegram.pending == [])
    assert channel.counts["faults"] == 8
    assert [inbound.event_id for inbound in stage.receiver.inbounds] == [str(later)]


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault(409), "another program fetches this bot's updates"),
        (Fault(401), "refuses the token"),
        (Fault(502, html=True), "can't be reached"),
        (Fault(cut=True), "can't be reached"),
    ],
)
async def test_trouble_is_said_clearly_waited_for_and_forgotten(
    telegram: Emulator, stage: Stage, caplog: pytest.LogCaptureFixture, fault: Fault, line: str
) -> None:
    telegram.fail("getUpdates", fault, fault, fault)
    amina = telegram.person()
    channel = await stage.by_polling()
    await until(lambda: len(stage.pauses.seconds) == 3)
    assert stage.pauses.seconds == [1, 2, 4]
    assert line in caplog.text and telegram.token not in caplog.text
    await amina.says("hallo")
    await until(lambda: telegram.pending == [])
    assert channel.trouble == ""


async def test_a_server_that_asks_for_patience_gets_it(telegram: Emulator, stage: Stage) -> None:
    telegram.fail("getUpdates", Fault(429, retry_after=17))
    await stage.by_polling()
    await until(lambda: stage.pauses.seconds == [17])


async def test_stop_confirms_what_was_kept(telegram: Emulator, stage: Stage) -> None:
    amina = telegram.person()
    go_on = asyncio.Event()

    async def then(inbound: Inbound) -> None:
        await go_on.wait()

    stage.receiver.then = then
    await amina.says("hallo")
    channel = await stage.by_polling()
    await until(lambda: bool(stage.receiver.inbounds))
    stopping = asyncio.ensure_future(channel.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert telegram.pending == []


async def test_an_unreachable_bot_api_keeps_the_start_from_nothing(
    telegram: Emulator, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.fail("getMe", Fault(502, html=True), Fault(401), Fault(429, retry_after=9))
    channel = await stage.by_polling()
    assert stage.pauses.seconds == [1, 2, 9, 4]
    assert channel.trouble == ""
    assert "refuses the token" in caplog.text and telegram.token not in caplog.text


async def test_stop_before_the_bot_api_was_reached_ends_at_once(telegram: Emulator, stage: Stage) -> None:
    from bot.channels.telegram import TelegramChannel

    telegram.fail("getMe", Fault(hang=True))
    channel = TelegramChannel(telegram.token, telegram.url, "full", stage.receiver)
    await channel.start()
    await until(lambda: bool(telegram.called("getMe")))
    await channel.stop()
    assert not channel.ready.is_set()
