"""The data keys of people and chats: made, unwrapped, kept in memory for a while, destroyed.

An unwrapped key stays in memory for at most ten minutes, and 4,096 of them at most. Erasing somebody drops hers at
once; a reader that began before the erasure can't bring it back (`tide`).
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from typing import Final

from sqlalchemy import Integer, bindparam, delete, select, update

from storage.errors import KeyDestroyed, KeysMissing
from storage.fieldcipher import SubjectCipher
from storage.keys import KEY_LENGTH, KeyRing
from storage.models import data_key
from storage.statements import Statement, adding
from storage.transaction import Transaction

MOST_KEPT: Final = 4_096
SECONDS_KEPT: Final = 600.0

_ADD = adding(data_key)
_FIND = Statement(
    select(data_key.c.gen, data_key.c.tenant, data_key.c.epoch, data_key.c.wrapped)
    .where(data_key.c.subject_id == bindparam("subject"))
    .order_by(data_key.c.gen.desc())
    .limit(1)
)
_DESTROY = Statement(delete(data_key).where(data_key.c.subject_id == bindparam("subject")))
_OUTDATED = Statement(
    select(data_key.c.subject_id, data_key.c.gen, data_key.c.tenant, data_key.c.epoch, data_key.c.wrapped)
    .where(data_key.c.epoch < bindparam("newest"))
    .order_by(data_key.c.subject_id)
    .limit(bindparam("most", type_=Integer))
)
_REWRAP = Statement(
    update(data_key)
    .where(data_key.c.subject_id == bindparam("subject"), data_key.c.gen == bindparam("of_gen"))
    .values(epoch=bindparam("new_epoch"), wrapped=bindparam("new_wrapped"))
)


class DataKeys:
    """Shared by the writer and the readers of one Database."""

    def __init__(self, ring: KeyRing | None) -> None:
        self._ring = ring
        self._kept: OrderedDict[str, tuple[float, SubjectCipher]] = OrderedDict()
        self._lock = threading.Lock()
        self.tide = 0

    @property
    def ring(self) -> KeyRing:
        if self._ring is None:
            raise KeysMissing("this database was opened without keys; personal data can't be used here")
        return self._ring

    @property
    def present(self) -> bool:
        return self._ring is not None

    def cipher(self, tx: Transaction, subject: str) -> SubjectCipher:
        kept = self._look(subject)
        if kept is not None:
            return kept
        row = tx.one(_FIND, subject=subject)
        if row is None:
            raise KeyDestroyed("the data key no longer exists")
        gen, tenant, epoch, wrapped = row
        return self.unwrapped(tx, subject, gen, tenant, epoch, wrapped)

    def unwrapped(self, tx: Transaction, subject: str, gen: int, tenant: str, epoch: int, wrapped: bytes) -> SubjectCipher:
        """For queries that have joined the wrapped key: costs nothing if it is in memory already."""
        kept = self._look(subject)
        if kept is not None and kept.gen == gen:
            return kept
        cipher = SubjectCipher(self.ring.unwrap(tenant, subject, gen, epoch, wrapped), subject, tenant, gen)
        self._keep(cipher, tx.tide)
        return cipher

    def create(self, tx: Transaction, subject: str, tenant: str) -> SubjectCipher:
        key = secrets.token_bytes(KEY_LENGTH)
        epoch, wrapped = self.ring.wrap(tenant, subject, 1, key)
        tx.run(_ADD, subject_id=subject, gen=1, tenant=tenant, epoch=epoch, wrapped=wrapped)
        cipher = SubjectCipher(key, subject, tenant)
        self._keep(cipher, tx.tide)
        return cipher

    def destroy(self, tx: Transaction, subject: str) -> None:
        tx.run(_DESTROY, subject=subject)
        tx.erased.append(subject)
        self.forget([subject])

    def forget(self, subjects: list[str]) -> None:
        with self._lock:
            self.tide += 1
            for subject in subjects:
                self._kept.pop(subject, None)

    def rewrap(self, tx: Transaction, most: int = 1_000) -> int:
        """Wrap up to `most` data keys of older epochs by the newest one. Repeat until 0; a crash between loses nothing."""
        rows = tx.all(_OUTDATED, newest=self.ring.epoch, most=most)
        for subject, gen, tenant, epoch, wrapped in rows:
            key = self.ring.unwrap(tenant, subject, gen, epoch, wrapped)
            new_epoch, new_wrapped = self.ring.wrap(tenant, subject, gen, key)
            tx.run(_REWRAP, subject=subject, of_gen=gen, new_epoch=new_epoch, new_wrapped=new_wrapped)
        return len(rows)

    # -- in memory ---------------------------------------------------------------------------------------------------

    def _look(self, subject: str) -> SubjectCipher | None:
        with self._lock:
            found = self._kept.get(subject)
            if found is None:
                return None
            if found[0] < time.monotonic():
                del self._kept[subject]
                return None
            self._kept.move_to_end(subject)
            return found[1]

    def _keep(self, cipher: SubjectCipher, tide: int) -> None:
        with self._lock:
            if tide != self.tide:
                return
            self._kept[cipher.subject] = (time.monotonic() + SECONDS_KEPT, cipher)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
