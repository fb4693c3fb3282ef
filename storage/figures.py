"""What an operator wants to know about the whole: how much waits, since when, what is overdue, how large it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Integer, and_, bindparam, case, func, literal, or_, select

from storage import retention_statements as sql
from storage.database import Database
from storage.instants import moment, stamp
from storage.models import inbound, outbox
from storage.office_models import audit
from storage.outbox_rows import DUE
from storage.retention import DEADLINES
from storage.statements import Statement
from storage.unit_of_work import UnitOfWork

# The sweep runs hourly; what is overdue longer than this was not swept.
GRACE: Final = dt.timedelta(hours=2)

_waits = or_(outbox.c.attempts > 0, outbox.c.not_before <= bindparam("at"))
# Since when it should be out: a message that failed once has been put off, so its time of writing counts.
_since = case((outbox.c.attempts > 0, outbox.c.created_at), else_=outbox.c.not_before)
_OUTBOX = Statement(select(func.count(), func.min(_since)).where(and_(outbox.c.state == DUE, _waits)))
_SIZE = "SELECT pg_database_size(current_database())"
_LAGGING: Final = {
    "unfinished_session": sql.UNFINISHED,
    "finished_session": sql.FINISHED,
    "waiting_referral": sql.WAITING,
    "silent_chat": sql.SILENT_CHATS,
    "inbound": Statement(
        select(literal(1, Integer)).where(inbound.c.at < bindparam("before")).limit(bindparam("most", type_=Integer))
    ),
    "audit": Statement(
        select(literal(1, Integer)).where(audit.c.at < bindparam("before")).limit(bindparam("most", type_=Integer))
    ),
}


@dataclass(frozen=True, slots=True)
class OutboxFigures:
    """`oldest`: since when the message waits that waits longest; None if none does."""

    due: int
    oldest: dt.datetime | None
    dead: int


def outbox_figures(uow: UnitOfWork) -> OutboxFigures:
    row = uow.tx.one(_OUTBOX, at=uow.tx.at)
    due, oldest = (0, None) if row is None else (int(row[0]), row[1])
    return OutboxFigures(due, None if oldest is None else moment(oldest), uow.outbox.dead_count())


def overdue(uow: UnitOfWork) -> tuple[str, ...]:
    """The deadlines of `retention.DEADLINES` that were not kept: their names."""

    def before(name: str) -> int:
        return stamp(uow.now - DEADLINES[name].kept - GRACE)

    return tuple(name for name, late in _LAGGING.items() if uow.tx.all(late, before=before(name), most=1))


async def database_bytes(database: Database) -> int:
    """How large the database is, without its write-ahead log; 0 if that can't be seen."""
    if database.file is not None:
        return _bytes_of(database.file)
    return await database.read(lambda uow: int((uow.tx.words(_SIZE) or (0,))[0]))


def log_bytes(file: Path | None) -> int:
    """How large SQLite's write-ahead log is; 0 where there is none."""
    return 0 if file is None else _bytes_of(file.with_name(file.name + "-wal"))


def _bytes_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
