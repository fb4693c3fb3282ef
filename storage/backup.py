"""Make one backup: an online copy, checked, sealed to the public key, in place only when it is whole.

Needs no key file of the database, and reads nothing but ciphertext: whoever runs it can't read what is in it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from storage import backup_postgres, backup_sqlite
from storage.backup_contents import Contents
from storage.backup_file import PIECE, Sealed, Sealing
from storage.backup_header import POSTGRESQL, SQLITE, Header, program_version
from storage.backup_keys import BackupPublicKey
from storage.backup_shelf import new_file, one_at_a_time, remove_old
from storage.connections import parsed
from storage.errors import BackupProblem


@dataclass(frozen=True, slots=True)
class Made:
    """A new backup, and the old ones that were removed for it."""

    sealed: Sealed
    sha256: str
    removed: tuple[Path, ...]


def run_backup(
    url: str, public: Path, folder: Path, *, county: str, now: dt.datetime, stopped: Callable[[], bool] = lambda: False
) -> Made:
    """One backup of the database as it is now. Raises BackupProblem, KeyProblem, WrongDatabaseUrl; then nothing is left.

    What is older than 35 days is removed also if no new one can be made: nobody who was erased stays longer. `stopped` is
    asked between two pieces: a program that ends does not wait for its backup.
    """
    address = parsed(url)
    key = BackupPublicKey.from_file(public)
    with one_at_a_time(folder):
        try:
            path, digest = _made(address, key, folder, county, now, _watch(stopped))
        finally:
            removed = remove_old(folder, now)
    return Made(Sealed.look(path), digest, tuple(removed))


def _made(
    address: URL, key: BackupPublicKey, folder: Path, county: str, now: dt.datetime, look: Callable[[], None]
) -> tuple[Path, str]:
    def header(kind: str, held: Contents) -> Header:
        return Header(now, kind, held.revision, county, program_version(), held.epochs, held.counts, key.print_)

    if address.get_backend_name() == "sqlite":
        with backup_sqlite.checked_copy(Path(address.database or ""), look) as (copy, held), copy.open("rb") as plain:
            return _sealed(folder, header(SQLITE, held), key, iter(lambda: plain.read(PIECE), b""), look)
    with (
        backup_postgres.snapshot(address) as (connection, name, held),
        contextlib.closing(backup_postgres.dumped(address, connection, name)) as dump,
    ):
        return _sealed(folder, header(POSTGRESQL, held), key, dump, look)


def _sealed(
    folder: Path, header: Header, key: BackupPublicKey, plain: Iterator[bytes], look: Callable[[], None]
) -> tuple[Path, str]:
    with new_file(folder, header.created_at) as (path, file):
        sealing = Sealing(file, header, key)
        for piece in plain:
            look()
            sealing.write(piece)
        return path, sealing.finish()


def _watch(stopped: Callable[[], bool]) -> Callable[[], None]:
    def look() -> None:
        if stopped():
            raise BackupProblem("the backup was given up because the program ends.")

    return look
