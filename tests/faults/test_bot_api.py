"""Telegram's side fails: what was to be said stays due and is said, in order, when it answers again."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import aiohttp
import pytest

from tests.bot.telegram.emulator import Fault
from tests.faults.listed import plants
from tests.faults.scene import Scene, Woman, channel_of, until

TOO_MANY = [
    pytest.param(seconds, marks=plants(f"too-many-{seconds}"), id=str(seconds)) for seconds in (1, 30, 3600)
]
PASSING = [
    pytest.param(fault, marks=plants(name), id=name)
    for name, fault in {
        "status-500": Fault(500), "status-502": Fault(502), "status-503": Fault(503), "html-with-200": Fault(200, html=True),
        "html-with-502": Fault(502, html=True), "hang": Fault(hang=True), "reset-before": Fault(cut=True),
        "status-409-on-send": Fault(409),
    }.items()
]  # fmt: skip
DONE = [
    pytest.param(fault, marks=plants(name), id=name)
    for name, fault in {"reset-after": Fault(cut=True, done=True), "answer-cut": Fault(half=True, done=True)}.items()
]
GONE = [
    pytest.param(fault, marks=plants(name), id=name)
    for name, fault in {
        "blocked": Fault(403, words="Forbidden: bot was blocked by the user"),
        "deactivated": Fault(403, words="Forbidden: user is deactivated"),
        "chat-not-found": Fault(400, words="Bad Request: chat not found"),
    }.items()
]


async def _asked(scene: Scene, fault: Fault) -> Woman:
    """She has agreed; the next question could not be sent for this fault."""
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    scene.fails(fault)
    await amina.agrees()
    await scene.settled(door)
    return amina


@pytest.mark.parametrize("seconds", TOO_MANY)
async def test_after_too_many_requests_the_message_waits_as_long_as_asked_and_not_longer(scene: Scene, seconds: int) -> None:
    amina = await _asked(scene, Fault(429, retry_after=seconds))
    assert amina.sees("scr.S01_safety") == 0 and scene.due == 1
    await scene.later(amina.door, seconds - 0.5)
    assert amina.sees("scr.S01_safety") == 0 and scene.due == 1, "not before the server's own time"
    await scene.later(amina.door, 1)
    await amina.is_at("S01_safety")
    assert not scene.due and not scene.dead


@pytest.mark.parametrize("fault", PASSING)
async def test_a_failed_call_is_made_again(scene: Scene, patience: float, fault: Fault) -> None:
    amina = await _asked(scene, fault)
    assert amina.sees("scr.S01_safety") == 0 and scene.due == 1
    await scene.later(amina.door, 2)
    await amina.is_at("S01_safety")
    assert not scene.due and not scene.dead


@pytest.mark.parametrize("fault", DONE)
async def test_a_call_that_was_done_without_our_knowing_is_made_again_and_harms_nothing(scene: Scene, fault: Fault) -> None:
    """Drawn into the pressed message it stands there once. A new message may stand there twice: both keyboards mean the same."""
    amina = await _asked(scene, fault)
    await scene.later(amina.door, 2)
    await amina.is_at("S01_safety")
    scene.telegram.fail("sendMessage", Fault(), fault)
    await amina.phone.says("Hallo?")
    await scene.settled(amina.door)
    await scene.later(amina.door, 2)
    await scene.later(amina.door, 4)
    done = scene.words.german("ui.done")
    pressable = {
        button["callback_data"]: message
        for message in amina.phone.received for row in message.keyboard for button in row if button["text"].endswith(done)
    }  # fmt: skip
    assert len(pressable) == 1 and amina.sees("scr.S01_safety") >= 2 and not scene.due
    ((data, message),) = pressable.items()
    await amina.phone.presses_data(data, message.message_id)
    await scene.settled(amina.door)
    after = await amina.session()
    assert after.open == "S02_city"
    await amina.phone.presses_data(data, message.message_id)
    await scene.settled(amina.door)
    assert await amina.session() == after and amina.sees("scr.S02_city") >= 1


@plants("connection-refused")
async def test_a_bot_api_that_can_not_be_reached_is_reached_again(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    port = int(scene.telegram.url.rpartition(":")[2])
    runner = scene.telegram._runner
    assert runner is not None
    site = next(iter(runner.sites))
    await site.stop()
    await channel_of(door)._calls._pool().connector.close()  # type: ignore[union-attr]
    channel_of(door)._calls._session = None
    await amina.agrees()
    await scene.settled(door)
    assert await amina.open() == "S01_safety" and scene.due == 1 and amina.sees("scr.S01_safety") == 0
    await aiohttp.web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    await scene.later(door, 2)
    await amina.is_at("S01_safety")
    assert not scene.due


@plants("dns-failure")
async def test_a_name_that_is_not_found_is_looked_up_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    known = socket.getaddrinfo
    down: list[bool] = []

    def getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
        if host != "bot-api.test":
            return known(host, *more, **named)
        if down:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return known("127.0.0.1", *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", aiohttp.ThreadedResolver)
    scene.api = scene.telegram.url.replace("127.0.0.1", "bot-api.test")
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await channel_of(door)._calls._session.close()  # type: ignore[union-attr]
    channel_of(door)._calls._session = None
    down.append(True)
    await amina.agrees()
    await scene.settled(door)
    assert scene.due == 1 and amina.sees("scr.S01_safety") == 0
    down.clear()
    await scene.later(door, 2)
    await amina.is_at("S01_safety")


@plants("unreachable-at-start")
async def test_a_start_without_the_bot_api_opens_the_other_doors_and_catches_up(scene: Scene) -> None:
    scene.telegram.fail("getMe", Fault(502, html=True), Fault(cut=True))
    door = await scene.start(wait=False)
    async with aiohttp.ClientSession() as session, session.get(scene.server.make_url("/")) as page:
        assert page.status == 200, "the web chat is open meanwhile"
    await asyncio.wait_for(channel_of(door).ready.wait(), 20)
    amina = Woman(scene, door)
    await amina.begins()


@pytest.mark.parametrize("status", [pytest.param(401, marks=plants("token-revoked")), pytest.param(404, marks=plants("status-404"))])
async def test_a_refused_token_is_an_alarm_for_the_operator_and_loses_nothing(
    scene: Scene, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        amina = await _asked(scene, Fault(status, words="Unauthorized" if status == 401 else "Not Found"))
    assert scene.due == 1 and not scene.dead
    assert "WEGWEISER_TELEGRAM_TOKEN" in channel_of(amina.door).trouble
    assert any("WEGWEISER_TELEGRAM_TOKEN" in record.message for record in caplog.records)
    assert scene.telegram.token not in caplog.text
    async with aiohttp.ClientSession() as session, session.get(scene.server.make_url("/")) as page:
        assert page.status == 200, "the other door goes on"
    await scene.later(amina.door, 2)
    await amina.is_at("S01_safety")
    assert channel_of(amina.door).trouble == "", "when the token is right again, the alarm ends"


@plants("second-poller")
async def test_a_second_poller_is_an_alarm_and_no_update_is_lost(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    door = await scene.start(polling=True)
    amina = Woman(scene, door)
    await scene.telegram.updates.somebody_polls()
    with caplog.at_level(logging.ERROR):
        async with aiohttp.ClientSession() as other:
            url = f"{scene.telegram.url}/bot{scene.telegram.token}/getUpdates"
            async with other.post(url, json={"offset": 0, "timeout": 0}) as answer:
                assert answer.status == 200
        await until(lambda: "another program" in channel_of(door).trouble, "the alarm")
        await amina.phone.says("/start")
        await until(lambda: amina.sees("ui.choose_language") or len(amina.phone.received) > 0, "the first page")
    assert any("another program" in record.message for record in caplog.records)
    await until(lambda: channel_of(door).trouble == "", "the end of the alarm")
    await amina.phone.presses("Deutsch")
    await until(lambda: amina.sees("scr.F2_notice"), "the notice")
    assert amina.sees("scr.F2_notice") == 1


@plants("webhook-taken-over")
async def test_a_webhook_of_somebody_else_is_an_alarm_while_we_poll(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    door = await scene.start(polling=True)
    amina = Woman(scene, door)
    await scene.telegram.updates.somebody_polls()
    async with aiohttp.ClientSession() as other:
        base = f"{scene.telegram.url}/bot{scene.telegram.token}"
        with caplog.at_level(logging.ERROR):
            await other.post(f"{base}/setWebhook", json={"url": "http://127.0.0.1:9/nobody"})
            await until(lambda: "webhook is set" in channel_of(door).trouble, "the alarm")
        await amina.phone.says("/start", deliver=False)
        await other.post(f"{base}/deleteWebhook", json={})
    await until(lambda: len(amina.phone.received) > 0, "the first page")
    await until(lambda: channel_of(door).trouble == "", "the end of the alarm")


@pytest.mark.parametrize("fault", GONE)
async def test_who_can_not_be_reached_any_more_is_left_in_peace(scene: Scene, fault: Fault) -> None:
    amina = await _asked(scene, fault)
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
    with caplog.at_level(logging.ERROR):
        amina = await _asked(scene, Fault(400, words="Bad Request: can't parse entities"))
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
    amina = await _asked(scene, Fault(429, retry_after=30))
    await amina.phone.says("/help")
    await scene.settled(amina.door)
    assert amina.sees("ui.help") == 0, "the question comes first"
    await scene.later(amina.door, 31)
    words = [message.text for message in amina.phone.received]
    question = next(n for n, text in enumerate(words) if scene.words.german("scr.S01_safety") in text)
    helped = next(n for n, text in enumerate(words) if scene.words.german("ui.help") in text)
    assert question < helped and not scene.due


