"""A Bot API on loopback that answers after a while, hands each message to whom it is for, and counts.

It looks at Telegram's limits from outside: how many messages came within any second, in all and for one chat, and how many
more than a bucket would have let through that fills with 25 (or 1) tokens a second.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from itertools import count
from typing import Any, Final

import orjson
from aiohttp import web

# What a person sees arrive or change counts as a message; taking a keyboard away does not.
MESSAGES: Final = ("sendMessage", "editMessageText")
IN_ALL, OF_A_CHAT = 25.0, 1.0
# How much may come at once: a little more than a second's worth in all; to one chat a few.
BURST_IN_ALL, BURST_OF_A_CHAT = 30, 4

Arrive = Callable[[int, int, dict[str, Any]], None]


class Bucket:
    """Tokens that come back steadily. `take` says whether there was one."""

    __slots__ = ("_at", "_full", "_left", "_pace")

    def __init__(self, pace: float, full: float) -> None:
        self._pace, self._full, self._left, self._at = pace, full, full, 0.0

    def take(self, now: float) -> bool:
        self._left = min(self._full, self._left + (now - self._at) * self._pace)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class BotApi:
    """`arrive(chat, message id, payload)` is called for each message when it comes in, before it is answered."""

    def __init__(self, latency: float, arrive: Arrive, flooder: int) -> None:
        self._latency, self._arrive, self._flooder = latency, arrive, flooder
        self._ids = count(1)
        self._seconds: deque[float] = deque()
        self._in_all = Bucket(IN_ALL, BURST_IN_ALL)
        self._chats: dict[int, Bucket] = {}
        self._said: dict[int, set[int]] = {}
        self.calls: Counter[str] = Counter()
        self.most_in_a_second = 0
        self.too_fast_in_all = 0
        self.too_fast_in_a_chat = 0
        self.doubled = 0
        self.hooked = asyncio.Event()

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/bot{token}/{method}", self._called)
        return application

    async def _called(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        payload = await _payload(request)
        self.calls[method] += 1
        result: Any = True
        if method in MESSAGES:
            result = self._message(method, payload)
        elif method == "getMe":
            result = {"id": 42, "is_bot": True, "first_name": "Load", "username": "load_bot"}
        elif method == "getWebhookInfo":
            result = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        elif method == "setWebhook":
            self.hooked.set()
        if self._latency:
            await asyncio.sleep(self._latency)
        return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")

    def _message(self, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        now, chat = time.perf_counter(), int(payload["chat_id"])
        self._count(now, chat)
        number = int(payload["message_id"]) if method == "editMessageText" else next(self._ids)
        if method == "sendMessage" and payload.get("reply_markup") and chat != self._flooder:
            # The same question with the same buttons: they carry the prompt's number, so it was sent twice. Who floods has
            # asked for it a thousand times.
            said = hash(orjson.dumps([payload["text"], payload["reply_markup"]]))
            mine = self._said.setdefault(chat, set())
            self.doubled += said in mine
            mine.add(said)
        self._arrive(chat, number, payload)
        return {"message_id": number, "date": int(time.time()), "chat": {"id": chat, "type": "private"}, "text": "x"}

    def _count(self, now: float, chat: int) -> None:
        self._seconds.append(now)
        while now - self._seconds[0] >= 1:
            self._seconds.popleft()
        self.most_in_a_second = max(self.most_in_a_second, len(self._seconds))
        self.too_fast_in_all += not self._in_all.take(now)
        bucket = self._chats.get(chat) or self._chats.setdefault(chat, Bucket(OF_A_CHAT, BURST_OF_A_CHAT))
        self.too_fast_in_a_chat += not bucket.take(now)


async def _payload(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    found = orjson.loads(raw) if request.content_type == "application/json" and raw else {}
    return found if isinstance(found, dict) else {}
