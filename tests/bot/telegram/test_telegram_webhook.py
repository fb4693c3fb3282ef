"""The webhook: who may enter, what is refused, and that nothing is acknowledged before it is kept."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.channels import Inbound, Reply, Unavailable
from bot.channels.telegram_faults import Faults, Faulty
from dialogs import events
from tests.bot.telegram.emulator import SECRET_HEADER, Emulator
from tests.bot.telegram.stage import SECRET, Stage, ask, door_page

UPDATE = {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "hallo"}}


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def post(client: aiohttp.ClientSession, stage: Stage, body: object, **headers: str) -> int:
    data = body if isinstance(body, (bytes, io.BytesIO)) else json.dumps(body).encode()
    async with client.post(stage.url, data=data, headers={SECRET_HEADER: SECRET, **headers}) as response:
        return response.status


async def test_start_tells_the_bot_api_where_updates_go_and_what_we_want(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook(commands={"": [("help", "Help")], "de": [("help", "Hilfe")], "fa-AF": [("help", "x")]})
    hook = telegram.updates.hook
    assert hook is not None and (hook.url, hook.secret, hook.max_connections) == (stage.url, SECRET, 40)
    assert set(telegram.updates.allowed) == {"message", "callback_query", "my_chat_member"}
    assert set(telegram.methods.commands) == {"", "de"}
    assert telegram.called("setWebhook")[0].payload["drop_pending_updates"] in ("false", False)


async def test_words_arrive_with_chat_number_and_language_and_are_acknowledged(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook()
    amina = telegram.person(language_code="ar")
    number = await amina.says("hallo")
    assert stage.receiver.inbounds == [
        Inbound("telegram", str(amina.id), str(number), events.Typed("hallo"), None, "ar", f"{amina.id}m1"),
    ]
    assert telegram.pending == []


async def test_a_press_arrives_with_its_session_and_is_acknowledged_in_the_answer_itself(
    telegram: Emulator, stage: Stage
) -> None:
    channel = await stage.by_webhook()
    amina = telegram.person()
    await amina.says("/start")
    await channel.send(str(amina.id), ask(prompt=3))
    stage.receiver.reply = Reply(toast="Schon beantwortet " + "x" * 300)
    await amina.presses("Ja")
    assert stage.receiver.inbounds[-1].event == events.Chosen(3, ("ja",))
    assert stage.receiver.inbounds[-1].session == "k7f3q2ab"
    (answer,) = telegram.called("answerCallbackQuery")
    assert answer.by == "webhook" and answer.status == 200
    assert len(amina.toasts[0]) == 200 and amina.unanswered_presses == 0


@pytest.mark.parametrize("given", [None, "", "wrong", SECRET + "x", SECRET[:-1], "ä" * 32, "\udcff"])
async def test_without_the_secret_nobody_enters(client: aiohttp.ClientSession, stage: Stage, given: str | None) -> None:
    await stage.by_webhook()
    raw = b"" if given is None else b"%s: %s\r\n" % (SECRET_HEADER.encode(), given.encode("utf-8", "surrogateescape"))
    host, port = stage.url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps(UPDATE).encode()
    writer.write(
        b"POST /telegram/webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s"
        % (raw, len(body), body)
    )
    status = (await reader.read()).split(b" ")[1]
    writer.close()
    await writer.wait_closed()
    assert status == b"401"
    assert stage.receiver.inbounds == []


async def test_the_right_secret_opens(client: aiohttp.ClientSession, stage: Stage) -> None:
    await stage.by_webhook()
    assert await post(client, stage, UPDATE) == 200
    assert len(stage.receiver.inbounds) == 1


async def test_a_body_of_ten_megabytes_is_not_read(client: aiohttp.ClientSession, stage: Stage) -> None:
    channel = await stage.by_webhook()
    assert await post(client, stage, io.BytesIO(b"x" * 10_000_000)) == 413

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1024

    async with client.post(stage.url, data=trickle(), headers={SECRET_HEADER: SECRET}) as response:
        assert response.status == 413
    assert channel.counts["413"] == 2 and stage.receiver.inbounds == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"[" * 60_000, b"\xff\xfe", b'{"update_id":"x"}', b'{"update_id":1,"message":{}}']
)  # fmt: skip
async def test_what_is_no_update_is_refused(client: aiohttp.ClientSession, stage: Stage, body: bytes) -> None:
    await stage.by_webhook()
    assert await post(client, stage, body) == 400
    assert stage.receiver.inbounds == []


async def test_a_body_that_lies_about_its_packing_is_refused(client: aiohttp.ClientSession, stage: Stage) -> None:
    await stage.by_webhook()
    assert await post(client, stage, b"no gzip at all", **{"Content-Encoding": "gzip"}) == 400


async def test_an_unknown_kind_of_update_is_ignored_and_counted(client: aiohttp.ClientSession, stage: Stage) -> None:
    channel = await stage.by_webhook()
    assert await post(client, stage, {"update_id": 5, "something_new": {"a": 1}}) == 200
    assert channel.counts["ignored"] == 1 and stage.receiver.inbounds == []


async def test_while_nothing_can_be_kept_nothing_is_acknowledged(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook()
    amina = telegram.person()
    stage.receiver.failures.extend([Unavailable("down", retry_after=30)] * 2)
    number = await amina.says("hallo")
    assert telegram.pending == [number] and stage.receiver.inbounds == []
    await telegram.pass_time(29)
    assert telegram.pending == [number]
    await telegram.pass_time(40)
    assert telegram.pending == [] and stage.receiver.events == [events.Typed("hallo")]
    assert telegram.updates.hook is not None
    assert [status for _, status in telegram.updates.hook.deliveries] == [503, 503, 200]


async def test_a_press_that_could_not_be_kept_is_not_acknowledged(telegram: Emulator, stage: Stage) -> None:
    channel = await stage.by_webhook()
    amina = telegram.person()
    await amina.says("/start")
    await channel.send(str(amina.id), ask())
    stage.receiver.failures.append(Unavailable("down", retry_after=5))
    await amina.presses("Ja")
    assert amina.unanswered_presses == 1 and telegram.called("answerCallbackQuery") == []
    await telegram.pass_time(6)
    assert amina.unanswered_presses == 0 and telegram.pending == []


async def test_an_outage_longer_than_a_press_lives_loses_only_the_press(telegram: Emulator, stage: Stage) -> None:
    channel = await stage.by_webhook()
    amina = telegram.person()
    await amina.says("/start")
    await channel.send(str(amina.id), ask())
    stage.receiver.failures.extend([Unavailable("down", retry_after=100)] * 4)
    pressed = await amina.presses("Ja")
    written = await amina.says("hallo")
    await telegram.pass_time(1000)
    assert telegram.updates.dropped == [pressed]
    assert stage.receiver.inbounds[-1].event_id == str(written) and telegram.pending == []


async def test_an_update_twice_is_acknowledged_twice_and_counts_once(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook()
    for _ in range(2):
        assert await telegram.redeliver(1, UPDATE) == 200
    assert list(await asyncio.gather(telegram.redeliver(2, UPDATE), telegram.redeliver(3, UPDATE))) == [200, 200]
    assert len(stage.receiver.kept) == 1


async def test_garbage_on_a_button_is_met_kindly(telegram: Emulator, stage: Stage) -> None:
    channel = await stage.by_webhook()
    amina = telegram.person()
    await amina.says("/start")
    await channel.send(str(amina.id), ask())
    await amina.presses_data("v0:something:old")
    await amina.presses_data(None)
    assert stage.receiver.events[1:] == [events.Chosen(-1, ())] * 2
    assert stage.receiver.inbounds[-1].session == ""
    assert channel.counts["garbage"] == 2 and amina.unanswered_presses == 0


async def test_a_press_of_a_foreign_session_says_so(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook()
    amina = telegram.person()
    await amina.says("/start")
    await amina.presses_data(stage.data(3, "c", "ja", session="stranger"), 1)
    assert stage.receiver.inbounds[-1].session == "stranger"


async def test_one_chats_updates_wait_for_each_other_and_other_chats_do_not(stage: Stage, telegram: Emulator) -> None:
    await stage.by_webhook()
    order: list[str] = []
    go_on = asyncio.Event()

    async def then(inbound: Inbound) -> None:
        if inbound.event_id == "1":
            await go_on.wait()
        order.append(inbound.event_id)

    stage.receiver.then = then

    def update(number: int, chat: int) -> dict[str, object]:
        return {"update_id": number, "message": UPDATE["message"] | {"chat": {"id": chat, "type": "private"}}}  # type: ignore[operator]

    first = asyncio.ensure_future(telegram.redeliver(1, update(1, 7)))
    while not stage.receiver.inbounds:
        await asyncio.sleep(0)
    second = asyncio.ensure_future(telegram.redeliver(2, update(2, 7)))
    assert await telegram.redeliver(3, update(3, 8)) == 200
    go_on.set()
    assert list(await asyncio.gather(first, second)) == [200, 200]
    assert order == ["3", "1", "2"]


async def test_our_own_fault_is_tried_again_then_given_up_and_never_quotes_the_person(
    telegram: Emulator, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    channel = await stage.by_webhook()
    amina = telegram.person()
    stage.receiver.failures.extend([ValueError("Amina sagt: Geheimnis")] * 8)
    caplog.set_level(logging.DEBUG)
    await amina.says("Geheimnis")
    later = await amina.says("danach")
    await telegram.pass_time(1000)
    assert telegram.pending == [] and stage.receiver.inbounds[-1].event_id == str(later)
    assert channel.counts["faults"] == 8
    assert "given up: ValueError" in caplog.text
    assert "Geheimnis" not in caplog.text and str(amina.id) not in caplog.text and telegram.token not in caplog.text


def test_an_update_that_was_kept_after_all_starts_its_count_anew() -> None:
    faults = Faults()
    for _ in range(2):
        for _ in range(7):
            with pytest.raises(Faulty):
                faults.note(5, _raised())
        faults.cured(5)


def _raised() -> Exception:
    try:
        raise ValueError
    except ValueError as error:
        return error


async def test_who_blocks_the_bot_is_gone(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook()
    amina = telegram.person()
    await amina.says("/start")
    await amina.blocks_the_bot()
    assert stage.gone == [str(amina.id)] and telegram.pending == []
    await amina.unblocks_the_bot()
    assert stage.gone == [str(amina.id)] and len(stage.receiver.inbounds) == 1


async def test_nul_bytes_and_half_surrogates_do_no_harm(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook()
    await telegram.person().says("a\x00b\ud800c")
    assert stage.receiver.events == [events.Typed("abc")] and telegram.pending == []


def test_a_channel_with_unsafe_settings_is_not_built(stage: Stage) -> None:
    from bot.channels.telegram import TelegramChannel

    unsafe: tuple[tuple[str, dict[str, object]], ...] = (
        ("open", {}), ("door", {}), ("buttons", {"options": tuple}), ("buttons", {"door_page": door_page}),
        ("full", {"secret": ""}), ("full", {"secret": "ä"}),
    )  # fmt: skip
    for mode, more in unsafe:
        with pytest.raises(ValueError):
            TelegramChannel("42:X", "http://x", mode, stage.receiver, **more)  # type: ignore[arg-type]
    with pytest.raises(Exception, match="Token is invalid"):
        TelegramChannel("42", "http://x", "full", stage.receiver)
