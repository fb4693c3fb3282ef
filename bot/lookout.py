"""The one who looks around: every minute at everything an alarm may rest on, and before `/metrics` at what is cheap."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.metrics_core import Metric

from bot.alarms import ALARMS, HOOK_ERROR_SECONDS, Alarms, Seen, judged
from bot.metrics import counted, one
from bot.watch import free_bytes
from storage import Database, OutboxFigures, StorageError, UnitOfWork, outbox_figures, overdue

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.telegram_hook_info import HookInfo

log = logging.getLogger("wegweiser.alarm")

FIRST_SECONDS = 5.0
EVERY_SECONDS = 60.0
# Reading the whole audit log takes seconds when it is long.
AUDIT_SECONDS = 6 * 3600.0
# A jump of the clock is told for so long; then the new time is the right one.
JUMP_SECONDS = 3600.0

# Seconds since the newest good backup; negative if there is none; None if backups are not set up.
BackupAge = Callable[[], float | None]


class Lookout:
    """`audit_broken` is read in a step; `wall` and `steady` are clocks in seconds, the second one never jumps."""

    def __init__(
        self, database: Database, *, key_file: Path | None = None, telegram: TelegramChannel | None = None,
        backup_age: BackupAge | None = None, audit_broken: Callable[[UnitOfWork], bool] | None = None,
        wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._database, self._telegram = database, telegram
        self._backup_age, self._audit_broken = backup_age, audit_broken or _audit_broken
        self._keys = KeyFile(key_file) if key_file is not None else None
        self._clock = ClockJumps(wall, steady)
        self._wall, self._steady = wall, steady
        self._audited = float("-inf")
        self.alarms = Alarms()
        self.outbox: OutboxFigures | None = None
        self.hook: HookInfo | None = None
        self._backup: tuple[float, float] | None = None

    async def keep_looking(self, first: float = FIRST_SECONDS, every: float = EVERY_SECONDS) -> None:
        """Until cancelled."""
        await asyncio.sleep(first)
        while True:
            try:
                await self.look()
            except Exception as error:
                log.error("the look around failed (%s); next one in a minute", type(error).__name__)
            await asyncio.sleep(every)

    async def look(self) -> None:
        """Look at everything once and say what has changed."""
        self.alarms.note(judged(await self._seen()), self._steady())

    async def count_outbox(self) -> None:
        """Only what `/metrics` needs to be fresh."""
        try:
            self.outbox = await self._database.read(outbox_figures)
        except StorageError:
            self.outbox = None

    # -- what is seen ------------------------------------------------------------------------------------------------

    async def _seen(self) -> Seen:
        await self.count_outbox()
        late = await self._late()
        await self._ask_telegram()
        hook, figures = self.hook, self.outbox
        return Seen(
            database=figures is not None,
            oldest=None if figures is None else self._oldest_seconds(figures),
            dead=None if figures is None else figures.dead,
            trouble=None if self._telegram is None else self._telegram.trouble,
            hook_failed=None if hook is None else self._failed_seconds(hook),
            pending=None if hook is None else hook.pending,
            backup=await self._look_at_backups(),
            audit_broken=await self._audit(),
            free=free_bytes(self._database.file),
            overdue=late,
            key_file=None if self._keys is None else await asyncio.to_thread(self._keys.state),
            jumped=self._clock.jumped(),
        )

    async def _late(self) -> tuple[str, ...] | None:
        try:
            return await self._database.read(overdue)
        except StorageError:
            return None

    async def _audit(self) -> bool | None:
        if self._steady() - self._audited < AUDIT_SECONDS:
            return None
        try:
            broken = await self._database.read(self._audit_broken)
        except StorageError:
            return None
        self._audited = self._steady()
        return broken

    async def _look_at_backups(self) -> float | None:
        """In a thread: the folder may hold hundreds of files. `/metrics` counts on from what was seen here."""
        age = None if self._backup_age is None else await asyncio.to_thread(self._backup_age)
        self._backup = None if age is None else (age, self._steady())
        return age

    async def _ask_telegram(self) -> None:
        if self._telegram is not None:
            self.hook = await self._telegram.hook_info()

    def _oldest_seconds(self, figures: OutboxFigures) -> float:
        return 0.0 if figures.oldest is None else max(self._wall() - figures.oldest.timestamp(), 0.0)

    def _failed_seconds(self, hook: HookInfo) -> float:
        """Since Telegram last failed to deliver; -1 if it never did."""
        return -1.0 if hook.failed_at is None else max(self._wall() - hook.failed_at, 0.0)

    # -- for the other pages -----------------------------------------------------------------------------------------

    def codes(self) -> Iterator[str]:
        """For `/readyz`: what is known without looking."""
        if self._telegram is not None and self._telegram.trouble:
            yield "telegram"
        if self.hook is not None and 0 <= self._failed_seconds(self.hook) <= HOOK_ERROR_SECONDS:
            yield "webhook"

    def numbers(self) -> Iterator[Metric]:
        """For `/metrics`."""
        if self.outbox is not None:
            yield one("outbox_due", self.outbox.due)
            yield one("outbox_oldest_seconds", self._oldest_seconds(self.outbox))
            yield one("dead_letters", self.outbox.dead)
        if self.hook is not None:
            yield one("webhook_pending", self.hook.pending)
            yield one("webhook_error_seconds", self._failed_seconds(self.hook))
        if self._backup is not None:
            age, seen_at = self._backup
            yield one("backup_age_seconds", age if age < 0 else age + self._steady() - seen_at)
        yield counted("alarm", [((name,), float(name in self.alarms.raised)) for name in ALARMS])


class KeyFile:
    """The key file as it was at the start. The program runs on with the keys it has read; the next start could not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first = self._print()

    def state(self) -> str:
        """Empty, or `vanished`, or `changed`."""
        now = self._print()
        return "vanished" if now is None else "changed" if now != self._first else ""

    def _print(self) -> bytes | None:
        try:
            return hashlib.sha256(self._path.read_bytes()).digest()
        except OSError:
            return None


class ClockJumps:
    """Compares the clock on the wall with the one that never jumps."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self._wall, self._steady = wall, steady
        self._apart = wall() - steady()
        self._since: float | None = None

    def jumped(self) -> float:
        """By how many seconds; 0.0 once the new time has held for an hour. Drifting slowly is the time service's work."""
        by = self._wall() - self._steady() - self._apart
        if abs(by) <= 60.0:
            self._apart += by
            self._since = None
            return 0.0
        self._since = self._steady() if self._since is None else self._since
        if self._steady() - self._since >= JUMP_SECONDS:
            self._apart += by
            self._since = None
            return 0.0
        return by


def _audit_broken(uow: UnitOfWork) -> bool:
    return uow.audit.first_bad() is not None
