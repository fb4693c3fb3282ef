"""The child: the real program, run through its own command line, with a clock that the parent moves.

    python -m tests.crash.program serve bot      one cold life: every import, as an operator starts it
    python -m tests.crash.program                the zygote: imports once, then forks a life for each line it is told

A life is `wegweiser serve bot` with its settings from the environment. What differs from an operator's start, and nothing
else: the clock is shifted by the number of seconds in the file CRASH_CLOCK (a lease of a minute would otherwise cost a
minute of waiting), fail points are wrapped around the commits, and a forked life finds the definition files and catalogues
already read. The zygote has one thread and has opened nothing: no database, no socket, no key file.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import faulthandler
import gc
import json
import mmap
import os
import signal
import struct
import sys
import threading
from pathlib import Path
from typing import Any

from tests.crash.failpoints import Points, install
from tests.crash.plants import PLANTS

COUNTY = "mettmann"
SIZE = struct.calcsize("d")


def shifted_clock(path: str) -> Any:
    with Path(path).open("rb") as file:
        offset = mmap.mmap(file.fileno(), SIZE, prot=mmap.PROT_READ)

    def now() -> dt.datetime:
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=struct.unpack_from("d", offset)[0])

    return now


def where_it_stands(*_: object) -> None:
    """A life that does not end is asked what it waits for."""
    faulthandler.dump_traceback()
    for task in asyncio.all_tasks(asyncio.get_running_loop()):
        task.print_stack(limit=4)


def live(arguments: list[str]) -> int:
    """One life, from the command line to the exit status."""
    import storage
    import wegweiser
    from storage.database import open_database

    signal.signal(signal.SIGUSR1, where_it_stands)
    clock = shifted_clock(os.environ["CRASH_CLOCK"])
    wegweiser.utc_now = clock
    assert open_database.__kwdefaults__ is not None and storage.open_database is open_database
    open_database.__kwdefaults__["clock"] = clock
    plant = os.environ.get("CRASH_PLANT")
    if plant:
        PLANTS[plant]()
    install(Points(os.environ.get("CRASH_POINTS", ""), os.environ.get("CRASH_AT", "")))
    try:
        wegweiser.app(arguments, standalone_mode=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    return 0


def read_everything() -> None:
    """Import what a door needs and read its files, so that a forked life begins at once."""
    import aiohttp.web
    import alembic.command
    import psycopg

    import admin.app
    import bot.app
    import bot.channels.telegram
    import bot.channels.telegram_options
    import wegweiser
    from bot.words import Words
    from dialogs.load import load_library
    from dialogs.reasons import get_ready

    assert admin.app and aiohttp.web and alembic.command and psycopg and bot.app and bot.channels.telegram_options
    library = load_library(COUNTY)
    words = Words.load(library)
    today = dt.datetime.now(dt.UTC).date()
    for days in range(3):
        with contextlib.suppress(LookupError):
            get_ready(library.current(today + dt.timedelta(days)), today + dt.timedelta(days))
    setattr(wegweiser, "library_of", lambda county=None: library)  # noqa: B010
    setattr(Words, "load", lambda *_, **__: words)  # noqa: B010


def zygote() -> None:
    """Lines in: {"start": {environment}, "arguments": [...]} or {"ended": pid}. Out: the pid, or its exit status, if any."""
    read_everything()
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()
    _say({"ready": os.getpid()})
    for line in sys.stdin:
        told: dict[str, Any] = json.loads(line)
        if "ended" in told:
            pid, status = os.waitpid(told["ended"], os.WNOHANG)
            _say({"status": os.waitstatus_to_exitcode(status) if pid else None})
            continue
        pid = os.fork()
        if pid == 0:
            _become(told)
        _say({"pid": pid})


def _become(told: dict[str, Any]) -> None:
    """In the forked child: its own output, its own environment; never back into the zygote's loop."""
    status = 70
    try:
        os.environ.update(told["start"])
        log = os.open(told["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for handle, to in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(handle, to)
        status = live(told["arguments"])
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(live(sys.argv[1:]))
    zygote()
