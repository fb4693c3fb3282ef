"""What the Bot API refuses, each with the real server's words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.bot.telegram.emulator_html import CannotParse, Entity, parse, utf16

LONGEST_TEXT = 4096
MOST_BUTTONS = 100
MOST_IN_A_ROW = 8

# Names a method knows. The real server ignores others in silence; here they are noted, because they are typing errors.
PARAMETERS: Mapping[str, frozenset[str]] = {
    "getme": frozenset(),
    "getupdates": frozenset({"offset", "limit", "timeout", "allowed_updates"}),
    "setwebhook": frozenset(
        {"url", "certificate", "ip_address", "max_connections", "allowed_updates", "drop_pending_updates", "secret_token"}
    ),
    "deletewebhook": frozenset({"drop_pending_updates"}),
    "getwebhookinfo": frozenset(),
    "sendmessage": frozenset(
        {
            "chat_id",
            "text",
            "parse_mode",
            "entities",
            "link_preview_options",
            "disable_notification",
            "protect_content",
            "reply_markup",
            "reply_parameters",
            "disable_web_page_preview",
        }
    ),
    "editmessagetext": frozenset(
        {"chat_id", "message_id", "text", "parse_mode", "entities", "link_preview_options", "reply_markup"}
    ),
    "editmessagereplymarkup": frozenset({"chat_id", "message_id", "reply_markup"}),
    "answercallbackquery": frozenset({"callback_query_id", "text", "show_alert", "url", "cache_time"}),
    "deletemessage": frozenset({"chat_id", "message_id"}),
    "setmycommands": frozenset({"commands", "scope", "language_code"}),
    "getfile": frozenset({"file_id"}),
}

Keyboard = list[list[dict[str, Any]]]


class ApiError(Exception):
    """An answer with ok=false."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def to_json(self) -> dict[str, object]:
        more = {"parameters": self.parameters} if self.parameters else {}
        return {"ok": False, "error_code": self.code, "description": self.description, **more}


def bad(words: str) -> ApiError:
    return ApiError(400, f"Bad Request: {words}")


def whole(payload: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = payload.get(name, default)
    try:
        if value is None or isinstance(value, (bool, float)):
            raise ValueError
        return int(value)
    except (ValueError, TypeError):
        raise bad(f"{name} is not specified or not an integer") from None


def text_of(payload: Mapping[str, Any]) -> tuple[str, list[Entity]]:
    raw = payload.get("text")
    if not isinstance(raw, str):
        raise bad("message text is empty")
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None
    mode = payload.get("parse_mode")
    if mode not in (None, "", "HTML", "html"):
        raise bad("unsupported parse_mode")
    try:
        text, entities = parse(raw) if mode else (raw.strip(" \n\t\r"), [])
    except CannotParse as problem:
        raise bad(f"can't parse entities: {problem}") from None
    if not re.sub(r"[\s\u200b-\u200f\u2060-\u2069\u00ad\ufeff]", "", text):
        raise bad("message text is empty")
    if utf16(text) > LONGEST_TEXT:
        raise bad("message is too long")
    return text, entities


def keyboard_of(payload: Mapping[str, Any]) -> Keyboard:
    markup = payload.get("reply_markup")
    if markup in (None, ""):
        return []
    if isinstance(markup, str):
        try:
            markup = json.loads(markup)
        except ValueError:
            raise bad("can't parse reply keyboard markup JSON object") from None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    kept: Keyboard = [[_button(button) for button in row] for row in rows if row]
    if any(len(row) > MOST_IN_A_ROW for row in kept) or sum(map(len, kept)) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    return kept


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    kinds = [kind for kind in ("callback_data", "url") if button.get(kind) is not None]
    if len(kinds) != 1:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if kinds == ["callback_data"]:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
    else:
        url = button["url"]
        host = re.fullmatch(r"(?:https?|tg)://([^/?#:\s]+)\S*", url) if isinstance(url, str) else None
        if host is None or ("." not in host[1] and not url.startswith("tg:")) or host[1].startswith("127."):
            raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return {"text": button["text"], kinds[0]: button[kinds[0]]}


def commands_of(payload: Mapping[str, Any]) -> list[dict[str, str]]:
    commands = payload.get("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad("can't parse commands list")
    for command in commands:
        if not isinstance(command, dict) or not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command"))):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description") or "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    if not re.fullmatch(r"([a-z]{2})?", payload.get("language_code") or ""):
        raise bad("LANG_CODE_INVALID")
    return commands
