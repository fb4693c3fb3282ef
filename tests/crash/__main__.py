"""Kill the program very often and print what became of it:

    python -m tests.crash --kills 1000 --stops 200 --database all --seed 7

Ends with status 1 if any promise was broken. `--pace` is how long people think between two presses, in seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.crash.databases import a_database
from tests.crash.lives import Zygote
from tests.crash.plan import Outcome, Plan
from tests.crash.run import a_run
from tests.crash.table import table
from tests.postgres import Missing

KINDS = ("sqlite", "postgresql")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Kill the program and look for what is lost.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--stops", type=int, default=200, help="rounds that end by SIGTERM, after the kills")
    parser.add_argument("--database", choices=(*KINDS, "all"), default="all")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--pace", type=float, default=Plan.pace)
    told = parser.parse_args()
    outcomes = []
    print(f"seed {told.seed}", flush=True)
    with Zygote() as zygote:
        for kind in KINDS if told.database == "all" else (told.database,):
            try:
                outcomes += asyncio.run(_runs(kind, told, zygote))
            except Missing as missing:
                print(f"{kind}: {missing}", file=sys.stderr)
                return 2
    return 0 if all(outcome.findings.clean for outcome in outcomes) else 1


async def _runs(kind: str, told: argparse.Namespace, zygote: Zygote) -> list[Outcome]:
    """Kills first; then, on a database of their own, the calm stops, so that what is doubled can be told apart."""
    outcomes = []
    plan = Plan(seed=told.seed, check_every=20, people=told.people, pace=told.pace)
    for stopping in [False] * bool(told.kills) + [True] * bool(told.stops):
        with tempfile.TemporaryDirectory(prefix="wegweiser-crash-") as folder, a_database(kind, Path(folder)) as database:
            async with a_run(database, Path(folder), plan, zygote) as run:
                if stopping:
                    await run.stop_many(told.stops)
                else:
                    await run.kill_many(told.kills, each=partial(_progress, run.outcome))
                outcomes.append(run.sum_up())
                print(table(outcomes[-1:]), flush=True)
    return outcomes


def _progress(outcome: Outcome) -> None:
    if outcome.kills % 20 == 0:
        found = "" if outcome.findings.clean else f" FOUND: {outcome.findings}"
        print(f"{outcome.database}: {outcome.kills} kills, {outcome.duplicates} messages doubled{found}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
