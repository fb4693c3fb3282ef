"""The statements of the referrals. Every one that staff can reach names the Träger and the Stellen."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Integer,
    SmallInteger,
    String,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.sql.expression import ColumnElement

from dialogs.referral import ReferralStatus
from storage.models import data_key, referral, referral_move, session
from storage.statements import Statement, adding

CAP: Final = 10_001

_KEY = (data_key.c.gen, data_key.c.tenant, data_key.c.epoch, data_key.c.wrapped)
OPEN_COLUMNS: Final = (
    referral.c.id,
    referral.c.traeger,
    referral.c.person_id,
    referral.c.status,
    referral.c.stelle,
    referral.c.dienst,
    referral.c.rank,
    referral.c.waiting_since,
    referral.c.version,
    referral.c.sealed_brief,
    *_KEY,
)
CASE_COLUMNS: Final = (
    *OPEN_COLUMNS,
    referral.c.sealed_case,
    referral.c.session_id,
    referral.c.chat_id,
    referral.c.consent_id,
    referral.c.mode,
    referral.c.reason,
    referral.c.created_at,
    referral.c.moved_at,
    referral.c.moved_by,
)
WITH_KEY: Final = referral.outerjoin(data_key, data_key.c.subject_id == referral.c.person_id)

ADD: Final = adding(referral)
ADD_MOVE: Final = adding(referral_move)
STANDING: Final = Statement(
    select(referral.c.id).where(
        referral.c.session_id == bindparam("session"),
        referral.c.stelle == bindparam("stelle"),
        referral.c.status != ReferralStatus.WITHDRAWN.value,
    )
)
CHAT_OF_SESSION: Final = Statement(select(session.c.chat_id).where(session.c.id == bindparam("session")))
OF_SESSION: Final = Statement(
    select(
        referral.c.id,
        referral.c.status,
        referral.c.dienst,
        referral.c.stelle,
        referral.c.reason,
        referral.c.moved_at,
        referral.c.traeger,
        referral.c.version,
    )
    .where(referral.c.session_id == bindparam("session"))
    .order_by(referral.c.id)
)
HISTORY: Final = Statement(
    select(referral_move.c.move, referral_move.c.status, referral_move.c.by, referral_move.c.at, referral_move.c.reason)
    .where(referral_move.c.referral_id == bindparam("for_id"), referral_move.c.traeger == bindparam("traeger"))
    .order_by(referral_move.c.id)
)

_new: dict[str, Any] = {
    "status": bindparam("new_status"),
    "version": referral.c.version + 1,
    "reason": bindparam("new_reason"),
    "moved_at": bindparam("new_at"),
    "moved_by": bindparam("new_by"),
}
_AS_SEEN = (
    referral.c.id == bindparam("for_id"),
    referral.c.traeger == bindparam("of_traeger"),
    referral.c.version == bindparam("old_version"),
)
MOVE: Final = Statement(update(referral).where(*_AS_SEEN).values(_new))
TAKE_BACK: Final = Statement(update(referral).where(*_AS_SEEN).values(**_new, sealed_brief=null(), sealed_case=null()))


def named(stellen: Collection[str]) -> dict[str, str]:
    return {f"stelle_{n}": stelle for n, stelle in enumerate(stellen)}


def _mine(stellen: int) -> tuple[ColumnElement[bool], ...]:
    """The scope. There is no way to ask without it."""
    places = [bindparam(f"stelle_{n}", type_=String) for n in range(stellen)]
    return (referral.c.traeger == bindparam("traeger"), referral.c.stelle.in_(places))


@lru_cache(maxsize=128)
def inbox(stellen: int, *, further: bool) -> Statement:
    """Urgent ones first, then who has waited longest. `further`: after a row that was seen already."""
    order = (referral.c.rank, referral.c.waiting_since, referral.c.id)
    query = select(*OPEN_COLUMNS).select_from(WITH_KEY).where(*_mine(stellen), referral.c.status == bindparam("status"))
    if further:
        seen = (
            bindparam("after_rank", type_=SmallInteger),
            bindparam("after_since", type_=BigInteger),
            bindparam("after_id", type_=String),
        )
        query = query.where(tuple_(*order) > tuple_(*seen))
    return Statement(query.order_by(*order).limit(bindparam("most", type_=Integer)))


@lru_cache(maxsize=64)
def counts(stellen: int) -> Statement:
    """How many of each status, counted no further than anybody reads."""
    each = []
    for status in ReferralStatus:
        some = select(literal(1, Integer).label("one")).where(*_mine(stellen), referral.c.status == status.value)
        capped = some.limit(CAP).subquery()
        each.append(select(literal(status.value, String), func.count()).select_from(capped))
    return Statement(union_all(*each))


_AT_WORK = (
    select(literal(1, Integer).label("one"))
    .where(
        referral.c.traeger == bindparam("traeger"),
        or_(*(referral.c.status == status.value for status in (ReferralStatus.WAITING, ReferralStatus.ACCEPTED))),
        referral.c.stelle == bindparam("at_stelle"),
    )
    .limit(CAP)
    .subquery()
)
BUSY = Statement(select(func.count()).select_from(_AT_WORK))


@lru_cache(maxsize=64)
def case(stellen: int, *, to_move: bool = False) -> Statement:
    query = select(*CASE_COLUMNS).select_from(WITH_KEY).where(*_mine(stellen), referral.c.id == bindparam("for_id"))
    return Statement(query.with_for_update(of=referral) if to_move else query)


@lru_cache(maxsize=64)
def by_code(stellen: int) -> Statement:
    query = select(*CASE_COLUMNS).select_from(WITH_KEY).where(*_mine(stellen), referral.c.code_bi == bindparam("code_bi"))
    return Statement(query.order_by(referral.c.id.desc()).limit(1))
