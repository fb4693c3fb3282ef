"""The ends of outbox rows that concern a whole chat."""

from __future__ import annotations

from sqlalchemy import bindparam, null, update

from storage.models import outbox
from storage.outbox_rows import DUE
from storage.statements import Statement
from storage.transaction import Transaction

_END = Statement(
    update(outbox)
    .where(outbox.c.chat_id == bindparam("for_chat"), outbox.c.state == DUE)
    .values(state="gone", sealed_effect=null(), worker=null(), lease_until=null(), done_at=bindparam("new_done"))
)
_FORGET_DEAD = Statement(
    update(outbox).where(outbox.c.chat_id == bindparam("for_chat"), outbox.c.state == "dead").values(sealed_effect=null())
)


def end_for_chat(tx: Transaction, chat_id: str) -> int:
    """Drop whatever still waits for this chat; what was given up can't be sent again either."""
    tx.run(_FORGET_DEAD, for_chat=chat_id)
    return tx.run(_END, for_chat=chat_id, new_done=tx.at)
