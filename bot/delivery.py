"""From the outbox to the person. At least once, in order within a chat, with the server's own patience.

A message is a row before it is sent and stays one until the channel has taken it. Rows of this process' own events are
handed over in memory and sent at once; whatever is left by a crash or an outage is claimed again when its lease ends.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from bot.channels import Channel, PersonGone, SendFailed
from bot.phrasing import Phrasing
from bot.step import Due
from dialogs.effect_json import effect_from_json
from storage import Database, OutboxRow, StorageUnavailable, UnitOfWork

log = logging.getLogger("wegweiser.delivery")

LEASE = dt.timedelta(seconds=60)
POLL_SECONDS = 1.0
FIRST_RETRY = dt.timedelta(seconds=1)
LONGEST_RETRY = dt.timedelta(minutes=5)
GIVE_UP_AFTER = dt.timedelta(hours=24)


class Delivery:
    """Sends what is due. One per process; several processes share the work by leases."""

    def __init__(
        self, database: Database, phrasing: Phrasing, channels: Mapping[str, Channel], *,
        clock: Callable[[], dt.datetime], worker: str,
    ) -> None:  # fmt: skip
        self._database = database
        self._phrasing = phrasing
        self._channels = channels
        self._clock = clock
        self._worker = worker
        self._waiting: dict[str, deque[_Letter]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent: list[str] = []
        self._noting = False
        self._woken = asyncio.Event()

    def hand_over(self, due: Sequence[Due]) -> None:
        """Take messages whose rows this process has just committed."""
        for item in due:
            self._enqueue(_Letter(item.row, item.channel, item.address, item.chat, item.page, item.then_erase, 0, self._clock()))

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Claim and send until cancelled."""
        while True:
            try:
                claimed = await self.claim_once()
            except Exception as error:
                log.warning("outbox can't be read (%s); trying again", type(error).__name__)
                claimed = 0
            if claimed == 0:
                self._woken.clear()
                try:
                    await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
                except TimeoutError:
                    pass

    async def claim_once(self) -> int:
        """Claim what is due and send it. Returns how many rows were taken; `settled()` waits until they are sent."""
        names = tuple(self._channels)
        rows = await self._database.write(lambda uow: uow.outbox.claim(self._worker, limit=50, lease=LEASE, channels=names))
        for row in rows:
            try:
                letter = self._letter(row)
            except Exception as error:
                # A message that can't be put into words must not stop the others. Only its kind is logged.
                log.error("message can't be phrased, given up: row %s, %s", row.id, type(error).__name__)
                erase = bool(row.effect.get("then_erase"))
                await self._write(partial(_given_up, row.id, row.chat_id, erase, "phrase", self._worker))
                continue
            self._enqueue(letter)
        return len(rows)

    async def settled(self) -> None:
        """Return when everything taken so far has been sent or put back. For a calm stop, and for tests."""
        while self._tasks:
            await asyncio.gather(*tuple(self._tasks), return_exceptions=True)

    def _letter(self, row: OutboxRow) -> _Letter:
        raw = dict(row.effect)
        then_erase = bool(raw.pop("then_erase", False))
        page = self._phrasing.phrase(effect_from_json(raw), row.locale)
        return _Letter(row.id, row.channel, row.address, row.chat_id, page, then_erase, row.attempts, row.created_at)

    def _enqueue(self, letter: _Letter) -> None:
        queue = self._waiting.get(letter.chat)
        if queue is not None:
            # A clock put forward ends the lease of what is still in our hand: claimed again, it must not go twice.
            if all(letter.row != waiting.row for waiting in queue):
                queue.append(letter)
            return
        self._waiting[letter.chat] = deque([letter])
        self._spawn(self._drain(letter.chat))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, chat: str) -> None:
        """One chat's messages, one after another."""
        queue = self._waiting[chat]
        try:
            while queue:
                later = await self._send(queue[0])
                if later is not None:
                    await self._put_back(tuple(queue), later)
                    queue.clear()
                    break
                queue.popleft()
        finally:
            del self._waiting[chat]

    async def _send(self, letter: _Letter) -> dt.datetime | None:
        """Send one. Returns when to try again, or None if it is settled for good."""
        channel = self._channels.get(letter.channel)
        if channel is None:
            return self._clock() + LONGEST_RETRY
        try:
            await channel.send(letter.address, letter.page)
        except PersonGone:
            await self._write(partial(_person_gone, letter, self._worker))
            return None
        except SendFailed as failed:
            why, again = str(failed), failed.retryable and self._clock() - letter.created <= GIVE_UP_AFTER
            if not again:
                log.error("message given up: row %s", letter.row)
                await self._write(partial(_given_up, letter.row, letter.chat, letter.then_erase, why, self._worker))
                return None
            return self._clock() + _patience(letter.attempts, failed.retry_after)
        except Exception as error:
            # A fault of ours must not stop the other messages. An error's words may quote a chat id: only its kind is logged.
            log.error("message could not be sent: row %s, %s", letter.row, type(error).__name__)
            return self._clock() + LONGEST_RETRY
        if letter.then_erase:
            await self._write(partial(_said_farewell, letter, self._worker))
        else:
            self._sent.append(letter.row)
            if not self._noting:
                self._noting = True
                self._spawn(self._note_sent())
        return None

    async def _note_sent(self) -> None:
        """One step for everything that was sent while the step before was being written."""
        try:
            while self._sent:
                rows, self._sent = tuple(self._sent), []
                await self._write(partial(_all_sent, rows, self._worker))
        finally:
            self._noting = False

    async def _put_back(self, letters: Sequence[_Letter], at: dt.datetime) -> None:
        def step(uow: UnitOfWork) -> None:
            for letter in letters:
                uow.outbox.retry(letter.row, self._worker, at, "retry")

        await self._write(step)
        # Not later than asked for: the next look into the outbox is when the first of them is due.
        delay = (at - self._clock()).total_seconds()
        asyncio.get_running_loop().call_later(max(delay, 0.0), self.wake)

    async def _write(self, step: Callable[[UnitOfWork], object]) -> None:
        """Note what became of a row. If that fails, the lease ends and the row is sent once more: never lost."""
        try:
            await self._database.write(partial(_run, step))
        except StorageUnavailable:
            log.warning("outbox can't be written; the row will be sent again")


