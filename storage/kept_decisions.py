"""Everything in which a decision is kept, for taking them all again. For the operator, who has the key file: no staff page
reads this, because it names no Träger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Integer, String, bindparam, select

from dialogs.session import Session
from storage.errors import StorageError, StorageUnavailable
from storage.models import referral, session
from storage.referral_opening import case_of
from storage.referral_statements import CASE_COLUMNS, WITH_KEY
from storage.sealed_json import unpacked
from storage.statements import Statement
from storage.unit_of_work import UnitOfWork

PAGE: Final = 200

_after = bindparam("after", type_=String)
_most = bindparam("most", type_=Integer)
_SESSIONS = Statement(
    select(session.c.id, session.c.person_id, session.c.sealed_state)
    .where(session.c.id > _after)
    .order_by(session.c.id)
    .limit(_most)
)
_REFERRALS = Statement(
    select(*CASE_COLUMNS).select_from(WITH_KEY).where(referral.c.id > _after).order_by(referral.c.id).limit(_most)
)


@dataclass(frozen=True, slots=True)
class KeptSession:
    """`session` is None if it can't be read (erased, damaged, or not written by the dialogue)."""

    id: str
    session: Session | None


@dataclass(frozen=True, slots=True)
class KeptReferral:
    """`decision` is what the Stelle was told; None if it can't be read any more, or nothing was told."""

    id: str
    session_id: str | None
    decision: Mapping[str, Any] | None


def kept_sessions(uow: UnitOfWork, after: str = "", most: int = PAGE) -> tuple[KeptSession, ...]:
    """The next sessions in the order of their ids."""
    return tuple(
        KeptSession(row[0], _read(uow, *row)) for row in uow.tx.all(_SESSIONS, after=after, most=most)
    )


def kept_referrals(uow: UnitOfWork, after: str = "", most: int = PAGE) -> tuple[KeptReferral, ...]:
    """The next referrals in the order of their ids, whoever has them."""
    found = []
    for row in uow.tx.all(_REFERRALS, after=after, most=most):
        try:
            case = case_of(uow.tx, row)
            decision, session_id = case.payload.get("decision"), case.session_id
        except StorageUnavailable:
            raise
        except StorageError:  # one damaged row does not hide the others
            decision, session_id = None, None
        found.append(KeptReferral(str(row[0]), session_id, decision if isinstance(decision, Mapping) else None))
    return tuple(found)


def _read(uow: UnitOfWork, session_id: str, person_id: str, sealed: bytes) -> Session | None:
    try:
        state = unpacked(uow.tx.cipher(person_id).open("session", "state", session_id, sealed))
        return Session.from_dict(state)
    except StorageUnavailable:
        raise
    except (StorageError, KeyError, TypeError, ValueError):
        return None
