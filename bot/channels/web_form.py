"""What a submitted form says, as an event. Anything that no page of ours sends is Garbage and changes nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from bot.channels import Form, Press, event_of
from bot.channels.web_text import cleaned
from dialogs import events
from dialogs.errors import UnknownOption
from dialogs.events import Event

BODY_LIMIT = 64 * 1024
FIELD_LIMIT = 300
TEXT_LIMIT = 500
KNOWN = ("act", "code", "csrf", "day", "entry", "lang", "month", "nonce", "option", "prompt", "session", "slip", "text", "year")

PARTS = ("year", "month", "day")

_ID = re.compile(r"[A-Za-z0-9_.:@-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,9}")
# These answer the open question and carry its number; all others are commands.
_ANSWERING = frozenset("cdtbsey+-")

Fields = Mapping[str, list[str]]


class TooLarge(Exception):
    """More than 64 KiB: no form of ours is."""


class Unreadable(Exception):
    """No form at all."""


class Garbage(Exception):
    """A form, but none that a page of ours sends: the current page is shown again."""


class Incomplete(Exception):
    """Nothing was chosen, or a part is missing. `key` is the frame word that says so."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Submitted:
    """The fields of a chat form, each in the shape our pages give it, or empty."""

    act: str
    session: str | None
    prompt: int | None
    options: tuple[str, ...]
    text: str
    parts: Mapping[str, str]
    nonce: str
    entry: str | None
    slip: str | None

    @classmethod
    def of(cls, fields: Fields) -> Submitted:
        options = tuple(fields.get("option", ()))
        if not all(_ID.fullmatch(option) for option in options) or len(options) > 50:
            raise Garbage
        number = one(fields, "prompt")
        return cls(
            act=one(fields, "act"),
            session=identifier(one(fields, "session")),
            prompt=int(number) if _NUMBER.fullmatch(number) else None,
            options=options,
            text=cleaned(one(fields, "text"), limit=TEXT_LIMIT),
            parts={name: _digits(one(fields, name)) for name in PARTS if name in fields},
            nonce=identifier(one(fields, "nonce")) or "",
            entry=identifier(one(fields, "entry")),
            slip=identifier(one(fields, "slip")),
        )

    def event_id(self, token: str, suffix: str = "") -> str:
        """The same for every submission of the same rendered form with the same content: a double press is one event."""
        content = "\0".join(
            (token, self.nonce, suffix, self.act, str(self.prompt), *self.options, self.text, *self.parts.values())
        )
        return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()

    def answers(self, form: Form) -> bool:
        """Whether this form is the one that was sent, asked again because something did not fit."""
        return (form.session, form.prompt) == (self.session or "", self.prompt)

    def event(self) -> Event:
        """Raises Garbage or Incomplete."""
        if not self.nonce:
            raise Garbage
        prompt = self.prompt
        if self.act in _ANSWERING:
            if prompt is None:
                raise Garbage
        else:
            prompt = 0
        if self.act in ("c", "d"):
            if not self.options:
                raise Incomplete("web.choose_one" if self.act == "c" else "web.choose_some")
            return events.Chosen(prompt, self.options)
        if self.act == "t":
            return self._written(prompt)
        try:
            return event_of(Press(self.session or "", prompt, self.act, self.options[0] if self.options else ""))
        except UnknownOption:
            raise Garbage from None

    def _written(self, prompt: int) -> Event:
        """A date's or month's selects become YYYY-MM-DD or YYYY-MM; whether there is such a day is not decided here."""
        if self.parts:
            if not all(self.parts.values()):
                raise Incomplete("web.date_incomplete")
            return events.Chosen(prompt, ("-".join(f"{int(self.parts[name]):02d}" for name in PARTS if name in self.parts),))
        if not self.text:
            raise Incomplete("web.write_something")
        return events.Typed(self.text, prompt)


def one(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0]


def identifier(text: str) -> str | None:
    """The text if it has the shape of an id, else None."""
    return text if _ID.fullmatch(text) else None


def _digits(text: str) -> str:
    return text if _NUMBER.fullmatch(text) and len(text) <= 4 else ""


async def read_fields(request: web.Request) -> dict[str, list[str]]:
    """The form's known fields. Raises TooLarge before the whole body has been read, Unreadable if it is no form."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise TooLarge
    if request.content_type != "application/x-www-form-urlencoded":
        raise Unreadable
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(8192):
            body += chunk
            if len(body) > BODY_LIMIT:
                raise TooLarge
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=FIELD_LIMIT
        )
    except (ValueError, web.RequestPayloadError):
        raise Unreadable from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in KNOWN:
            fields.setdefault(name, []).append(value)
    return fields
