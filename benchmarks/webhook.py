"""Updates per second through our Telegram webhook, beside other engines with the same questionnaire, in one run.

    BENCH_HARNESS=DIR BENCH_PYTHON=VENV/bin/python python -m benchmarks.webhook [--rounds N] [--into PAGE] [OPTIONS]

Twice: the Bot API answers at once, with 40 people; and it answers after 40 ms, with 200 people. OPTIONS are those of the
harness' `webhook` command; if one of `--latency-ms`, `--chats` is among them, only that run is made.

Our program (benchmarks/webhook_peer.py) acknowledges after the commit on the disk, encrypted; aiogram with its memory storage
keeps nothing. The rounds alternate between the peers and ratios are taken round by round, because the machine's speed drifts.
Exits with 1 if one of our conversations ended wrongly or got stuck: a fast wrong answer is no figure.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import harness, page
from benchmarks.measured import Figure, circumstances, table

COMMAND = "python -m benchmarks.webhook"
OURS, AIOGRAM, PTB, FLOOR = "cmd:ours", "aiogram:memory", "ptb:pickle", "floor:sqlite"
PEERS = (OURS, AIOGRAM, PTB, FLOOR)
FAULTS = ("wrong_summaries", "stuck", "abandoned", "non200", "exceptions")
# Ours / peer: at least so many times its updates per second, at most so many times its processor time for each.
FASTER = {AIOGRAM: 2.0, PTB: 4.0}
DEARER = {FLOOR: 2.5}
AT_ONCE = ("--seconds", "6", "--chats", "40", "--think-ms", "10", "--latency-ms", "0")
LATE = ("--seconds", "6", "--chats", "200", "--think-ms", "25", "--latency-ms", "40", "--timeout", "20")


def measured(found: Path, rounds: int, options: Sequence[str]) -> tuple[list[harness.Row], str]:
    return harness.run(found, "webhook", "--peers", ",".join(PEERS), "--ref", OURS, "--runs", str(rounds), *options)


def ratios(rows: Sequence[harness.Row], peer: str, column: str) -> list[float]:
    """Ours / peer, round by round."""
    theirs = {row["run"]: row for row in rows if row["peer"] == peer}
    mine = [row for row in rows if row["peer"] == OURS and row["run"] in theirs]
    return [row[column] / max(1e-9, theirs[row["run"]][column]) for row in mine]


def figures(rows: Sequence[harness.Row], where: str, command: str = COMMAND) -> list[Figure]:
    peers = harness.by_peer(rows)
    found = []
    for name in PEERS:
        of_peer = peers[name]
        pace, cpu, p99 = (statistics.median(row[key] for row in of_peer) for key in ("upd_s", "cpu_ms_upd", "p99_ms"))
        value = f"{pace:.0f} updates/s, {cpu:.2f} ms CPU each, p99 {p99:.0f} ms"
        found.append(Figure(f"{where}: {name}, median of {len(of_peer)} rounds", value, "", None, command))
    for name in PEERS[1:]:
        pace = ratios(rows, name, "upd_s")
        cpu = ratios(rows, name, "cpu_ms_upd")
        faster, dearer = FASTER.get(name), DEARER.get(name)
        met = None
        if faster is not None:
            met = statistics.median(pace) >= faster
        elif dearer is not None:
            met = statistics.median(cpu) <= dearer
        goal = f"pace >= {faster:g}" if faster is not None else f"CPU <= {dearer:g}" if dearer is not None else ""
        value = f"pace **{_spread(pace)}**, CPU for each update **{_spread(cpu)}**"
        found.append(Figure(f"{where}: ours / {name}, round by round", value, goal, met, command))
    broken = faults(peers[OURS])
    checked = f"{sum(row['conversations'] for row in peers[OURS])}, {', '.join(broken) or 'none'}"
    what = f"{where}: our finished conversations; wrong or stuck ones"
    return [*found, Figure(what, checked, "none", not broken, command)]


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} [{min(values):.2f} .. {max(values):.2f}]"


def compared(found: Path, rounds: int, options: Sequence[str] = ()) -> tuple[list[Figure], str, list[str]]:
    """Both runs: the rows of the table, what the harness printed, and what went wrong in our conversations."""
    chosen = {"--latency-ms", "--chats"} & set(options)
    runs = [("as chosen", AT_ONCE)] if chosen else [("Bot API at once", AT_ONCE), ("Bot API after 40 ms", LATE)]
    rows: list[Figure] = []
    said, broken = "", []
    for where, own in runs:
        of_run, printed = measured(found, rounds, [*own, *options])
        rows += figures(of_run, where)
        said += printed
        broken += faults(harness.by_peer(of_run)[OURS])
    return rows, said, broken


def faults(rows: Sequence[harness.Row]) -> list[str]:
    """What must be zero and is not."""
    counted = {name: sum(row[name] for row in rows) for name in FAULTS}
    return [f"{name} {count}" for name, count in counted.items() if count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--into", type=Path, help="put the table into this page (docs/figures.md)")
    chosen, options = parser.parse_known_args()
    found = harness.folder()
    if found is None:
        parser.exit(2, "BENCH_HARNESS is not set: name the folder of the comparison harness.\n")
    where = circumstances()
    rows, printed, broken = compared(found, chosen.rounds, options)
    print(printed)
    words = f"{where}\n\n{table(rows)}"
    print(words)
    if chosen.into is not None:
        page.put(chosen.into, "webhook", words)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
