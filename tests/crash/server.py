"""The messenger's server during a crash run: the strict emulator, delivering all the time, and a ledger of what it saw.

Delivery goes on by itself: every queue has at most one update under way, queues run side by side, and what fails is tried
again as the real server does. A 200 now and then gets lost on its way back: the server then repeats what the bot has
already acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.emulator_chats import Chat
from tests.bot.telegram.emulator_checks import ApiError
from tests.bot.telegram.emulator_updates import Hook, Pending

Keyboard = tuple[tuple[str, str], ...]


@dataclass
class Told:
    """One update. `at`: the children's clock when the 200 came; None as long as nobody has acknowledged it."""

    number: int
    chat: int
    payload: dict[str, Any]
    at: float | None = None
    repeated: bool = False
    dropped_at: float | None = None

    @property
    def dropped(self) -> bool:
        return self.dropped_at is not None

    @property
    def settled(self) -> bool:
        return self.at is not None or self.dropped


@dataclass(frozen=True)
class Heard:
    """A message that has reached a person. `buttons`: label and callback data."""

    text: str
    buttons: Keyboard


@dataclass
class Ledger:
    """What an outsider can know: every update with its acknowledgement, and every message of each chat in order."""

    updates: dict[int, Told] = field(default_factory=dict)
    heard: dict[int, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    acknowledged: int = 0
    repeated: int = 0
    dropped: int = 0


class Server(Emulator):
    """`port` is where the bot listens now; `now` the children's clock."""

    def __init__(self, port: int, now: Any, dice: random.Random, *, lost_answers: float = 0.03) -> None:
        super().__init__()
        self.port, self.now, self.dice, self.lost_answers = port, now, dice, lost_answers
        self.ledger = Ledger()
        self.life = 0  # how many lives have been seen listening
        self.up = False
        self._moved = asyncio.Event()
        self._busy: set[tuple[str, int]] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._pumping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Server:
        await super().__aenter__()
        self._pumping = asyncio.create_task(self._pump())
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._pumping is not None
        self._pumping.cancel()
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(self._pumping, *self._under_way, return_exceptions=True)
        await super().__aexit__(*error)

    # -- updates ---------------------------------------------------------------------------------------------------

    async def arrive(
        self, kind: str, content: dict[str, Any], queue: tuple[str, int] = ("other", 0), *, deliver: bool = True
    ) -> int | None:
        number = self.updates.add(kind, content, queue)
        if number is not None:
            self.ledger.updates[number] = Told(number, queue[1], {"update_id": number, kind: content})
        self._moved.set()
        return number

    def listening(self, seconds: float) -> None:
        """A new life listens; so much time has passed for the server since the last one."""
        self.life += 1
        self.up = True
        self.clock.advance(seconds)
        self._moved.set()

    def falling(self) -> None:
        """The life is about to be ended: until the next one only what is under way is tried."""
        self.up = False

    def kick(self, seconds: float = 0) -> None:
        """Time passes while the life goes on: what was refused is due again."""
        self.clock.advance(seconds)
        self._moved.set()

    def heal(self) -> None:
        """No planted fault is left."""
        self._faults.clear()

    @property
    def idle(self) -> bool:
        """Every update is settled."""
        self._expire()
        return not self.updates.pending and not self._under_way

    def _expire(self) -> None:
        self.updates.expire()
        for number in self.updates.dropped:
            told = self.ledger.updates[number]
            if not told.settled:
                told.dropped_at = self.now()
                self.ledger.dropped += 1
        self.updates.dropped.clear()

    async def _pump(self) -> None:
        while True:
            self._moved.clear()
            self._expire()
            if self.up and self.updates.hook is not None:
                heads: dict[tuple[str, int], Pending] = {}
                for update in self.updates.pending:
                    heads.setdefault(update.queue, update)
                for queue, update in heads.items():
                    if queue not in self._busy and update.wakeup <= self.clock.now:
                        self._busy.add(queue)
                        task = asyncio.create_task(self._one(queue, update))
                        self._under_way.add(task)
                        task.add_done_callback(self._under_way.discard)
            await self._moved.wait()

    async def _one(self, queue: tuple[str, int], update: Pending) -> None:
        try:
            await self.updates._try(self._post, update)
        finally:
            self._busy.discard(queue)
            asyncio.get_running_loop().call_soon(self._moved.set)

    async def _post(self, hook: Hook, update: Pending) -> tuple[int, int]:
        # The public address leads, through the operator's proxy, to this port.
        here = replace(hook, url=f"http://127.0.0.1:{self.port}/telegram/webhook")
        status, wait = await super()._post(here, update)
        told = self.ledger.updates[update.update_id]
        if status != 200:
            return status, wait
        if not told.repeated and self.dice.random() < self.lost_answers:
            told.repeated = True
            self.ledger.repeated += 1
            return 0, 0
        if told.at is None:
            told.at = self.now()
            self.ledger.acknowledged += 1
        return status, wait

    # -- messages --------------------------------------------------------------------------------------------------

    async def _do(self, method: str, payload: dict[str, Any], by: str) -> Any:
        result = await super()._do(method, payload, by)
        if method in ("sendmessage", "editmessagetext"):
            unchanged = isinstance(result, ApiError) and "not modified" in str(result.to_json()["description"])
            if unchanged or not isinstance(result, ApiError):
                self.ledger.heard[int(payload["chat_id"])].append(Heard(payload["text"], _buttons(payload)))
        return result

    def forget_old(self, keep: int = 40) -> None:
        """A long run keeps its memory small: what is far up on the screens is not looked at any more."""
        self.calls.clear()
        if self.updates.hook is not None:
            self.updates.hook.deliveries.clear()
        for chat in self.chats.chats.values():
            _shorten(chat, keep)


def _shorten(chat: Chat, keep: int) -> None:
    with contextlib.suppress(IndexError):
        del chat.messages[:-keep]


def _buttons(payload: dict[str, Any]) -> Keyboard:
    rows = (payload.get("reply_markup") or {}).get("inline_keyboard") or []
    return tuple((key["text"], key.get("callback_data", "")) for row in rows for key in row)
