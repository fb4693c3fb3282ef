"""Pages on their way to the screen: into the pressed message or as a new one, and what is tidied up behind them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping

from bot.channels import Outgoing
from bot.channels.telegram_calls import Calls, Refused, Unreachable
from bot.channels.telegram_drawing import Drawn, Pack, draw
from bot.channels.telegram_screens import Screens


class Sending:
    """Draws pages and calls the Bot API. Raises Refused or Unreachable; ValueError if a page can't be drawn."""

    def __init__(self, calls: Calls, screens: Screens, pack: Pack, counts: Counter[str]) -> None:
        self._calls, self._screens, self._pack, self._counts = calls, screens, pack, counts
        self._tasks: set[asyncio.Task[None]] = set()

    async def show(self, chat: int, page: Outgoing, into: int | None = None) -> None:
        """One page. `into` is the message to draw it into, if it is still there."""
        drawn = draw(page, self._pack)
        if into is None or len(drawn.texts) > 1 or not await self._edit(chat, into, page, drawn):
            await self._send(chat, page, drawn)

    async def _send(self, chat: int, page: Outgoing, drawn: Drawn) -> None:
        for text in drawn.texts[:-1]:
            await self._calls.call("sendMessage", _message(chat, text))
        result = await self._calls.call("sendMessage", _message(chat, drawn.texts[-1], drawn))
        message = result.get("message_id") if isinstance(result, dict) else None
        if not isinstance(message, int):
            raise Unreachable("an answer without a message")
        # A link alone is no keyboard that could be pressed: the open question keeps its own.
        pressable = any("callback_data" in key for row in drawn.keyboard for key in row)
        left = self._screens.sent(chat, page, message, pressable)
        for id_ in left.keyboards:
            self.later("editMessageReplyMarkup", {"chat_id": chat, "message_id": id_})
        for id_ in left.messages:
            self.later("deleteMessage", {"chat_id": chat, "message_id": id_})

    async def _edit(self, chat: int, message: int, page: Outgoing, drawn: Drawn) -> bool:
        """False if the message is no longer there."""
        try:
            await self._calls.call("editMessageText", _message(chat, drawn.texts[-1], drawn) | {"message_id": message})
        except Refused as refused:
            if refused.message_lost:
                return False
            if not refused.unchanged:
                raise
        left = self._screens.edited(chat, page, message)
        for id_ in left.messages:
            self.later("deleteMessage", {"chat_id": chat, "message_id": id_})
        return True

    def later(self, method: str, payload: Mapping[str, object]) -> None:
        """A call that only tidies up or acknowledges: nobody waits for it, and if it fails nothing is lost."""
        task = asyncio.get_running_loop().create_task(self._quietly(self._calls.call(method, payload)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, call: Coroutine[object, object, object]) -> None:
        try:
            await call
        except (Refused, Unreachable):
            self._counts["not tidied"] += 1

    async def settled(self) -> None:
        """Return when nothing is under way any more; for a calm stop, and for tests."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))


def _message(chat: int, text: str, drawn: Drawn | None = None) -> dict[str, object]:
    message: dict[str, object] = {
        "chat_id": chat, "text": text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True},
    }  # fmt: skip
    if drawn is not None and drawn.keyboard:
        message["reply_markup"] = {"inline_keyboard": drawn.keyboard}
    return message
