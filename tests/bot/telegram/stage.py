"""What the tests of the Telegram channel stand on: a recording `receive`, a running webhook, and pages to send."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from bot.channels import Button, Field, Form, Inbound, Outgoing, Press, Reply
from bot.channels.telegram_codes import Codes
from dialogs.events import Event
from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.emulator_person import Person

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel

SECRET = "a-secret-of-thirty-two-characters"
# Every option of the pages that the tests send; others have no code.
OPTIONS = ("ja", "nein", "a", "b", "c", "de", "ar", "S02_city", "p104c", "violence", "2026", "2027", "01", "02", "03")


class Receiver:
    """The channel's port, recording. Knows an event id it has kept; raises what `failures` says, before keeping it."""

    def __init__(self) -> None:
        self.inbounds: list[Inbound] = []
        self.kept: set[str] = set()
        self.failures: deque[Exception] = deque()
        self.reply = Reply()
        self.then: Callable[[Inbound], object] | None = None

    async def __call__(self, inbound: Inbound) -> Reply:
        if self.failures:
            raise self.failures.popleft()
        self.inbounds.append(inbound)
        if inbound.event_id in self.kept:
            return Reply(duplicate=True)
        self.kept.add(inbound.event_id)
        await asyncio.sleep(0)
        if self.then is not None:
            result = self.then(inbound)
            if asyncio.iscoroutine(result):
                await result
        return self.reply

    @property
    def events(self) -> list[Event]:
        return [inbound.event for inbound in self.inbounds]


class Pauses:
    """Instead of sleeping: notes how long, and lets the emulated clock pass."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._emulator.clock.advance(seconds)
        await asyncio.sleep(0)


class Stage:
    """One channel against one emulator."""

    def __init__(self, emulator: Emulator, receiver: Receiver) -> None:
        self.telegram, self.receiver = emulator, receiver
        self.pauses = Pauses(emulator)
        self.gone: list[str] = []
        self.url = ""
        self._channel: TelegramChannel | None = None
        self._runner: web.AppRunner | None = None

    @property
    def channel(self) -> TelegramChannel:
        assert self._channel is not None
        return self._channel

    async def by_webhook(self, mode: str = "full", **more: object) -> TelegramChannel:
        app = web.Application(client_max_size=1024 * 1024)
        app.router.add_post("/telegram/webhook", lambda request: self.channel.webhook(request))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.url = f"{base}/telegram/webhook"
        return await self._start(mode, public_url=base, secret=SECRET, **more)

    async def by_polling(self, mode: str = "full", **more: object) -> TelegramChannel:
        return await self._start(mode, **more)

    async def _start(self, mode: str, **more: object) -> TelegramChannel:
        from bot.channels.telegram import TelegramChannel

        more = {"options": lambda: OPTIONS, "door_page": door_page, **more}
        self._channel = TelegramChannel(
            self.telegram.token, self.telegram.url, mode, self.receiver,
            gone=self._note_gone, pause=self.pauses, **more,  # type: ignore[arg-type]
        )  # fmt: skip
        await self._channel.start()
        await asyncio.wait_for(self._channel.ready.wait(), 10)
        return self._channel

    def data(self, prompt: int, act: str, option: str = "", *, session: str = "k7f3q2ab") -> str:
        """What a button of ours for this press carries."""
        from bot.channels.telegram import pack

        return pack(Codes(self.telegram.token, OPTIONS, plain=False).coded(Press(session, prompt, act, option)))

    async def _note_gone(self, address: str) -> None:
        self.gone.append(address)

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.stop()
        if self._runner is not None:
            await self._runner.cleanup()


def door_page(locale: str) -> Outgoing:
    lang = locale if locale in ("de", "ar") else "de"
    fields = (Field("de", "Deutsch", lang == "de"), Field("ar", "العربية", lang == "ar"))
    return Outgoing(
        lang, "rtl" if lang == "ar" else "ltr", "door", heading="Guten Tag!" if lang == "de" else "مرحبا",
        form=Form("language", "", 0, fields, columns=2),
        links=(Button("Fragen beantworten", url="https://kim.example/c/1"),),
    )  # fmt: skip


def ask(
    prompt: int = 3, *, kind: str = "single", question: str = "Frage?", options: tuple[str, ...] = ("ja", "nein"),
    on: tuple[str, ...] = (), draft: tuple[str, ...] = (), session: str = "k7f3q2ab", direction: str = "ltr",
) -> Outgoing:  # fmt: skip
    fields = tuple(Field(option, option.capitalize(), option in on) for option in options)
    return Outgoing(
        "de", direction, "ask", heading=question,
        form=Form(kind, session, prompt, fields, draft=draft, done="Fertig"),
        buttons=(Button("Zurück", Press(session, prompt, "b")), Button("Überspringen", Press(session, prompt, "s"))),
    )  # fmt: skip


def say(*paragraphs: str) -> Outgoing:
    return Outgoing("de", "ltr", "say", paragraphs=paragraphs)


async def ready(telegram: Emulator, stage: Stage) -> Person:
    await stage.by_webhook()
    amina = telegram.person()
    await amina.says("/start")
    return amina


async def shows(stage: Stage, amina: Person, *pages: Outgoing) -> None:
    for page in pages:
        await stage.channel.send(str(amina.id), page)
    await stage.channel.settled()
