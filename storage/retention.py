"""What is deleted when: one table of deadlines, one function that keeps them.

`domain.md` 5.3 and `security.md` 5.2; where they differ, the shorter one that still lets the work be done. Run hourly.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from storage import retention_statements as sql
from storage.erasure import Erasure
from storage.errors import StorageError, StorageUnavailable
from storage.instants import stamp
from storage.outbox_rows import NOTICE
from storage.referral_opening import open_of
from storage.statements import Row
from storage.transaction import Transaction
from storage.unit_of_work import UnitOfWork

_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    kept: dt.timedelta
    then: str


DEADLINES: Final = {
    "inbound": Deadline(14 * _DAY, "event ids are forgotten (a messenger repeats for one day)"),
    "unfinished_session": Deadline(2 * _DAY, "a dialogue without an end is shredded"),
    "finished_session": Deadline(7 * _DAY, "a finished dialogue without a hand-over is shredded"),
    "waiting_referral": Deadline(42 * _DAY, "a hand-over nobody took is returned (nicht_erreicht)"),
    "settled_referral": Deadline(28 * _DAY, "a returned, declined, withdrawn or closed hand-over loses its content"),
    "accepted_referral": Deadline(30 * _DAY, "the counsellor has it in her own file; our copy, dialogue included, is shredded"),
    "undelivered": Deadline(_DAY, "a message that could not be delivered is given up"),
    "settled_message": Deadline(14 * _DAY, "sent and given-up messages are deleted"),
    "notice": Deadline(30 * _DAY, "status news is deleted, read or not"),
    "silent_chat": Deadline(7 * _DAY, "a chat with no dialogue, hand-over or message is shredded"),
    "consent": Deadline(3 * 365 * _DAY, "the proof of a consent is deleted"),
    "audit": Deadline(365 * _DAY, "who opened what is deleted"),
    "login_failure": Deadline(182 * _DAY, "failed logins are forgotten"),
    "slip": Deadline(14 * _DAY, "a slip is deleted"),
    "move": Deadline(3 * 365 * _DAY, "the bare row of a hand-over is deleted with its history"),
}

# How much one step does at most, so that nobody waits for it.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Returned:
    """A hand-over that ran out while waiting: the person should be told, in her language ("" if that is unreadable)."""

    referral_id: str
    traeger: str
    stelle: str
    dienst: str
    chat_id: str | None
    locale: str


@dataclass(frozen=True, slots=True)
class Swept:
    """What was done. `more`: there is more to do, sweep again."""

    counts: dict[str, int]
    returned: tuple[Returned, ...]
    more: bool


def sweep(uow: UnitOfWork) -> Swept:
    """Keep every deadline, at most 200 rows each. Nothing of it is lost by doing it again."""
    tx, erasure = uow.tx, Erasure(uow.tx, taken_back=False)
    counts: dict[str, int] = {}

    def before(name: str) -> int:
        return stamp(uow.now - DEADLINES[name].kept)

    # Messages first, so that what is given up no longer holds a chat.
    counts["undelivered"] = tx.run(sql.GIVE_UP, before=before("undelivered"), new_done=tx.at, notice=NOTICE)
    counts["settled_message"] = tx.run(sql.SETTLED_MESSAGES, before=before("settled_message"), notice=NOTICE)
    counts["notice"] = tx.run(sql.NOTICES, before=before("notice"), notice=NOTICE)

    overdue = tx.all(sql.WAITING, before=before("waiting_referral"), most=MOST)
    returned = [_returned(tx, row) for row in overdue]
    for item, row in zip(returned, overdue, strict=True):
        uow.referrals.run_out(item.traeger, item.referral_id, row[8])
    counts["waiting_referral"] = len(returned)
    counts["accepted_referral"] = tx.run(sql.ACCEPTED, before=before("accepted_referral"))
    counts["settled_referral"] = tx.run(sql.SETTLED, before=before("settled_referral"))

    for name, statement in (("unfinished_session", sql.UNFINISHED), ("finished_session", sql.FINISHED)):
        rows = tx.all(statement, before=before(name), most=MOST)
        for (session_id,) in rows:
            tx.run(sql.LEAVE_CHATS, session=session_id)
            tx.run(sql.DROP_SESSION, session=session_id)
        counts[name] = len(rows)
    # A person of whom nothing is left but her key; a chat in which nothing happens any more.
    people = tx.all(sql.NOBODYS_KEYS, most=MOST)
    for (person_id,) in people:
        erasure.person(person_id, "retention")
    counts["person"] = len(people)
    chats = tx.all(sql.SILENT_CHATS, before=before("silent_chat"), most=MOST)
    for (chat_id,) in chats:
        erasure.chat(chat_id, "retention")
    counts["silent_chat"] = len(chats)

    counts["move"] = tx.run(sql.OLD_MOVES, before=before("move")) and tx.run(sql.OLD_REFERRALS, before=before("move"))
    for name, plain in sql.BY_AGE.items():
        counts[name] = tx.run(plain, before=before(name))
    tx.run(sql.PASSED_PACE, before=tx.at)
    tx.run(sql.ENDED_STAFF_SESSIONS, before=tx.at)
    tx.run(sql.OLD_SERIES, before=(uow.now - DEADLINES["slip"].kept).date().isoformat())
    more = any(len(rows) >= MOST for rows in (overdue, people, chats)) or any(
        counts[name] >= MOST for name in ("unfinished_session", "finished_session")
    )
    return Swept(counts, tuple(returned), more)


def _returned(tx: Transaction, row: Row) -> Returned:
    referral_id, traeger, _person, _status, stelle, dienst = row[:6]
    try:
        locale = open_of(tx, row).locale
    except StorageUnavailable:
        raise
    except StorageError:  # one damaged row must not keep everybody else's deadlines from being kept
        locale = ""
    return Returned(referral_id, traeger, stelle, dienst, row[-1], locale)
