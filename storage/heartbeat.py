"""When a process of the bot was last seen: one row that all of them renew."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import String, bindparam, select, update

from storage.instants import moment
from storage.models import heartbeat
from storage.statements import Statement, adding_if_new
from storage.transaction import Transaction

_AT = select(heartbeat.c.at).where(heartbeat.c.name == bindparam("of_name", type_=String))
_LAST: Final = Statement(_AT)
_HOLD_WAITING: Final = Statement(_AT.with_for_update())
_HOLD_AT_ONCE: Final = Statement(_AT.with_for_update(nowait=True))
_FIRST: Final = adding_if_new(heartbeat)
_BEAT: Final = Statement(
    update(heartbeat).where(heartbeat.c.name == bindparam("of_name", type_=String)).values(at=bindparam("new_at"))
)


class Heartbeat:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def last(self, name: str) -> dt.datetime | None:
        """When somebody last beat; None if nobody ever did. In a writing step, nobody else beats until it has ended."""
        statement = _LAST
        if self._tx.writing:
            statement = _HOLD_WAITING if self._tx.alone else _HOLD_AT_ONCE
        row = self._tx.one(statement, of_name=name)
        return None if row is None else moment(row[0])

    def beat(self, name: str) -> None:
        """Now. Also when the clock has stepped back: the newest word counts, not the latest time."""
        if self._tx.run(_BEAT, of_name=name, new_at=self._tx.at) == 0:
            self._tx.run(_FIRST, name=name, at=self._tx.at)
