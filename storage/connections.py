"""Connections to the two databases, each with the settings that our promises rest on."""

from __future__ import annotations

import sqlite3
from typing import Any, Final, cast

import psycopg
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from storage import desk_walls
from storage.errors import WrongDatabaseUrl

READERS: Final = 4
BUSY_MILLISECONDS: Final = 5_000
LOCK_MILLISECONDS: Final = 3_000
IDLE_MILLISECONDS: Final = 60_000
_FORMS: Final = "Use sqlite:///path or postgresql://user@host/database"

# FULL: acknowledged means that it is on the disk. secure_delete: what is deleted is overwritten.
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16000",
    # 32 MB of log before it is moved into the file: the same pages change with every step, and move once instead of ten times.
    "PRAGMA wal_autocheckpoint=8000",
)


def parsed(url: str) -> URL:
    """The address of the database, with our drivers. The message never repeats it: it may hold a password."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise WrongDatabaseUrl(f"the database address can't be read. {_FORMS}") from None
    if address.get_backend_name() == "sqlite":
        if not address.database or address.database == ":memory:":
            raise WrongDatabaseUrl(f"SQLite needs a file. {_FORMS}")
        return address.set(drivername="sqlite")
    if address.get_backend_name() in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    raise WrongDatabaseUrl(f"only SQLite and PostgreSQL are known. {_FORMS}")


def engine_for(address: URL, *, walled: bool = False) -> Engine:
    """An engine whose connections are safe to write with. `walled`: opened without keys, personal tables are refused."""
    if address.get_backend_name() == "sqlite":
        engine = create_engine(
            address,
            paramstyle="named",
            poolclass=QueuePool,
            pool_size=READERS,
            max_overflow=READERS,
            pool_timeout=10,
            connect_args={
                "check_same_thread": False,
                "isolation_level": None,  # we say BEGIN IMMEDIATE and COMMIT ourselves
                "timeout": BUSY_MILLISECONDS / 1000,
                "cached_statements": 512,
            },
        )

        @event.listens_for(engine, "connect")
        def _settings(driver: sqlite3.Connection, _record: object) -> None:
            for pragma in _PRAGMAS:
                driver.execute(pragma)
            if walled:
                driver.set_authorizer(desk_walls.authorizer)

        return engine
    return create_engine(
        address,
        use_native_hstore=False,
        pool_pre_ping=True,  # after the server was away, readers and writer find it again by themselves
        pool_size=READERS,
        max_overflow=READERS,
        pool_timeout=10,
        connect_args={"connect_timeout": 10, "application_name": "wegweiser"},
    )


def for_reading(driver: Any, dialect: str) -> None:
    """Begin a snapshot in which nothing can be written."""
    if dialect == "sqlite":
        driver.execute("PRAGMA query_only=ON")
        driver.execute("BEGIN")
        return
    driver.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    driver.read_only = True


def writing_connection(engine: Engine) -> Any:
    """A driver's connection that belongs to the writer alone. A reader may have used it before."""
    proxied = engine.raw_connection()
    driver = cast(Any, proxied.driver_connection)
    proxied.detach()
    if engine.dialect.name == "sqlite":
        driver.execute("PRAGMA query_only=OFF")
    else:
        driver.isolation_level = None
        driver.read_only = None
        # A process that stands still in the middle of a step must not hold up the others: who waits gives up in time, and
        # the server ends the step that stands still.
        driver.execute(f"SET lock_timeout = {LOCK_MILLISECONDS}")
        driver.execute(f"SET idle_in_transaction_session_timeout = {IDLE_MILLISECONDS}")
        # Acknowledged means on the disk, also on a server that was set up to be quick. (Stricter than `on` stays.)
        driver.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        driver.commit()
    return driver
