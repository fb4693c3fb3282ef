"""Slips of the issuance desk: a door opener with a number. No row says who took it."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, or_, select, update

from storage.codes import new_slip_code, new_token, normalised
from storage.errors import StorageError
from storage.instants import moment, office_day, stamp
from storage.office_models import slip, slip_series
from storage.statements import Row, Statement, adding, counting_up
from storage.transaction import Transaction

VALID: Final = dt.timedelta(days=14)
STATES: Final = ("waiting", "answering", "finished")
# Another letter every day, so that yesterday's slip is recognised at the counter.
_LETTERS: Final = "ABCDEFGHKLMNPRSTUVWX"

_ADD = adding(slip)
_NEXT = counting_up(slip_series, "last", 1, returning=True)
_STATE = (slip.c.id, slip.c.number, slip.c.entry, slip.c.locale, slip.c.state, slip.c.issued_at)
_valid = select(*_STATE, slip.c.used_by).where(slip.c.issued_at > bindparam("since")).with_for_update()
_by_token = slip.c.token_hash == bindparam("token_hash")
_FIND = Statement(_valid.where(or_(_by_token, slip.c.code_hash == bindparam("code_hash"))))
_FIND_BY_TOKEN = Statement(_valid.where(_by_token))
_USE = Statement(
    update(slip)
    .where(slip.c.id == bindparam("for_id"), slip.c.used_by.is_(None))
    .values(used_by=bindparam("new_user"), state="answering")
)
_MARK = Statement(update(slip).where(slip.c.id == bindparam("for_id")).values(state=bindparam("new_state")))
_OF = Statement(
    select(*_STATE)
    .where(slip.c.staff_id == bindparam("staff"), slip.c.issued_at >= bindparam("since"))
    .order_by(slip.c.issued_at, slip.c.id)
)


@dataclass(frozen=True, slots=True)
class Slip:
    """A new slip with what is printed on it. Token and code are known only now."""

    id: str
    number: str
    token: str
    code: str
    entry: str
    locale: str | None
    issued_at: dt.datetime


@dataclass(frozen=True, slots=True)
class SlipState:
    """What the desk sees: waiting, answering or finished. Never by whom, never what."""

    id: str
    number: str
    entry: str
    locale: str | None
    state: str
    issued_at: dt.datetime


class Slips:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def issue(self, *, kreis: str, entry: str, locale: str | None, staff_id: str) -> Slip:
        tx = self._tx
        day = office_day(tx.now)
        row = tx.one(_NEXT, kreis=kreis, day=day.isoformat(), last=1)
        if row is None:
            raise StorageError("the slip got no number")
        number = f"{_LETTERS[day.toordinal() % len(_LETTERS)]} {row[0]:03d}"
        new = Slip(tx.new_id(), number, new_token(), new_slip_code(), entry, locale, tx.now)
        tx.run(
            _ADD,
            id=new.id,
            number=number,
            token_hash=_hash(new.token),
            code_hash=_hash(normalised(new.code)),
            kreis=kreis,
            entry=entry,
            locale=locale,
            staff_id=staff_id,
            state="waiting",
            used_by=None,
            issued_at=tx.at,
        )
        return new

    def use(self, token_or_code: str, session_id: str, *, by_code: bool = True) -> SlipState | None:
        """The slip, now used by this session. None if there is none, it is too old, or somebody else used it.

        `by_code=False`: only the long token counts. The short code can be guessed where nobody counts the attempts.
        """
        tx, since = self._tx, stamp(self._tx.now - VALID)
        token_hash = _hash(token_or_code.strip())
        if by_code:
            row = tx.one(_FIND, token_hash=token_hash, code_hash=_hash(normalised(token_or_code)), since=since)
        else:
            row = tx.one(_FIND_BY_TOKEN, token_hash=token_hash, since=since)
        if row is None:
            return None
        user = tx.keys.blind("slip", session_id)
        if row[6] is None:
            tx.run(_USE, for_id=row[0], new_user=user)
            return _state((*row[:4], "answering", row[5]))
        return _state(row) if row[6] == user else None

    def used_by(self, code: str, session_id: str) -> bool:
        """Whether this very session has begun with the slip. Changes nothing."""
        since = stamp(self._tx.now - VALID)
        row = self._tx.one(_FIND, token_hash=_hash(code.strip()), code_hash=_hash(normalised(code)), since=since)
        return row is not None and row[6] is not None and bytes(row[6]) == self._tx.keys.blind("slip", session_id)

    def mark(self, slip_id: str, state: str) -> None:
        if state not in STATES:
            raise ValueError(f"a slip is {', '.join(STATES)}")
        self._tx.run(_MARK, for_id=slip_id, new_state=state)

    def of(self, staff_id: str, since: dt.datetime) -> tuple[SlipState, ...]:
        """This person's own slips, oldest first."""
        return tuple(_state(row) for row in self._tx.all(_OF, staff=staff_id, since=stamp(since)))


def _hash(text: str) -> bytes:
    # No key: the desk has none. A token has 96 random bits; a code opens nothing but a slip without content.
    return hashlib.sha256(text.encode(errors="replace")).digest()


def _state(row: Row) -> SlipState:
    return SlipState(row[0], row[1], row[2], row[3], row[4], moment(row[5]))
