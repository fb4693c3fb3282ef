"""The folder of the backups: names, which are there, which have to go, and who is writing at the moment."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from storage.backup_file import Sealed
from storage.errors import BackupProblem

# As long as the old epochs of the key file live: what was erased is gone everywhere after that.
KEPT: Final = dt.timedelta(days=35)
SUFFIX: Final = ".backup"
UNFINISHED: Final = ".unfinished"


def backup_state(folder: Path) -> dt.datetime | None:
    """When the newest backup was made; None if there is none (or no such folder). Cheap, reads no content."""
    return max((sealed.header.created_at for sealed in shelf(folder)[0]), default=None)


def shelf(folder: Path) -> tuple[list[Sealed], list[Path]]:
    """The backups, oldest first, and files that look like one but can't be read."""
    found, bad = [], []
    for path in sorted(folder.glob(f"wegweiser-*{SUFFIX}")):
        try:
            found.append(Sealed.look(path))
        except BackupProblem:
            bad.append(path)
    return sorted(found, key=lambda sealed: sealed.header.created_at), bad


def remove_old(folder: Path, now: dt.datetime) -> list[Path]:
    """Delete what is older than 35 days, never the newest."""
    old = [sealed.path for sealed in shelf(folder)[0][:-1] if now - sealed.header.created_at > KEPT]
    try:
        for path in old:
            path.unlink()
        if old:
            sync_folder(folder)
    except OSError as problem:
        raise BackupProblem(f"{folder}: old backups can't be removed ({problem.strerror}). Check its rights.") from None
    return old


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Raises BackupProblem if another process is writing a backup here, or the folder can't be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise BackupProblem(f"{folder}: can't be written ({problem.strerror}). Check WEGWEISER_BACKUPS and its rights.") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise BackupProblem(f"{folder}: another backup is being made. Wait until it is done.") from None
    try:
        for left in folder.glob(f"*{UNFINISHED}"):  # of a run that was killed
            left.unlink()
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def new_file(folder: Path, created_at: dt.datetime) -> Iterator[tuple[Path, BinaryIO]]:
    """A file that appears under its name when the block ends well, whole and on the disk; else nothing appears."""
    name = f"wegweiser-{created_at.astimezone(dt.UTC):%Y%m%dT%H%M%S}"
    path = folder / f"{name}{SUFFIX}"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}{SUFFIX}"
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield path, file
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        sync_folder(folder)
    except OSError as problem:
        raise BackupProblem(f"{folder}: the backup can't be written ({problem.strerror}). Make room, check its rights.") from None
    finally:
        unfinished.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
