"""One step of the pure engine: a session out of JSON bytes, an event, a session and what is to be shown into JSON bytes.

    python -m benchmarks.engine_step [--conversations N] [--rounds N]

If BENCH_HARNESS names the comparison harness, what other engines need for one update without any HTTP stands beside it
(aiogram's Dispatcher.feed_update, python-telegram-bot's Application.process_update; fifteen questions, state in memory,
so without reading and writing it).

The person is a holder of § 104c on the longest path; she goes back once and confirms the summary, so that every kind of
step (also the decision by the rule book) is among those that are counted. No disk, no words, no network.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from dataclasses import dataclass, field

import orjson

from benchmarks import harness
from benchmarks.holder import TODAY, next_event
from benchmarks.measured import Figure, limited, percentile, table
from dialogs.effect_json import effect_to_json
from dialogs.effects import Shown
from dialogs.engine import advance, start
from dialogs.load import known_counties, load_library
from dialogs.script import Script
from dialogs.session import Session

COMMAND = "python -m benchmarks.engine_step"
GOAL = 100.0
WARM_UP = 20
PEERS = ("aiogram:memory", "ptb:none")


@dataclass(slots=True)
class Times:
    """Microseconds of each step; and of the step together with its effects as JSON, as the outbox keeps them."""

    step: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    kinds: dict[str, list[float]] = field(default_factory=dict)


def conversation(script: Script, times: Times) -> int:
    """Lead one conversation to its end. Returns its number of steps."""
    towns = tuple(script.county.kommunen)
    first = start(script, id="bench001", code="K7M4-2PX9-C", door="web", entry="self", locale=None, on=TODAY)
    raw, steps = orjson.dumps(first.session.to_dict()), 0
    while (event := next_event(Session.from_dict(orjson.loads(raw)), towns)) is not None:
        begun = time.perf_counter_ns()
        turn = advance(script, Session.from_dict(orjson.loads(raw)), event, TODAY)
        raw = orjson.dumps(turn.session.to_dict())
        kept = time.perf_counter_ns()
        orjson.dumps([effect_to_json(effect) for effect in turn.effects if isinstance(effect, Shown)])
        told = time.perf_counter_ns()
        times.step.append((kept - begun) / 1000)
        times.shown.append((told - begun) / 1000)
        kind = f"{type(event).__name__} → {turn.session.open or turn.session.status}"
        times.kinds.setdefault(kind, []).append(times.step[-1])
        steps += 1
    return steps


def measured(conversations: int) -> tuple[Times, int]:
    library = load_library(known_counties()[0])
    script = library.current(TODAY)
    for _ in range(WARM_UP):
        conversation(script, Times())
    times, steps = Times(), 0
    gc.collect()
    for _ in range(conversations):
        steps = conversation(script, times)
    return times, steps


def peers(rounds: int) -> list[Figure]:
    """The same measure of other engines, taken in the same minutes; nothing if nobody has named the harness."""
    found = harness.folder()
    if found is None:
        return []
    options = ("--transport", "stub", "--peers", ",".join(PEERS), "--convs", "60", "--runs", str(rounds))
    rows, _ = harness.run(found, "inproc", *options)
    return [
        Figure(f"… {name}, one update without HTTP, median of {len(of_peer)} rounds", f"{_microseconds(of_peer):.0f} µs")
        for name, of_peer in harness.by_peer(rows).items()
    ]


def _microseconds(rows: list[harness.Row]) -> float:
    return statistics.median(float(row["wall_ms_upd"]) for row in rows) * 1000


def figures(conversations: int = 200, rounds: int = 3) -> list[Figure]:
    times, steps = measured(conversations)
    step, shown = sorted(times.step), sorted(times.shown)
    together = f"{statistics.median(shown):.1f} / {percentile(shown, 0.95):.1f} µs"
    medians = {kind: statistics.median(values) for kind, values in times.kinds.items()}
    where, slowest = max(medians.items(), key=lambda item: item[1])
    return [
        limited(f"engine step, median of {len(step)} ({steps} in a conversation)", statistics.median(step), GOAL, "µs", COMMAND),
        limited("engine step, 95 of 100 are faster than", percentile(step, 0.95), GOAL, "µs", COMMAND),
        Figure("… with what is shown as JSON, median / p95", together),
        Figure(f"… the dearest kind of step ({where}), median", f"{slowest:.1f} µs"),
        *peers(rounds),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    print(table(figures(chosen.conversations, chosen.rounds)))


if __name__ == "__main__":
    main()
