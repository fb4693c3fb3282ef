"""What `serve` does by itself about losing data: a backup every hour, and the erasure ledger kept whole.

A failure is an alarm in the log and in `wegweiser doctor`; it never stops the conversations.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
from collections.abc import Callable

from bot.settings import Settings
from storage import Database, StorageError, backup_state, reconcile, run_backup

log = logging.getLogger("wegweiser.backups")

EVERY_SECONDS = 3600.0
# A little less than an hour: who runs several processes, or cron beside them, gets one backup an hour and not several.
YOUNG = dt.timedelta(minutes=55)
LOOK_SECONDS = 60.0
# The ledger is compared with what was erased since the last time; a day more, for clocks that differ.
OVERLAP = dt.timedelta(days=1)


async def keep_backups(settings: Settings) -> None:
    """Until cancelled: whenever the newest backup is an hour old, make one. Without the settings, nothing."""
    if settings.backups is None or settings.backup_key is None:
        return
    ending = threading.Event()
    try:
        while True:
            done = await asyncio.to_thread(back_up_if_due, settings, dt.datetime.now(dt.UTC), ending.is_set)
            # After a failure the next hour tries again: an alarm each minute would hide the others.
            await asyncio.sleep(LOOK_SECONDS if done else EVERY_SECONDS)
    finally:
        ending.set()  # the thread gives up at its next piece


def age_of_newest(settings: Settings) -> Callable[[], float | None] | None:
    """Seconds since the newest backup, -1 if there is none or nobody can tell; None where no backups are made."""
    folder = settings.backups
    if folder is None or settings.backup_key is None:
        return None

    def age() -> float | None:
        try:
            newest = backup_state(folder)
        except (StorageError, OSError):
            newest = None
        return -1.0 if newest is None else (dt.datetime.now(dt.UTC) - newest).total_seconds()

    return age


def back_up_if_due(settings: Settings, now: dt.datetime, stopped: Callable[[], bool] = lambda: False) -> bool:
    """False if it failed; the reason is in the log."""
    assert settings.backups is not None and settings.backup_key is not None
    try:
        newest = backup_state(settings.backups)
        if newest is not None and now - newest < YOUNG:
            return True
        made = run_backup(
            settings.database_url, settings.backup_key, settings.backups, county=settings.county, now=now, stopped=stopped
        )
    except StorageError as problem:
        log.error("no backup was made: %s", problem)
        return False
    except Exception as error:
        log.error("no backup was made (%s)", type(error).__name__)
        return False
    log.info("backup made: %s, %d bytes", made.sealed.path.name, made.sealed.size)
    return True


async def keep_ledger(database: Database) -> None:
    """At the start and every hour: what was erased and is not in the ledger's file yet is entered."""
    since: dt.datetime | None = None
    while True:
        began = dt.datetime.now(dt.UTC)
        try:
            entered = await asyncio.to_thread(_reconciled, database, since)
            since = began - OVERLAP
            if entered:
                log.warning("%d erasures were missing in the ledger and have been entered", entered)
        except StorageError as problem:
            log.error("the erasure ledger is not whole: %s", problem)
        except OSError as problem:
            log.error("the erasure ledger can't be written (%s); next try in an hour", problem.strerror)
        await asyncio.sleep(EVERY_SECONDS)


def _reconciled(database: Database, since: dt.datetime | None) -> int:
    return reconcile(database) if since is None else reconcile(database, since)