def _run(step: Callable[[UnitOfWork], object], uow: UnitOfWork) -> None:
    step(uow)


def _all_sent(rows: Sequence[str], worker: str, uow: UnitOfWork) -> None:
    for row in rows:
        uow.outbox.sent(row, worker)


def _person_gone(letter: _Letter, worker: str, uow: UnitOfWork) -> None:
    uow.outbox.gone(letter.row, worker)
    uow.chats.gone(letter.chat)
    if letter.then_erase:
        uow.chats.erase_if_quiet(letter.chat)


def _said_farewell(letter: _Letter, worker: str, uow: UnitOfWork) -> None:
    """The last word is said: now the address goes too, unless a new conversation has begun there meanwhile."""
    uow.outbox.sent(letter.row, worker)
    uow.chats.erase_if_quiet(letter.chat)


def _given_up(row: str, chat: str, then_erase: bool, why: str, worker: str, uow: UnitOfWork) -> None:
    uow.outbox.dead(row, worker, why)
    if then_erase:
        uow.chats.erase_if_quiet(chat)


def _patience(attempts: int, asked: float | None) -> dt.timedelta:
    if asked is not None:
        return dt.timedelta(seconds=asked)
    return min(FIRST_RETRY * (1 << min(attempts, 12)), LONGEST_RETRY)


class _Letter:
    """One page on its way."""

    __slots__ = ("address", "attempts", "channel", "chat", "created", "page", "row", "then_erase")

    def __init__(
        self, row: str, channel: str, address: str, chat: str, page: object, then_erase: bool, attempts: int, created: dt.datetime
    ) -> None:
        self.row, self.channel, self.address, self.chat = row, channel, address, chat
        self.page: Any = page
        self.then_erase, self.attempts, self.created = then_erase, attempts, created
