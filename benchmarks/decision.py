"""One decision: the primary place and the further ones of a person, beside other rule engines with the same rules.

    python -m benchmarks.decision [--people N]

Random people over everything the questionnaire allows, whose cases are complete. Ours is `routing.decide` from the answers,
with all facts computed on the way, and the same with reasons (what decided, what would change it), which no other gives;
the others get the facts ready, and none of them knows "not known yet". Person by person, every engine in turn; whoever
decides one of them otherwise than ours is reported and the script ends with 1. The slowest decides one person in twenty.

Reasons are kept for each combination of facts. So they are timed twice: for the first people of a process, who mostly are
like nobody before, and for others after ten thousand. Random people are more various than those of a county.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.decision_peers import PEERS, Evaluate, Outcome, Read
from benchmarks.holder import TODAY
from benchmarks.measured import Figure, limited, percentile, table
from dialogs.answers import Value
from dialogs.conditions import Case
from dialogs.facts import OPTION_FACTS
from dialogs.load import known_counties, load_library
from dialogs.reasons import decide_with_reasons, get_ready
from dialogs.routing import Decision, decide
from dialogs.script import Script
from tests.dialogs.complete_people import complete_people

COMMAND = "python -m benchmarks.decision"
GOAL = 100.0
SLOW = {"pyDMNrules": 20}
WARM_UP = 50
# How many people a process has decided before its pace with reasons is called steady.
OTHERS = 10_000


@dataclass(slots=True)
class Peer:
    name: str
    evaluate: Evaluate
    read: Read
    times: list[float] = field(default_factory=list)
    wrong: list[tuple[Outcome, Outcome]] = field(default_factory=list)


def peers(script: Script) -> tuple[list[Peer], list[str]]:
    """The peers that are installed, and the names of those that are not."""
    found, missing = [], []
    for name, made in PEERS.items():
        try:
            found.append(Peer(name, *made(script, TODAY)))
        except ImportError:
            missing.append(name)
    return found, missing


def facts_of(script: Script, answers: Mapping[str, Value]) -> dict[str, Any]:
    case = script.case(answers, TODAY)
    known: dict[str, Any] = {name: condition.of(case) for name, condition in script.book.facts.items()}
    for name, question in OPTION_FACTS.items():
        value = answers.get(question)
        if question in script.book.several:
            known[name] = list(value) if isinstance(value, tuple) else []
        elif not question.startswith("@") or question in answers:
            known[name] = value
    return known


Deciding = Callable[[Script, Case], Decision]


def timed(deciding: Deciding, script: Script, answers: Mapping[str, Value]) -> tuple[Decision, float]:
    """The decision from the answers, and how many microseconds it took."""
    begun = time.perf_counter_ns()
    decision = deciding(script, script.case(answers, TODAY))
    return decision, (time.perf_counter_ns() - begun) / 1000


def plain(script: Script, case: Case) -> Decision:
    return decide(script.book, case)


def with_reasons(people: int) -> list[Figure]:
    """Ours once more, in the same minute, with the reasons."""
    script = load_library(known_counties()[0]).current(TODAY)
    get_ready(script, TODAY)
    fresh, _, later = (
        sorted(timed(decide_with_reasons, script, answers)[1] for answers in complete_people(script, TODAY, seed, count))
        for seed, count in ((8, people), (9, OTHERS), (7, people))
    )
    what = f"the same with reasons, median of {people} people after {OTHERS} others"
    first = f"{statistics.median(fresh):.1f} / {percentile(fresh, 0.95):.1f} µs"
    return [
        limited(what, statistics.median(later), GOAL, "µs", COMMAND),
        Figure("… 95 of 100 are faster than", f"{percentile(later, 0.95):.1f} µs"),
        Figure(f"… the first {people} of a process, median / p95", first),
    ]


def measured(people: int) -> tuple[list[float], list[Peer], list[str]]:
    script = load_library(known_counties()[0]).current(TODAY)
    others, missing = peers(script)
    own: list[float] = []
    clock = time.perf_counter_ns
    for number, answers in enumerate(complete_people(script, TODAY, 7, people + WARM_UP)):
        decision, took = timed(plain, script, answers)
        own.append(took)
        ours = (decision.rule, decision.dienst, decision.mode, decision.urgent, decision.also)
        values = facts_of(script, answers)
        for peer in others:
            if number % SLOW.get(peer.name, 1):
                continue
            begun = clock()
            raw = peer.evaluate(values)
            peer.times.append((clock() - begun) / 1000)
            theirs = peer.read(raw)
            if theirs != ours:
                peer.wrong.append((ours, theirs))
    for peer in others:
        del peer.times[: WARM_UP // SLOW.get(peer.name, 1)]
    return own[WARM_UP:], others, missing


def figures(people: int = 3000) -> list[Figure]:
    own, others, missing = measured(people)
    own.sort()
    what = f"one decision of a complete case, from the answers, median of {len(own)}"
    rows = [
        limited(what, statistics.median(own), GOAL, "µs", COMMAND),
        Figure("… 95 of 100 are faster than", f"{percentile(own, 0.95):.1f} µs"),
        *with_reasons(people),
    ]
    for peer in others:
        times = sorted(peer.times)
        agreed = f"agrees on {len(times)} people" if not peer.wrong else f"**differs on {len(peer.wrong)} people**"
        median = statistics.median(times)
        value = f"{median:.1f} / {percentile(times, 0.95):.1f} µs, {median / statistics.median(own):.1f} times ours"
        rows.append(Figure(f"… {peer.name}, from ready facts, median / p95; {agreed}", value))
    return [*rows, *(Figure(f"… {name}", "not installed (requirements/bench.txt, test.txt)") for name in missing)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=3000)
    rows = figures(parser.parse_args().people)
    print(table(rows))
    sys.exit(any("differs" in row.what for row in rows))


if __name__ == "__main__":
    main()
