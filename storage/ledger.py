"""The erasure ledger: a file outside the database that says who was erased, so that no restored backup brings anybody back.

One line for each erasure: time, keyed mark (`KeyRing.ledger`: finds nobody without the key file and the database),
reason, check sum. It only grows. Several processes may append; what a crash cut off at the end is cut away by the next.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import re
import threading
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.connections import parsed
from storage.errors import LedgerProblem

NAME: Final = "erasures.ledger"
MARK_LENGTH: Final = 16
_LINE: Final = re.compile(rb"(\S+Z) ([0-9a-f]{32}) ([a-z_.-]{1,40}) ([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Erased:
    """`mark`: `KeyRing.ledger(subject)`, as in the table `erasure`."""

    mark: bytes
    reason: str
    at: dt.datetime

    def line(self) -> bytes:
        reason = re.sub("[^a-z_.-]", "-", self.reason.lower())[:40] or "-"
        at = self.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = f"{at} {self.mark.hex()} {reason}".encode()
        return said + f" {zlib.crc32(said):08x}\n".encode()


def ledger_beside(url: str, backups: Path | None) -> Path | None:
    """Where the ledger lies: in the folder of the backups, else beside the SQLite file. None: PostgreSQL without backups."""
    if backups is not None:
        return backups / NAME
    address = parsed(url)
    return Path(f"{address.database}.{NAME}") if address.get_backend_name() == "sqlite" else None


class Ledger:
    """Appends. May be shared by threads; the file is locked against other processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()

    def append(self, erased: Iterable[Erased]) -> None:
        """On the disk when this returns. Raises OSError: then `reconcile` brings it later from the table."""
        raw = b"".join(entry.line() for entry in erased)
        if not raw:
            return
        with self._turn, self._locked() as handle:
            _cut_torn_end(handle)
            os.lseek(handle, 0, os.SEEK_END)
            while raw:
                raw = raw[os.write(handle, raw) :]
            os.fsync(handle)

    def add_missing(self, erased: Collection[Erased]) -> int:
        """Append those that are not in the file yet: a crash, or a full disk, came between them and the file."""
        with self._turn, self._locked():
            pass  # there is a file from the first day on, so that a restore can ask for it
        known = {entry.mark for entry in read_ledger(self.path)} if erased else set()
        missing = [entry for entry in erased if entry.mark not in known]
        self.append(missing)
        return len(missing)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = not self.path.exists()
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if new:
                _sync_folder(self.path.parent)
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)


def read_ledger(path: Path) -> list[Erased]:
    """All that was erased. A torn last line is no fault: that erasure stands in the table, and comes again.

    Raises LedgerProblem if there is no such file, or a line before the last is damaged.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise LedgerProblem(f"{path}: there is no such ledger. Give the newest {NAME} that you have.") from None
    except OSError as problem:
        raise LedgerProblem(f"{path}: can't be read ({problem.strerror}). Check its rights.") from None
    *lines, _torn = raw.split(b"\n")
    found = []
    for number, line in enumerate(lines, 1):
        entry = _LINE.fullmatch(line)
        if entry is None or int(entry[4], 16) != zlib.crc32(line[:-9]):
            raise LedgerProblem(
                f"{path}: line {number} is damaged; whoever it names would come back. Use another copy of the ledger. "
                "If there is none, take this line out, and keep in mind that one erasure has to be done again by hand."
            )
        at = dt.datetime.strptime(entry[1].decode(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
        found.append(Erased(bytes.fromhex(entry[2].decode()), entry[3].decode(), at))
    return found


def _cut_torn_end(handle: int) -> None:
    size = os.fstat(handle).st_size
    while size:
        begin = max(size - 256, 0)
        end = os.pread(handle, size - begin, begin).rfind(b"\n") + 1
        if begin + end == size:
            return
        size = begin + end
        os.ftruncate(handle, size)
        if end:
            return


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
