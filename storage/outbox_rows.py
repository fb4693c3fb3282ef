"""The statements of the outbox, and the row that delivery gets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)

from storage.instants import moment
from storage.models import chat, data_key, outbox
from storage.sealed_json import unpacked
from storage.statements import Row, Statement, adding_if_new
from storage.transaction import Transaction

# Kept after sending, so that a person who comes back to the web chat can read it again.
NOTICE: Final = "tellstatus"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message to one chat: what to say and in which language, not yet the words."""

    id: str
    chat_id: str
    channel: str
    address: str
    effect: Mapping[str, Any]
    locale: str
    attempts: int
    fence: int
    due_since: dt.datetime


# In these very words, because the indexes say so (`models.py`).
DUE: Final = literal_column("'due'", String)
SENT_ALREADY: Final = literal_column("'sent'", String)

_at = bindparam("at", type_=BigInteger)
_earlier = outbox.alias("earlier")
_ripe = and_(outbox.c.state == DUE, outbox.c.not_before <= _at)
_free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= _at)
# A message that failed once keeps its turn; one that is meant for later (a reminder) lets the others pass.
_waits_before = and_(_earlier.c.state == DUE, or_(_earlier.c.attempts > 0, _earlier.c.not_before <= _at))

# Since when it is to be sent: what was meant for later (a reminder) is not old because it was written long ago.
_due_since = case(
    (and_(outbox.c.attempts == literal_column("0"), outbox.c.not_before > outbox.c.created_at), outbox.c.not_before),
    else_=outbox.c.created_at,
)

COLUMNS: Final = (
    outbox.c.id,
    outbox.c.chat_id,
    chat.c.channel,
    chat.c.sealed_address,
    outbox.c.sealed_effect,
    outbox.c.attempts,
    outbox.c.fence,
    _due_since.label("due_since"),
    data_key.c.gen,
    data_key.c.tenant,
    data_key.c.epoch,
    data_key.c.wrapped,
)
_JOINED = (
    select(*COLUMNS)
    .select_from(outbox)
    .join(chat, chat.c.id == outbox.c.chat_id)
    .join(data_key, data_key.c.subject_id == outbox.c.chat_id)
)

PUT: Final = adding_if_new(outbox)
WAITS: Final = Statement(
    select(literal(1, Integer))
    .where(
        outbox.c.chat_id == bindparam("chat"),
        outbox.c.state == DUE,
        or_(outbox.c.attempts > 0, outbox.c.not_before <= _at),
        or_(outbox.c.worker.is_(None), outbox.c.worker != bindparam("me", type_=String)),
    )
    .limit(1)
)
NOTICES: Final = Statement(
    _JOINED.where(
        outbox.c.chat_id == bindparam("chat"),
        outbox.c.sealed_effect.is_not(None),
        or_(
            and_(outbox.c.kind == NOTICE, or_(outbox.c.state == DUE, outbox.c.state == SENT_ALREADY)),
            and_(outbox.c.kind == "say", outbox.c.state == DUE),
        ),
        or_(outbox.c.attempts > 0, outbox.c.not_before <= _at),
    ).order_by(outbox.c.seq)
)


@lru_cache(maxsize=64)
def claimable(channels: int) -> Statement:
    """The oldest unsent message of each chat. `channels`: how many are named (0: all)."""
    query = _JOINED.where(
        _ripe,
        _free,
        ~chat.c.gone,
        ~select(literal(1, Integer))
        .where(_earlier.c.chat_id == outbox.c.chat_id, _earlier.c.seq < outbox.c.seq, _waits_before)
        .exists(),
    )
    if channels:
        query = query.where(chat.c.channel.in_([bindparam(f"channel_{n}", type_=String) for n in range(channels)]))
    limited = query.order_by(outbox.c.seq).limit(bindparam("most", type_=Integer))
    return Statement(limited.with_for_update(of=outbox, skip_locked=True))


@lru_cache(maxsize=512)
def lease(count: int) -> Statement:
    """Give so many rows to one worker. The fence grows with every claim."""
    return Statement(
        update(outbox)
        .where(outbox.c.id.in_([bindparam(f"id_{n}", type_=String) for n in range(count)]))
        .values(worker=bindparam("me"), lease_until=bindparam("until"), fence=outbox.c.fence + 1)
    )


_HELD = (outbox.c.id == bindparam("for_id"), outbox.c.worker == bindparam("me"), outbox.c.state == DUE)
_FENCED = or_(bindparam("of_fence", type_=Integer).is_(None), outbox.c.fence == bindparam("of_fence", type_=Integer))
_released: dict[str, Any] = {"worker": null(), "lease_until": null()}
# A settled message has no content any more: a crisis card says much about whom it was for.
_forgotten: dict[str, Any] = {"sealed_effect": case((outbox.c.kind == NOTICE, outbox.c.sealed_effect), else_=null())}

RENEW: Final = Statement(update(outbox).where(*_HELD, _FENCED).values(lease_until=bindparam("new_until")))
RELEASE: Final = Statement(update(outbox).where(*_HELD, _FENCED).values(**_released))
SENT: Final = Statement(
    update(outbox).where(*_HELD, _FENCED).values(state="sent", done_at=bindparam("new_done"), **_forgotten, **_released)
)
RETRY: Final = Statement(
    update(outbox)
    .where(*_HELD, _FENCED)
    .values(
        attempts=outbox.c.attempts + 1, not_before=bindparam("new_at"), why=bindparam("new_why"), created_at=_due_since,
        **_released,
    )
)  # fmt: skip
DEAD: Final = Statement(
    update(outbox)
    .where(*_HELD, _FENCED)
    .values(state="dead", why=bindparam("new_why"), done_at=bindparam("new_done"), **_released)
)
GIVE_BACK: Final = Statement(update(outbox).where(outbox.c.worker == bindparam("me"), outbox.c.state == DUE).values(_released))
CHAT_OF: Final = Statement(select(outbox.c.chat_id).where(*_HELD, _FENCED))
DEAD_COUNT: Final = Statement(
    select(func.count()).select_from(outbox).where(outbox.c.state == literal_column("'dead'"), outbox.c.done_at.is_not(None))
)


@lru_cache(maxsize=64)
def oldest(channels: int) -> Statement:
    query = select(func.min(outbox.c.not_before)).where(outbox.c.state == DUE)
    if channels:
        named = [bindparam(f"channel_{n}", type_=String) for n in range(channels)]
        query = query.join(chat, chat.c.id == outbox.c.chat_id).where(chat.c.channel.in_(named))
    return Statement(query)


def opened(tx: Transaction, row: Row) -> OutboxRow:
    row_id, chat_id, channel, sealed_address, sealed_effect, attempts, fence, due_since, *wrapped = row
    cipher = tx.data_keys.unwrapped(tx, chat_id, *wrapped)
    effect, locale = unpacked(cipher.open("outbox", "effect", row_id, sealed_effect))
    address = cipher.open("chat", "address", chat_id, sealed_address).decode()
    return OutboxRow(row_id, chat_id, channel, address, effect, locale, attempts, fence, moment(due_since))
