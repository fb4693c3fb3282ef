"""From the outbox to the person. At least once, in order within a chat, with the server's own patience.

A message is a row before it is sent and stays one until the channel has taken it. Rows of this process' own events are
handed over in memory and sent at once; whatever is left by a crash or an outage is claimed again when its lease ends.
A letter whose lease may have run out is not begun any more: somebody else may be sending it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from bot.channels import Channel, PersonGone, SendFailed
from bot.letters import Letter, all_sent, given_up, last_word, patience, person_gone, put_back, released, renewed, said_farewell
from bot.pacing import Paced
from bot.phrasing import Phrasing
from bot.step import Due
from dialogs.effect_json import effect_from_json
from storage import FIRST_LEASE, Database, OutboxRow, StorageUnavailable, UnitOfWork

log = logging.getLogger("wegweiser.delivery")

LEASE = dt.timedelta(seconds=60)
# Within this time before the lease ends nothing is begun: one call to a messenger may take 20 s (`telegram_calls.py`).
MARGIN = dt.timedelta(seconds=25)
# What is in hand is held longer once less than this is left of the time in which it may be begun.
RENEW_SECONDS = 20.0
POLL_SECONDS = 1.0
SOON_SECONDS = 0.05
LONGEST_RETRY = dt.timedelta(minutes=5)
GIVE_UP_AFTER = dt.timedelta(hours=24)
# How much this process claims before it has sent some of it, so that the others get their share.
MOST_IN_HAND = 100
MOST_AT_ONCE = 50
# More messages of one chat than this wait in the outbox, not in memory.
CROWD = 10


class Delivery:
    """Sends what is due. One per process; several processes share the work by leases."""

    def __init__(
        self, database: Database, phrasing: Phrasing, channels: Mapping[str, Channel], *,
        clock: Callable[[], dt.datetime], worker: str, paced: Mapping[str, Paced] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._database = database
        self._phrasing = phrasing
        self._channels = channels
        self._clock = clock
        self._worker = worker
        self._paced = paced if paced is not None else {}
        self._monotonic = monotonic
        self._waiting: dict[str, deque[Letter]] = {}
        self._hand: dict[str, Letter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent: list[Letter] = []
        self._noting = False
        self._woken = asyncio.Event()
        self._hurry = 0
        self._stopping = False
        self.counts: Counter[str] = Counter()
        self.asked_to_wait = 0.0

    def hand_over(self, due: Sequence[Due]) -> None:
        """Take messages whose rows this process has just committed."""
        for item in due:
            until = item.held_from + (FIRST_LEASE - MARGIN).total_seconds()
            self._enqueue(
                Letter(
                    item.row, item.channel, item.address, item.chat, item.page, item.then_erase, attempts=0,
                    created=self._clock(), fence=1, until=until, reply=True,
                )
            )  # fmt: skip

    def crowded(self, chat: str) -> bool:
        """So many messages of this chat are in hand that further ones had better wait in the outbox."""
        queue = self._waiting.get(chat)
        return queue is not None and len(queue) >= CROWD

    def wake(self) -> None:
        self._woken.set()

    def look_soon(self) -> None:
        """Something waits behind a message that another process is just sending."""
        self._hurry = 6
        self.wake()

    async def run(self) -> None:
        """Claim and send until cancelled or stopped."""
        while not self._stopping:
            try:
                await self.renew()
                claimed = await self.claim_once()
            except Exception as error:
                log.warning("outbox can't be read (%s); trying again", type(error).__name__)
                claimed = 0
            if self._sent and not self._noting:
                self._note()
            if claimed == 0:
                self._woken.clear()
                try:
                    await asyncio.wait_for(self._woken.wait(), self._until_next_look())
                except TimeoutError:
                    pass

    def _until_next_look(self) -> float:
        if self._hurry == 0:
            return POLL_SECONDS
        self._hurry -= 1
        return SOON_SECONDS * (1 << (5 - self._hurry)) / 2

    async def claim_once(self) -> int:
        """Claim what is due and send it. Returns how many rows were taken; `settled()` waits until they are sent."""
        most = min(MOST_AT_ONCE, MOST_IN_HAND - len(self._hand))
        if most <= 0:
            return 0
        names = tuple(self._channels)
        # Taken before the step: the lease ends later than we think, never earlier.
        until = self._monotonic() + (LEASE - MARGIN).total_seconds()
        rows = await self._database.write(lambda uow: uow.outbox.claim(self._worker, limit=most, lease=LEASE, channels=names))
        for row in rows:
            known = self._hand.get(row.id)
            if known is not None:
                # Our own lease had ended, and we were the first to claim it again: it is on its way already.
                known.fence, known.until = row.fence, until
                continue
            try:
                letter = self._letter(row, until)
            except Exception as error:
                # A message that can't be put into words must not stop the others. Only its kind is logged.
                log.error("message can't be phrased, given up: row %s, %s", row.id, type(error).__name__)
                erase = bool(row.effect.get("then_erase"))
                self.counts["dead"] += 1
                await self._write(partial(given_up, row.id, row.fence, row.chat_id, erase, "phrase", self._worker))
                continue
            self._enqueue(letter)
        return len(rows)

    async def renew(self) -> None:
        """Hold what has been in hand for a while, because it waits for its turn or is slow to send."""
        soon = self._monotonic() + RENEW_SECONDS
        held = tuple(letter for letter in self._hand.values() if letter.until < soon)
        if held:
            await self._hold_longer(held)

    async def settled(self) -> None:
        """Return when everything taken so far has been sent or put back."""
        while self._tasks:
            await asyncio.gather(*tuple(self._tasks), return_exceptions=True)

    async def stop(self, patience: float) -> None:
        """Begin no other letter; wait so many seconds for those on their way; then let go of everything."""
        self._stopping = True
        try:
            async with asyncio.timeout(patience):
                while self._tasks and (self._noting or any(one.begun and not one.told for one in self._hand.values())):
                    await asyncio.wait(tuple(self._tasks), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            log.warning("stopped while letters were on their way; they are sent again")
        await self.let_go()
        # Also those that were begun, or that this process never had in hand: they would wait for the end of their lease.
        await self._write(lambda uow: uow.outbox.give_back(self._worker))

    async def let_go(self) -> None:
        """The end: what is still in hand is left to who comes next, at once, not when the leases end."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*tuple(self._tasks), return_exceptions=True)
        if self._hand:
            await self._write(partial(last_word, tuple(self._hand.values()), self._worker))

    def _letter(self, row: OutboxRow, until: float) -> Letter:
        raw = dict(row.effect)
        then_erase = bool(raw.pop("then_erase", False))
        page = self._phrasing.phrase(effect_from_json(raw), row.locale)
        return Letter(
            row.id, row.channel, row.address, row.chat_id, page, then_erase, row.attempts, row.due_since, row.fence, until,
            reply=False,
        )  # fmt: skip

    def _enqueue(self, letter: Letter) -> None:
        self._hand[letter.row] = letter
        queue = self._waiting.get(letter.chat)
        if queue is not None:
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
            while queue and not self._stopping:
                if not await self._may_begin(queue[0]):
                    # Somebody else has it, or nobody knows. What comes after it must not overtake it.
                    self._hand.pop(queue.popleft().row)
                    await self._give_back(queue)
                    self.look_soon()
                    break
                later = await self._send(queue[0])
                if later is not None:
                    await self._give_back(queue, later)
                    # Not later than asked for: the next look into the outbox is when the first of them is due.
                    delay = (later - self._clock()).total_seconds()
                    asyncio.get_running_loop().call_later(max(delay, 0.0), self.wake)
                    break
                letter = queue.popleft()
                if not letter.told:
                    del self._hand[letter.row]
        except Exception as error:
            # A fault of ours: what is left is not held any longer, so that its leases can end. Only the kind is logged.
            log.error("messages of one chat wait for their leases to end: %s", type(error).__name__)
            for letter in queue:
                self._hand.pop(letter.row, None)
        finally:
            del self._waiting[chat]

    async def _may_begin(self, letter: Letter) -> bool:
        """When it is this letter's turn by the limits, and it is still ours."""
        paced = self._paced.get(letter.channel)
        if paced is not None:
            await paced.pacing.permit(letter.chat, paced.messages(letter.page), reply=letter.reply)
        return letter.until > self._monotonic() or await self._hold_longer((letter,))

    async def _hold_longer(self, letters: Sequence[Letter]) -> bool:
        """False if one of them is not ours any more, or nobody can say."""
        until = self._monotonic() + (LEASE - MARGIN).total_seconds()
        try:
            lost = await self._database.write(partial(renewed, letters, self._worker, LEASE))
        except StorageUnavailable:
            return False
        for letter in letters:
            if letter.row not in lost:
                letter.until = until
        return not lost

    async def _send(self, letter: Letter) -> dt.datetime | None:
        """Send one. Returns when to try again, or None if it is settled for good."""
        channel = self._channels.get(letter.channel)
        if channel is None:
            return self._clock() + LONGEST_RETRY
        letter.begun = True
        try:
            await channel.send(letter.address, letter.page)
        except PersonGone:
            self.counts["gone"] += 1
            await self._write(partial(person_gone, letter, self._worker))
            return None
        except SendFailed as failed:
            why, again = str(failed), failed.retryable and self._clock() - letter.created <= GIVE_UP_AFTER
            self.asked_to_wait += failed.retry_after or 0.0
            self.counts["retried" if again else "dead"] += 1
            if not again:
                log.error("message given up: row %s", letter.row)
                told = partial(given_up, letter.row, letter.fence, letter.chat, letter.then_erase, why, self._worker)
                await self._write(told)
                return None
            return self._clock() + patience(letter.attempts, failed.retry_after)
        except Exception as error:
            # A fault of ours must not stop the other messages. An error's words may quote a chat id: only its kind is logged.
            self.counts["retried"] += 1
            log.error("message could not be sent: row %s, %s", letter.row, type(error).__name__)
            return self._clock() + LONGEST_RETRY
        self.counts["sent"] += 1
        if letter.then_erase:
            await self._write(partial(said_farewell, letter, self._worker))
        else:
            letter.told = True
            self._sent.append(letter)
            if not self._noting:
                self._note()
        return None

    def _note(self) -> None:
        self._noting = True
        self._spawn(self._note_sent())

    async def _note_sent(self) -> None:
        """One step for everything that was sent while the step before was being written."""
        try:
            while self._sent:
                letters, self._sent = tuple(self._sent), []
                if not await self._write(partial(all_sent, letters, self._worker)):
                    # `run` tries again. Until then nobody of us sends it a second time.
                    self._sent = [*letters, *self._sent]
                    break
                for letter in letters:
                    self._hand.pop(letter.row, None)
                if not all(letter.reply for letter in letters):
                    self.wake()  # the next one of this chat may be waiting
        finally:
            self._noting = False

    async def _give_back(self, queue: deque[Letter], at: dt.datetime | None = None) -> None:
        """Nothing of this chat is sent by us now. `at`: the first one failed and is tried again then."""
        while queue:  # others may join it while we write
            letters = tuple(queue)
            step = partial(released, letters, self._worker) if at is None else partial(put_back, letters, at, self._worker)
            if not await self._write(step) and letters[0].until > self._monotonic():
                await asyncio.sleep(POLL_SECONDS)  # as long as the queue stands here, nothing new of this chat overtakes it
                continue
            at = None
            for letter in letters:
                queue.popleft()
                self._hand.pop(letter.row, None)

    async def _write(self, step: Callable[[UnitOfWork], object]) -> bool:
        """Note what became of a row. If that fails, the lease ends and the row is sent once more: never lost."""
        try:
            await self._database.write(partial(_run, step))
        except Exception as error:
            # Whatever it is: a task that dies here would hold its rows for ever. Only the kind is logged.
            log.warning("outbox can't be written (%s); the row will be sent again", type(error).__name__)
            return False
        return True


def _run(step: Callable[[UnitOfWork], object], uow: UnitOfWork) -> None:
    step(uow)
