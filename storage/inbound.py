"""Which events have been seen: the same event a second time changes nothing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, LargeBinary, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import ClauseElement

from storage.models import inbound
from storage.statements import Statement, adding_if_new
from storage.transaction import Transaction

_NOTE = adding_if_new(inbound)
# The id's row begins like the event's, so that both stand side by side and cost one page, not two.
_HALF: Final = 8


def _both(dialect: str) -> ClauseElement:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    at = bindparam("at", type_=BigInteger)
    rows = [{"event_bi": bindparam(name, type_=LargeBinary), "at": at} for name in ("id_bi", "event_bi")]
    return make(inbound).values(rows).on_conflict_do_nothing().inline()


_NOTE_BOTH = Statement(_both)


class InboundEvents:
    __slots__ = ("_tx", "reused")

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.reused = False

    def note(self, channel: str, event_id: str, mark: str = "") -> bool:
        """False: seen before. Kept as a keyed hash for 14 days (`retention.py`).

        `mark` says what came under this id. Ids may begin anew (Telegram's do, at random, after a quiet week): the same id
        with another mark is a new event, and `reused` says so.
        """
        tx = self._tx
        id_bi = tx.keys.blind_event(channel, event_id)
        if not mark:
            return tx.run(_NOTE, event_bi=id_bi, at=tx.at) == 1
        half = id_bi[:_HALF]
        event_bi = half + tx.keys.blind_event(channel, f"{event_id}|{mark}")[:_HALF]
        # Both rows are new; one is (the event, under a known id); or none: seen before.
        added = tx.run(_NOTE_BOTH, id_bi=half.ljust(2 * _HALF, b"\0"), event_bi=event_bi, at=tx.at)
        self.reused = added == 1
        return added > 0
