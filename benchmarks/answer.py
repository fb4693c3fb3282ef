"""One answer through the whole house: a real HTTP server on loopback, a form, the engine, SQLite on the disk.

    python -m benchmarks.answer [--answers N] [--people K]

The time is taken inside the server, around the handler of POST /chat: the body is read, the proof checked, the event kept
(encrypted, synchronous=FULL) and the answer made. The people are another process that fills in the pages' forms. Set
BENCH_DIR to put the database on the disk that is to be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from benchmarks.measured import Figure, limited, percentile, table
from bot.app import build_door
from bot.settings import read_settings
from bot.words import Words
from dialogs.load import known_counties, load_library
from storage import Database, KeyRing, migrate, open_database

COMMAND = "python -m benchmarks.answer"
GOAL = 50.0
WARM_UP = 60

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Stopwatch:
    """Milliseconds of each request, by method and path."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}

    @web.middleware
    async def timed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        begun = time.perf_counter()
        response = await handler(request)
        self.taken.setdefault(f"{request.method} {request.path}", []).append((time.perf_counter() - begun) * 1000)
        return response


def door(database: Database, url: str, stopwatch: Stopwatch) -> web.Application:
    library = load_library(known_counties()[0])
    settings = read_settings(
        environment="demo", database_url=url, county=library.county.id, public_url="http://127.0.0.1", telegram_token=""
    )
    application = build_door(
        database, library, Words.load(library), settings, clock=lambda: dt.datetime.now(dt.UTC)
    ).application
    application.middlewares.append(stopwatch.timed)
    return application


async def served(application: web.Application, answers: int, people: int) -> dict[str, list[float]]:
    """Serve while the people answer. Returns what their process printed."""
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.form_filler", f"http://{host}:{port}",
            "--answers", str(answers), "--people", str(people),
            stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parent.parent,
        )  # fmt: skip
        printed, _ = await process.communicate()
    finally:
        await runner.cleanup()
    if process.returncode:
        raise RuntimeError("the people could not finish; see above")
    found: dict[str, list[float]] = json.loads(printed)
    return found


def measured(answers: int, people: int) -> tuple[Stopwatch, dict[str, list[float]]]:
    stopwatch = Stopwatch()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        url = f"sqlite:///{Path(folder)}/answers.db"
        migrate(url)
        database = open_database(url, KeyRing.random())
        try:
            found = asyncio.run(served(door(database, url, stopwatch), answers + WARM_UP, people))
        finally:
            database.close()
    return stopwatch, found


def figures(answers: int = 400, people: int = 1) -> list[Figure]:
    stopwatch, seen = measured(answers, people)
    inside = sorted(stopwatch.taken["POST /chat"][WARM_UP:])
    outside, page = sorted(seen["milliseconds"][WARM_UP:]), sorted(stopwatch.taken["GET /"][WARM_UP:])
    command = COMMAND if people == 1 else f"{COMMAND} --people {people}"
    at_once = f"{people} at a time" if people > 1 else "one after another"
    parts = [f"{percentile(inside, share):.1f}" for share in (0.5, 0.95, 0.99)]
    return [
        limited(f"answer in the web chat, p95 of {len(inside)} ({at_once})", percentile(inside, 0.95), GOAL, "ms", command),
        Figure("… p50 / p95 / p99 inside the server", f"{' / '.join(parts)} ms"),
        Figure("… p50 / p95 as the browser sees it", f"{percentile(outside, 0.5):.1f} / {percentile(outside, 0.95):.1f} ms"),
        Figure("… the page that follows (GET /), p50 / p95", f"{percentile(page, 0.5):.1f} / {percentile(page, 0.95):.1f} ms"),
        Figure("… conversations that came to their end", str(seen["finished"])),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=400)
    parser.add_argument("--people", type=int, default=1)
    chosen = parser.parse_args()
    print(table(figures(chosen.answers, chosen.people)))


if __name__ == "__main__":
    main()
