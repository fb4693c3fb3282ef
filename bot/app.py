"""The public door, put together by hand, top to bottom, once."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client.metrics_core import Metric

from bot.backups import age_of_newest, keep_backups, keep_ledger
from bot.channels import Channel, Outgoing
from bot.channels.flood import Flood
from bot.channels.web import WebChannel
from bot.conversation import Conversation
from bot.delivery import Delivery
from bot.entrance import Entrance
from bot.lookout import BackupAge, Lookout
from bot.metrics import counted, one, spread
from bot.pacing import Paced, Pacing, in_database, in_memory, telegram_limits
from bot.phrasing import Phrasing
from bot.place import BERLIN
from bot.readiness import Readiness
from bot.recovery import Recovery
from bot.releases import Releases
from bot.settings import Settings
from bot.upkeep import Rounds, keep_deadlines
from bot.watch import Watch
from bot.words import Words
from dialogs.model import Card
from dialogs.reasons import get_ready
from dialogs.script import Library
from storage import Database

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel

log = logging.getLogger("wegweiser.bot")

LARGEST_BODY = 64 * 1024

# Within ten seconds everything is over, whatever hangs: steps under way, then letters, then what tidies up at Telegram.
STEPS_SECONDS = 1.5
LETTERS_SECONDS = 2.0
TIDYING_SECONDS = 0.5

# What the program calls when it is told to stop, before it closes its sockets.
DRAIN: web.AppKey[Callable[[], Awaitable[None]]] = web.AppKey("drain")


@dataclass
class Door:
    """The parts of the public door, for the program that runs it and for the tests that walk it."""

    application: web.Application
    conversation: Conversation
    delivery: Delivery
    recovery: Recovery
    channels: dict[str, Channel]
    words: Words
    entrance: Entrance
    rounds: Rounds = field(default_factory=Rounds)
    telegram: TelegramChannel | None = None
    lookout: Lookout | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def drain(self) -> None:
        """Let nothing new in, finish what is under way, give back what is not sent. Doing it twice is harmless."""
        if self.telegram is not None:
            self.telegram.ask_no_more()
        if not await self.entrance.close(STEPS_SECONDS):
            log.warning("some steps take long; whoever waits for them is told to try again")
        await self.delivery.stop(LETTERS_SECONDS)

    def numbers(self) -> Iterator[Metric]:
        """This door's own part of `/metrics`."""
        yield counted("events", sorted(self.entrance.events.items()))
        yield spread("acknowledgement_seconds", {(channel,): found for channel, found in self.entrance.seconds.items()})
        yield counted("sweeps", [((outcome,), n) for outcome, n in sorted(self.rounds.ended.items())])
        yield counted("swept", [((deadline,), n) for deadline, n in sorted(self.rounds.rows.items())])
        yield counted("sent", [((outcome,), n) for outcome, n in sorted(self.delivery.counts.items())])
        yield one("retry_after_seconds", self.delivery.asked_to_wait)
        if self.telegram is not None:
            yield counted("webhook_answers", [((result,), n) for result, n in sorted(self.telegram.counts.items())])


def phrasing_for(library: Library, words: Words) -> Phrasing:
    cards: dict[str, Card] = {}
    for script in library.scripts.values():
        cards.update(script.questionnaire.cards)
    return Phrasing(words, cards)


def build_door(
    database: Database, library: Library, words: Words, settings: Settings, *,
    clock: Callable[[], dt.datetime], form_secret: bytes | None = None, backup_age: BackupAge | None = None,
) -> Door:  # fmt: skip
    """Web chat always; Telegram only if there is a token, because importing it costs seconds.

    `backup_age`: seconds since the newest good backup, negative if there is none; without it nobody watches backups.
    """
    phrasing = phrasing_for(library, words)
    worker = secrets.token_hex(8)
    pushing = {"telegram"} if settings.telegram_token else set()
    conversation = Conversation(database, library, phrasing, pushing=pushing, clock=clock, worker=worker)
    entrance = Entrance()
    chat = WebChannel(
        entrance.receiving(conversation.receive), conversation.look, secure_cookies=settings.secure_cookies,
        offered=tuple(words.locales), words=words, demo=settings.demo, secret=form_secret,
        resume=lambda code, address: conversation.resume(code, "web", address),
        client_of=_last_forwarded if settings.behind_proxy else _peer, flood=_flood(settings),
    )  # fmt: skip
    channels: dict[str, Channel] = {"web": chat}
    paced: dict[str, Paced] = {}
    delivery = Delivery(database, phrasing, channels, clock=clock, worker=worker, paced=paced)
    conversation.hand_over, conversation.crowded = delivery.hand_over, delivery.crowded
    conversation.look_soon = delivery.look_soon
    releases = Releases(database, library, words)
    releases.follow(lambda library: conversation.take(library, releases.catch_up))
    application = web.Application(client_max_size=LARGEST_BODY)
    recovery = Recovery(database, lambda: conversation.place, delivery.wake)
    door = Door(application, conversation, delivery, recovery, channels, words, entrance)
    application[DRAIN] = door.drain
    if settings.telegram_token:
        from bot.channels.telegram_drawing import parts

        pacing = _pacing(database, settings)
        door.telegram = _telegram(door, library, settings, pacing)
        if pacing is not None:
            paced["telegram"] = Paced(pacing, parts)
    watch = _watch(door, database, settings, clock, backup_age)
    application.add_routes(
        [
            web.get("/healthz", watch.healthz), web.get("/readyz", watch.readyz), web.get("/metrics", watch.metrics),
            web.get("/z", _type_a_slips_code),
        ]
    )  # fmt: skip
    # Last, because the chat answers every address that nobody else does.
    application.add_routes(chat.routes())
    application.on_shutdown.append(lambda app: chat.close())
    application.cleanup_ctx.append(releases.running)
    today = clock().astimezone(BERLIN).date()
    application.cleanup_ctx.append(lambda app: _running(door, database, lambda: _ready(library, today)))
    application.cleanup_ctx.append(lambda app: _keeping(database, settings))
    return door


