"""Before anybody uses a restored database: who was erased since is erased again, and old messages are not sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Integer, and_, bindparam, func, null, select, update

from storage.database import Database
from storage.erasure import Erasure
from storage.errors import BackupProblem, LedgerProblem, Undecipherable
from storage.instants import stamp
from storage.ledger import Erased
from storage.ledger_upkeep import erased_since
from storage.models import data_key, erasure, outbox, person
from storage.outbox_rows import DUE, NOTICE
from storage.statements import Statement, adding
from storage.unit_of_work import UnitOfWork

# Messages older than this were sent, or have lost their sense: retention gives them up as well.
STALE: Final = dt.timedelta(hours=24)
_MOST: Final = 100
_AT_ONCE: Final = 1_000

_KEYS = Statement(
    select(data_key.c.subject_id, data_key.c.gen, data_key.c.tenant, data_key.c.epoch, data_key.c.wrapped)
    .where(data_key.c.subject_id > bindparam("seen"))
    .order_by(data_key.c.subject_id, data_key.c.gen)
    .limit(bindparam("most", type_=Integer))
)
_IS_PERSON = Statement(select(person.c.id).where(person.c.id == bindparam("subject")))
_NOTE = adding(erasure)

_planned = and_(outbox.c.attempts == 0, outbox.c.not_before > outbox.c.created_at)
_old = outbox.c.created_at < bindparam("stale")
_freed = {"worker": null(), "lease_until": null()}
_ended = {"done_at": bindparam("new_done"), "why": "restored", **_freed}
_END_REMINDERS = Statement(
    update(outbox)
    .where(outbox.c.state == DUE, outbox.c.kind != NOTICE, _planned, outbox.c.not_before <= bindparam("ran_until"))
    .values(state="gone", sealed_effect=null(), **_ended)
)
_END_OLD = Statement(
    update(outbox).where(outbox.c.state == DUE, outbox.c.kind != NOTICE, ~_planned, _old)
    .values(state="gone", sealed_effect=null(), **_ended)
)  # fmt: skip
# Status news stays readable for whoever looks; it is only not pushed a second time.
_KEEP_NOTICES = Statement(
    update(outbox).where(outbox.c.state == DUE, outbox.c.kind == NOTICE, _old).values(state="sent", **_ended)
)
_FREE = Statement(update(outbox).where(outbox.c.state == DUE, outbox.c.worker.is_not(None)).values(**_freed))
_TO_SEND = Statement(
    select(func.count()).select_from(outbox).where(outbox.c.state == DUE, outbox.c.not_before <= bindparam("by"))
)


@dataclass(frozen=True, slots=True)
class Messages:
    """`reminders` and `stale` are not sent again; `again` were waiting and are sent (perhaps for the second time)."""

    reminders: int
    stale: int
    again: int


def unwrap_all(database: Database) -> int:
    """Open every data key once. Gives how many there are. Raises BackupProblem or KeyProblem if one can't be opened."""

    def query(uow: UnitOfWork) -> int:
        count, bad, seen = 0, 0, ""
        while rows := uow.tx.all(_KEYS, seen=seen, most=_AT_ONCE):
            for subject, gen, tenant, epoch, wrapped in rows:
                count += 1
                try:
                    uow.tx.keys.unwrap(tenant, subject, gen, epoch, bytes(wrapped))
                except Undecipherable:
                    bad += 1
            seen = rows[-1][0]
        if bad:
            raise BackupProblem(f"{bad} of {count} data keys can't be opened by this key file. Use the one of that time.")
        return count

    return database.read_now(query)


def refuse_foreign_ledger(database: Database, ledger: list[Erased], made_at: dt.datetime) -> None:
    """A ledger that lacks what the backup itself knows is older than the backup, or of another installation. LedgerProblem."""
    marks = {entry.mark for entry in ledger}
    # What was erased shortly before may have been on its way into the file (it is compared every hour).
    settled = made_at - dt.timedelta(hours=2)
    erased = database.read_now(erased_since)
    lacking = sum(entry.at < settled and entry.mark not in marks for entry in erased)
    if lacking:
        raise LedgerProblem(
            f"the ledger lacks {lacking} of {len(erased)} erasures that the backup knows: it is older than the backup, or of "
            "another installation. Give the newest one, which lies in WEGWEISER_BACKUPS or beside the SQLite file."
        )


def erase_again(database: Database, ledger: list[Erased]) -> int:
    """Erase whoever the ledger names and this database still knows. Gives how many. May be done again and again.

    Who went on from another phone after the backup, and whose first chat was erased since, goes with that chat: her
    dialogue in this backup is a part of it. Better one person too many than one back who had been erased.
    """
    marked = {entry.mark: entry for entry in ledger}
    back = _named(database, marked)
    for begin in range(0, len(back), _MOST):
        some = back[begin : begin + _MOST]
        database.write_now(lambda uow, some=some: _erase(uow, some))  # type: ignore[misc]
    if _named(database, marked):
        raise BackupProblem("some of the erased could not be erased again. Nothing was kept.")
    database.write_now(lambda uow: _note_unknown(uow, marked))
    return len(back)


def end_old_messages(database: Database, now: dt.datetime, ran_until: dt.datetime) -> Messages:
    """`ran_until`: up to then the lost program may have sent what was planned; that is not planned again."""

    def step(uow: UnitOfWork) -> Messages:
        tx, stale = uow.tx, stamp(now - STALE)
        reminders = tx.run(_END_REMINDERS, ran_until=stamp(ran_until), new_done=tx.at)
        old = tx.run(_END_OLD, stale=stale, new_done=tx.at) + tx.run(_KEEP_NOTICES, stale=stale, new_done=tx.at)
        tx.run(_FREE)
        (again,) = tx.one(_TO_SEND, by=stamp(now)) or (0,)
        return Messages(reminders, old, int(again))

    return database.write_now(step)


def _named(database: Database, marked: Mapping[bytes, Erased]) -> list[tuple[str, Erased]]:
    """Subjects of this database whose mark stands in the ledger."""

    def query(uow: UnitOfWork) -> list[tuple[str, Erased]]:
        found, seen = [], ""
        while rows := uow.tx.all(_KEYS, seen=seen, most=_AT_ONCE):
            for subject in dict.fromkeys(row[0] for row in rows):
                entry = marked.get(uow.tx.keys.ledger(subject))
                if entry is not None:
                    found.append((subject, entry))
            seen = rows[-1][0]
        return found

    return database.read_now(query)


def _erase(uow: UnitOfWork, some: list[tuple[str, Erased]]) -> None:
    tx = uow.tx
    for subject, entry in some:
        again = Erasure(tx, taken_back=entry.reason != "retention")
        if tx.one(_IS_PERSON, subject=subject) is not None:
            again.person(subject, entry.reason)
        else:
            again.chat(subject, entry.reason)


def _note_unknown(uow: UnitOfWork, marked: Mapping[bytes, Erased]) -> None:
    """Who came and went after this backup: another backup may know them, so the table must too."""
    known = {entry.mark for entry in erased_since(uow)}
    for mark, entry in marked.items():
        if mark not in known:
            uow.tx.run(_NOTE, id=uow.tx.new_id(), subject_mac=mark, reason=entry.reason, at=stamp(entry.at))
