"""Which revision a database has, and which ones this program knows. Without alembic: its import is slow."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from storage.errors import DatabaseNotMigrated, NewerDatabase, StorageUnavailable
from storage.failures import meaning

MIGRATIONS: Final = Path(__file__).parent / "migrations"
# The mark in a PostgreSQL database that is being restored (`backup_target.py`).
RESTORING: Final = "wegweiser_restoring"


def known() -> tuple[str, ...]:
    """The revisions of `migrations/versions/NNNN_what.py`, oldest first."""
    return tuple(sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")))


def refuse_newer(engine: Engine) -> str | None:
    """The database's revision, None for an empty one. Raises NewerDatabase without having changed anything."""
    if engine.dialect.name == "sqlite":
        _refuse_if_newer(_glance(Path(engine.url.database or "").resolve()))
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        why = meaning(error)
        raise (why if isinstance(why, StorageUnavailable) else StorageUnavailable("the database can't be read")) from None
    _refuse_if_newer(revision)
    return revision


def _refuse_if_newer(revision: str | None) -> None:
    if revision is not None and revision not in known():
        raise NewerDatabase(
            f"the database has revision {revision!r}, which this version of the program does not know. "
            "It was not touched. Install the newer version, or restore a backup of the older database."
        )


def _glance(file: Path) -> str | None:
    """The revision of an SQLite file, read so that not one byte of it changes; None where that can't be done.

    An ordinary connection writes, even if all it does is look: it sets the journal mode, and when it closes as the last
    one it moves into the file what a program that crashed has left in the log beside it.
    """
    if not file.exists():
        return None
    log_beside = file.with_name(f"{file.name}-wal").exists()
    # Without a log the file is all there is; only then may it be read as if nobody could write to it.
    address = f"{file.as_uri()}?{'mode=ro' if log_beside else 'immutable=1'}"
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    return None


def refuse_unless_current(engine: Engine, file: Path | None) -> None:
    remedy = "Make a backup, then run: wegweiser serve --migrate"
    if file is not None and not file.exists():  # SQLite would make an empty one
        raise DatabaseNotMigrated(f"there is no database yet. {remedy}")
    revision = refuse_newer(engine)
    if file is None:
        _refuse_half_restored(engine)
    if revision != known()[-1]:
        raise DatabaseNotMigrated(f"the database is not up to date (it has {revision or 'nothing'}). {remedy}")


def _refuse_half_restored(engine: Engine) -> None:
    try:
        with engine.connect() as connection:
            if inspect(connection).has_table(RESTORING):
                raise DatabaseNotMigrated(
                    "a restore into this database was not finished: erased people could be in it. "
                    "Run `wegweiser backup restore` again."
                )
    except DBAPIError as error:
        why = meaning(error)
        raise (why if isinstance(why, StorageUnavailable) else StorageUnavailable("the database can't be read")) from None
