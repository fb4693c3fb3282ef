"""The audit log: who did what to which object. Never content.

Every row carries a hash over itself and the row before: keyed where there are keys, plain at the desk, whose rows are
then sealed by the next keyed one. Changing or removing a row in the middle breaks the chain.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Integer, bindparam, select

from storage.instants import moment
from storage.office_models import audit
from storage.sealed_json import packed
from storage.statements import Row, Statement, adding
from storage.transaction import Transaction

if TYPE_CHECKING:
    from storage.database import Database

_ADD = adding(audit)
_LAST = Statement(select(audit.c.mac).order_by(audit.c.seq.desc()).limit(1))
_COLUMNS = (
    audit.c.seq,
    audit.c.at,
    audit.c.action,
    audit.c.staff_id,
    audit.c.traeger,
    audit.c.object_type,
    audit.c.object_id,
    audit.c.keyed,
    audit.c.mac,
)
_AFTER = Statement(
    select(*_COLUMNS).where(audit.c.seq > bindparam("seen")).order_by(audit.c.seq).limit(bindparam("most", type_=Integer))
)
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class AuditRow:
    seq: int
    at: dt.datetime
    action: str
    staff_id: str | None
    traeger: str | None
    object_type: str | None
    object_id: str | None


@dataclass(frozen=True, slots=True)
class Verified:
    """How many rows were looked at, and the number of the first that does not fit (None: all do)."""

    rows: int
    first_bad: int | None


class Audit:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def note(
        self, action: str, *, staff_id: str | None, traeger: str | None, object_type: str | None, object_id: str | None
    ) -> None:
        tx = self._tx
        tx.serialise("audit")
        last = tx.one(_LAST)
        before = b"" if last is None else bytes(last[0])
        keyed = tx.data_keys.present
        record = _record(before, tx.at, action, staff_id, traeger, object_type, object_id)
        tx.run(
            _ADD,
            at=tx.at,
            action=action,
            staff_id=staff_id,
            traeger=traeger,
            object_type=object_type,
            object_id=object_id,
            keyed=keyed,
            mac=tx.keys.audit(record) if keyed else hashlib.sha256(record).digest(),
        )

    def rows(self, after: int = 0, limit: int = 100) -> tuple[AuditRow, ...]:
        found = self._tx.all(_AFTER, seen=after, most=limit)
        return tuple(AuditRow(row[0], moment(row[1]), *row[2:7]) for row in found)

    def first_bad(self) -> int | None:
        """The number of the first row that was changed, or before which one is missing; None if the log is whole.

        The oldest row stands for itself: what came before it may have run out (`retention.py`).
        """
        return self.verified().first_bad

    def verified(self) -> Verified:
        """Go through the whole chain."""
        before: bytes | None = None
        count = 0
        for row in self._each():
            count += 1
            seq, at, action, staff_id, traeger, object_type, object_id, keyed, mac = row
            if before is not None:
                record = _record(before, at, action, staff_id, traeger, object_type, object_id)
                wanted = self._tx.keys.audit(record) if keyed else hashlib.sha256(record).digest()
                if wanted != bytes(mac):
                    return Verified(count, int(seq))
            before = bytes(mac)
        return Verified(count, None)

    def _each(self) -> Iterator[Row]:
        seen = 0
        while rows := self._tx.all(_AFTER, seen=seen, most=_AT_ONCE):
            yield from rows
            seen = rows[-1][0]


def _record(before: bytes, *fields: object) -> bytes:
    return before + packed(fields)


def verify_audit(database: Database) -> Verified:
    """For `wegweiser audit verify` and after a restore. What was cut off at the end can't be seen here."""
    return database.read_now(lambda uow: uow.audit.verified())
