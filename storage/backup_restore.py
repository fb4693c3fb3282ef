"""Restore one backup into a fresh place: verified while it is opened, cleaned of the erased, and only then a database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from storage import backup_missing
from storage.audit import verify_audit
from storage.backup_contents import differences
from storage.backup_file import Sealed
from storage.backup_keys import BackupPrivateKey
from storage.backup_missing import Restored
from storage.backup_replay import end_old_messages, erase_again, refuse_foreign_ledger, unwrap_all
from storage.backup_target import Target, target
from storage.connections import engine_for, parsed
from storage.database import Database
from storage.errors import BackupProblem, KeyProblem
from storage.instants import stamp
from storage.key_check import check_keys
from storage.keys import KeyRing
from storage.ledger import Erased, read_ledger
from storage.migrating import migrate
from storage.revisions import known


def restore_backup(
    file: Path, private: Path, into: str, keys: KeyRing, *, ledger: Path | None, now: dt.datetime,
    ran_until: dt.datetime | None = None,
) -> Restored:  # fmt: skip
    """`ledger=None` only if the operator said so. `ran_until`: when the lost program stopped, if somebody knows.

    Raises BackupProblem, LedgerProblem, KeyProblem or another StorageError; then nothing is left in the place.
    """
    # All that can be known before anything is written.
    sealed = Sealed.look(file)
    key = BackupPrivateKey.from_file(private)
    header = sealed.header
    if header.revision not in known():
        raise BackupProblem(
            f"{file.name}: its database has revision {header.revision!r}, which this program does not know. "
            "Install the newer version it was made with. Nothing was touched."
        )
    lacking = sorted(set(header.epochs) - set(keys.epochs))
    if lacking:
        raise KeyProblem(f"the key file has no kek of epoch {lacking[0]}. Give the one of that time.")
    entries = [] if ledger is None else read_ledger(ledger)
    sealed.check_digest()
    sealed.verify(key)
    with target(into) as place:
        if place.kind != header.kind:
            raise BackupProblem(f"{file.name}: is of {header.kind}; it can't be restored into {place.kind}.")
        held = place.fill(sealed.pieces(key))
        different = differences(dict(header.counts), held.counts)
        if different:
            raise BackupProblem(f"{file.name}: rows are missing or too many in {', '.join(different)}. Take another backup.")
        migrate(place.url)
        return _ready(place, sealed, keys, None if ledger is None else entries, now, ran_until)


def _ready(
    place: Target, sealed: Sealed, keys: KeyRing, entries: list[Erased] | None, now: dt.datetime, ran_until: dt.datetime | None
) -> Restored:
    address = parsed(place.url)
    file = Path(address.database or "") if address.get_backend_name() == "sqlite" else None
    database = Database(engine_for(address), file, keys, lambda: now)
    try:
        check_keys(database, keys)
        data_keys = unwrap_all(database)
        audit = verify_audit(database)
        if audit.first_bad is not None:
            raise BackupProblem(f"the audit log was changed at row {audit.first_bad} or before. Take another backup.")
        last_beat = backup_missing.last_beat(database)
        if entries is not None:
            refuse_foreign_ledger(database, entries, sealed.header.created_at)
        again = None if entries is None else erase_again(database, entries)
        # Without a word from anybody it may have run until this very moment: rather no reminder than two.
        messages = end_old_messages(database, now, ran_until or now)
        signs = [sign for sign in (last_beat, *(entry.at for entry in entries or ())) if sign is not None and sign <= now]
        database.write_now(
            lambda uow: uow.audit.note(
                "restore", staff_id=None, traeger=None, object_type="backup", object_id=str(stamp(sealed.header.created_at))
            )
        )
        (open_, lately), referrals = database.read_now(
            lambda uow: (backup_missing.open_conversations(uow), backup_missing.referrals_by_state(uow))
        )
    finally:
        database.close()
    return Restored(
        place.finish(), sealed.header.created_at, now, max(signs, default=None), sealed.header.revision, known()[-1],
        data_keys, audit.rows, again, messages, open_, lately, referrals,
    )  # fmt: skip
