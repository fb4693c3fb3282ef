"""What a run of `benchmarks.load` has seen, and the rows of the table it makes of it."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.load_api import BotApi
from benchmarks.load_crowd import TELEGRAM, WEB, Flood, Taken
from benchmarks.load_program import Sample
from benchmarks.measured import Figure, limited, percentile

# The first minute is for caches and first pages; of a short run a third.
FIRST = 60.0
FLOOD_PER_SECOND = 1000.0
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
    # What the others write in as long a time: seen before the flood, after everybody had begun.
    earlier = max(found.opening, begin - (end - begin))
    grown = growth(found.samples, begin, end)
    usual = growth(found.samples, earlier, begin) * (end - begin) / max(begin - earlier, 1)
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
