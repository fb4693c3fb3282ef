"""Telegram as one of the doors. The only file that knows aiogram, and the hop `on_press` · `on_text` · `send`.

aiogram does what is typed and rare: the callback data of buttons, getMe, webhook and command menus. What happens for every
message is plain JSON (`telegram_reading`, `telegram_drawing`, `telegram_calls`). Importing this file takes seconds, so
whoever needs no Telegram must not import it.

An update is acknowledged only after `receive` has returned, and `receive` returns only after the commit.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.types import BotCommand
from aiogram.utils.token import validate_token
from aiohttp import web

from bot.channels import ACTS, Inbound, Outgoing, PersonGone, Press, Receive, Reply, SendFailed, Unavailable, event_of
from bot.channels.flood import Flood
from bot.channels.telegram_calls import Calls, Refused, Unreachable, meaning
from bot.channels.telegram_codes import Codes
from bot.channels.telegram_faults import LONGEST_PAUSE, Faults, Faulty
from bot.channels.telegram_hook_info import HookInfo, hook_info
from bot.channels.telegram_modes import DoorPage, check, instead
from bot.channels.telegram_polling import ALLOWED_UPDATES, Again, Pause, Polling, Waiting
from bot.channels.telegram_reading import Arrived, Malformed, command, read
from bot.channels.telegram_screens import Screens
from bot.channels.telegram_sending import Sending
from bot.channels.telegram_turns import Turns
from bot.channels.telegram_webhook import Webhook, acknowledgement
from dialogs.events import Chosen, Event, Typed, Unreadable

log = logging.getLogger("wegweiser.telegram")

WEBHOOK_PATH = "/telegram/webhook"
MOST_CONNECTIONS = 40
TOKEN_REFUSED = "the Bot API refuses the token: set WEGWEISER_TELEGRAM_TOKEN anew"  # noqa: S105  no token, a sentence


LONGEST_DATA = 64
_PREFIX = "q"


def pack(press: Press) -> str:
    """`q:<session>:<prompt>:<act>:<option's code>`. Raises ValueError for what has no place in 64 bytes: nothing is ever cut.

    The form is that of aiogram's CallbackData (a test reads it with that), written without its objects: a page has five
    buttons, and each of them cost as much as two statements of the database.
    """
    if ":" in press.session or ":" in press.option:
        raise ValueError("a part of a press holds the separator")
    data = f"{_PREFIX}:{press.session}:{press.prompt}:{press.act}:{press.option}"
    if len(data) > LONGEST_DATA or (not data.isascii() and len(data.encode()) > LONGEST_DATA):
        raise ValueError("a press does not fit into a button")
    return data


def unpack(data: str) -> Press | None:
    """The press, or None if no button of ours says this."""
    parts = data.split(":")
    if len(parts) != 5 or parts[0] != _PREFIX or parts[3] not in ACTS:
        return None
    session, prompt, option = parts[1], parts[2], parts[4]
    if not (prompt.isascii() and prompt.isdecimal() and len(prompt) <= 9):
        return None
    return Press(session, int(prompt), parts[3], option)


class _Session(AiohttpSession):
    """aiogram's way out, closed without its quarter of a second of sleep: aiohttp waits for its own sockets by now."""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class TelegramChannel:
    """One bot: by webhook if there is a secret, else by polling.

    `door_page` gives the only page of mode door, in the language nearest to the given one; in mode buttons it stands for
    pages that must not cross. `given_up` is told whose update our own
    fault made us give up. `options` gives every option a button can carry (`telegram_options`). `commands` is the menu
    for each two-letter language ("" for all others). `gone` is told whose chat was blocked. `trouble` is empty, or what an
    operator must put right; `counts` holds numbers for the health page; `ready` is set once the Bot API knows us.
    `flood` bounds what one chat may send; `place` is waited for before a door page goes (`bot/pacing.py`).
    """

    name = "telegram"
    pushes = True

    def __init__(
        self, token: str, api_base: str, mode: str, receive: Receive, *,
        public_url: str = "", secret: str | None = None, door_page: DoorPage | None = None,
        options: Callable[[], Iterable[str]] | None = None,
        commands: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        gone: Callable[[str], Awaitable[None]] | None = None,
        given_up: Callable[[str, str, str | None], Awaitable[None]] | None = None,
        session: aiohttp.ClientSession | None = None, pause: Pause = asyncio.sleep,
        flood: Flood | None = None, place: Callable[[str | None], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        validate_token(token)
        check(mode, secret, door_page, options)
        self.mode = mode
        self.trouble = ""
        self.counts: Counter[str] = Counter()
        self.ready = asyncio.Event()
        self._token, self._api_base = token, api_base
        self._public_url, self._secret = public_url.rstrip("/"), secret
        self._receive, self._door_page, self._gone, self._given_up = receive, door_page, gone, given_up
        self._commands, self._pause = commands or {}, pause
        self._turns, self._screens, self._faults = Turns(), Screens(), Faults()
        self._calls = Calls(token, api_base, session)
        self._codes = Codes(token, options() if options is not None else (), plain=mode == "full")
        self._sending = Sending(self._calls, self._screens, lambda press: pack(self._codes.coded(press)), self.counts)
        self._border = Webhook(secret, self._take, self.counts, flood)
        self._place = place
        self._polling = Polling(self._calls, self._sort, pause, self._note_trouble)
        self._main: asyncio.Task[None] | None = None

    # -- from the person -------------------------------------------------------------------------------------------

    async def webhook(self, request: web.Request) -> web.Response:
        """The aiohttp handler of `WEBHOOK_PATH`."""
        return await self._border(request)

    async def on_press(self, arrived: Arrived) -> Reply:
        """A button. What no button of ours says answers no question: nothing changes, and the open one is shown again."""
        press = self._codes.read(unpack(arrived.data))
        if press is None:
            self.counts["garbage"] += 1
            return await self._receive(_inbound(arrived, Chosen(-1, ()), ""))
        self._screens.pressed(arrived.chat, arrived.message, press)
        return await self._receive(_inbound(arrived, event_of(press), press.session))

    async def on_text(self, arrived: Arrived) -> Reply:
        """Words or a file. Commands count everywhere; other words are let in only in mode full."""
        self._screens.wrote(arrived.chat)
        event: Event | None = command(arrived.text)
        if event is None:
            event = Typed(arrived.text) if arrived.text and self.mode == "full" else Unreadable()
        return await self._receive(_inbound(arrived, event, None))

    async def _take(self, arrived: Arrived) -> Reply:
        """One update, when it is its turn in its chat. Raises Unavailable or Faulty: then nothing has happened."""
        async with self._turns.of(arrived.chat, arrived.update_id):
            try:
                reply = await self._let_in(arrived)
            except Unavailable:
                raise
            except Exception as error:
                self.counts["faults"] += 1
                self._faults.note(arrived.update_id, error)
                await self._apologise(arrived)
                return Reply()
        self._faults.cured(arrived.update_id)
        self.counts["taken"] += 1
        if reply.reused:
            self.counts["reused number"] += 1
            log.warning("telegram: an update came with a known number but is another one; it was taken as new")
        return reply

    async def _apologise(self, arrived: Arrived) -> None:
        """An update is given up: acknowledged without effect. So it is counted, and the person hears of it."""
        self.counts["given up"] += 1
        if self._given_up is not None and arrived.kind != "left":
            try:
                await self._given_up(str(arrived.chat), str(arrived.update_id), arrived.language)
            except Exception as error:
                log.critical("telegram: the person could not be told either: %s", type(error).__name__)

    async def _let_in(self, arrived: Arrived) -> Reply:
        if arrived.kind == "left":
            await self._left(arrived.chat)
            return Reply()
        if self.mode == "door":
            return await self._show_door(arrived)
        return await (self.on_press(arrived) if arrived.kind == "press" else self.on_text(arrived))

    async def _show_door(self, arrived: Arrived) -> Reply:
        """Mode door: whatever comes, the door page answers, and the conversation never hears of it."""
        press = self._codes.read(unpack(arrived.data)) if arrived.kind == "press" else None
        chosen = press.option if press is not None and press.act == "l" else ""
        page = self._door(chosen or arrived.language or "de")
        if self._place is not None:
            await self._place(None)
        try:
            await self._sending.show(arrived.chat, page, arrived.message or None)
        except (Refused, Unreachable) as error:
            failed = meaning(error)
            if isinstance(failed, PersonGone):
                await self._left(arrived.chat)
            elif failed.retryable:
                raise Unavailable("the door page could not be sent", retry_after=failed.retry_after or 5) from None
        return Reply()

    async def _left(self, chat: int) -> None:
        self._screens.forget(chat)
        if self._gone is not None:
            await self._gone(str(chat))

    def _door(self, locale: str) -> Outgoing:
        assert self._door_page is not None
        return self._door_page(locale)

    # -- to the person ---------------------------------------------------------------------------------------------

    async def send(self, address: str, page: Outgoing) -> None:
        """Deliver one page: into the pressed message where the rule of `telegram_screens` says so, else as a new one.

        What may not cross in this mode is replaced first, whatever is still waiting to be sent.
        """
        chat, page = int(address), instead(self.mode, page, self._door_page)
        into = None if self.mode == "door" else self._screens.target(chat, page)
        try:
            await self._sending.show(chat, page, into)
        except ValueError:
            raise SendFailed("an option has no code or does not fit into a button", retryable=False) from None
        except (Refused, Unreachable) as error:
            if isinstance(error, Refused) and error.code in (401, 404):
                self._note_trouble(TOKEN_REFUSED)
                log.error("telegram: %s", TOKEN_REFUSED)
            raise meaning(error) from None
        if self.trouble == TOKEN_REFUSED:
            self._note_trouble("")

    async def settled(self) -> None:
        """Return when old keyboards are gone and presses are acknowledged."""
        await self._sending.settled()

    # -- polling ---------------------------------------------------------------------------------------------------

    def _sort(self, update: object) -> Waiting | None:
        try:
            arrived = read(update)
        except Malformed:
            self.counts["400"] += 1
            return None
        if arrived is None:
            self.counts["ignored"] += 1
            return None
        return Waiting(arrived.chat, arrived.update_id, lambda: self._take_polled(arrived))

    async def _take_polled(self, arrived: Arrived) -> None:
        try:
            reply = await self._take(arrived)
        except Unavailable as unavailable:
            raise Again(unavailable.retry_after) from None
        except Faulty as faulty:
            raise Again(faulty.seconds) from None
        if arrived.kind == "press":
            self._sending.later("answerCallbackQuery", acknowledgement(arrived, reply))

    # -- beginning and end -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin in the background: an unreachable Bot API must not keep the other doors shut."""
        self._main = asyncio.create_task(self._run())

    def ask_no_more(self) -> None:
        """Fetch nothing new; what was fetched is finished. Webhooks are refused elsewhere (`bot/entrance.py`)."""
        self._polling.stop()

    async def hook_info(self) -> HookInfo | None:
        """What the Bot API knows of our webhook; None if there is none, or no answer. Notes and forgets trouble."""
        if self._secret is None or not self.ready.is_set():
            return None
        try:
            info = await hook_info(self._calls)
        except Unreachable:
            return None
        except Refused as refused:
            if refused.code in (401, 404):
                self._note_trouble(TOKEN_REFUSED)
            return None
        self._note_trouble("")
        return info

    async def stop(self, patience: float = 10) -> None:
        """Finish what is under way, at most so many seconds each."""
        self._polling.stop()
        if self._main is not None:
            if not self.ready.is_set():
                self._main.cancel()
            await asyncio.wait({self._main}, timeout=patience)
            self._main.cancel()
        try:
            await asyncio.wait_for(self.settled(), patience)
        except TimeoutError:
            log.warning("telegram: some old keyboards were not taken away")
        await self._calls.close()

    async def _run(self) -> None:
        failures = 0
        while not await self._introduced():
            failures += 1
            await self._pause(min(2.0 ** (failures - 1), LONGEST_PAUSE))
        self.ready.set()
        if self._secret is None:
            await self._polling.run()

    async def _introduced(self) -> bool:
        """Say where updates go and which commands there are. Waiting updates are kept."""
        bot = Bot(self._token, session=_Session(api=TelegramAPIServer.from_base(self._api_base)))
        try:
            await bot.get_me()
            if self._secret is None:
                await bot.delete_webhook(drop_pending_updates=False)
            else:
                await bot.set_webhook(
                    self._public_url + WEBHOOK_PATH, secret_token=self._secret, max_connections=MOST_CONNECTIONS,
                    allowed_updates=list(ALLOWED_UPDATES), drop_pending_updates=False,
                )  # fmt: skip
            for locale, listed in self._commands.items():
                # The Bot API knows languages of two letters only; the empty one is for everybody else.
                if re.fullmatch("([a-z]{2})?", locale):
                    menu = [BotCommand(command=name, description=words) for name, words in listed]
                    await bot.set_my_commands(menu, language_code=locale or None)
        except AiogramError as error:
            refused = isinstance(error, (TelegramUnauthorizedError, TelegramNotFound))
            self._note_trouble(TOKEN_REFUSED if refused else f"the Bot API does not take us in: {type(error).__name__}")
            log.error("telegram: %s", self.trouble)
            if isinstance(error, TelegramRetryAfter):
                await self._pause(error.retry_after)
            return False
        finally:
            await bot.session.close()
        self._note_trouble("")
        return True

    def _note_trouble(self, line: str) -> None:
        self.trouble = line


def _inbound(arrived: Arrived, event: Event, session: str | None) -> Inbound:
    return Inbound("telegram", str(arrived.chat), str(arrived.update_id), event, session, arrived.language, arrived.mark)
