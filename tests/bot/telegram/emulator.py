"""A strict Bot API on a free loopback port, for tests: it refuses what the real one refuses, in its words.

    async with Emulator() as telegram:
        channel = TelegramChannel(telegram.token, telegram.url, ...)
        amina = telegram.person("Amina", language_code="ar")
        await amina.says("/start")          # delivered by webhook, if one is set
        await amina.presses("Deutsch")
        assert amina.last.labels == [...]

Time moves only by `clock.advance()` or `pass_time()`; nothing sleeps. Faults are planted with `fail()`. It does not know: groups,
inline mode, files, reply keyboards, rate limits of its own (a 429 comes only when planted).
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from tests.bot.telegram.emulator_chats import Chat, Chats
from tests.bot.telegram.emulator_checks import PARAMETERS, ApiError
from tests.bot.telegram.emulator_methods import Methods
from tests.bot.telegram.emulator_person import Person
from tests.bot.telegram.emulator_updates import Clock, Hook, Pending, Updates

TOKEN = "42:TEST-token_of_the_emulator"
ANSWER_TIMEOUT = 60
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(frozen=True)
class Call:
    """One call the bot made. `by` is "http" or "webhook" (given as the answer to an update)."""

    method: str
    payload: Mapping[str, Any]
    status: int
    by: str = "http"
    result: Any = None


@dataclass(frozen=True)
class Fault:
    """What goes wrong: an answer of this status; `html` instead of JSON; `hang` without any answer; `cut` before the answer
    or (`half`) in the middle of it. `words` are the server's own description of a refusal.

    `done` says that the call is carried out all the same: the bot can't know.
    """

    status: int = 500
    retry_after: int = 0
    html: bool = False
    hang: bool = False
    cut: bool = False
    half: bool = False
    done: bool = False
    words: str = ""


class Emulator:
    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.clock = Clock()
        bot = {"id": int(token.split(":")[0]), "is_bot": True, "first_name": "Wegweiser", "username": "wegweiser_bot"}
        self.chats = Chats(bot)
        self.updates = Updates(self.clock)
        self.methods = Methods(self.chats, self.updates)
        self.calls: list[Call] = []
        self.oddities: list[str] = []
        self.revoked = False
        self._faults: dict[str, deque[Fault]] = {}
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._hanging = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> Emulator:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_route("*", "/{rest:.*}", self._nothing)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._hanging.set()
        self.updates.interrupt()  # who polled may have died: nobody would end its request
        assert self._session is not None and self._runner is not None
        await self._session.close()
        await self._runner.cleanup()

    # -- for tests -------------------------------------------------------------------------------------------------

    def person(self, name: str = "Amina", *, language_code: str | None = "ar", id: int | None = None) -> Person:
        chat = Chat(id or 5_000_000_000 + len(self.chats.chats), name, language_code)
        self.chats.add(chat)
        return Person(self, chat)

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of this method go wrong, one after another."""
        self._faults.setdefault(method.lower(), deque()).extend(faults)

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method.lower() == method.lower()]

    @property
    def pending(self) -> list[int]:
        """The numbers of the updates that nobody has acknowledged yet."""
        self.updates.expire()
        return [update.update_id for update in self.updates.pending]

    async def arrive(
        self, kind: str, content: dict[str, Any], queue: tuple[str, int] = ("other", 0), *, deliver: bool = True
    ) -> int | None:
        """An update of any kind is on its way to the bot. None if the bot does not want this kind."""
        number = self.updates.add(kind, content, queue)
        if deliver:
            await self.deliver()
        return number

    async def deliver(self) -> None:
        """Deliver by webhook what is due now. Without a webhook it waits for getUpdates."""
        await self.updates.deliver(self._post)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, from one delivery that is due to the next."""
        end = self.clock.now + seconds
        while True:
            await self.deliver()
            wakeup = self.updates.next_wakeup() if self.updates.hook else None
            if wakeup is None or wakeup > end:
                break
            self.clock.advance(max(wakeup - self.clock.now, 0.001))
        self.clock.advance(max(end - self.clock.now, 0.0))
        await self.deliver()

    async def redeliver(self, number: int, payload: Mapping[str, Any]) -> int:
        """Post an update once more, as the server does when the acknowledgement was lost. Returns the HTTP status."""
        assert self.updates.hook is not None
        update = Pending(number, ("again", number), dict(payload), self.clock.now + 1, self.clock.now)
        return (await self._post(self.updates.hook, update))[0]

    # -- the webhook's client --------------------------------------------------------------------------------------

    async def _post(self, hook: Hook, update: Pending) -> tuple[int, int]:
        assert self._session is not None
        headers = {"Content-Type": "application/json", **({SECRET_HEADER: hook.secret} if hook.secret else {})}
        try:
            async with self._session.post(
                hook.url, data=json.dumps(update.payload), headers=headers,
                timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT), allow_redirects=False,
            ) as response:  # fmt: skip
                body = await response.read()
                waits = response.headers.get("Retry-After", "")
                if 200 <= response.status <= 299 and body:
                    await self._reply(body)
                return response.status, int(waits) if waits.isdigit() else 0
        except (aiohttp.ClientError, TimeoutError):
            return 0, 0

    async def _reply(self, body: bytes) -> None:
        """A method call given as the webhook's answer. The bot never learns how it went."""
        try:
            payload = json.loads(body)
            method = str(payload.pop("method")).lower()
        except (ValueError, KeyError, AttributeError, TypeError):
            return
        if method.startswith("get") or method in ("setwebhook", "deletewebhook", "logout", "close"):
            return
        await self._do(method, payload, "webhook")

    # -- the server ------------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        if request.match_info["token"] != self.token or self.revoked:
            return _answer(ApiError(401, "Unauthorized"))
        payload = await _payload(request)
        faults = self._faults.get(method)
        if faults:
            fault = faults.popleft()
            if fault.done:
                await self._do(method, payload, "http")
            else:
                self.calls.append(Call(method, payload, 0 if fault.hang or fault.cut else fault.status))
            return await self._go_wrong(request, fault)
        return _answer(await self._do(method, payload, "http"))

    async def _do(self, method: str, payload: dict[str, Any], by: str) -> Any:
        try:
            if method not in self.methods.by_name:
                raise ApiError(404, "Not Found: method not found")
            unknown = payload.keys() - PARAMETERS[method]
            if unknown:
                self.oddities.append(f"{method}: {', '.join(sorted(unknown))}")
            result = await self.methods.by_name[method](payload)
        except ApiError as error:
            self.calls.append(Call(method, payload, error.code, by))
            return error
        self.calls.append(Call(method, payload, 200, by, result))
        return result

    async def _go_wrong(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.hang:
            await self._hanging.wait()
        if fault.hang or fault.cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.half:
            answer = web.StreamResponse(headers={"Content-Length": "400", "Content-Type": "application/json"})
            await answer.prepare(request)
            await answer.write(b'{"ok":true,"result":{"message_id":1,"da')
            if request.transport is not None:
                request.transport.close()
            return answer
        if fault.html:
            return web.Response(status=fault.status, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        if fault.status == 429:
            seconds = fault.retry_after
            return _answer(ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds))
        words = {401: "Unauthorized", 403: "Forbidden: bot was blocked by the user"}
        return _answer(ApiError(fault.status, fault.words or words.get(fault.status, "Internal Server Error")))

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        return _answer(ApiError(404, "Not Found"))


def _answer(result: Any) -> web.Response:
    if isinstance(result, ApiError):
        return web.json_response(result.to_json(), status=result.code)
    return web.json_response({"ok": True, "result": result})


async def _payload(request: web.Request) -> dict[str, Any]:
    """Parameters from the query, a form or JSON. Forms carry objects as JSON strings."""
    payload: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.read()
        payload |= json.loads(body) if body else {}
    else:
        payload |= dict(await request.post())
    for name in ("allowed_updates", "commands"):
        if isinstance(payload.get(name), str):
            payload[name] = json.loads(payload[name])
    return payload
