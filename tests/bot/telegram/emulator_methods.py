"""The methods of the emulated Bot API."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.bot.telegram.emulator_chats import DELETABLE_FOR, QUERY_LIFE, Chats, Message
from tests.bot.telegram.emulator_checks import bad, commands_of, keyboard_of, text_of, whole
from tests.bot.telegram.emulator_html import utf16
from tests.bot.telegram.emulator_updates import DEFAULT_ALLOWED, Hook, Updates

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)

Payload = Mapping[str, Any]


class Methods:
    def __init__(self, chats: Chats, updates: Updates) -> None:
        self._chats, self._updates = chats, updates
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.by_name: dict[str, Callable[[Payload], Awaitable[Any]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_message_text,
            "editmessagereplymarkup": self._edit_message_reply_markup,
            "answercallbackquery": self._answer_callback_query,
            "deletemessage": self._delete_message,
            "setmycommands": self._set_my_commands,
        }

    async def _get_me(self, payload: Payload) -> Any:
        return self._chats.bot | {
            "can_join_groups": False, "can_read_all_group_messages": False, "supports_inline_queries": False,
        }  # fmt: skip

    # -- updates ---------------------------------------------------------------------------------------------------

    async def _get_updates(self, payload: Payload) -> Any:
        self._allow(payload)
        return await self._updates.poll(whole(payload, "offset", 0), whole(payload, "limit", 100), whole(payload, "timeout", 0))

    async def _set_webhook(self, payload: Payload) -> Any:
        url = payload.get("url") or ""
        if not url:
            return await self._delete_webhook(payload)
        # The real one takes https only; the loopback of a test has no certificate.
        if not re.match(r"https://|http://127\.0\.0\.1[:/]", url):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        secret = payload.get("secret_token") or ""
        if len(secret) > 256:
            raise bad("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad("secret token contains unallowed characters")
        connections = whole(payload, "max_connections", 40)
        self._allow(payload)
        self._drop_pending(payload)
        self._updates.hook = Hook(url, secret, min(max(connections, 1), 100))
        self._updates.interrupt()
        return True

    async def _delete_webhook(self, payload: Payload) -> Any:
        self._drop_pending(payload)
        self._updates.hook = None
        return True

    async def _get_webhook_info(self, payload: Payload) -> Any:
        hook = self._updates.hook
        info: dict[str, Any] = {
            "url": hook.url if hook else "", "has_custom_certificate": False,
            "pending_update_count": len(self._updates.pending), "allowed_updates": list(self._updates.allowed),
        }  # fmt: skip
        if hook is not None:
            info["max_connections"] = hook.max_connections
            if hook.last_error:
                info |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error}
        return info

    def _allow(self, payload: Payload) -> None:
        allowed = payload.get("allowed_updates")
        if allowed is not None:
            self._updates.allowed = tuple(allowed) or DEFAULT_ALLOWED

    def _drop_pending(self, payload: Payload) -> None:
        if payload.get("drop_pending_updates") in (True, "true", "True", "1"):
            self._updates.pending.clear()

    # -- messages --------------------------------------------------------------------------------------------------

    async def _send_message(self, payload: Payload) -> Any:
        chat = self._chats.writable(payload.get("chat_id"))
        (text, entities), keyboard = text_of(payload), keyboard_of(payload)
        message = Message(
            self._chats.number(), chat.id, int(self._updates.clock.now), from_bot=True, text=text, entities=entities,
            keyboard=keyboard,
        )  # fmt: skip
        chat.messages.append(message)
        return self._chats.to_json(message)

    async def _edit_message_text(self, payload: Payload) -> Any:
        chat = self._chats.writable(payload.get("chat_id"))
        (text, entities), keyboard = text_of(payload), keyboard_of(payload)
        message = self._chats.editable(chat, whole(payload, "message_id"))
        if (message.text, message.entities, message.keyboard) == (text, entities, keyboard):
            raise bad(NOT_MODIFIED)
        message.text, message.entities, message.keyboard = text, entities, keyboard
        message.edited = int(self._updates.clock.now)
        return self._chats.to_json(message)

    async def _edit_message_reply_markup(self, payload: Payload) -> Any:
        chat = self._chats.writable(payload.get("chat_id"))
        keyboard = keyboard_of(payload)
        message = self._chats.editable(chat, whole(payload, "message_id"))
        if message.keyboard == keyboard:
            raise bad(NOT_MODIFIED)
        message.keyboard = keyboard
        message.edited = int(self._updates.clock.now)
        return self._chats.to_json(message)

    async def _delete_message(self, payload: Payload) -> Any:
        chat = self._chats.writable(payload.get("chat_id"))
        message = self._chats.message(chat, whole(payload, "message_id"), "delete")
        if self._updates.clock.now - message.date > DELETABLE_FOR:
            raise bad("message can't be deleted")
        message.deleted = True
        return True

    async def _answer_callback_query(self, payload: Payload) -> Any:
        query = self._chats.queries.get(str(payload.get("callback_query_id")))
        if query is None or query.answered or self._updates.clock.now - query.asked > QUERY_LIFE:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        text = payload.get("text") or ""
        if utf16(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        query.answered, query.text = True, text
        return True

    async def _set_my_commands(self, payload: Payload) -> Any:
        self.commands[payload.get("language_code") or ""] = commands_of(payload)
        return True
