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
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from benchmarks.load_api import BotApi
from benchmarks.load_crowd import TELEGRAM, WEB, Crowd, Flood, Taken, healthy
from benchmarks.load_lines import Lines
from benchmarks.load_people import World
from benchmarks.load_program import TOKEN, Program, Sample
from benchmarks.measured import Figure, limited, percentile, table
from bot.channels.telegram_codes import Codes
from bot.channels.telegram_options import every_option
from bot.place import BERLIN
from dialogs.load import known_counties, load_library

COMMAND = "python -m benchmarks.load"
# The first minute is for caches and first pages; of a short run a third.
FIRST = 60.0
SETTLE = 90.0
FLOOD_PER_SECOND, FLOOD_SECONDS = 1000.0, 60.0
MOST_LINES = 100
ACKNOWLEDGED, REPLIED, FLOODED, GROWN = 50.0, 300.0, 1500.0, 1.0
MEGA = 1024 * 1024


@dataclass
class Run:
    """What was seen. `window`: begin and end of the flood in seconds of the run."""

    seconds: float
    opening: float
    taken: Sequence[Taken] = ()
    samples: Sequence[Sample] = ()
    stored: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    api: BotApi | None = None
    flood: Flood | None = None
    window: tuple[float, float] = (0.0, 0.0)
    unanswered: int = 0
    own_share: float = 0.0
    late: float = 0.0
    stopped_in: float = 0.0
    log: str = ""

    @property
    def lost(self) -> int:
        return self.stored["lost"] + self.unanswered

    @property
    def doubled(self) -> int:
        return self.stored["doubled"] + (self.api.doubled if self.api else 0)

    @property
    def broken(self) -> dict[str, int]:
        return {name: n for name, n in self.counts.items() if name.startswith(("stuck", "the script"))}


async def run(options: argparse.Namespace) -> Run:
    library = load_library(known_counties()[0])
    on = dt.datetime.now(BERLIN).date()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR"))))
        crowd: list[Crowd] = []
        api = BotApi(options.latency_ms / 1000, lambda *message: crowd[0].arrive(*message))
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


# -- figures -------------------------------------------------------------------------------------------------------------


def figures(found: Run, command: str) -> list[Figure]:
    api = found.api
    assert api is not None
    events = [one for one in found.taken if one.due >= found.opening]
    span = found.seconds - found.opening
    rows = [Figure(f"load: events in {span / 60:.1f} min (after all were open)", f"{len(events)}", command=command)]
    for door in (TELEGRAM, WEB):
        mine = [one for one in events if one.door == door]
        if mine:
            rows += timed(f"{door}, {len(mine) / span:.1f}/s", mine)
    everybody = sorted(one.acknowledged for one in events) or [0.0]
    replies = sorted(one.replied for one in events) or [0.0]
    rows += [
        limited("… both doors: acknowledged, p99", percentile(everybody, 0.99), ACKNOWLEDGED, "ms", command),
        limited("… both doors: replied, p95", percentile(replies, 0.95), REPLIED, "ms", command),
        Figure("… lost of acknowledged ones (stored behind; never replied)", f"{found.stored['lost']}; {found.unanswered}",
               "0", not found.lost),
        Figure("… doubled (stored ahead; questions sent twice)", f"{found.stored['doubled']}; {api.doubled}",
               "0", not found.doubled),
        Figure("… people compared with what is stored; their events", f"{found.stored['people']}; {found.stored['events']}"),
        Figure("… given up by the outbox", f"{found.stored['dead']}", "0", not found.stored["dead"]),
        Figure("… messages in any second at most (bucket of 25/s overrun; of 1/s and chat)",
               f"{api.most_in_a_second} ({api.too_fast_in_all}; {api.too_fast_in_a_chat})", "<= 30 (0; 0)",
               not api.too_fast_in_all and not api.too_fast_in_a_chat),
        *resources(found),
        Figure("… the script's own share of one core; latest start of an event",
               f"{found.own_share:.0%}; {found.late * 1000:.0f} ms"),
    ]  # fmt: skip
    noted = {**found.counts, **{f"Bot API {name}": n for name, n in api.calls.most_common(5)}}
    told = ", ".join(f"{name}: {n}" for name, n in sorted(noted.items()))
    rows.append(Figure("… counted", told, met=False if found.broken else None))
    return rows + (flooded(found, command) if found.flood else [])


