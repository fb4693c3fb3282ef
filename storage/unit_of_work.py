"""One transaction, with everything that can be done in it.

A step gets a UnitOfWork and returns. What it did is kept together or not at all; it is acknowledged when it is on the disk.
A step may be done a second time (two processes in each other's way): it must not change anything but the database.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NoReturn, cast

from storage.audit import Audit
from storage.chats import Chats
from storage.consents import Consents
from storage.counters import Counters
from storage.erasure import Erasure
from storage.errors import KeysMissing
from storage.heartbeat import Heartbeat
from storage.inbound import InboundEvents
from storage.outbox import Outbox
from storage.pace import Pace
from storage.past_cases import PastCases
from storage.persons import Persons
from storage.referrals import Referrals
from storage.rule_changes import RuleChanges
from storage.sessions import Sessions
from storage.slips import Slips
from storage.staff import StaffAccounts
from storage.transaction import Transaction


class _Walled:
    """Stands where personal data would be, in a database that was opened without keys."""

    __slots__ = ()

    def __getattr__(self, name: str) -> NoReturn:
        raise KeysMissing("this database was opened without keys; personal data can't be used here")


class UnitOfWork:
    __slots__ = (
        "audit",
        "chats",
        "consents",
        "counters",
        "heartbeat",
        "inbound",
        "now",
        "outbox",
        "pace",
        "past_cases",
        "persons",
        "referrals",
        "rule_changes",
        "sessions",
        "slips",
        "staff",
        "tx",
    )

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx  # for storage itself (retention, key rotation) and its tests
        self.now: dt.datetime = tx.now
        self.slips = Slips(tx)
        self.staff = StaffAccounts(tx)
        self.counters = Counters(tx)
        self.audit = Audit(tx)
        if not tx.data_keys.present:
            walled: Any = _Walled()
            self.heartbeat = cast(Heartbeat, walled)
            self.pace = cast(Pace, walled)
            self.inbound = cast(InboundEvents, walled)
            self.chats = cast(Chats, walled)
            self.persons = cast(Persons, walled)
            self.sessions = cast(Sessions, walled)
            self.consents = cast(Consents, walled)
            self.referrals = cast(Referrals, walled)
            self.outbox = cast(Outbox, walled)
            self.past_cases = cast(PastCases, walled)
            self.rule_changes = cast(RuleChanges, walled)
            return
        erasure = Erasure(tx)
        self.heartbeat = Heartbeat(tx)
        self.pace = Pace(tx)
        self.inbound = InboundEvents(tx)
        self.chats = Chats(tx, erasure)
        self.persons = Persons(tx, erasure)
        self.sessions = Sessions(tx)
        self.consents = Consents(tx)
        self.referrals = Referrals(tx)
        self.outbox = Outbox(tx, self.chats)
        self.past_cases = PastCases(tx)
        self.rule_changes = RuleChanges(tx)
