"""What survives of a Telegram update: the chat's id, the words or the press, the device's language. Nothing else.

Names, user names, pictures, phone numbers, places and forwards end here. A file is only noticed, never fetched.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import orjson

from dialogs import events
from dialogs.events import Event

LONGEST_TEXT = 4096

Kind = Literal["text", "press", "file", "left"]


class Malformed(Exception):
    """Not an update: no JSON, or not in the shape the Bot API promises."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One update, minimised. `query` and `message` belong to a press: what to acknowledge, and where the button was.

    `mark` tells it from another update with the same number: numbers begin anew, at random, after a week without updates.
    """

    update_id: int
    chat: int
    kind: Kind
    text: str = ""
    data: str = ""
    query: str = ""
    message: int = 0
    language: str | None = None
    mark: str = field(default="", compare=False)


def parsed(raw: bytes) -> object:
    """The JSON value of a body. The second reader is slower but forgives half a surrogate pair, which the first refuses."""
    try:
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            raise Malformed("no JSON") from None
    return value


def read(update: object) -> Arrived | None:
    """An update we listen to, or None: another kind, a group, a channel. Raises Malformed."""
    if not isinstance(update, dict):
        raise Malformed("no object")
    update_id = _whole(update.get("update_id"))
    if "message" in update:
        return _message(update_id, _object(update["message"]))
    if "callback_query" in update:
        return _press(update_id, _object(update["callback_query"]))
    if "my_chat_member" in update:
        return _membership(update_id, _object(update["my_chat_member"]))
    return None


def _message(update_id: int, message: Mapping[str, object]) -> Arrived | None:
    chat = _private_chat(message)
    if chat is None:
        return None
    text, number = message.get("text"), message.get("message_id")
    mark = f"{chat}m{number}" if isinstance(number, int) else ""
    if not isinstance(text, str):
        return Arrived(update_id, chat, "file", language=_language(message), mark=mark)
    return Arrived(update_id, chat, "text", text=cleaned(text), language=_language(message), mark=mark)


def _press(update_id: int, query: Mapping[str, object]) -> Arrived | None:
    message = query.get("message")
    if message is None:
        return None
    message = _object(message)
    chat = _private_chat(message)
    if chat is None:
        return None
    data, query_id = query.get("data"), query.get("id")
    if not isinstance(query_id, str):
        raise Malformed("a press without an id")
    return Arrived(
        update_id, chat, "press", data=data if isinstance(data, str) else "", query=query_id,
        message=_whole(message.get("message_id")), language=_language(query), mark=f"{chat}q{query_id}",
    )  # fmt: skip


def _membership(update_id: int, change: Mapping[str, object]) -> Arrived | None:
    chat = _private_chat(change)
    status = _object(change.get("new_chat_member")).get("status")
    return Arrived(update_id, chat, "left") if chat is not None and status == "kicked" else None


def _private_chat(holder: Mapping[str, object]) -> int | None:
    """Only one person's own chat: in a group, others would read along."""
    chat = _object(holder.get("chat"))
    number = _whole(chat.get("id"))
    return number if chat.get("type") == "private" else None


def _language(holder: Mapping[str, object]) -> str | None:
    sender = holder.get("from")
    code = sender.get("language_code") if isinstance(sender, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9-]{2,16}", code) else None


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Malformed("a part is no object")
    return value


def _whole(value: object) -> int:
    """Ids have at most 52 bits; a larger one, a fraction or a truth value comes from nobody we know."""
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**52) < value < 2**52:
        raise Malformed("an id is no whole number")
    return value


_DIRECTION = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"))


def cleaned(text: str) -> str:
    """Words without control characters, half surrogate pairs and direction tricks."""
    text = text[:LONGEST_TEXT]
    if not text.isprintable():
        kept = (char for char in text.translate(_DIRECTION) if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))
        text = "".join(kept)
    return text.strip()


_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_ENTRY = re.compile(r"[A-Za-z0-9_-]{1,64}")

_COMMANDS: Mapping[str, Callable[[], Event]] = {
    "language": events.LanguageAsked,
    "settings": events.LanguageAsked,
    "help": events.HelpAsked,
    "human": events.HumanAsked,
    "mensch": events.HumanAsked,
    "status": events.DataAsked,
    "privacy": events.DataAsked,
    "export": events.DataAsked,
    "cancel": events.Paused,
    "stop": events.Paused,
    "delete": events.DeleteAsked,
    "new": events.StartedAgain,
}


def command(text: str) -> Event | None:
    """The event of a command, in any state and any mode; None if the words are none. An unknown command asks for help."""
    found = _COMMAND.match(text)
    if found is None:
        return None
    name, payload = found[1].lower(), (found[2] or "").strip()
    if name != "start":
        return _COMMANDS.get(name, events.HelpAsked)()
    if not _ENTRY.fullmatch(payload):
        return events.Started()
    if payload.startswith("d-"):
        return events.Started(slip=payload[2:]) if len(payload) > 2 else events.Started()
    return events.Started(entry=payload)