def _watch(
    door: Door, database: Database, settings: Settings, clock: Callable[[], dt.datetime], backup_age: BackupAge | None
) -> Watch:
    lookout = door.lookout = Lookout(
        database, key_file=settings.keys, telegram=door.telegram, backup_age=backup_age or age_of_newest(settings),
        wall=lambda: clock().timestamp(),
    )

    def codes() -> Iterator[str]:
        if door.entrance.closed:
            yield "stopping"
        yield from lookout.codes()

    watch = Watch(database, Readiness(database, more=codes), settings.metrics_token)
    watch.add(door.numbers)
    watch.add(lookout.numbers, lookout.count_outbox)
    door.application.on_response_prepare.append(watch.note)
    return watch


def _flood(settings: Settings) -> Flood | None:
    return Flood(settings.flood_burst) if settings.flood_burst else None


def _pacing(database: Database, settings: Settings) -> Pacing | None:
    """Telegram's limits: shared by all processes where there can be several, in memory where there is one."""
    if settings.telegram_per_second == 0:
        return None
    limits = telegram_limits(settings.telegram_per_second)
    return Pacing(in_database(database, "telegram", limits) if database.shared else in_memory(limits))


def _telegram(door: Door, library: Library, settings: Settings, pacing: Pacing | None) -> TelegramChannel:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.telegram_options import every_option

    def door_page(locale: str) -> Outgoing:
        return door.conversation.door_page(locale, settings.public_url)

    channel = TelegramChannel(
        settings.telegram_token, settings.telegram_api, settings.telegram_mode,
        door.entrance.receiving(door.conversation.receive),
        public_url=settings.public_url, secret=settings.telegram_webhook_secret or None, door_page=door_page,
        commands={"" if locale == "de" else locale: _menu(door.words, locale) for locale in door.words.locales},
        gone=lambda address: door.conversation.gone("telegram", address),
        given_up=lambda address, event, hint: door.conversation.apologise("telegram", address, event, hint),
        options=lambda: every_option(library),
        flood=_flood(settings),
        place=pacing.permit if pacing is not None else None,
    )  # fmt: skip
    door.channels["telegram"] = channel
    if settings.telegram_by_webhook:
        door.application.router.add_post("/telegram/webhook", door.entrance.refusing(channel.webhook))
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
    assert door.lookout is not None
    looking = door.lookout.keep_looking()
    ever = (door.delivery.run(), door.recovery.run(), keep_deadlines(database, door.rounds), looking, ready())
    door.tasks += [asyncio.create_task(task) for task in ever]
    yield
    for task in door.tasks:
        task.cancel()
    await asyncio.gather(*door.tasks, return_exceptions=True)
    await door.drain()
    if telegram is not None:
        await telegram.stop(TIDYING_SECONDS)


async def _keeping(database: Database, settings: Settings) -> AsyncIterator[None]:
    """What keeps the data safe while the application runs: the erasure ledger, and backups where they are set up."""
    tasks = [asyncio.create_task(keep_ledger(database)), asyncio.create_task(keep_backups(settings))]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _peer(request: web.Request) -> str:
    return request.remote or ""


def _last_forwarded(request: web.Request) -> str:
    """Who spoke to our own proxy: the last entry is the proxy's, all before it anybody can write."""
    return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or _peer(request)


async def _type_a_slips_code(request: web.Request) -> web.Response:
    """The short address on a slip, for who types it: there the code is asked for."""
    raise web.HTTPFound("/code")
