"""The public door, put together by hand, top to bottom, once."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from bot.channels import Channel, Outgoing, Unavailable
from bot.channels.web import WebChannel
from bot.conversation import Conversation
from bot.delivery import Delivery
from bot.phrasing import Phrasing
from bot.place import BERLIN
from bot.releases import Releases
from bot.settings import Settings
from bot.upkeep import keep_deadlines
from bot.words import Words
from dialogs.model import Card
from dialogs.reasons import get_ready
from dialogs.script import Library
from storage import Database, StorageError

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel

log = logging.getLogger("wegweiser.bot")

LARGEST_BODY = 64 * 1024
# A stop is over within ten seconds, whatever hangs: what is not sent by then is sent after the next start.
LETTERS_SECONDS = 4.0


@dataclass
class Door:
    """The parts of the public door, for the program that runs it and for the tests that walk it."""

    application: web.Application
    conversation: Conversation
    delivery: Delivery
    channels: dict[str, Channel]
    words: Words
    telegram: TelegramChannel | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


def phrasing_for(library: Library, words: Words) -> Phrasing:
    cards: dict[str, Card] = {}
    for script in library.scripts.values():
        cards.update(script.questionnaire.cards)
    return Phrasing(words, cards)


def build_door(
    database: Database, library: Library, words: Words, settings: Settings, *,
    clock: Callable[[], dt.datetime], form_secret: bytes | None = None,
) -> Door:  # fmt: skip
    """Web chat always; Telegram only if there is a token, because importing it costs seconds."""
    phrasing = phrasing_for(library, words)
    worker = secrets.token_hex(8)
    pushing = {"telegram"} if settings.telegram_token else set()
    conversation = Conversation(database, library, phrasing, pushing=pushing, clock=clock, worker=worker)
    chat = WebChannel(
        conversation.receive, conversation.look, secure_cookies=settings.secure_cookies, offered=tuple(words.locales),
        words=words, demo=settings.demo, secret=form_secret,
        resume=lambda code, address: conversation.resume(code, "web", address),
        client_of=_last_forwarded if settings.behind_proxy else _peer,
    )  # fmt: skip
    channels: dict[str, Channel] = {"web": chat}
    delivery = Delivery(database, phrasing, channels, clock=clock, worker=worker)
    conversation.hand_over = delivery.hand_over
    releases = Releases(database, library, words)
    releases.follow(lambda library: conversation.take(library, releases.catch_up))
    application = web.Application(client_max_size=LARGEST_BODY)
    application.add_routes(
        [web.get("/healthz", _healthz), web.get("/readyz", _readyz(database)), web.get("/z", _type_a_slips_code)]
    )
    door = Door(application, conversation, delivery, channels, words)
    if settings.telegram_token:
        door.telegram = _telegram(door, library, settings)
    # Last, because the chat answers every address that nobody else does.
    application.add_routes(chat.routes())
    application.on_shutdown.append(lambda app: chat.close())
    application.cleanup_ctx.append(releases.running)
    today = clock().astimezone(BERLIN).date()
    application.cleanup_ctx.append(lambda app: _running(door, database, lambda: _ready(library, today)))
    return door


def _telegram(door: Door, library: Library, settings: Settings) -> TelegramChannel:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.telegram_options import every_option

    def door_page(locale: str) -> Outgoing:
        return door.conversation.door_page(locale, settings.public_url)

    channel = TelegramChannel(
        settings.telegram_token, settings.telegram_api, settings.telegram_mode, door.conversation.receive,
        public_url=settings.public_url, secret=settings.telegram_webhook_secret or None, door_page=door_page,
        commands={"" if locale == "de" else locale: _menu(door.words, locale) for locale in door.words.locales},
        gone=lambda address: door.conversation.gone("telegram", address),
        given_up=lambda address, event, hint: door.conversation.apologise("telegram", address, event, hint), options=lambda: every_option(library),
    )  # fmt: skip
    door.channels["telegram"] = channel
    if settings.telegram_by_webhook:
        door.application.router.add_post("/telegram/webhook", channel.webhook)
    return channel


COMMANDS = ("start", "language", "help", "human", "status", "cancel", "delete", "privacy", "new")


def _menu(words: Words, locale: str) -> list[tuple[str, str]]:
    """The commands a messenger lists, in this language."""
    return [(name, words.text(f"command.{name}", locale)) for name in COMMANDS]


async def _ready(library: Library, today: dt.date) -> None:
    """So that nobody's first decision waits for what all of them need."""
    with suppress(LookupError):  # no rules are valid today: the first conversation says so
        await asyncio.to_thread(get_ready, library.current(today), today)


async def _running(
    door: Door, database: Database, ready: Callable[[], Coroutine[None, None, None]]
) -> AsyncIterator[None]:
    """Deliver while the application runs; on the way out finish what is under way."""
    telegram = door.telegram
    if telegram is not None:
        await telegram.start()
    door.tasks += [asyncio.create_task(task) for task in (door.delivery.run(), keep_deadlines(database), ready())]
    yield
    for task in door.tasks:
        task.cancel()
    await asyncio.gather(*door.tasks, return_exceptions=True)
    try:
        await asyncio.wait_for(door.delivery.settled(), LETTERS_SECONDS)
    except TimeoutError:
        log.warning("some messages were still under way; they are sent again after the next start")
    if telegram is not None:
        await telegram.stop()


async def _healthz(request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


def _peer(request: web.Request) -> str:
    return request.remote or ""


def _last_forwarded(request: web.Request) -> str:
    """Who spoke to our own proxy: the last entry is the proxy's, all before it anybody can write."""
    return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or _peer(request)


async def _type_a_slips_code(request: web.Request) -> web.Response:
    """The short address on a slip, for who types it: there the code is asked for."""
    raise web.HTTPFound("/code")


def _readyz(database: Database) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def readyz(request: web.Request) -> web.Response:
        """The database can be read."""
        try:
            waiting = await database.read(lambda uow: uow.outbox.oldest_due())
        except (StorageError, Unavailable):
            return web.json_response({"status": "database unavailable"}, status=503)
        return web.json_response({"status": "ok", "oldest_due": waiting.isoformat() if waiting else None})

    return readyz
