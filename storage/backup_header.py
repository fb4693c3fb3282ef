"""What stands in clear at the front of a backup: enough to know which one it is. Bound to everything behind it."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from storage.errors import BackupProblem

FORMAT: Final = 1
SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"


@dataclass(frozen=True, slots=True)
class Header:
    """`counts`: rows of every table at that moment. `epochs`: of the key file that reads this. `sealed_for`: the pair."""

    created_at: dt.datetime
    kind: str
    revision: str
    county: str
    program: str
    epochs: tuple[int, ...]
    counts: Mapping[str, int]
    sealed_for: str

    def to_bytes(self) -> bytes:
        raw = {"format": FORMAT, **asdict(self), "created_at": self.created_at.isoformat(), "counts": dict(self.counts)}
        return json.dumps(raw, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Header:
        """Raises BackupProblem: no header, or one of a newer format."""
        try:
            table: dict[str, Any] = json.loads(raw)
            if table["format"] != FORMAT:
                raise BackupProblem(f"format {table['format']!r} is unknown here. Use the newer program it was made with.")
            created_at = dt.datetime.fromisoformat(table["created_at"])
            if created_at.tzinfo is None or table["kind"] not in (SQLITE, POSTGRESQL):
                raise ValueError
            return cls(
                created_at, table["kind"], str(table["revision"]), str(table["county"]), str(table["program"]),
                tuple(int(epoch) for epoch in table["epochs"]), {str(k): int(n) for k, n in table["counts"].items()},
                str(table["sealed_for"]),
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BackupProblem("the header can't be read: the file is damaged, or no backup.") from None


def program_version() -> str:
    """The release this is; "unknown" where only the packages were installed."""
    try:
        project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
        return str(project["project"]["version"])
    except (OSError, ValueError, KeyError):
        return "unknown"
