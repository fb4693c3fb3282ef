"""The log of one test; what pytest had set up is put back afterwards."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from bot import journal

LIBRARIES = (
    "aiohttp.access", "aiohttp.server", "aiohttp.web", "aiohttp.client", "aiogram", "asyncio", "psycopg", "sqlalchemy.engine",
    "sqlalchemy.pool",
)  # fmt: skip


@pytest.fixture(autouse=True)
def heard() -> None:
    """Another program's set-up of logging (import-linter's, in `test_architecture`) silences every logger it does not know."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in journal.OURS:
            logger.disabled = False


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged in this test as the program would write it, at DEBUG."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    levels = {name: logging.getLogger(name).level for name in (*journal.OURS, *LIBRARIES)}
    journal.begin("DEBUG", stream=stream)
    yield stream
    logging.captureWarnings(False)
    logging.raiseExceptions = True
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
