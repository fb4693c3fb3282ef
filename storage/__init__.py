"""What lasts: the only package that speaks SQL. Keys and ciphertext live and die here; frozen rows go out."""

from storage.audit import AuditRow, Verified, verify_audit
from storage.backup import Made, run_backup
from storage.backup_file import Sealed
from storage.backup_keys import BackupPrivateKey, BackupPublicKey, create_backup_keys
from storage.backup_missing import Restored
from storage.backup_restore import restore_backup
from storage.backup_shelf import backup_state, shelf
from storage.chats import Chat
from storage.consents import ConsentRow
from storage.counters import CounterRow
from storage.database import Database, open_database
from storage.dead_letters import DeadLetter, dead_letters, drop_dead, retry_dead
from storage.errors import (
    BackupProblem,
    DatabaseInUse,
    DatabaseNotMigrated,
    KeyDestroyed,
    KeyProblem,
    KeysMissing,
    LedgerProblem,
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
from storage.figures import OutboxFigures, database_bytes, log_bytes, outbox_figures, overdue
from storage.kept_decisions import KeptReferral, KeptSession, kept_referrals, kept_sessions
from storage.keys import KeyRing
from storage.ledger import Ledger, ledger_beside
from storage.ledger_upkeep import reconcile
from storage.meter import Buckets, Meter
from storage.migrating import migrate
from storage.outbox import FIRST_LEASE
from storage.outbox_rows import OutboxRow
from storage.pace import Limit, Limits, Verdict, Wish
from storage.past_cases import PastCase
from storage.probe import keys_work, write_something
from storage.referral_rows import MoveRow, OpenReferral, Page, ReferralCase, ReferralState
from storage.rule_changes import ChangeRefused, NewerRelease, RuleChange, SamePerson, VersionTaken
from storage.sessions import StoredSession
from storage.slips import Slip, SlipState
from storage.staff import LoginTaken, Staff, StaffSession
from storage.unit_of_work import UnitOfWork

__all__ = [
    "FIRST_LEASE",
    "AuditRow",
    "BackupPrivateKey",
    "BackupProblem",
    "BackupPublicKey",
    "Buckets",
    "ChangeRefused",
    "Chat",
    "ConsentRow",
    "CounterRow",
    "Database",
    "DatabaseInUse",
    "DatabaseNotMigrated",
    "DeadLetter",
    "KeptReferral",
    "KeptSession",
    "KeyDestroyed",
    "KeyProblem",
    "KeyRing",
    "KeysMissing",
    "Ledger",
    "LedgerProblem",
    "Limit",
    "Limits",
    "LoginTaken",
    "Made",
    "Meter",
    "MoveRow",
    "NewerDatabase",
    "NewerRelease",
    "NotStorable",
    "OpenReferral",
    "OutboxFigures",
    "OutboxRow",
    "Page",
    "PastCase",
    "ReferralCase",
    "ReferralMoved",
    "ReferralState",
    "ReferralUnknown",
    "Restored",
    "RuleChange",
    "SamePerson",
    "Sealed",
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
    "Verified",
    "VersionTaken",
    "WallMissing",
    "Wish",
    "WrongDatabaseUrl",
    "backup_state",
    "create_backup_keys",
    "database_bytes",
    "dead_letters",
    "drop_dead",
    "kept_referrals",
    "kept_sessions",
    "keys_work",
    "ledger_beside",
    "log_bytes",
    "migrate",
    "open_database",
    "outbox_figures",
    "overdue",
    "reconcile",
    "restore_backup",
    "retry_dead",
    "run_backup",
    "shelf",
    "verify_audit",
    "write_something",
]
