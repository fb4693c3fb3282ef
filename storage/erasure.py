"""Crypto-shredding: the data key is destroyed, and with it every ciphertext, also in backups.

What stays says nothing about anybody: the referral's bare row (so that a Stelle's counts stay true), the consent
without a person, one line in the ledger with a keyed mark (so that a restored backup can be cleaned again).
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, null, select, update

from dialogs.referral import Move, ReferralStatus, moved
from storage.errors import StorageError, StorageUnavailable
from storage.ledger import Erased
from storage.models import chat, consent, erasure, outbox, person, referral, referral_move, session
from storage.sealed_json import unpacked
from storage.statements import Statement, adding
from storage.transaction import Transaction

_SESSIONS = Statement(select(session.c.id, session.c.chat_id).where(session.c.person_id == bindparam("person")))
_PERSONS_OF_CHAT = Statement(
    select(session.c.person_id)
    .where(session.c.chat_id == bindparam("chat"))
    .union(
        select(session.c.person_id).join(chat, chat.c.session_id == session.c.id).where(chat.c.id == bindparam("chat")),
        select(referral.c.person_id).where(referral.c.chat_id == bindparam("chat"), referral.c.person_id.is_not(None)),
    )
)
_REFERRALS = Statement(
    select(referral.c.id, referral.c.traeger, referral.c.status, referral.c.chat_id).where(
        referral.c.person_id == bindparam("person")
    )
)
_EMPTIED = {
    name: null() for name in ("person_id", "session_id", "chat_id", "consent_id", "code_bi", "sealed_brief", "sealed_case")
}
_EMPTY = Statement(update(referral).where(referral.c.id == bindparam("for_id")).values(_EMPTIED))
_EMPTY_AND_WITHDRAW = Statement(
    update(referral)
    .where(referral.c.id == bindparam("for_id"))
    .values(
        **_EMPTIED,
        status=bindparam("new_status"),
        version=referral.c.version + 1,
        moved_at=bindparam("new_at"),
        moved_by=bindparam("new_by"),
    )
)
_ADD_MOVE = adding(referral_move)
_WAITING = Statement(
    select(outbox.c.id, outbox.c.kind, outbox.c.sealed_effect).where(
        outbox.c.chat_id == bindparam("chat"), outbox.c.person_id.is_(None), outbox.c.sealed_effect.is_not(None)
    )
)
_her_rows = delete(outbox).where(outbox.c.person_id == bindparam("person"), outbox.c.sealed_effect.is_not(None))
_DROP_HERS = Statement(_her_rows)
_DROP_HERS_BUT_SAYINGS = Statement(_her_rows.where(outbox.c.kind != "say"))
_DISOWN = Statement(update(outbox).where(outbox.c.person_id == bindparam("person")).values(person_id=null()))
_DROP_ROW = Statement(delete(outbox).where(outbox.c.id == bindparam("for_id")))
_DROP_OUTBOX = Statement(delete(outbox).where(outbox.c.chat_id == bindparam("chat")))
_LEAVE_CHATS = Statement(update(chat).where(chat.c.session_id == bindparam("session")).values(session_id=null()))
_RESUMED_IN = Statement(select(chat.c.id).where(chat.c.session_id == bindparam("session")))
_DROP_SESSIONS = Statement(delete(session).where(session.c.person_id == bindparam("person")))
_UNLINK_CONSENTS = Statement(update(consent).where(consent.c.person_id == bindparam("person")).values(person_id=null()))
_FORGET_CHAT = Statement(update(referral).where(referral.c.chat_id == bindparam("chat")).values(chat_id=null()))
_DROP_PERSON = Statement(delete(person).where(person.c.id == bindparam("person")))
_DROP_CHAT = Statement(delete(chat).where(chat.c.id == bindparam("chat")))
_NOTE = adding(erasure)

_OPEN = (ReferralStatus.WAITING, ReferralStatus.ACCEPTED)


class Erasure:
    """`taken_back`: the person wants it, so open hand-overs are withdrawn and no reminder comes. Not when a deadline ran out."""

    __slots__ = ("_taken_back", "_tx")

    def __init__(self, tx: Transaction, *, taken_back: bool = True) -> None:
        self._tx = tx
        self._taken_back = taken_back

    def person(self, person_id: str, reason: str) -> None:
        tx = self._tx
        sessions = tx.all(_SESSIONS, person=person_id)
        referrals = tx.all(_REFERRALS, person=person_id)
        chats = {row[1] for row in sessions} | {row[3] for row in referrals if row[3] is not None}
        chats |= {row[0] for session_id, _chat in sessions for row in tx.all(_RESUMED_IN, session=session_id)}
        hers = {row[0] for row in (*sessions, *referrals)}
        for chat_id in chats:
            self._outbox(chat_id, hers)
        # After a deadline a reminder still comes, but nothing says any more whose it is.
        tx.run(_DROP_HERS if self._taken_back else _DROP_HERS_BUT_SAYINGS, person=person_id)
        tx.run(_DISOWN, person=person_id)
        for referral_id, traeger, status, _chat in referrals:
            self._referral(referral_id, traeger, ReferralStatus(status))
        for session_id, _chat in sessions:
            tx.run(_LEAVE_CHATS, session=session_id)
        tx.run(_DROP_SESSIONS, person=person_id)
        tx.run(_UNLINK_CONSENTS, person=person_id)
        if tx.run(_DROP_PERSON, person=person_id):
            self._destroy(person_id, reason)

    def chat(self, chat_id: str, reason: str) -> None:
        tx = self._tx
        for (person_id,) in tx.all(_PERSONS_OF_CHAT, chat=chat_id):
            self.person(person_id, reason)
        tx.run(_DROP_OUTBOX, chat=chat_id)
        tx.run(_FORGET_CHAT, chat=chat_id)
        if tx.run(_DROP_CHAT, chat=chat_id):
            self._destroy(chat_id, reason)

    def _destroy(self, subject: str, reason: str) -> None:
        tx = self._tx
        tx.data_keys.destroy(tx, subject)
        mark = tx.keys.ledger(subject)
        tx.run(_NOTE, id=tx.new_id(), subject_mac=mark, reason=reason, at=tx.at)
        tx.ledger.append(Erased(mark, reason, tx.now))

    def _referral(self, referral_id: str, traeger: str, status: ReferralStatus) -> None:
        """The Stelle sees that it was taken back, and nothing else any more."""
        tx = self._tx
        if status not in _OPEN or not self._taken_back:
            tx.run(_EMPTY, for_id=referral_id)
            return
        new = moved(status, Move.WITHDRAW).value
        tx.run(_EMPTY_AND_WITHDRAW, for_id=referral_id, new_status=new, new_at=tx.at, new_by="person")
        tx.run(
            _ADD_MOVE,
            id=tx.new_id(),
            referral_id=referral_id,
            traeger=traeger,
            move=Move.WITHDRAW.value,
            status=new,
            by="person",
            reason=None,
            at=tx.at,
        )

    def _outbox(self, chat_id: str, hers: set[str]) -> None:
        """Of the messages without an owner those that name her session or her hand-over, or nobody: a crisis card.

        What names somebody else on this phone stays: her questions, news of her hand-over, the last word to who was erased
        before. A bare sentence belongs to nobody.
        """
        tx = self._tx
        for row_id, kind, sealed in tx.all(_WAITING, chat=chat_id):
            try:
                effect, _locale = unpacked(tx.cipher(chat_id).open("outbox", "effect", row_id, sealed))
                named = effect.get("session") or effect.get("referral")
            except StorageUnavailable:
                raise
            except (StorageError, ValueError, TypeError, AttributeError):
                # Damaged: nobody can be told it any more, and the erasure must not fail for it.
                tx.run(_DROP_ROW, for_id=row_id)
                continue
            if kind != "say" and (named is None or named in hers):
                tx.run(_DROP_ROW, for_id=row_id)
