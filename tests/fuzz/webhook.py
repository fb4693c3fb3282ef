"""The webhook's body: whatever arrives, only a sound update by somebody who knows the secret reaches the conversation.

The real handler and the real channel, without a socket; the conversation behind it only notes what it is given.
"""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import web
from multidict import CIMultiDict

from tests.fuzz.running import finished, instrumented, run

with instrumented("bot.channels"):
    from bot.channels import Inbound, Outgoing, Reply
    from bot.channels.telegram import TelegramChannel
    from bot.channels.telegram_reading import LONGEST_TEXT, Malformed, parsed, read
    from bot.channels.telegram_webhook import HEADER, LARGEST_BODY

SECRET = "s" * 40
TOKEN = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
OPTIONS = ("yes", "no", "velbert", "de", "ar", "S03_age")
_heard: list[Inbound] = []
_gone: list[str] = []


async def _receive(inbound: Inbound) -> Reply:
    _heard.append(inbound)
    return Reply(session="abcdefgh", toast="ok" if inbound.session else "")


async def _left(address: str) -> None:
    _gone.append(address)


def _channel(mode: str) -> TelegramChannel:
    return TelegramChannel(
        TOKEN, "http://127.0.0.1:1", mode, _receive, secret=SECRET, gone=_left, options=lambda: OPTIONS,
        door_page=lambda locale: Outgoing(locale, "ltr", "door"),
    )  # fmt: skip


CHANNELS = tuple(_channel(mode) for mode in ("full", "buttons"))


class _Content:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def iter_any(self) -> Any:
        middle = len(self._body) // 2
        yield self._body[:middle]
        yield self._body[middle:]


def _posted(channel: TelegramChannel, body: bytes, secret: str) -> web.Response:
    request = SimpleNamespace(headers=CIMultiDict({HEADER: secret}), content_length=None, content=_Content(body))
    return finished(channel.webhook(cast(web.Request, request)))


def check(data: bytes) -> None:
    channel = CHANNELS[len(data) % 2]
    _heard.clear()
    _gone.clear()
    guessed = data[:64].decode("utf-8", "surrogateescape")
    if guessed != SECRET:
        assert _posted(channel, data, guessed).status == 401, "a wrong secret was let in"
        assert not _heard and not _gone
    response = _posted(channel, data, SECRET)
    heard = len(_heard) + len(_gone)
    try:
        arrived = read(parsed(data)) if len(data) <= LARGEST_BODY else None
    except Malformed:
        assert response.status == 400 and not heard, "not an update, and yet heard"
        return
    if len(data) > LARGEST_BODY:
        assert response.status == 413 and not heard
        return
    assert response.status == 200, response.status
    assert heard == (arrived is not None), "an update is heard once, or not at all"
    if arrived is None:
        return
    if arrived.kind == "press":
        answer = json.loads(cast(bytes, response.body))
        assert answer["method"] == "answerCallbackQuery"
        assert answer["callback_query_id"] == arrived.query.encode("utf-8", "replace").decode()
    if arrived.kind == "left":
        assert _gone == [str(arrived.chat)]
        return
    inbound = _heard[0]
    assert inbound.address == str(arrived.chat) and inbound.event_id == str(arrived.update_id)
    assert inbound.locale_hint is None or re.fullmatch(r"[A-Za-z0-9-]{2,16}", inbound.locale_hint)
    text = getattr(inbound.event, "text", "")
    assert len(text) <= LONGEST_TEXT and (not text or channel.mode == "full"), "words are let in only in mode full"
    assert "\0" not in text and text == text.encode("utf-8", "replace").decode(), "half a letter went through"


if __name__ == "__main__":
    run("webhook", check)
