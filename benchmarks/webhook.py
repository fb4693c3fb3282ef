"""Updates per second through our Telegram webhook, beside other engines with the same questionnaire, in one run.

    BENCH_HARNESS=DIR BENCH_PYTHON=VENV/bin/python python -m benchmarks.webhook [--rounds N] [OPTIONS]

OPTIONS are those of the harness' `webhook` command and overrule ours (`--chats 200 --latency-ms 40`).

Our program (benchmarks/webhook_peer.py) acknowledges after the commit on the disk; aiogram with its memory storage keeps
nothing. The rounds alternate between the peers and ratios are taken round by round, because the machine's speed drifts.
Exits with 1 if one of our conversations ended wrongly or got stuck: a fast wrong answer is no figure.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import harness
from benchmarks.measured import Figure, table

COMMAND = "python -m benchmarks.webhook"
OURS, REFERENCE = "cmd:ours", "aiogram:memory"
PEERS = (OURS, REFERENCE, "ptb:pickle", "floor:sqlite")
FAULTS = ("wrong_summaries", "stuck", "abandoned", "non200", "exceptions")
GOAL = 1.0
OPTIONS = ("--seconds", "6", "--chats", "40", "--think-ms", "10")


def measured(found: Path, rounds: int, options: Sequence[str]) -> tuple[list[harness.Row], str]:
    return harness.run(
        found, "webhook", "--peers", ",".join(PEERS), "--ref", REFERENCE, "--runs", str(rounds), *options
    )


def ratios(rows: Sequence[harness.Row], peer: str, column: str) -> list[float]:
    """peer / aiogram, round by round."""
    reference = {row["run"]: row for row in rows if row["peer"] == REFERENCE}
    mine = [row for row in rows if row["peer"] == peer and row["run"] in reference]
    return [row[column] / max(1e-9, reference[row["run"]][column]) for row in mine]


def figures(rows: Sequence[harness.Row], command: str = COMMAND) -> list[Figure]:
    peers = harness.by_peer(rows)
    found = []
    for name in PEERS:
        of_peer = peers[name]
        pace, cpu, p99 = (statistics.median(row[key] for row in of_peer) for key in ("upd_s", "cpu_ms_upd", "p99_ms"))
        value = f"{pace:.0f} updates/s, {cpu:.2f} ms CPU each, p99 {p99:.0f} ms"
        if name == REFERENCE:
            found.append(Figure(f"webhook: {name}, median of {len(of_peer)} rounds", value, "", None, command))
            continue
        against = ratios(rows, name, "upd_s")
        ratio = statistics.median(against)
        cheaper = statistics.median(ratios(rows, name, "cpu_ms_upd"))
        spread = f"[{min(against):.2f} .. {max(against):.2f}]"
        value = f"{value}; **{ratio:.2f} times {REFERENCE}** {spread}, at {cheaper:.2f} of its CPU"
        met = (ratio >= GOAL) if name == OURS else None
        found.append(Figure(f"webhook: {name}", value, f">= {GOAL:g} times" if name == OURS else "", met, command))
    broken = faults(peers[OURS])
    checked = f"{sum(row['conversations'] for row in peers[OURS])}, {', '.join(broken) or 'none'}"
    return [*found, Figure("webhook: our finished conversations; wrong or stuck ones", checked, "none", not broken, command)]


def faults(rows: Sequence[harness.Row]) -> list[str]:
    """What must be zero and is not."""
    counted = {name: sum(row[name] for row in rows) for name in FAULTS}
    return [f"{name} {count}" for name, count in counted.items() if count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    chosen, options = parser.parse_known_args()
    found = harness.folder()
    if found is None:
        parser.exit(2, "BENCH_HARNESS is not set: name the folder of the comparison harness.\n")
    rows, printed = measured(found, chosen.rounds, [*OPTIONS, *options])
    print(printed)
    print(table(figures(rows)))
    sys.exit(1 if faults(harness.by_peer(rows)[OURS]) else 0)


if __name__ == "__main__":
    main()