def timed(what: str, mine: Sequence[Taken]) -> list[Figure]:
    def spread(values: Sequence[float]) -> str:
        ordered = sorted(values)
        return " / ".join(f"{percentile(ordered, part):.1f}" for part in (0.5, 0.95, 0.99, 1.0)) + " ms"

    replied = [one.replied for one in mine]
    return [
        Figure(f"… {what}: acknowledged p50 / p95 / p99 / max", spread([one.acknowledged for one in mine])),
        Figure(f"… {what}: replied p50 / p95 / p99 / max", spread(replied)),
    ]


def resources(found: Run) -> list[Figure]:
    first_part = min(FIRST, (found.seconds - found.opening) / 3)
    steady = [one for one in found.samples if one.at >= found.opening + first_part]
    if len(steady) < 3:
        return []
    first, last = steady[0], steady[-1]
    slope = statistics.linear_regression([one.at / 3600 for one in steady], [one.memory / MEGA for one in steady]).slope
    short = "" if last.at - first.at >= 300 else " (too short to mean anything)"
    share = (last.processor - first.processor) / (last.at - first.at)
    memory = [one.memory / MEGA for one in steady]
    return [
        Figure("… memory of the program: first, last, most",
               f"{memory[0]:.1f}, {memory[-1]:.1f}, {max(memory):.1f} MB; {slope:+.1f} MB per hour{short}"),
        Figure("… open files: first, last, most", f"{first.files}, {last.files}, {max(one.files for one in steady)}"),
        Figure("… processor of the program", f"{share:.0%} of one core; stopped in {found.stopped_in:.1f} s"),
        Figure("… database with its log: first, last", f"{first.database / MEGA:.1f}, {last.database / MEGA:.1f} MB"),
    ]  # fmt: skip


def flooded(found: Run, command: str) -> list[Figure]:
    assert found.flood is not None
    begin, end = found.window
    others = sorted(one.replied for one in found.taken if begin <= one.due < end) or [0.0]
    answers = ", ".join(f"{status}: {n}" for status, n in sorted(found.flood.statuses.items()))
    grown, usual = growth(found.samples, begin, end), growth(found.samples, begin - (end - begin) / 2, begin) * 2
    command = f"{command} --flood"
    return [
        Figure("flood: messages a second of one chat, for s", f"{found.flood.rate:.0f}/s, {end - begin:.0f} s; {answers}",
               f"{FLOOD_PER_SECOND:.0f}/s"),
        limited(f"… the others' reply, p95 of {len(others)}", percentile(others, 0.95), FLOODED, "ms", command, digits=0),
        limited(f"… growth of the database by it ({grown:.1f} MB less {usual:.1f} MB of the others)", grown - usual, GROWN, "MB",
                command),
    ]  # fmt: skip


def growth(samples: Sequence[Sample], begin: float, end: float) -> float:
    """MB between two moments of the run."""
    inside = [one.database / MEGA for one in samples if begin <= one.at <= end + 1] or [0.0]
    return inside[-1] - inside[0]


def chosen() -> argparse.Namespace:
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
    options = parser.parse_args()
    if options.rate:
        whole = options.telegram + options.web
        options.telegram, options.web = (options.rate * part / whole for part in (options.telegram, options.web))
    return options


def main() -> None:
    options = chosen()
    with contextlib.suppress(ImportError):
        asyncio.set_event_loop_policy(importlib.import_module("uvloop").EventLoopPolicy())
    found = asyncio.run(run(options))
    print(table(figures(found, COMMAND)))
    said = [line for line in found.log.splitlines() if "ERROR" in line or "WARNING" in line or "Traceback" in line]
    if said:
        print(f"\n{len(said)} lines of trouble in the program's log, such as: {said[-1][:200]}", file=sys.stderr)
    sys.exit(1 if found.lost or found.doubled or found.broken else 0)


if __name__ == "__main__":
    main()
