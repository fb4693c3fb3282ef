"""The border of the webhook: who may enter, how much, in which shape. 200 means: it is on disk."""

from __future__ import annotations

import hmac
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import aiohttp
from aiohttp import web

from bot.channels import Reply, Unavailable
from bot.channels.flood import ALWAYS, Flood
from bot.channels.telegram_calls import encoded
from bot.channels.telegram_faults import Faulty
from bot.channels.telegram_reading import Arrived, Malformed, command, parsed, read

HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST_BODY = 64 * 1024
LONGEST_TOAST = 200

Take = Callable[[Arrived], Awaitable[Reply]]


class Webhook:
    """An aiohttp handler. `take` returns after the commit; what it raises is never acknowledged."""

    def __init__(self, secret: str | None, take: Take, counts: Counter[str], flood: Flood | None = None) -> None:
        self._flood = flood
        self._secret = secret.encode() if secret else None
        self._take = take
        self._counts = counts

    async def __call__(self, request: web.Request) -> web.Response:
        # As bytes: the constant-time comparison of strings raises on anything but ASCII.
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if self._secret is None or not hmac.compare_digest(given, self._secret):
            return self._refused(401)
        raw = await _body(request)
        if raw is None:
            return self._refused(413)
        try:
            arrived = read(parsed(raw))
        except Malformed:
            return self._refused(400)
        if arrived is None:
            self._counts["ignored"] += 1
            return web.Response()
        if self._flood is not None and not _always(arrived) and (wait := self._flood.wait(arrived.chat)):
            self._counts["flood"] += 1
            return self._refused(503, {"Retry-After": str(math.ceil(wait))})
        try:
            reply = await self._take(arrived)
        except Unavailable as unavailable:
            return self._refused(503, {"Retry-After": str(max(1, math.ceil(unavailable.retry_after)))})
        except Faulty:
            return self._refused(500)
        if arrived.kind != "press":
            return web.Response()
        answer = {"method": "answerCallbackQuery", **acknowledgement(arrived, reply)}
        return web.Response(body=encoded(answer), content_type="application/json")

    def _refused(self, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
        self._counts[str(status)] += 1
        return web.Response(status=status, headers=headers)


def _always(arrived: Arrived) -> bool:
    return arrived.kind == "left" or isinstance(command(arrived.text), ALWAYS)


def acknowledgement(arrived: Arrived, reply: Reply) -> dict[str, object]:
    """What stops the little clock on the pressed button."""
    toast = {"text": reply.toast[:LONGEST_TOAST]} if reply.toast else {}
    return {"callback_query_id": arrived.query, **toast}


async def _body(request: web.Request) -> bytes | None:
    """The body, or None if it is larger than any update; then it is not read to its end."""
    if (request.content_length or 0) > LARGEST_BODY:
        return None
    raw = bytearray()
    try:
        async for chunk in request.content.iter_any():
            raw += chunk
            if len(raw) > LARGEST_BODY:
                return None
    except (aiohttp.ClientError, web.RequestPayloadError):
        return b""
    return bytes(raw)
