"""Bring a database up to date. The only place that uses alembic; no ini file is needed."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, column, func, inspect, select, table
from sqlalchemy.exc import DBAPIError

from storage.connections import engine_for, parsed
from storage.errors import StorageUnavailable
from storage.failures import meaning
from storage.revisions import MIGRATIONS, known, refuse_newer
from storage.writer_lock import WriterLock

log = logging.getLogger("wegweiser.storage")

# A migration that waits for a table makes everybody behind it wait too. Rather it gives up, and nothing has happened.
LOCK_SECONDS: Final = 10
# How long a second migration waits for the first.
WAIT_SECONDS: Final = 60
_HELD: Final = "55P03"  # lock_not_available


def migrate(url: str) -> None:
    """To the newest revision, in one transaction: a crash leaves the old database. Doing it again is harmless."""
    upgrade(url, "head")


def upgrade(url: str, revision: str) -> None:
    from alembic import command

    with _connected(url) as (engine, connection):
        if refuse_newer(engine) != known()[-1] or revision != "head":
            command.upgrade(configuration(connection), revision)


def downgrade(url: str, revision: str) -> tuple[str, ...]:
    """For development and for tests. Returns (and logs) what the older revision has no place for: it is lost.

    Each as "rule_change: 2 rows" or "chat.paced_until: 1 value". Operators go back by restoring a backup.
    """
    from alembic import command

    with _connected(url) as (_engine, connection):
        before = _filled(connection)
        command.downgrade(configuration(connection), revision)
        after = _filled(connection)
    lost = []
    for name, columns in before.items():
        if name not in after:
            lost.append(f"{name}: {columns['']} row{'' if columns[''] == 1 else 's'}")
            continue
        gone = (one for one in columns if one not in after[name])
        lost += [f"{name}.{one}: {columns[one]} value{'' if columns[one] == 1 else 's'}" for one in gone]
    log.warning("downgraded to %s; lost: %s", revision, ", ".join(lost) or "nothing")
    return tuple(lost)


def _filled(connection: Connection) -> dict[str, dict[str, int]]:
    """How many values each column of each table holds; under "" how many rows."""
    found = {}
    for (_, name), columns in inspect(connection).get_multi_columns().items():
        names = [str(one["name"]) for one in columns]
        here = table(name, *(column(one) for one in names))
        row = connection.execute(select(func.count(), *(func.count(here.c[one]) for one in names)).select_from(here)).one()
        found[name] = dict(zip(["", *names], row, strict=True))
    found.pop("alembic_version", None)
    return found


def configuration(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@contextlib.contextmanager
def _connected(url: str) -> Iterator[tuple[Engine, Connection]]:
    address = parsed(url)
    file = Path(address.database or "") if address.get_backend_name() == "sqlite" else None
    lock = WriterLock.take(file) if file is not None else None
    engine = engine_for(address)
    try:
        refuse_newer(engine)
        with engine.connect() as connection:
            if file is None:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('wegweiser migrate'))")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            else:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield engine, connection
            connection.commit()
    except DBAPIError as error:
        why = meaning(error)
        if getattr(error.orig, "sqlstate", None) == _HELD:
            why = StorageUnavailable("another program migrates or holds a table that has to change. Stop it, then migrate again.")
        if isinstance(why, StorageUnavailable):
            raise why from None
        raise
    finally:
        engine.dispose()
        if lock is not None:
            lock.give_back()
