"""The whole program under the load of a bad day, and nobody's answer may get lost.

    python -m benchmarks.load [--minutes 10] [--people 1000] [--telegram 20] [--web 30] [--latency-ms 40] [--flood]

`wegweiser serve bot` runs as a child process on a fresh SQLite file (BENCH_DIR: on which disk), with the webhook's secret, mode
buttons, encryption and synchronous=FULL. A thousand people have a conversation open; by default 20 of them a second press a
button in Telegram and 30 a second send a form of the web chat. It is not 50 by Telegram, because Telegram itself lets out 25
messages a second in all: every press would wait for its question longer than the one before. Who has come to the end is
followed by a new person with a new address. `--rate N` divides N events a second in the same proportion.

The times are fixed beforehand and wait for nobody; every delay counts from the due time. Refused events (503) are asked again
after Retry-After, as Telegram does it. The Bot API on loopback answers after 40 ms and counts what comes too fast.
Everybody carries the conversation as the real engine leads it; at the end, after a calm stop, what is stored must say the same:
lost is who is behind it, or was never answered; doubled is who is ahead of it, or got a question twice.

`--flood`: a third into the run one chat sends 1,000 messages a second for 60 s, as far as this machine can.
Exits with 1 if anything was lost or doubled, or somebody got stuck.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import gc
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from benchmarks.load_api import BotApi
from benchmarks.load_crowd import FLOODER, TELEGRAM, WEB, Crowd, Flood, healthy
from benchmarks.load_figures import FLOOD_PER_SECOND, Run, figures
from benchmarks.load_lines import Lines
from benchmarks.load_people import World
from benchmarks.load_program import TOKEN, Program
from benchmarks.measured import Figure, table
from bot.channels.telegram_codes import Codes
from bot.channels.telegram_options import every_option
from bot.place import BERLIN
from dialogs.load import known_counties, load_library

COMMAND = "python -m benchmarks.load"
SETTLE = 90.0
FLOOD_SECONDS = 60.0
MOST_LINES = 100


async def run(options: argparse.Namespace) -> Run:
    library = load_library(known_counties()[0])
    on = dt.datetime.now(BERLIN).date()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR"))))
        crowd: list[Crowd] = []
        api = BotApi(options.latency_ms / 1000, lambda *message: crowd[0].arrive(*message), int(FLOODER))
        runner = web.AppRunner(api.application(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            program = stack.enter_context(Program.started(folder, address, library.county.id))
            lines = Lines("127.0.0.1", program.port, MOST_LINES)
            stack.callback(lines.close)
            codes = Codes(TOKEN, every_option(library), plain=False)
            crowd.append(Crowd(World(library.current(on), on, codes, lines)))
            await healthy(lines)
            await asyncio.wait_for(api.hooked.wait(), 60)
            return await measured(options, program, crowd[0], api)
        except BaseException:
            print((folder / "log").read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
        finally:
            await runner.cleanup()


async def measured(options: argparse.Namespace, program: Program, crowd: Crowd, api: BotApi) -> Run:
    share = options.telegram / (options.telegram + options.web)
    doors = {TELEGRAM: (options.telegram, round(options.people * share)), WEB: (options.web, 0)}
    doors[WEB] = (options.web, options.people - doors[TELEGRAM][1])
    for door, (pace, people) in doors.items():
        for _ in range(people if pace else 0):
            await crowd.come(door)
    opening = max((people / pace for pace, people in doors.values() if pace), default=0)
    seconds = opening + options.minutes * 60
    found = Run(seconds, opening, api=api)
    gc.collect()
    gc.freeze()
    crowd.began, own = time.perf_counter(), time.process_time()
    watching = asyncio.create_task(program.watch(crowd.began))
    work = [crowd.press_on(door, pace, seconds) for door, (pace, _) in doors.items() if pace]
    if options.flood:
        found.flood = Flood("127.0.0.1", program.port, options.flood_rate, options.flood_seconds)
        work.append(flooding(found, options, crowd.began))
    await asyncio.gather(*work)
    lasted = time.perf_counter() - crowd.began
    found.own_share = (time.process_time() - own) / lasted
    found.unanswered = await crowd.settle(SETTLE)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    found.stopped_in = await asyncio.to_thread(program.stop)
    found.taken, found.samples, found.counts, found.late = crowd.taken, program.samples, crowd.counts, crowd.latest_start
    found.stored = await asyncio.to_thread(program.compared, crowd.people)
    found.log = program.log()
    return found


async def flooding(found: Run, options: argparse.Namespace, began: float) -> None:
    assert found.flood is not None
    await asyncio.sleep(found.opening + options.minutes * 60 / 3)
    begin = time.perf_counter() - began
    await found.flood.run()
    found.window = (begin, time.perf_counter() - began)


def measured_figures(minutes: float) -> list[Figure]:
    """For `benchmarks.figures`: without the flood, with everything else as it is by default."""
    return figures(looped(chosen(["--minutes", str(minutes)])), COMMAND)


def looped(options: argparse.Namespace) -> Run:
    with contextlib.suppress(ImportError):
        asyncio.set_event_loop_policy(importlib.import_module("uvloop").EventLoopPolicy())
    try:
        return asyncio.run(run(options))
    finally:
        asyncio.set_event_loop_policy(None)


def chosen(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--telegram", type=float, default=20, help="events per second")
    parser.add_argument("--web", type=float, default=30, help="events per second")
    parser.add_argument("--rate", type=float, help="events per second of both, divided as the two above are")
    parser.add_argument("--latency-ms", type=float, default=40, help="of the Bot API")
    parser.add_argument("--flood", action="store_true")
    parser.add_argument("--flood-rate", type=float, default=FLOOD_PER_SECOND)
    parser.add_argument("--flood-seconds", type=float, default=FLOOD_SECONDS)
    options = parser.parse_args(words)
    if options.rate:
        whole = options.telegram + options.web
        options.telegram, options.web = (options.rate * part / whole for part in (options.telegram, options.web))
    return options


def main() -> None:
    found = looped(chosen())
    print(table(figures(found, COMMAND)))
    said = [line for line in found.log.splitlines() if "ERROR" in line or "WARNING" in line or "Traceback" in line]
    if said:
        print(f"\n{len(said)} lines of trouble in the program's log, such as: {said[-1][:200]}", file=sys.stderr)
    sys.exit(1 if found.lost or found.doubled or found.broken else 0)


if __name__ == "__main__":
    main()
