"""Sessions: one dialogue each, as ciphertext, with a version so that no save is lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, or_, select, update

from dialogs.session import Session
from storage.errors import SessionMoved
from storage.instants import hour_of, moment
from storage.models import chat, session
from storage.sealed_json import packed, unpacked
from storage.statements import Row, Statement, adding
from storage.transaction import Transaction

_COLUMNS = (
    session.c.id,
    session.c.person_id,
    session.c.chat_id,
    session.c.slip_id,
    session.c.version,
    session.c.sealed_state,
    session.c.updated_at,
)
_LOAD = Statement(select(*_COLUMNS).where(session.c.id == bindparam("for_id")))
_BY_CODE = Statement(select(*_COLUMNS).where(session.c.code_bi == bindparam("code_bi")))
_OPEN_HERE = select(chat.c.session_id).where(chat.c.id == bindparam("chat")).scalar_subquery()
_OF_CHAT = Statement(
    select(*_COLUMNS)
    .where(or_(session.c.chat_id == bindparam("chat"), session.c.id == _OPEN_HERE))
    .order_by(session.c.updated_at, session.c.person_id)
)
_ADD = adding(session)
_SAVE_STATE = (
    update(session)
    .where(session.c.id == bindparam("for_id"), session.c.version == bindparam("old_version"))
    .values(status=bindparam("new_status"), version=session.c.version + 1, sealed_state=bindparam("new_state"))
)
_SAVE = Statement(_SAVE_STATE)
# Columns with an index are named only when they change (once an hour): naming them costs as much as the rest.
_SAVE_ALL = Statement(_SAVE_STATE.values(chat_id=bindparam("new_chat"), updated_at=bindparam("new_updated")))


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it was loaded. `updated_at` is rounded to the hour."""

    session: Session
    person_id: str
    chat_id: str
    version: int
    slip_id: str | None
    updated_at: dt.datetime


class Sessions:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, new: Session, *, person_id: str, chat_id: str, code: str, slip_id: str | None = None) -> StoredSession:
        tx, hour = self._tx, hour_of(self._tx.at)
        tx.run(
            _ADD,
            id=new.id,
            person_id=person_id,
            chat_id=chat_id,
            slip_id=slip_id,
            status=str(new.status),
            version=1,
            code_bi=tx.keys.blind_code(code),
            sealed_state=self._sealed(person_id, new),
            created_at=hour,
            updated_at=hour,
        )
        return StoredSession(new, person_id, chat_id, 1, slip_id, moment(hour))

    def load(self, session_id: str) -> StoredSession | None:
        return self._maybe(self._tx.one(_LOAD, for_id=session_id))

    def find_by_code(self, code: str) -> StoredSession | None:
        return self._maybe(self._tx.one(_BY_CODE, code_bi=self._tx.keys.blind_code(code)))

    def of_chat(self, chat_id: str) -> tuple[StoredSession, ...]:
        """All sessions begun or gone on with on this phone, the one used last at the end."""
        return tuple(self._stored(row) for row in self._tx.all(_OF_CHAT, chat=chat_id))

    def save(self, stored: StoredSession, new: Session, *, chat_id: str | None = None) -> StoredSession:
        """Keep the session's new state. `chat_id`: she went on from another phone. Raises SessionMoved."""
        tx, hour = self._tx, hour_of(self._tx.at)
        chat = chat_id or stored.chat_id
        values = {"for_id": new.id, "old_version": stored.version, "new_status": str(new.status)}
        state = self._sealed(stored.person_id, new)
        if chat == stored.chat_id and moment(hour) == stored.updated_at:
            saved = tx.run(_SAVE, **values, new_state=state)
        else:
            saved = tx.run(_SAVE_ALL, **values, new_state=state, new_chat=chat, new_updated=hour)
        if saved != 1:
            raise SessionMoved("somebody else saved this session meanwhile")
        return replace(stored, session=new, chat_id=chat, version=stored.version + 1, updated_at=moment(hour))

    def _sealed(self, person_id: str, new: Session) -> bytes:
        return self._tx.cipher(person_id).seal("session", "state", new.id, packed(new.to_dict()))

    def _maybe(self, row: Row | None) -> StoredSession | None:
        return None if row is None else self._stored(row)

    def _stored(self, row: Row) -> StoredSession:
        session_id, person_id, chat_id, slip_id, version, sealed, updated_at = row
        state = unpacked(self._tx.cipher(person_id).open("session", "state", session_id, sealed))
        return StoredSession(Session.from_dict(state), person_id, chat_id, version, slip_id, moment(updated_at))
