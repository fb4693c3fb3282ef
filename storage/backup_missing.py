"""What a restored database can't know: counts from it, and the words that tell the office what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import column, func, inspect, literal, select, table

from dialogs.session import Status
from storage.backup_replay import Messages
from storage.database import Database
from storage.instants import hour_of, moment, stamp
from storage.models import referral, session
from storage.statements import Statement
from storage.unit_of_work import UnitOfWork

# Open questions of the last day are asked again by the bot after a gap; older ones when the person writes.
_ASKED_AGAIN: Final = dt.timedelta(hours=24)
_ended = [literal(status.value) for status in (Status.FINISHED, Status.ENDED)]
_OPEN = Statement(select(session.c.updated_at).where(session.c.status.not_in(_ended)))
_REFERRALS = Statement(select(referral.c.status, func.count()).group_by(referral.c.status).order_by(referral.c.status))
_heartbeat = table("heartbeat", column("at"))
_BEATS = Statement(select(func.max(_heartbeat.c.at)))


@dataclass(frozen=True, slots=True)
class Restored:
    """The outcome of a restore, for people and for programs."""

    address: str
    made_at: dt.datetime
    now: dt.datetime
    last_seen: dt.datetime | None
    revision_then: str
    revision_now: str
    data_keys: int
    audit_rows: int
    erased_again: int | None
    messages: Messages
    open_conversations: int
    open_lately: int
    referrals: Mapping[str, int]

    def lines(self) -> list[str]:
        gap = _span(self.now - self.made_at)
        seen = "not known" if self.last_seen is None else f"{self.last_seen:%Y-%m-%d %H:%M} UTC"
        upgraded = "" if self.revision_then == self.revision_now else f" (brought up from {self.revision_then})"
        states = ", ".join(f"{count} {state}" for state, count in self.referrals.items()) or "none"
        again = "NOT REPLAYED (--without-ledger): erased people may be back" if self.erased_again is None else (
            f"replayed, {self.erased_again} erased again")  # fmt: skip
        return [
            f"restored: {self.address}, revision {self.revision_now}{upgraded}",
            f"backup of {self.made_at:%Y-%m-%d %H:%M} UTC, {gap} ago; last sign of life of the lost program: {seen}",
            f"keys: {self.data_keys} of {self.data_keys} data keys open; audit log: {self.audit_rows} rows, whole",
            f"erasure ledger: {again}",
            f"messages: {self.messages.again} waiting are sent (perhaps a second time); not sent again: "
            f"{self.messages.stale} older than 24 hours, {self.messages.reminders} reminders whose day had come",
            f"conversations: {self.open_conversations} open, {self.open_lately} of them of the day before this restore: "
            "those are asked again by themselves at the next start, the others when they write",
            f"hand-overs as of then: {states}",
            "",
            f"What this database can't know: everything of the {gap} since (that is the RPO of this restore). To do:",
            "1. Hand-overs made, accepted, answered or taken back since are not in it. Every Stelle compares its own notes with",
            "   its inbox, and asks the person before it works on a hand-over: a consent withdrawn since is unknown here.",
            "2. Hand-over codes given since are unknown. Who shows one goes through the questions again (or is entered by hand).",
            "3. Slips issued or used since, and accounts, passwords and rule releases changed since, have to be done again.",
            "4. Tell the data protection officer: a loss of data may have to be reported (Art. 33 DSGVO, 72 hours).",
            "5. Keep the ledger: it goes on in WEGWEISER_BACKUPS. Make a backup now; then start the service.",
        ]  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        return {
            "address": self.address, "backup": self.made_at.isoformat(),
            "age_seconds": int((self.now - self.made_at).total_seconds()),
            "last_seen": None if self.last_seen is None else self.last_seen.isoformat(),
            "revision_then": self.revision_then, "revision": self.revision_now, "data_keys": self.data_keys,
            "audit_rows": self.audit_rows, "erased_again": self.erased_again,
            "messages": {"again": self.messages.again, "stale": self.messages.stale, "reminders": self.messages.reminders},
            "open_conversations": self.open_conversations, "open_lately": self.open_lately, "referrals": dict(self.referrals),
        }  # fmt: skip


def last_beat(database: Database) -> dt.datetime | None:
    """The newest sign of life that was in the backup, where the program keeps one."""
    if not inspect(database.engine).has_table("heartbeat"):
        return None
    (at,) = database.read_now(lambda uow: uow.tx.one(_BEATS)) or (None,)
    return None if at is None else moment(at)


def open_conversations(uow: UnitOfWork) -> tuple[int, int]:
    """How many wait for an answer; how many of them were touched in the last 24 hours."""
    lately = hour_of(stamp(uow.now - _ASKED_AGAIN))
    touched = [row[0] for row in uow.tx.all(_OPEN)]
    return len(touched), sum(at >= lately for at in touched)


def referrals_by_state(uow: UnitOfWork) -> dict[str, int]:
    return {str(state): int(count) for state, count in uow.tx.all(_REFERRALS)}


def _span(length: dt.timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 72 * 60 else f"{minutes // 1440} days"
