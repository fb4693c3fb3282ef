"""A migrated, empty database; each story gets a copy. In memory where there is /dev/shm: here the disk is not what is tried."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import migrate


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="wegweiser-model-", dir=memory) as found:
        yield Path(found)


@pytest.fixture(scope="session")
def template(folder: Path) -> Path:
    path = folder / "template.db"
    migrate(f"sqlite:///{path}")
    return path
