"""Which events have been seen: the same event a second time changes nothing."""

from __future__ import annotations

from storage.models import inbound
from storage.statements import adding_if_new
from storage.transaction import Transaction

_NOTE = adding_if_new(inbound)


class InboundEvents:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def note(self, channel: str, event_id: str) -> bool:
        """False: seen before. Kept as a keyed hash for 14 days (`retention.py`)."""
        return self._tx.run(_NOTE, event_bi=self._tx.keys.blind_event(channel, event_id), at=self._tx.at) == 1
