"""Messages that were given up: listed without their content, and sent again when the cause is mended.

Their content stays sealed for as long as the row (14 days, `retention.py`), so that they can be sent at all. It goes
earlier with the chat: when she blocks the bot, when she or her chat is erased.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Integer, String, bindparam, null, select, update
from sqlalchemy.sql.elements import ColumnElement

from storage.instants import moment
from storage.models import chat, outbox
from storage.statements import Statement
from storage.unit_of_work import UnitOfWork

_dead = outbox.c.state == "dead"
_LIST = Statement(
    select(outbox.c.id, chat.c.channel, outbox.c.kind, outbox.c.created_at, outbox.c.done_at, outbox.c.why, outbox.c.attempts)
    .select_from(outbox)
    .join(chat, chat.c.id == outbox.c.chat_id)
    .where(_dead, outbox.c.done_at.is_not(None))
    .order_by(outbox.c.seq)
    .limit(bindparam("most", type_=Integer))
)
_reachable: ColumnElement[bool] = outbox.c.chat_id.in_(select(chat.c.id).where(~chat.c.gone))
# A fresh start: a day of tries from now on.
_RETRY = Statement(
    update(outbox)
    .where(outbox.c.id == bindparam("for_id", type_=String), _dead, outbox.c.sealed_effect.is_not(None), _reachable)
    .values(
        state="due", why=null(), done_at=null(), attempts=0, worker=null(), lease_until=null(),
        created_at=bindparam("new_at"), not_before=bindparam("new_at"), fence=outbox.c.fence + 1,
    )
)  # fmt: skip
_DROP = Statement(
    update(outbox).where(outbox.c.id == bindparam("for_id", type_=String), _dead).values(state="gone", sealed_effect=null())
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`why` is a code of ours or of the server, never words of a person."""

    id: str
    channel: str
    kind: str
    created_at: dt.datetime
    given_up_at: dt.datetime
    why: str
    attempts: int


def dead_letters(uow: UnitOfWork, most: int = 1_000) -> tuple[DeadLetter, ...]:
    """Oldest first."""
    rows = uow.tx.all(_LIST, most=most)
    return tuple(DeadLetter(r[0], r[1], r[2], moment(r[3]), moment(r[4]), r[5] or "", r[6]) for r in rows)


def retry_dead(uow: UnitOfWork, ids: Collection[str]) -> tuple[str, ...]:
    """Due again, in their old order. Returns those that are; not, who is gone or erased, or is no dead letter."""
    return tuple(id_ for id_ in ids if uow.tx.run(_RETRY, for_id=id_, new_at=uow.tx.at))


def drop_dead(uow: UnitOfWork, ids: Collection[str]) -> tuple[str, ...]:
    """Will never be sent: the content goes, the alarm ends."""
    return tuple(id_ for id_ in ids if uow.tx.run(_DROP, for_id=id_))
