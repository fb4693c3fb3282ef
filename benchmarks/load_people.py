"""People who talk as the holder of `holder.py` does: some by Telegram, some with the web chat's plain forms.

Each carries the conversation as it should be: the real engine, led by what was acknowledged. So nobody has to read pages to
know what to answer, and at the end what is stored can be compared with it, answer by answer.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from benchmarks.holder import ANSWERS
from benchmarks.load_lines import Answer, Lines, request
from bot.channels import Press
from bot.channels.telegram import pack
from bot.channels.telegram_codes import Codes
from dialogs import events as ev
from dialogs.answers import NoAnswer
from dialogs.engine import advance, start
from dialogs.script import Script
from dialogs.session import Session, Status

SECRET = "a-secret-of-the-load-script-with-40-chars"
_FIELD = re.compile(rb'name="(csrf|nonce|session)" value="([^"]*)"')


@dataclass(slots=True)
class World:
    """What all of them share."""

    script: Script
    on: Any
    codes: Codes
    lines: Lines


@dataclass(slots=True, eq=False)
class Person:
    """`session` is where she should be. `pending` has happened or not: it was sent and never acknowledged."""

    world: World
    channel: str
    address: str
    session: Session | None = None
    pending: ev.Event | None = None
    acknowledged: int = 0
    replied: asyncio.Event = field(default_factory=asyncio.Event)
    told_at: float = 0.0

    def told(self) -> None:
        """The first answer to what she has done last is here."""
        if not self.replied.is_set():
            self.told_at = time.perf_counter()
            self.replied.set()

    @property
    def done(self) -> bool:
        return self.session is not None and self.next_event() is None

    def _begun(self, locale: str | None) -> Session:
        world = self.world
        return start(
            world.script, id="load", code="K7M4-0000-C", door=self.channel, entry="self", locale=locale, on=world.on
        ).session

    def after(self, event: ev.Event) -> Session:
        """Where she is when this has happened."""
        if self.session is None:
            return self._begun(event.locale if isinstance(event, ev.LanguageChosen) else None)
        return advance(self.world.script, self.session, event, self.world.on).session

    def happened(self) -> None:
        assert self.pending is not None
        self.session, self.pending = self.after(self.pending), None
        self.acknowledged += 1

    def next_event(self) -> ev.Event | None:
        session = self.session
        if session is None:
            return ev.Started() if self.channel == "telegram" else ev.LanguageChosen("de")
        if session.status is Status.REVIEWING:
            return ev.Confirmed(session.prompt)
        if session.status is not Status.ASKING:
            return None
        if session.locale is None:
            return ev.LanguageChosen("de")
        question = self.world.script.questionnaire.by_id[session.open or ""]
        offered = [option.id for option in question.offered(session.answers)]
        if question.id == "S02_city":
            return ev.Chosen(session.prompt, (sorted(self.world.script.county.kommunen)[0],))
        wanted = tuple(option for option in ANSWERS.get(question.id, ()) if option in offered)
        if question.kind == "multi" and wanted and self.channel == "telegram":
            return ev.Done(session.prompt) if wanted[0] in session.draft else ev.Toggled(session.prompt, wanted[0], True)
        if wanted:
            return ev.Chosen(session.prompt, wanted)
        if NoAnswer.UNKNOWN in question.no_answers:
            return ev.Chosen(session.prompt, (NoAnswer.UNKNOWN.value,))
        return ev.Skipped(session.prompt)


@dataclass(slots=True, eq=False)
class TelegramPerson(Person):
    """What stands on her screen: the buttons of the newest message, and its number."""

    message: int = 0
    buttons: frozenset[str] = frozenset()

    def shown(self, message: int, payload: dict[str, Any]) -> None:
        rows = (payload.get("reply_markup") or {}).get("inline_keyboard") or ()
        self.message = message
        self.buttons = frozenset(key["callback_data"] for row in rows for key in row if "callback_data" in key)

    def data(self, event: ev.Event) -> str | None:
        """The button for this event, if there is one on her screen."""
        wanted = pack(self.world.codes.coded(Press("0", getattr(event, "prompt", 0), *_act(event)))).split(":", 2)[2]
        return next((data for data in self.buttons if data.split(":", 2)[2] == wanted or _language(event, data, wanted)), None)

    def update(self, number: int, event: ev.Event) -> bytes | None:
        chat = f'"chat":{{"id":{self.address},"type":"private"}}'
        sender = f'"from":{{"id":{self.address},"is_bot":false,"first_name":"x","language_code":"de"}}'
        if isinstance(event, ev.Started):
            body = f'{{"update_id":{number},"message":{{"message_id":{number},"date":0,{chat},{sender},"text":"/start"}}}}'
        else:
            data = self.data(event)
            if data is None:
                return None
            body = (
                f'{{"update_id":{number},"callback_query":{{"id":"{number}",{sender},"chat_instance":"1","data":"{data}",'
                f'"message":{{"message_id":{self.message},"date":0,{chat}}}}}}}'
            )
        return telegram_request(body.encode())


def telegram_request(body: bytes) -> bytes:
    return request("POST", "/telegram/webhook", body, headers=f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n")


@dataclass(slots=True, eq=False)
class WebPerson(Person):
    """Her browser: a cookie, and the fields of the page she looks at."""

    cookie: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def look(self) -> bytes:
        headers = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        return request("GET", "/", headers=headers)

    def looked(self, answer: Answer) -> None:
        if answer.cookie:
            self.cookie = answer.cookie
            self.address = self.cookie.partition("=")[2]
        self.fields = {name.decode(): value.decode() for name, value in _FIELD.findall(answer.body)}

    def form(self, event: ev.Event) -> bytes:
        act, option = _act(event)
        options = event.options if isinstance(event, ev.Chosen) else (option,) if option else ()
        if isinstance(event, ev.Chosen) and self.session is not None and self.session.open:
            act = "d" if self.world.script.questionnaire.by_id[self.session.open].kind == "multi" else "c"
        fields = [*self.fields.items(), ("lang", "de"), ("prompt", str(getattr(event, "prompt", 0))), ("act", act)]
        body = urlencode([*fields, *(("option", one) for one in options)]).encode()
        return request("POST", "/chat", body, "application/x-www-form-urlencoded", f"Cookie: {self.cookie}\r\n")


def _act(event: ev.Event) -> tuple[str, str]:
    match event:
        case ev.LanguageChosen():
            return "l", event.locale
        case ev.Chosen():
            return "c", event.options[0]
        case ev.Toggled():
            return "+" if event.on else "-", event.option
        case ev.Done():
            return "d", ""
        case ev.Confirmed():
            return "y", ""
        case ev.Skipped():
            return "s", ""
    raise TypeError(f"nobody here does {type(event).__name__}")


def _language(event: ev.Event, data: str, wanted: str) -> bool:
    """A language's button carries the number of the prompt, which the event does not know."""
    return isinstance(event, ev.LanguageChosen) and data.split(":", 3)[3] == wanted.partition(":")[2]


def new_chat() -> str:
    return str(10_000_000 + secrets.randbelow(2**40))
