"""`make models`: new stories at every call, with the seed printed; says how many steps were really taken.

    python -m tests.model [-stories=2000] [-steps=60] [-seed=N] [-shrink=0]
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.words import Words
from dialogs.load import load_library
from storage import migrate
from tests.model.stage import steps
from tests.model.telling import QUIET, machine_of, sqlite_worlds

MEMORY = "/dev/shm"


def main(arguments: list[str]) -> int:
    given = {name: int(value) for name, _, value in (word.lstrip("-").partition("=") for word in arguments)}
    number = given.get("seed", random.SystemRandom().randrange(1 << 32))
    stories, length = given.get("stories", 2000), given.get("steps", 60)
    print(f"{stories} stories of up to {length} steps, -seed={number}", flush=True)
    library = load_library("mettmann")
    words = Words.load(library)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wegweiser-model-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        template = Path(folder) / "template.db"
        migrate(f"sqlite:///{template}")
        machine = machine_of(sqlite_worlds(Path(folder), template, library, words), "Story")
        chosen = settings(
            max_examples=stories, stateful_step_count=length, deadline=None, database=None, suppress_health_check=QUIET,
            phases=(Phase.generate, Phase.shrink) if given.get("shrink", 1) else (Phase.generate,), report_multiple_bugs=False,
        )  # fmt: skip
        try:
            run_state_machine_as_test(seed(number)(machine), settings=chosen)  # type: ignore[no-untyped-call]
        finally:
            counted = ", ".join(f"{name} {count:,}" for name, count in steps.most_common() if name != "steps")
            print(f"{steps['steps']:,} steps in {time.monotonic() - began:.0f} s: {counted}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
