"""Persons: a data key and nothing else. Who she is, nobody writes down."""

from __future__ import annotations

from storage.erasure import Erasure
from storage.instants import hour_of
from storage.models import person
from storage.statements import adding
from storage.transaction import Transaction

_ADD = adding(person)


class Persons:
    __slots__ = ("_erasure", "_tx")

    def __init__(self, tx: Transaction, erasure: Erasure) -> None:
        self._tx = tx
        self._erasure = erasure

    def add(self, kreis: str) -> str:
        tx, person_id = self._tx, self._tx.new_id()
        tx.data_keys.create(tx, person_id, kreis)
        tx.run(_ADD, id=person_id, kreis=kreis, created_at=hour_of(tx.at))
        return person_id

    def erase(self, person_id: str, reason: str) -> None:
        """Destroy her key and everything that it opened; erasing twice is harmless. `reason` is one word."""
        self._erasure.person(person_id, reason)
