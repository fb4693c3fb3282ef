"""What a database says about itself, asked with the driver alone: for a backup's header, and to compare after a restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from storage.errors import BackupProblem

Ask = Callable[[str], list[tuple[Any, ...]]]

TABLES_OF_SQLITE: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
TABLES_OF_POSTGRES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


@dataclass(frozen=True, slots=True)
class Contents:
    """`counts`: rows of each table. `epochs`: of the keys that read them."""

    revision: str
    epochs: tuple[int, ...]
    counts: dict[str, int]


def contents(ask: Ask, tables: str) -> Contents:
    """Raises BackupProblem if this is no database of ours."""
    names = sorted(str(row[0]) for row in ask(tables))
    revision = ask("SELECT version_num FROM alembic_version") if "alembic_version" in names else []
    if not revision or "key_check" not in names:
        raise BackupProblem("the database is empty or none of this program; there is nothing to back up.")
    keks = [str(row[0]) for row in ask("SELECT name FROM key_check WHERE name LIKE 'kek:%'")]
    counts = {name: int(ask(f'SELECT count(*) FROM "{name}"')[0][0]) for name in names}  # noqa: S608 - names from its own catalogue
    return Contents(str(revision[0][0]), tuple(sorted(int(kek.partition(":")[2]) for kek in keks)), counts)


def differences(promised: dict[str, int], found: dict[str, int]) -> list[str]:
    """Tables whose rows are not as many as the header says."""
    return sorted(name for name in {*promised, *found} if promised.get(name) != found.get(name))
