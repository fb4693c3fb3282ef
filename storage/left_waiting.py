"""Chats in which a question has been left open: after an outage they are asked again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlalchemy import BigInteger, Integer, String, and_, bindparam, literal, or_, select

from dialogs.session import Status
from storage.instants import hour_of, stamp
from storage.models import chat, outbox, session
from storage.outbox_rows import DUE
from storage.statements import Statement
from storage.unit_of_work import UnitOfWork

_OPEN: Final = [literal(status.value) for status in (Status.ASKING, Status.REVIEWING)]
# Questions and pages; not the Stelle's news, nor a reminder: those ask nothing.
_PAGE: Final = "other"


@dataclass(frozen=True, slots=True)
class LeftWaiting:
    """`asked`: a page of this chat waits to be sent, or has been put since: she gets her question already."""

    chat_id: str
    session_id: str
    asked: bool


@lru_cache(maxsize=16)
def _slice(channels: int, wait: bool) -> Statement:
    named = [bindparam(f"channel_{n}", type_=String) for n in range(channels)]
    query = (
        select(chat.c.id, chat.c.session_id)
        .join(session, session.c.id == chat.c.session_id)
        .where(
            chat.c.channel.in_(named),
            ~chat.c.gone,
            chat.c.active_at >= bindparam("since"),
            session.c.status.in_(_OPEN),
            chat.c.id > bindparam("after", type_=String),
        )
        .order_by(chat.c.id)
        .limit(bindparam("most", type_=Integer))
    )
    return Statement(query.with_for_update(of=chat, key_share=True, nowait=not wait))


@lru_cache(maxsize=64)
def _asked(chats: int) -> Statement:
    ids = [bindparam(f"id_{n}", type_=String) for n in range(chats)]
    waits = and_(outbox.c.state == DUE, or_(outbox.c.attempts > 0, outbox.c.not_before <= bindparam("at", type_=BigInteger)))
    return Statement(
        select(outbox.c.chat_id)
        .where(outbox.c.chat_id.in_(ids), outbox.c.kind == _PAGE, or_(waits, outbox.c.created_at > bindparam("fresh")))
        .distinct()
    )


def left_waiting(
    uow: UnitOfWork, channels: Collection[str], *, since: dt.datetime, fresh: dt.datetime, after: str, most: int
) -> tuple[LeftWaiting, ...]:
    """The next chats (by id) with a sign of life since then, known to the hour; each is held until the commit.

    `fresh`: a page put later than that counts as asked.
    """
    if not channels:
        return ()
    tx = uow.tx
    named = {f"channel_{n}": channel for n, channel in enumerate(channels)}
    rows = tx.all(_slice(len(channels), tx.alone), since=hour_of(stamp(since)), after=after, most=most, **named)
    if not rows:
        return ()
    tx.held.update(row[0] for row in rows)
    # A question of its own, after the chats are held: what a step put that we have just waited for is seen by this one.
    ids = {f"id_{n}": row[0] for n, row in enumerate(rows)}
    asked = {row[0] for row in tx.all(_asked(len(ids)), at=tx.at, fresh=stamp(fresh), **ids)}
    return tuple(LeftWaiting(chat_id, session_id, chat_id in asked) for chat_id, session_id in rows)
