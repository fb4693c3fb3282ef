"""Bring a database up to date. The only place that uses alembic; no ini file is needed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from storage.connections import engine_for, parsed
from storage.errors import StorageUnavailable
from storage.failures import meaning
from storage.revisions import MIGRATIONS, known, refuse_newer
from storage.writer_lock import WriterLock


def migrate(url: str) -> None:
    """To the newest revision, in one transaction: a crash leaves the old database. Doing it again is harmless."""
    upgrade(url, "head")


def upgrade(url: str, revision: str) -> None:
    from alembic import command

    with _connected(url) as (engine, connection):
        if refuse_newer(engine) != known()[-1] or revision != "head":
            command.upgrade(configuration(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """For development and for tests. Data that the older revision has no place for is lost."""
    from alembic import command

    with _connected(url) as (_engine, connection):
        command.downgrade(configuration(connection), revision)


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
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('wegweiser migrate'))")
            else:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield engine, connection
            connection.commit()
    except DBAPIError as error:
        why = meaning(error)
        if isinstance(why, StorageUnavailable):
            raise why from None
        raise
    finally:
        engine.dispose()
        if lock is not None:
            lock.give_back()
