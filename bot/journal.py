"""The log: one line for each thing an operator should know, and nothing that anybody has said.

Every line of the program and of its libraries goes through one filter. It lets through: time, level, logger, our own
sentences, and a few named fields. Of an error it lets through the kind and the place (file, function, line), never the
message, because a message may quote what was typed; only our own errors of `TELLING` promise to quote nobody. Of a
library's line it lets through the pattern ("Error handling request from %s"), never what was put in.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

from bot.channels import SendFailed, Unavailable
from bot.settings import SettingsProblem
from storage import StorageError

OURS: Final = ("wegweiser", "admin", "bot", "storage", "dialogs", "locales")
# Errors whose words were written by us and hold nothing of a person, a key or a path of content (`storage/errors.py`).
TELLING: Final = (StorageError, SettingsProblem, Unavailable, SendFailed)
FIELDS: Final = ("alarm", "state", "detail", "error", "place", "said")
WITHHELD: Final = "(words withheld)"

_EXTRA = "_wegweiser"
_ROOT = Path(__file__).parent.parent
log = logging.getLogger("wegweiser.journal")


def begin(level: str = "INFO", *, readable: bool = False, stream: TextIO | None = None) -> logging.Handler:
    """From now on everything that is logged is written this way: as JSON, or `readable`. Returns the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(readable=readable))
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    # Libraries inherit this from the root, also when our own level is DEBUG.
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    # A failing handler would print the record, values and all.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    sys.unraisablehook = lambda found: _uncaught(found.exc_type, found.exc_value, found.exc_traceback)
    threading.excepthook = lambda found: _uncaught(found.exc_type, found.exc_value, found.exc_traceback)
    return handler


def formatter(*, readable: bool = False) -> logging.Formatter:
    """What turns a record into a line."""
    draw: Any = structlog.dev.ConsoleRenderer(colors=False) if readable else structlog.processors.JSONRenderer(ensure_ascii=False)
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp" if readable else "time")
    return _Filtered(processors=[_only_allowed, stamp, draw])


def watch_loop(loop: asyncio.AbstractEventLoop) -> None:
    """What nobody caught in a task becomes such a line too."""
    loop.set_exception_handler(_in_loop)


class _Filtered(structlog.stdlib.ProcessorFormatter):
    """Filters before anything else sees the record; other handlers get it as it is."""

    def format(self, record: logging.LogRecord) -> str:
        bare = logging.LogRecord(record.name, record.levelno, "", 0, _event(record), None, None)
        bare.__dict__[_EXTRA] = {**_extra(record), **_error(record)}
        return super().format(bare)


def _event(record: logging.LogRecord) -> str:
    if _is_ours(record.name):
        try:
            return record.getMessage()
        except (TypeError, ValueError):
            return WITHHELD
    # A pattern stands in the library's code. A finished sentence may have been put together from anything.
    return str(record.msg) if record.args and isinstance(record.msg, str) else WITHHELD


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in OURS


def _extra(record: logging.LogRecord) -> dict[str, object]:
    if _is_ours(record.name):
        return {name: record.__dict__[name] for name in FIELDS if record.__dict__.get(name)}
    return {"place": f"{Path(record.pathname).name}:{record.funcName}:{record.lineno}"}


def _error(record: logging.LogRecord) -> dict[str, object]:
    given: Any = record.exc_info
    if given is True or not given:
        return {}
    error = given[1] if isinstance(given, tuple) else given
    return described(error) if isinstance(error, BaseException) else {}


def described(error: BaseException) -> dict[str, object]:
    """Kind and place of an error; its words only if they are ours."""
    found: dict[str, object] = {"error": type(error).__name__, "place": " < ".join(_places(error))}
    if isinstance(error, TELLING):
        found["said"] = str(error)
    return found


def _places(error: BaseException) -> list[str]:
    """Where it was raised first, then who had called. Lines of code are not quoted."""
    places = []
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))[-5:]):
        path = Path(frame.f_code.co_filename)
        shown = path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) and ".venv" not in path.parts else path.name
        places.append(f"{shown}:{frame.f_code.co_name}:{line}")
    return places


def _only_allowed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last word on what stands in a line."""
    record: logging.LogRecord = event["_record"]
    line = {"level": record.levelname.lower(), "logger": record.name, "event": event["event"]}
    return {**line, **getattr(record, _EXTRA)}


def _uncaught(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt):
        return
    log.critical("nobody caught this", extra=described(error))


def _in_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    # asyncio's own sentence names what happened; the objects it would print with it may hold anything.
    log.error("nobody caught this in the event loop", extra=described(error) if isinstance(error, BaseException) else None)
