"""A person at her phone: she writes, presses, and sees only what is on her screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bot.telegram.emulator_chats import Chat, Message, Query

if TYPE_CHECKING:
    from tests.bot.telegram.emulator import Emulator


class Person:
    """Everything she does becomes an update; with a webhook set it is delivered at once, unless `deliver=False`."""

    def __init__(self, emulator: Emulator, chat: Chat) -> None:
        self._emulator = emulator
        self.chat = chat
        self.id = chat.id

    # -- what she sees ---------------------------------------------------------------------------------------------

    @property
    def screen(self) -> list[Message]:
        """Every message still in the chat, oldest first, hers and the bot's."""
        return [message for message in self.chat.messages if not message.deleted]

    @property
    def received(self) -> list[Message]:
        return [message for message in self.screen if message.from_bot]

    @property
    def last(self) -> Message:
        return self.received[-1]

    @property
    def buttons(self) -> list[str]:
        """All labels she could press now, in every message that still has a keyboard."""
        return [label for message in self.received for label in message.labels]

    @property
    def toasts(self) -> list[str]:
        return [query.text for query in self._emulator.chats.queries.values() if query.chat_id == self.id and query.text]

    @property
    def unanswered_presses(self) -> int:
        queries = self._emulator.chats.queries.values()
        return sum(not query.answered for query in queries if query.chat_id == self.id)

    # -- what she does ---------------------------------------------------------------------------------------------

    async def says(self, text: str, *, deliver: bool = True) -> int | None:
        entities = {}
        if text.startswith("/"):
            entities = {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]}
        return await self._writes({"text": text, **entities}, deliver)

    async def sends_photo(self, *, deliver: bool = True) -> int | None:
        sizes = [{"file_id": "PHOTO", "file_unique_id": "P", "width": 90, "height": 90, "file_size": 1000}]
        return await self._writes({"photo": sizes, "caption": "Mein Ausweis"}, deliver)

    async def sends_voice(self, *, deliver: bool = True) -> int | None:
        voice = {"file_id": "VOICE", "file_unique_id": "V", "duration": 3, "mime_type": "audio/ogg"}
        return await self._writes({"voice": voice}, deliver)

    async def sends_document(self, *, deliver: bool = True) -> int | None:
        return await self._writes({"document": {"file_id": "DOC", "file_unique_id": "D", "file_name": "bescheid.pdf"}}, deliver)

    async def sends_contact(self, *, deliver: bool = True) -> int | None:
        return await self._writes({"contact": {"phone_number": "+49000", "first_name": "Amina"}}, deliver)

    async def sends_location(self, *, deliver: bool = True) -> int | None:
        return await self._writes({"location": {"latitude": 51.25, "longitude": 6.97}}, deliver)

    async def presses(self, label: str, *, deliver: bool = True) -> int | None:
        """The newest button with this label, or (if there is just one such) one whose label ends with it."""
        found = [
            (message, button)
            for message in reversed(self.received)
            for row in message.keyboard
            for button in row
            if button["text"] == label or button["text"].endswith(label)
        ]
        exact = [pair for pair in found if pair[1]["text"] == label] or found
        if not exact:
            raise AssertionError(f"no button {label!r} on the screen; there are {self.buttons}")
        message, button = exact[0]
        if "callback_data" not in button:
            raise AssertionError(f"{label!r} is a link")
        return await self.presses_data(button["callback_data"], message.message_id, deliver=deliver)

    async def presses_data(self, data: str | None, message_id: int | None = None, *, deliver: bool = True) -> int | None:
        """A press with any data: an old button, or one that nobody has drawn."""
        message = next((one for one in self.chat.messages if one.message_id == message_id), None) or self.last
        query = Query(str(4_000_000_000 + len(self._emulator.chats.queries)), self.id, self._emulator.clock.now)
        self._emulator.chats.queries[query.id] = query
        content: dict[str, Any] = {
            "id": query.id, "from": self.chat.user(), "chat_instance": str(self.id * 7),
            "message": self._emulator.chats.to_json(message), **({"data": data} if data is not None else {}),
        }  # fmt: skip
        return await self._emulator.arrive("callback_query", content, ("presses", self.id), deliver=deliver)

    async def blocks_the_bot(self, *, deliver: bool = True) -> int | None:
        self.chat.blocked = True
        return await self._membership("member", "kicked", deliver)

    async def unblocks_the_bot(self, *, deliver: bool = True) -> int | None:
        self.chat.blocked = False
        return await self._membership("kicked", "member", deliver)

    async def _writes(self, content: dict[str, Any], deliver: bool) -> int | None:
        self.chat.started = True
        message = Message(
            self._emulator.chats.number(), self.id, int(self._emulator.clock.now), from_bot=False,
            text=content.pop("text", ""), extra=content,
        )  # fmt: skip
        self.chat.messages.append(message)
        return await self._emulator.arrive(
            "message", self._emulator.chats.to_json(message), ("messages", self.id), deliver=deliver
        )

    async def _membership(self, old: str, new: str, deliver: bool) -> int | None:
        def member(status: str) -> dict[str, Any]:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"status": status, "user": self._emulator.chats.bot, **until}

        content = {
            "chat": self.chat.chat(), "from": self.chat.user(), "date": int(self._emulator.clock.now),
            "old_chat_member": member(old), "new_chat_member": member(new),
        }  # fmt: skip
        return await self._emulator.arrive("my_chat_member", content, ("members", self.id), deliver=deliver)
