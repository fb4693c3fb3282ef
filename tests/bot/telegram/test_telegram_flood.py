"""One chat that floods waits for itself: it is told to come again, nothing of it is lost, and nobody else notices."""

from __future__ import annotations

import json

import aiohttp

from bot.channels.flood import Flood
from dialogs.events import Typed
from tests.bot.telegram.emulator import SECRET_HEADER, Emulator
from tests.bot.telegram.stage import SECRET, Stage


def test_so_much_at_once_and_then_a_little_every_second() -> None:
    now = [0.0]
    flood = Flood(40, clock=lambda: now[0])
    assert [flood.wait(1) for _ in range(40)] == [0.0] * 40
    assert abs(flood.wait(1) - 0.2) < 1e-9 and flood.refused == 1
    taken = 0
    for _ in range(10_000):
        now[0] += 0.001  # a thousand tries a second, for ten seconds
        taken += flood.wait(1) == 0
    assert 49 <= taken <= 51
    assert flood.wait(2) == 0, "nobody else"


def test_what_is_remembered_is_bounded() -> None:
    flood = Flood(chats=100)
    for chat in range(1000):
        flood.wait(chat)
    assert len(flood) == 100


async def test_a_flood_of_one_chat_is_refused_before_it_is_kept_and_nothing_of_it_is_lost(
    telegram: Emulator, stage: Stage
) -> None:
    channel = await stage.by_webhook(flood=Flood(40, clock=lambda: telegram.clock.now))
    flooder, amina = telegram.person("Flut"), telegram.person("Amina")
    for number in range(120):
        await flooder.says(f"{number}", deliver=False)
    await telegram.deliver()
    assert len(stage.receiver.inbounds) == 40 and len(telegram.pending) == 80
    await amina.says("hallo")
    assert stage.receiver.inbounds[-1].address == str(amina.id), "nobody else waits"
    await telegram.pass_time(300)
    assert telegram.pending == [] and telegram.updates.dropped == []
    heard = [inbound.event for inbound in stage.receiver.inbounds if inbound.address == str(flooder.id)]
    assert heard == [Typed(str(number)) for number in range(120)], "all of it, in order"
    assert channel.counts["flood"] > 0


async def test_stop_delete_and_leaving_are_heard_in_the_middle_of_a_flood(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook(flood=Flood(1, per_second=0.001))
    amina = telegram.person()
    async with aiohttp.ClientSession() as client:
        assert await _post(client, stage, 1, amina.id, "eins") == 200
        assert await _post(client, stage, 2, amina.id, "zwei") == 503
        for number, command in enumerate(("/stop", "/delete", "/delete@wegweiser_bot"), 3):
            assert await _post(client, stage, number, amina.id, command) == 200
        assert await _post(client, stage, 9, amina.id, "/help") == 503
    await amina.blocks_the_bot()
    assert stage.gone == [str(amina.id)]


async def test_how_long_to_wait_is_said(stage: Stage) -> None:
    await stage.by_webhook(flood=Flood(1, per_second=0.25))
    async with aiohttp.ClientSession() as client:
        assert await _post(client, stage, 1, 7, "eins") == 200
        async with client.post(stage.url, data=_body(2, 7, "zwei"), headers={SECRET_HEADER: SECRET}) as response:
            assert (response.status, response.headers["Retry-After"]) == (503, "4")


def _body(number: int, chat: int, text: str) -> bytes:
    message = {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}, "text": text}
    return json.dumps({"update_id": number, "message": message}).encode()


async def _post(client: aiohttp.ClientSession, stage: Stage, number: int, chat: int, text: str) -> int:
    async with client.post(stage.url, data=_body(number, chat, text), headers={SECRET_HEADER: SECRET}) as response:
        return response.status


