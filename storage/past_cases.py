"""Past answers, for trying a changed rule book on them: read and deciphered in memory, in one read, and never shown.

What comes out has no id, no code and no name, and a key that leads back only who already has the id; whoever asks shows
counts of it and nothing else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Integer, bindparam, literal, select

from dialogs.referral import ReferralStatus
from dialogs.session import Session, Status
from storage.errors import StorageError, StorageUnavailable
from storage.instants import moment
from storage.models import data_key, person, referral, session
from storage.sealed_json import unpacked
from storage.statements import Row, Statement
from storage.transaction import Transaction

# So many of the newest: one read must not hold the database for long.
MOST: Final = 2_000

_KEY = (data_key.c.gen, data_key.c.tenant, data_key.c.epoch, data_key.c.wrapped)
_most = bindparam("most", type_=Integer)
_OF_KREIS = Statement(
    select(session.c.id, session.c.person_id, session.c.sealed_state, *_KEY)
    .join(person, person.c.id == session.c.person_id)
    .join(data_key, data_key.c.subject_id == session.c.person_id)
    .where(person.c.kreis == bindparam("of_kreis"), session.c.status == literal(Status.FINISHED.value))
    .order_by(session.c.updated_at.desc(), session.c.id)
    .limit(_most)
)
_OF_TRAEGER = Statement(
    select(referral.c.id, referral.c.person_id, referral.c.sealed_case, *_KEY, referral.c.created_at, referral.c.traeger)
    .join(person, person.c.id == referral.c.person_id)
    .join(data_key, data_key.c.subject_id == referral.c.person_id)
    .where(
        person.c.kreis == bindparam("of_kreis"),
        referral.c.traeger == bindparam("of_traeger"),
        referral.c.status != literal(ReferralStatus.WITHDRAWN.value),
        referral.c.sealed_case.is_not(None),
    )
    .order_by(referral.c.created_at.desc(), referral.c.id)
    .limit(_most)
)


@dataclass(frozen=True, slots=True)
class PastCase:
    """What somebody answered, as it was stored: question id and value in JSON. `on`: the day of her answers.

    `key`: a hash of what the case is stored under, never shown; whoever counts blurs by it.
    """

    rows: tuple[tuple[str, object], ...]
    on: dt.date
    key: bytes = field(repr=False)


def _opaque(id_: str) -> bytes:
    return hashlib.sha256(f"past case {id_}".encode()).digest()


class PastCases:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def of_kreis(self, kreis: str, most: int = MOST) -> tuple[PastCase, ...]:
        """Every finished dialogue that is still there: for those who answer for the screening itself."""
        return tuple(self._read(self._tx.all(_OF_KREIS, of_kreis=kreis, most=most), self._session))

    def of_traeger(self, kreis: str, traeger: str, most: int = MOST) -> tuple[PastCase, ...]:
        """What was handed over to this Träger, as far as it was agreed to and is still there."""
        rows = self._tx.all(_OF_TRAEGER, of_kreis=kreis, of_traeger=traeger, most=most)
        return tuple(self._read(rows, self._referral))

    def _read(self, rows: list[Row], opened: Callable[[Row], PastCase]) -> Iterator[PastCase]:
        for row in rows:
            try:
                yield opened(row)
            except StorageUnavailable:
                raise
            except (StorageError, KeyError, TypeError, ValueError):
                continue  # erased meanwhile, or of a form we no longer know: it can't be tried

    def _session(self, row: Row) -> PastCase:
        session_id, person_id, sealed, *wrapped = row
        cipher = self._tx.data_keys.unwrapped(self._tx, person_id, *wrapped)
        state: Mapping[str, Any] = unpacked(cipher.open("session", "state", session_id, sealed))
        found = Session.from_dict(state)
        return PastCase(tuple((key, value) for key, (_kind, value) in state["answers"].items()), found.began, _opaque(session_id))

    def _referral(self, row: Row) -> PastCase:
        referral_id, person_id, sealed, *wrapped, created_at, traeger = row
        cipher = self._tx.data_keys.unwrapped(self._tx, person_id, *wrapped)
        payload, _hint = unpacked(cipher.open("referral", "case", referral_id, sealed, tenant=traeger))
        rows = tuple((str(key), value) for key, value in payload["rows"])
        return PastCase(rows, moment(created_at).date(), _opaque(referral_id))
