"""All figures one after another, as one Markdown table with its circumstances. `make figures` runs this.

    python -m benchmarks.figures [--quick] [--load] [--into docs/figures.md]

Nothing here knows an outcome beforehand. Without BENCH_HARNESS the comparison with other engines is left out, and said so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import answer, check, decision, engine_step, harness, load, migrate, page, start, webhook
from benchmarks.measured import Figure, circumstances, table
from benchmarks.measured import load as load_of_the_machine

WITHOUT_HARNESS = "set BENCH_HARNESS to the folder of the comparison harness (benchmarks/README.md)"


def compared(rounds: int) -> list[Figure]:
    found = harness.folder()
    if found is None:
        return [Figure("webhook beside other engines", f"not measured: {WITHOUT_HARNESS}", command=webhook.COMMAND)]
    return webhook.compared(found, rounds)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: to see that everything runs, not to be quoted")
    parser.add_argument("--load", action="store_true", help="also the ten minutes of benchmarks.load (one if quick), and migrate")
    parser.add_argument("--into", type=Path, help="put the table into this page")
    chosen = parser.parse_args()
    rounds = 1 if chosen.quick else 5
    parts: list[Callable[[], list[Figure]]] = [
        lambda: engine_step.figures(rounds=min(rounds, 3)),
        lambda: decision.figures(3000 if rounds > 1 else 500),
        lambda: answer.figures(),
        lambda: answer.figures(people=20),
        lambda: start.figures(rounds),
        lambda: check.figures(),
        lambda: compared(rounds),
    ]
    if chosen.load:
        parts += [lambda: migrate.figures(), lambda: load.measured_figures(minutes=10 if rounds > 1 else 1)]
    where = circumstances()
    found: list[Figure] = []
    for part in parts:
        try:
            found += part()
        except harness.HarnessFailed as failed:
            found.append(Figure("other engines", f"not measured: {str(failed).splitlines()[-1]}"))
        print(f"{len(found)} rows so far", file=sys.stderr)
    words = f"{where} before, {load_of_the_machine()} after all figures\n\n{table(found)}"
    print(words)
    if chosen.into is not None:
        page.put(chosen.into, "figures", words)


if __name__ == "__main__":
    main()
