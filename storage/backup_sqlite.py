"""SQLite: a consistent copy while the program writes, checked before anybody relies on it.

The copy lies beside the database (the same disk, readable by its owner only) as long as it is checked and sealed. It
needs no writer's lock: one read transaction is held over all slices, so that writers go on and the copy never has to
begin anew.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from storage.backup_contents import TABLES_OF_SQLITE, Contents, contents
from storage.errors import BackupProblem
from storage.failures import meaning

PAGES: Final = 256
# Between two slices, so that the program's own reads and writes come through.
REST_SECONDS: Final = 0.001
BUSY_SECONDS: Final = 30.0
SUFFIX: Final = ".backup-copy"


@contextlib.contextmanager
def checked_copy(database: Path, look: Callable[[], None]) -> Iterator[tuple[Path, Contents]]:
    """A whole copy, gone when the block ends. `look` is called after each slice and may raise. Raises BackupProblem."""
    if not database.is_file():
        raise BackupProblem(f"{database}: there is no database. Check WEGWEISER_DATABASE_URL.")
    copy = database.with_name(f".{database.name}{SUFFIX}")
    _remove(copy)  # of a run that was killed
    try:
        copy.touch(mode=0o600, exist_ok=False)
        _copy(database, copy, look)
        yield copy, check(copy)
    except sqlite3.Error as error:
        raise BackupProblem(f"the database can't be copied: {meaning(error)}.") from None
    except OSError as problem:
        raise BackupProblem(f"the copy can't be written ({problem.strerror}). Make room on the database's disk.") from None
    finally:
        _remove(copy)


def check(file: Path) -> Contents:
    """Look through every page, index and reference. Raises BackupProblem."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            raise BackupProblem(f"the database is damaged (integrity_check: {len(found)} findings); this copy is not kept.")
        loose = len(connection.execute("PRAGMA foreign_key_check").fetchmany(100))
        if loose:
            raise BackupProblem(f"the database is damaged ({loose} rows refer to nothing); this copy is not kept.")
        return contents(lambda words: connection.execute(words).fetchall(), TABLES_OF_SQLITE)


def _copy(database: Path, copy: Path, look: Callable[[], None]) -> None:
    with (
        contextlib.closing(sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None)) as source,
        contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as target,
    ):
        source.execute("PRAGMA query_only=ON")
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot is taken here
        target.execute("PRAGMA synchronous=OFF")  # it is read right away, and thrown away after a crash
        source.backup(target, pages=PAGES, sleep=REST_SECONDS, progress=lambda *_: look())
        source.execute("COMMIT")
        # A copy in one file, without a write-ahead log of its own.
        target.execute("PRAGMA journal_mode=DELETE")


def _remove(copy: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        copy.with_name(copy.name + end).unlink(missing_ok=True)
