"""The statements of `retention.py`: each takes `before`, the moment up to which things have run out."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Integer, Table, bindparam, delete, exists, literal, literal_column, null, or_, select, update

from dialogs.referral import ReferralStatus
from dialogs.session import Status
from storage.models import chat, consent, inbound, outbox, person, referral, referral_move, session
from storage.office_models import audit, login_failure, slip, slip_series, staff_session
from storage.outbox_rows import DUE
from storage.referral_statements import OPEN_COLUMNS, WITH_KEY
from storage.statements import Statement

_most = bindparam("most", type_=Integer)
_notice = bindparam("notice", type_=outbox.c.kind.type)
_ended = [literal(status.value) for status in (Status.FINISHED, Status.ENDED)]
_alive = [literal(status.value) for status in (ReferralStatus.WAITING, ReferralStatus.ACCEPTED)]
_emptied: dict[str, Any] = {"sealed_brief": null(), "sealed_case": null(), "code_bi": null()}
# A hand-over that waits, or still has content, keeps its person.
_full = or_(referral.c.status == ReferralStatus.WAITING.value, referral.c.sealed_case.is_not(None))


def _old(table: Table, column: str) -> Statement:
    return Statement(delete(table).where(table.c[column] < bindparam("before")))


BY_AGE: Final = {
    "inbound": _old(inbound, "at"),
    "consent": Statement(
        delete(consent).where(
            consent.c.at < bindparam("before"),
            or_(consent.c.withdrawn_at.is_(None), consent.c.withdrawn_at < bindparam("before")),
        )
    ),
    "audit": _old(audit, "at"),
    "login_failure": _old(login_failure, "at"),
    "slip": _old(slip, "issued_at"),
}
ENDED_STAFF_SESSIONS: Final = _old(staff_session, "absolute_until")
OLD_SERIES: Final = Statement(delete(slip_series).where(slip_series.c.day < bindparam("before")))

# -- messages ------------------------------------------------------------------------------------------------------------

GIVE_UP: Final = Statement(
    update(outbox)
    .where(outbox.c.state == DUE, outbox.c.kind != _notice, outbox.c.created_at < bindparam("before"))
    .where(or_(outbox.c.attempts > 0, outbox.c.not_before < bindparam("before")))
    .values(state="dead", why="undelivered", done_at=bindparam("new_done"), worker=null(), lease_until=null())
)
SETTLED_MESSAGES: Final = Statement(
    delete(outbox).where(outbox.c.done_at.is_not(None), outbox.c.kind != _notice, outbox.c.done_at < bindparam("before"))
)
NOTICES: Final = Statement(delete(outbox).where(outbox.c.kind == _notice, outbox.c.created_at < bindparam("before")))

# -- hand-overs ----------------------------------------------------------------------------------------------------------

WAITING: Final = Statement(
    select(*OPEN_COLUMNS, referral.c.chat_id)
    .select_from(WITH_KEY)
    .where(referral.c.status == ReferralStatus.WAITING.value, referral.c.moved_at < bindparam("before"))
    .order_by(referral.c.id)
    .limit(_most)
)
ACCEPTED: Final = Statement(
    update(referral)
    .where(
        referral.c.status == ReferralStatus.ACCEPTED.value,
        referral.c.moved_at < bindparam("before"),
        referral.c.sealed_case.is_not(None),
    )
    .values(_emptied)
)
SETTLED: Final = Statement(
    update(referral)
    .where(
        referral.c.status.not_in(_alive),
        referral.c.moved_at < bindparam("before"),
        or_(referral.c.sealed_case.is_not(None), referral.c.code_bi.is_not(None)),
    )
    .values(_emptied)
)
_old_referral = select(referral.c.id).where(referral.c.moved_at < bindparam("before"), ~_full)
OLD_MOVES: Final = Statement(delete(referral_move).where(referral_move.c.referral_id.in_(_old_referral)))
OLD_REFERRALS: Final = Statement(delete(referral).where(referral.c.moved_at < bindparam("before"), ~_full))

# -- dialogues, people, chats --------------------------------------------------------------------------------------------

_handed_over = exists().where(referral.c.session_id == session.c.id, _full)
UNFINISHED: Final = Statement(
    select(session.c.id)
    .where(session.c.status.not_in(_ended), session.c.updated_at < bindparam("before"), ~_handed_over)
    .order_by(session.c.updated_at)
    .limit(_most)
)
FINISHED: Final = Statement(
    select(session.c.id)
    .where(session.c.status.in_(_ended), session.c.updated_at < bindparam("before"), ~_handed_over)
    .order_by(session.c.updated_at)
    .limit(_most)
)
# Somebody else's dialogue on this phone is the open one then: who only asks to delete everything must not miss hers.
_other = session.alias("other")
_left = (
    select(_other.c.id)
    .where(_other.c.chat_id == chat.c.id, _other.c.id != bindparam("session"))
    .order_by(_other.c.updated_at.desc(), _other.c.person_id.desc())
    .limit(literal_column("1", Integer))
    .scalar_subquery()
)
LEAVE_CHATS: Final = Statement(
    update(chat).where(chat.c.session_id == bindparam("session")).values(session_id=_left)
)
DROP_SESSION: Final = Statement(delete(session).where(session.c.id == bindparam("session")))
# A pace that is over slows nobody; it would only say when somebody was last written to.
PASSED_PACE: Final = Statement(update(chat).where(chat.c.paced_until < bindparam("before")).values(paced_until=null()))
NOBODYS_KEYS: Final = Statement(
    select(person.c.id)
    .where(
        ~exists().where(session.c.person_id == person.c.id),
        ~exists().where(referral.c.person_id == person.c.id, _full),
    )
    .limit(_most)
)
SILENT_CHATS: Final = Statement(
    select(chat.c.id)
    .where(
        chat.c.active_at < bindparam("before"),
        ~exists().where(session.c.chat_id == chat.c.id),
        ~exists().where(session.c.id == chat.c.session_id),
        ~exists().where(referral.c.chat_id == chat.c.id, _full),
        ~exists().where(outbox.c.chat_id == chat.c.id, or_(outbox.c.state == DUE, outbox.c.kind == "tellstatus")),
    )
    .limit(_most)
)
