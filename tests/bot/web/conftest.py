"""A real server on a free port, with a scripted conversation behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels import Outgoing
from bot.channels.web import WebChannel
from bot.channels.web_limit import Tries
from tests.bot.web.frame_words import FrameWords
from tests.bot.web.reading import Page
from tests.bot.web.scripted import Scripted


@dataclass
class Visitor:
    """A browser without JavaScript: keeps cookies, follows links and redirects, sends the forms of the page it is on."""

    http: aiohttp.ClientSession
    base: str
    page: Page = None  # type: ignore[assignment]
    status: int = 0
    headers: Any = None
    path: str = ""

    async def open(self, path: str = "/", **headers: str) -> Page:
        async with self.http.get(self.base + path, headers=headers) as answer:
            return await self._read(answer)

    async def send(self, act: str, *, _headers: dict[str, str] | None = None, **chosen: str | list[str]) -> Page:
        form = self.page.form_with(act)
        return await self.post(form.get("action"), self.page.fields(act, **chosen), _headers)

    async def post(self, path: str, fields: list[tuple[str, str]], headers: dict[str, str] | None = None) -> Page:
        form = aiohttp.FormData(fields, charset="utf-8")
        async with self.http.post(self.base + path, data=form, headers=headers) as answer:
            return await self._read(answer)

    async def _read(self, answer: aiohttp.ClientResponse) -> Page:
        self.status, self.headers, self.path = answer.status, answer.headers, answer.url.path
        text = await answer.text()
        if answer.content_type == "text/html":
            self.page = Page(text)
        return self.page

    @property
    def heading(self) -> str:
        return self.page.one("h1").text

    def cookie(self) -> str:
        return next((cookie.value for cookie in self.http.cookie_jar if cookie.key == "chat"), "")


@dataclass
class Server:
    base: str
    channel: WebChannel
    script: Scripted
    clock: list[float]


Serve = Callable[..., Awaitable[Server]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []

    async def start(*pages: Outgoing, demo: bool = False) -> Server:
        script, clock = Scripted(*pages), [0.0]
        channel = WebChannel(
            script.receive, script.look, secure_cookies=False, offered=("de", "ar", "en"), words=FrameWords(), demo=demo,
            resume=script.resume, tries=Tries(clock=lambda: clock[0]),
        )  # fmt: skip
        application = web.Application()
        application.add_routes(channel.routes())
        runner = web.AppRunner(application, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        runners.append(runner)
        port = runner.addresses[0][1]
        return Server(f"http://127.0.0.1:{port}", channel, script, clock)

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def server(serve: Serve) -> Server:
    return await serve()


@pytest.fixture
async def visitor(server: Server) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Visitor(http, server.base)
