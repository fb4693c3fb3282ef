"""The wall between the issuance desk and the people who come: the database itself refuses, not only our code.

SQLite: an authorizer on every connection that is opened without keys. PostgreSQL: a role that has been granted the
office's tables and nothing else.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy import Engine, text

from storage.columns import metadata
from storage.errors import WallMissing
from storage.failures import meaning
from storage.office_models import WITHOUT_KEYS

_TOUCHES_A_TABLE: Final = frozenset(
    {
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_ALTER_TABLE,
    }
)
_ALLOWED: Final = WITHOUT_KEYS | {"sqlite_master", "sqlite_sequence", "sqlite_schema"}


def authorizer(action: int, first: str | None, second: str | None, database: str | None, source: str | None) -> int:
    """What SQLite asks before it compiles a statement."""
    if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_ALTER_TABLE:
        return sqlite3.SQLITE_DENY
    if action in _TOUCHES_A_TABLE and first not in _ALLOWED:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def grants_for(role: str) -> tuple[str, ...]:
    """The PostgreSQL statements that give a role the office's tables. Run them as the owner, after every migration."""
    if not role.replace("_", "").isalnum():
        raise ValueError("a role's name has letters, digits and _")
    tables = ", ".join(sorted(WITHOUT_KEYS - {"alembic_version"}))
    return (
        f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{role}"',
        f'GRANT USAGE ON SCHEMA public TO "{role}"',
        f'GRANT SELECT ON alembic_version TO "{role}"',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO "{role}"',
        f'REVOKE UPDATE, DELETE ON audit FROM "{role}"',
    )


def refuse_unless_walled(engine: Engine) -> None:
    """Raises WallMissing if this role of PostgreSQL may read a table about people. SQLite has the authorizer."""
    if engine.dialect.name == "sqlite":
        return
    may_read = text("SELECT has_any_column_privilege(CAST(:name AS text), 'SELECT')")  # says yes for a whole table, too
    try:
        with engine.connect() as connection:
            readable = [name for name in _personal() if connection.execute(may_read, {"name": name}).scalar()]
    except Exception as error:
        raise meaning(error) from None
    if readable:
        raise WallMissing(
            "the desk's PostgreSQL role may read what is about people "
            f"({', '.join(readable)}). Give the desk a role of its own, with the grants of storage.desk_walls.grants_for"
        )


def _personal() -> list[str]:
    return sorted(set(metadata.tables) - WITHOUT_KEYS)
