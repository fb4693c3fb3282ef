"""What happens by itself: once an hour, everything whose time is over is deleted, and whom it concerns is told."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field

from dialogs.effect_json import effect_to_json
from dialogs.effects import TellStatus
from dialogs.referral import ReferralStatus
from storage import Database, StorageError, StorageUnavailable, UnitOfWork
from storage.retention import Swept, sweep

log = logging.getLogger("wegweiser.upkeep")

EVERY_SECONDS = 3600.0


@dataclass
class Rounds:
    """How the sweeps of this process ended (`kept`, `failed`), and how many rows each deadline has ended."""

    ended: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)


async def keep_deadlines(database: Database, rounds: Rounds | None = None) -> None:
    """Sweep now and then every hour, until cancelled."""
    rounds = rounds or Rounds()
    while True:
        try:
            more = True
            while more:
                swept = await sweep_once(database)
                rounds.ended["kept"] += 1
                rounds.rows.update(swept.counts)
                more = swept.more
        except Exception as error:
            rounds.ended["failed"] += 1
            log.warning("deadlines could not be kept (%s); next try in an hour", type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)


async def sweep_once(database: Database) -> Swept:
    """One round. Who waited too long in vain is told in the same step that gives her referral back."""

    def step(uow: UnitOfWork) -> Swept:
        swept = sweep(uow)
        for back in swept.returned:
            if back.chat_id is None:
                continue
            status, on = ReferralStatus.RETURNED.value, uow.now.date().isoformat()
            told = TellStatus(back.referral_id, status, back.dienst, back.stelle, "nicht_erreicht", on)
            key = f"status:{back.referral_id}:retention"
            try:
                uow.outbox.put(back.chat_id, effect_to_json(told), back.locale or "de", key=key)
            except StorageUnavailable:
                raise
            except StorageError as error:  # one damaged chat must not keep everybody else's deadlines from being kept
                kind = type(error).__name__
            log.error("a person can't be told that her hand-over ran out: referral %s, %s", back.referral_id, kind)
        return swept

    return await database.write(step)
