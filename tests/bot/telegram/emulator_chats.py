"""Chats and their messages as the real server keeps them: what is on the person's screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.bot.telegram.emulator_checks import ApiError, Keyboard, bad
from tests.bot.telegram.emulator_html import Entity

DELETABLE_FOR = 48 * 3600
QUERY_LIFE = 60


@dataclass
class Message:
    message_id: int
    chat_id: int
    date: int
    from_bot: bool
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    keyboard: Keyboard = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    edited: int = 0
    deleted: bool = False

    @property
    def labels(self) -> list[str]:
        return [button["text"] for row in self.keyboard for button in row]

    def marked(self, type_: str) -> list[str]:
        """The words of all entities of one type."""
        units = self.text.encode("utf-16-le")
        return [
            units[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le")
            for entity in self.entities
            if entity.type == type_
        ]


@dataclass
class Chat:
    """One person's chat with the bot."""

    id: int
    first_name: str
    language_code: str | None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    messages: list[Message] = field(default_factory=list)

    def user(self) -> dict[str, Any]:
        code = {"language_code": self.language_code} if self.language_code else {}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "username": f"user_{self.id}", **code}

    def chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": self.first_name, "username": f"user_{self.id}"}


@dataclass
class Query:
    """A pressed button that waits for its acknowledgement."""

    id: str
    chat_id: int
    asked: float
    answered: bool = False
    text: str = ""


class Chats:
    def __init__(self, bot: dict[str, Any]) -> None:
        self.bot = bot
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self._next_message = 1

    def add(self, chat: Chat) -> None:
        self.chats[chat.id] = chat

    def number(self) -> int:
        self._next_message += 1
        return self._next_message - 1

    def writable(self, chat_id: Any) -> Chat:
        """The chat, if the bot may write into it now."""
        if chat_id in (None, ""):
            raise bad("chat_id is empty")
        try:
            chat = self.chats[int(chat_id)]
        except (KeyError, ValueError, TypeError):
            raise bad("chat not found") from None
        if chat.deactivated:
            raise ApiError(403, "Forbidden: user is deactivated")
        if chat.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if not chat.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def message(self, chat: Chat, message_id: int, purpose: str) -> Message:
        for message in chat.messages:
            if message.message_id == message_id and not message.deleted:
                return message
        raise bad(f"message to {purpose} not found")

    def editable(self, chat: Chat, message_id: int) -> Message:
        message = self.message(chat, message_id, "edit")
        if not message.from_bot:
            raise bad("message can't be edited")
        return message

    def to_json(self, message: Message) -> dict[str, Any]:
        chat = self.chats[message.chat_id]
        out: dict[str, Any] = {
            "message_id": message.message_id, "date": message.date, "chat": chat.chat(),
            "from": self.bot if message.from_bot else chat.user(), **message.extra,
        }  # fmt: skip
        if message.text:
            out["text"] = message.text
        if message.entities:
            out["entities"] = [entity.to_json() for entity in message.entities]
        if message.keyboard:
            out["reply_markup"] = {"inline_keyboard": message.keyboard}
        if message.edited:
            out["edit_date"] = message.edited
        return out
