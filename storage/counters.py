"""Anonymous daily counters: what is counted of people of whom nothing is stored."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from storage.office_models import counter
from storage.statements import Statement, counting_up
from storage.transaction import Transaction

_ADD = counting_up(counter, "n", "n")
_BETWEEN = (
    select(counter.c.name, counter.c.day, counter.c.kreis, counter.c.n)
    .where(counter.c.day >= bindparam("first"), counter.c.day <= bindparam("last"))
    .order_by(counter.c.day, counter.c.kreis, counter.c.name)
)
_ALL_BETWEEN = Statement(_BETWEEN)
_KREIS_BETWEEN = Statement(_BETWEEN.where(counter.c.kreis == bindparam("of_kreis")))


@dataclass(frozen=True, slots=True)
class CounterRow:
    name: str
    day: dt.date
    kreis: str
    n: int


class Counters:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, name: str, day: dt.date, kreis: str, n: int = 1) -> None:
        self._tx.run(_ADD, name=name, day=day.isoformat(), kreis=kreis, n=n)

    def between(self, first: dt.date, last: dt.date, kreis: str | None = None) -> tuple[CounterRow, ...]:
        """Both days included."""
        days = {"first": first.isoformat(), "last": last.isoformat()}
        rows = self._tx.all(_ALL_BETWEEN, **days) if kreis is None else self._tx.all(_KREIS_BETWEEN, **days, of_kreis=kreis)
        return tuple(CounterRow(row[0], dt.date.fromisoformat(row[1]), row[2], row[3]) for row in rows)
