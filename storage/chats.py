"""Chats: a place where somebody can be reached. Found by keyed hash; the address itself is ciphertext."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from storage.erasure import Erasure
from storage.errors import KeyDestroyed
from storage.failures import TryAgain
from storage.instants import HOUR, hour_of, stamp
from storage.models import chat, referral, session
from storage.outbox_end import end_for_chat
from storage.statements import Row, Statement, adding_if_new
from storage.transaction import Transaction

# A chat belongs to no Kreis: several persons, of several counties, may share a phone.
NO_TENANT: Final = ""

_COLUMNS = (chat.c.id, chat.c.channel, chat.c.session_id, chat.c.sealed_locale, chat.c.gone, chat.c.active_at)
_found = select(*_COLUMNS).where(chat.c.channel == bindparam("channel"), chat.c.address_bi == bindparam("address_bi"))
_FIND = Statement(_found)
# The weaker lock: whoever puts a message into the outbox meanwhile refers to this row, and may.
_FIND_WAITING = Statement(_found.with_for_update(key_share=True))
_FIND_AT_ONCE = Statement(_found.with_for_update(key_share=True, nowait=True))
_held = select(chat.c.id).where(chat.c.id == bindparam("for_id"))
_HOLD_WAITING = Statement(_held.with_for_update(key_share=True))
_HOLD_AT_ONCE = Statement(_held.with_for_update(key_share=True, nowait=True))
_ACTIVE = Statement(select(*_COLUMNS).where(chat.c.active_at >= bindparam("since"), ~chat.c.gone).order_by(chat.c.id))
_ADD = adding_if_new(chat)
_ADDRESS = Statement(select(chat.c.channel, chat.c.sealed_address).where(chat.c.id == bindparam("for_id")))
_closing = select(chat.c.session_id).where(chat.c.id == bindparam("for_id"))
_CLOSE_WAITING = Statement(_closing.with_for_update())
_CLOSE_AT_ONCE = Statement(_closing.with_for_update(nowait=True))
_IN_USE = Statement(select(session.c.id).where(session.c.chat_id == bindparam("for_id")).limit(1))
_HANDED_OVER_HERE = Statement(select(referral.c.id).where(referral.c.chat_id == bindparam("for_id")).limit(1))
_TOUCH = Statement(update(chat).where(chat.c.id == bindparam("for_id")).values(active_at=bindparam("new_active")))


@dataclass(frozen=True, slots=True)
class Chat:
    id: str
    channel: str
    session_id: str | None
    locale: str | None
    gone: bool


class _Unchanged:
    """`None` is a value of its own here."""


UNCHANGED: Final = _Unchanged()


def _setting(*columns: str) -> Statement:
    new: dict[Any, Any] = {name: bindparam(f"new_{name}", type_=chat.c[name].type) for name in columns}
    return Statement(update(chat).where(chat.c.id == bindparam("for_id")).values(new))


_SET: Final = {
    frozenset(columns): _setting(*columns)
    for columns in (
        ("session_id",),
        ("sealed_locale",),
        ("gone",),
        ("session_id", "sealed_locale"),
        ("session_id", "gone"),
        ("sealed_locale", "gone"),
        ("session_id", "sealed_locale", "gone"),
    )
}


class Chats:
    __slots__ = ("_erasure", "_tx")

    def __init__(self, tx: Transaction, erasure: Erasure) -> None:
        self._tx = tx
        self._erasure = erasure

    def find(self, channel: str, address: str) -> Chat | None:
        """The chat with this address.

        In a writing step it also notes (to the hour) that the person is active, and holds the chat until the commit: what
        another process does with the same chat comes before or after it, never in between.
        """
        statement = _FIND
        if self._tx.shared:
            statement = _FIND_WAITING if self._tx.alone else _FIND_AT_ONCE
        row = self._tx.one(statement, channel=channel, address_bi=self._tx.keys.blind(channel, address))
        if row is None:
            return None
        self._tx.held.add(row[0])
        if self._tx.writing and self._tx.at - row[5] >= HOUR:
            self._tx.run(_TOUCH, for_id=row[0], new_active=hour_of(self._tx.at))
        return self._chat(row)

    def hold(self, chat_id: str) -> None:
        """Hold this chat until the commit. Free of charge if the step holds it already, and where there is one writer."""
        hold(self._tx, chat_id)

    def open(self, channel: str, address: str, locale: str | None) -> Chat:
        """The chat with this address, made if need be. Somebody who writes again is not gone."""
        known = self.find(channel, address)
        if known is not None:
            if known.gone:
                self.set(known.id, gone=False)
            return Chat(known.id, known.channel, known.session_id, known.locale, False)
        tx, chat_id = self._tx, self._tx.new_id()
        cipher = tx.data_keys.create(tx, chat_id, NO_TENANT)
        added = tx.run(
            _ADD,
            id=chat_id,
            channel=channel,
            address_bi=tx.keys.blind(channel, address),
            sealed_address=cipher.seal("chat", "address", chat_id, address.encode()),
            sealed_locale=_sealed_locale(cipher, chat_id, locale),
            session_id=None,
            gone=False,
            active_at=hour_of(tx.at),
            paced_until=None,
        )
        if added == 0:  # another process opened it in this moment: do the step again, and find it
            raise TryAgain
        return Chat(chat_id, channel, None, locale, False)

    def set(
        self,
        chat_id: str,
        *,
        session_id: str | _Unchanged | None = UNCHANGED,
        locale: str | _Unchanged | None = UNCHANGED,
        gone: bool | None = None,
    ) -> None:
        """Change what is given; `None` empties the session or the language."""
        new: dict[str, Any] = {}
        if not isinstance(session_id, _Unchanged):
            new["session_id"] = session_id
        if not isinstance(locale, _Unchanged):
            new["sealed_locale"] = _sealed_locale(self._tx.cipher(chat_id), chat_id, locale)
        if gone is not None:
            new["gone"] = gone
        if new:
            values = {f"new_{name}": value for name, value in new.items()}
            self._tx.run(_SET[frozenset(new)], for_id=chat_id, **values)

    def address_of(self, chat_id: str) -> tuple[str, str]:
        """Channel and address; raises KeyDestroyed if the chat was erased."""
        row = self._tx.one(_ADDRESS, for_id=chat_id)
        if row is None:
            raise KeyDestroyed("this chat no longer exists")
        return row[0], self._tx.cipher(chat_id).open("chat", "address", chat_id, row[1]).decode()

    def erase(self, chat_id: str, reason: str = "asked") -> None:
        """Everybody on this phone, and the chat itself."""
        self._erasure.chat(chat_id, reason)

    def erase_if_quiet(self, chat_id: str, reason: str = "asked") -> bool:
        """After the last word: erase the chat, unless somebody has begun (or is still) talking here. Says whether it did."""
        # Two questions, the first with a lock: whoever begins at this moment in another process is seen by the second.
        closing = self._tx.one(_CLOSE_WAITING if self._tx.alone else _CLOSE_AT_ONCE, for_id=chat_id)
        if closing is None or closing[0] is not None or self._tx.one(_IN_USE, for_id=chat_id) is not None:
            return False
        self._erasure.chat(chat_id, reason)
        return True

    def gone(self, chat_id: str) -> None:
        """The person has blocked us: what waits for her is dropped, nothing is sent again until she writes."""
        self.hold(chat_id)
        self.set(chat_id, gone=True)
        end_for_chat(self._tx, chat_id)

    def left(self, chat_id: str) -> None:
        """`gone`, and if she had deleted everything before, so that only the last word was still to be said: erased."""
        self.gone(chat_id)
        if self._tx.one(_HANDED_OVER_HERE, for_id=chat_id) is None:
            self.erase_if_quiet(chat_id)

    def active_since(self, when: dt.datetime) -> tuple[Chat, ...]:
        """Chats with a sign of life since then (known to the hour, so rather one too many)."""
        return tuple(self._chat(row) for row in self._tx.all(_ACTIVE, since=hour_of(stamp(when))))

    def _chat(self, row: Row) -> Chat:
        chat_id, channel, session_id, sealed_locale, gone, _active_at = row
        locale = None
        if sealed_locale is not None:
            locale = self._tx.cipher(chat_id).open("chat", "locale", chat_id, sealed_locale).decode()
        return Chat(chat_id, channel, session_id, locale, bool(gone))


def hold(tx: Transaction, chat_id: str) -> None:
    """`Chats.hold`, for those who have no Chats."""
    if tx.shared and chat_id not in tx.held:
        tx.one(_HOLD_WAITING if tx.alone else _HOLD_AT_ONCE, for_id=chat_id)
        tx.held.add(chat_id)


def _sealed_locale(cipher: Any, chat_id: str, locale: str | None) -> bytes | None:
    sealed: bytes | None = None if locale is None else cipher.seal("chat", "locale", chat_id, locale.encode())
    return sealed
