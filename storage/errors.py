"""What can go wrong with what lasts, and what it means for the caller.

    StorageError
    ├── StorageUnavailable      locked, disk full, connection lost: nothing was kept, try again (503 with Retry-After)
    │   └── DatabaseInUse       another process is writing to this SQLite file
    ├── WrongDatabaseUrl        the address of the database is none that we know
    ├── WallMissing             the desk's role could read about people; nothing was opened
    ├── NewerDatabase           the database was made by a newer program; it has not been touched
    ├── DatabaseNotMigrated     the database is older than the program, or empty
    ├── KeyProblem              the key file is missing, unsafe, damaged, or belongs to another database
    │   └── KeysMissing         opened without keys (the desk): personal tables can't be used
    ├── Undecipherable          a ciphertext was changed, or moved to another place
    ├── BackupProblem           a backup can't be made, read or restored; says what to do
    │   └── LedgerProblem       the erasure ledger is missing or damaged: a restore would bring erased people back
    ├── KeyDestroyed            the person or chat was erased
    ├── SessionMoved            somebody else saved the session meanwhile
    ├── ReferralMoved           somebody else was first; says who and when
    └── ReferralUnknown         no such referral here: also when it belongs to another Träger (404, never 403)

No message holds personal data, key material or a path of the database's content.
"""

from __future__ import annotations

import datetime as dt


class StorageError(Exception):
    """Root of all errors of this package."""


class StorageUnavailable(StorageError):
    """The database can't keep anything at the moment. Nothing of the step has happened."""


class DatabaseInUse(StorageUnavailable):
    """A second process wants to write to an SQLite file."""


class WrongDatabaseUrl(StorageError):
    """The address of the database can't be used. Never repeats it: it may hold a password."""


class WallMissing(StorageError):
    """Opened without keys, but the database itself would let this role read what is about people."""


class NewerDatabase(StorageError):
    """The database was made by a newer version of the program."""


class DatabaseNotMigrated(StorageError):
    """The database is older than the program."""


class KeyProblem(StorageError):
    """The keys can't be used. Names the file and the remedy, never a key."""


class KeysMissing(KeyProblem):
    """This database was opened without keys."""


class Undecipherable(StorageError):
    """This is not what was stored in this place."""


class BackupProblem(StorageError):
    """A backup can't be made, read or restored. Nothing half done is left. The text names the remedy."""


class LedgerProblem(BackupProblem):
    """The erasure ledger can't be used."""


class KeyDestroyed(StorageError):
    """The data key no longer exists: the person or chat was erased."""


class SessionMoved(StorageError):
    """Somebody else saved this session since it was loaded."""


class ReferralUnknown(StorageError):
    """There is no such referral for this Träger and these Stellen."""


class ReferralMoved(StorageError):
    """The referral is no longer what the caller saw. `by` was first (a staff id, or 'person'), at `at`."""

    def __init__(self, status: str, by: str, at: dt.datetime) -> None:
        super().__init__(f"already {status}")
        self.status = status
        self.by = by
        self.at = at


class NotStorable(ValueError, StorageError):
    """A string holds NUL or half a surrogate pair: no database can keep it as text."""
