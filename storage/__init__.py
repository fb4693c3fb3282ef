"""What lasts: the only package that speaks SQL. Keys and ciphertext live and die here; frozen rows go out."""

from storage.audit import AuditRow
from storage.chats import Chat
from storage.consents import ConsentRow
from storage.counters import CounterRow
from storage.database import Database, open_database
from storage.errors import (
    DatabaseInUse,
    DatabaseNotMigrated,
    KeyDestroyed,
    KeyProblem,
    KeysMissing,
    NewerDatabase,
    NotStorable,
    ReferralMoved,
    ReferralUnknown,
    SessionMoved,
    StorageError,
    StorageUnavailable,
    Undecipherable,
    WallMissing,
    WrongDatabaseUrl,
)
from storage.kept_decisions import KeptReferral, KeptSession, kept_referrals, kept_sessions
from storage.keys import KeyRing
from storage.migrating import migrate
from storage.outbox import FIRST_LEASE
from storage.outbox_rows import OutboxRow
from storage.pace import Limit, Limits, Verdict, Wish
from storage.past_cases import PastCase
from storage.referral_rows import MoveRow, OpenReferral, Page, ReferralCase, ReferralState
from storage.rule_changes import ChangeRefused, NewerRelease, RuleChange, SamePerson, VersionTaken
from storage.sessions import StoredSession
from storage.slips import Slip, SlipState
from storage.staff import LoginTaken, Staff, StaffSession
from storage.unit_of_work import UnitOfWork

__all__ = [
    "FIRST_LEASE",
    "AuditRow",
    "ChangeRefused",
    "Chat",
    "ConsentRow",
    "CounterRow",
    "Database",
    "DatabaseInUse",
    "DatabaseNotMigrated",
    "KeptReferral",
    "KeptSession",
    "KeyDestroyed",
    "KeyProblem",
    "KeyRing",
    "KeysMissing",
    "Limit",
    "Limits",
    "LoginTaken",
    "MoveRow",
    "NewerDatabase",
    "NewerRelease",
    "NotStorable",
    "OpenReferral",
    "OutboxRow",
    "Page",
    "PastCase",
    "ReferralCase",
    "ReferralMoved",
    "ReferralState",
    "ReferralUnknown",
    "RuleChange",
    "SamePerson",
    "SessionMoved",
    "Slip",
    "SlipState",
    "Staff",
    "StaffSession",
    "StorageError",
    "StorageUnavailable",
    "StoredSession",
    "Undecipherable",
    "UnitOfWork",
    "Verdict",
    "VersionTaken",
    "WallMissing",
    "Wish",
    "WrongDatabaseUrl",
    "kept_referrals",
    "kept_sessions",
    "migrate",
    "open_database",
]
