"""The outbox: what people are to be told, kept with the step that wanted it, until it is told.

Within a chat the order of writing is kept: while a message waits or is on its way, the later ones of this chat wait too.
A worker holds a row by a lease; when the lease ends, another may take it, and the first one's late word counts no more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Collection, Mapping
from typing import Any, Final

from storage import outbox_rows as sql
from storage.chats import Chats
from storage.errors import StorageError, StorageUnavailable
from storage.instants import moment, stamp
from storage.outbox_rows import OutboxRow, opened
from storage.sealed_json import packed
from storage.statements import Row
from storage.transaction import Transaction

log = logging.getLogger("wegweiser.storage")

# How long a row put with `lease_to` belongs to the process that put it.
FIRST_LEASE: Final = dt.timedelta(seconds=60)
_SHORT: Final = 80


def kind_of(effect: Mapping[str, Any]) -> str:
    """'tellstatus', 'say' or 'other': all that is said in clear about a message (`dialogs/effect_json.py`)."""
    named = effect.get("effect")
    return named if isinstance(named, str) and named in (sql.NOTICE, "say") else "other"


class Outbox:
    __slots__ = ("_chats", "_tx")

    def __init__(self, tx: Transaction, chats: Chats) -> None:
        self._tx = tx
        self._chats = chats

    def put(
        self,
        chat_id: str,
        effect: Mapping[str, Any],
        locale: str,
        *,
        key: str,
        not_before: dt.datetime | None = None,
        lease_to: str | None = None,
        person_id: str | None = None,
    ) -> str | None:
        """The row's id, or None if a row with this key exists already.

        `lease_to`: this worker sends it itself, right after the commit, and holds the row from the start.
        `person_id`: whose it is. When she is erased while it waits (a reminder), it goes with her.
        """
        # First of all: no later row of this chat may be on disk, and on its way, while this one is not yet.
        self._chats.hold(chat_id)
        tx, row_id = self._tx, self._tx.new_id()
        leased = lease_to is not None and not_before is None
        sealed = tx.cipher(chat_id).seal("outbox", "effect", row_id, packed([dict(effect), locale]))
        added = tx.run(
            sql.PUT,
            id=row_id,
            chat_id=chat_id,
            person_id=person_id,
            key_bi=hashlib.sha256(key.encode()).digest()[:16],
            state="due",
            kind=kind_of(effect),
            sealed_effect=sealed,
            created_at=tx.at,
            not_before=tx.at if not_before is None else stamp(not_before),
            attempts=0,
            fence=1 if leased else 0,
            worker=lease_to if leased else None,
            lease_until=stamp(tx.now + FIRST_LEASE) if leased else None,
            why=None,
            done_at=None,
        )
        return row_id if added else None

    def waits(self, chat_id: str, worker: str) -> bool:
        """Whether something older, which this worker doesn't hold, still waits in this chat.

        Then new rows should be put without `lease_to`, or they overtake it.
        """
        return self._tx.one(sql.WAITS, chat=chat_id, me=worker, at=self._tx.at) is not None

    def claim(
        self, worker: str, *, limit: int = 50, lease: dt.timedelta, channels: Collection[str] = ()
    ) -> tuple[OutboxRow, ...]:
        """Take what is due: of every chat only the oldest message. `channels`: only these (those that push)."""
        tx = self._tx
        named = {f"channel_{n}": channel for n, channel in enumerate(channels)}
        rows = tx.all(sql.claimable(len(named)), at=tx.at, most=limit, **named)
        if not rows:
            return ()
        ids = {f"id_{n}": row[0] for n, row in enumerate(rows)}
        tx.run(sql.lease(len(ids)), me=worker, until=stamp(tx.now + lease), **ids)
        return tuple(found for row in rows if (found := self._readable(row, worker)) is not None)

    def _readable(self, row: Row, worker: str) -> OutboxRow | None:
        """A damaged message is given up with an alarm; it must not keep back everybody else's."""
        try:
            return opened(self._tx, (*row[:6], row[6] + 1, *row[7:]))
        except StorageUnavailable:
            raise
        except StorageError as error:
            log.error("message can't be read, given up: row %s, %s", row[0], type(error).__name__)
            self.dead(row[0], worker, "unreadable")
            return None

    def renew(self, row_id: str, worker: str, fence: int, lease: dt.timedelta) -> bool:
        """Hold it longer. False: the row is settled, or belongs to somebody else by now."""
        until = stamp(self._tx.now + lease)
        return self._tx.run(sql.RENEW, for_id=row_id, me=worker, of_fence=fence, new_until=until) == 1

    def release(self, row_id: str, worker: str, fence: int) -> bool:
        """Not sent, not tried: whoever is next may have it at once."""
        return self._tx.run(sql.RELEASE, for_id=row_id, me=worker, of_fence=fence) == 1

    def sent(self, row_id: str, worker: str, fence: int | None = None) -> bool:
        """Delivered: its content is forgotten, unless it is a notice. False: the row belongs to somebody else by now."""
        return self._tx.run(sql.SENT, for_id=row_id, me=worker, of_fence=fence, new_done=self._tx.at) == 1

    def retry(self, row_id: str, worker: str, at: dt.datetime, why: str, fence: int | None = None) -> bool:
        """Not delivered, try again then. `why` is a code of ours or of the server, never words of a person."""
        values = {"for_id": row_id, "me": worker, "of_fence": fence}
        return self._tx.run(sql.RETRY, **values, new_at=stamp(at), new_why=why[:_SHORT]) == 1

    def dead(self, row_id: str, worker: str, why: str, fence: int | None = None) -> bool:
        """Given up, with an alarm. Its content stays sealed, for `dead_letters.py`. The rest of the chat goes on."""
        values = {"for_id": row_id, "me": worker, "of_fence": fence}
        return self._tx.run(sql.DEAD, **values, new_done=self._tx.at, new_why=why[:_SHORT]) == 1

    def give_back(self, worker: str) -> int:
        """This worker stops: what it still holds is anybody's at once, without waiting for the end of a lease."""
        return self._tx.run(sql.GIVE_BACK, me=worker)

    def gone(self, row_id: str, worker: str, fence: int | None = None) -> bool:
        """The person has blocked us: nothing more is sent to this chat."""
        row = self._tx.one(sql.CHAT_OF, for_id=row_id, me=worker, of_fence=fence)
        if row is None:
            return False
        self._chats.gone(row[0])
        return True

    def notices(self, chat_id: str) -> tuple[OutboxRow, ...]:
        """What somebody who looks by herself should read: status news (also those already sent), oldest first."""
        return tuple(opened(self._tx, row) for row in self._tx.all(sql.NOTICES, chat=chat_id, at=self._tx.at))

    def oldest_due(self, channels: Collection[str] = ()) -> dt.datetime | None:
        """When the next message is, or was, to be sent: for the alarm, and for sleeping until then."""
        named = {f"channel_{n}": channel for n, channel in enumerate(channels)}
        row = self._tx.one(sql.oldest(len(named)), **named)
        return None if row is None or row[0] is None else moment(row[0])

    def dead_count(self) -> int:
        row = self._tx.one(sql.DEAD_COUNT)
        return 0 if row is None else int(row[0])
