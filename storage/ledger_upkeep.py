"""Keeps the ledger's file equal to the table `erasure`: at the start, and then from hour to hour."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage.instants import EPOCH, moment, stamp
from storage.ledger import Erased
from storage.models import erasure
from storage.statements import Statement

if TYPE_CHECKING:
    from storage.database import Database
    from storage.unit_of_work import UnitOfWork

_SINCE = Statement(select(erasure.c.subject_mac, erasure.c.reason, erasure.c.at).where(erasure.c.at >= bindparam("since")))


def erased_since(uow: UnitOfWork, since: dt.datetime = EPOCH) -> list[Erased]:
    return [Erased(bytes(mark), reason, moment(at)) for mark, reason, at in uow.tx.all(_SINCE, since=stamp(since))]


def reconcile(database: Database, since: dt.datetime = EPOCH) -> int:
    """Write into the file what only the table knows. Gives how many that were. Raises OSError, LedgerProblem."""
    ledger = database.ledger
    if ledger is None:
        return 0
    return ledger.add_missing(database.read_now(lambda uow: erased_since(uow, since)))
