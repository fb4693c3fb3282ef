"""`make fuzz`: every target in turn, then a table. `python -m tests.fuzz [-runs=N] [target ...]`; exit 1 if one crashed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.running import CORPUS

TARGETS = ("webhook", "callback", "codes", "fields", "forms", "languages", "rules")
# What is found while fuzzing; what is worth keeping goes from here into `corpus/` (`python -m tests.fuzz.keeping`).
FOUND = Path("build/fuzz")


@dataclass(frozen=True)
class Result:
    target: str
    runs: int
    seconds: float
    crashes: int
    corpus: int

    def row(self) -> str:
        rate = round(self.runs / self.seconds) if self.seconds else 0
        return f"{self.target:<12}{self.runs:>12,}{rate:>14,}{self.crashes:>10}{self.corpus:>9}"


def fuzz(target: str, runs: int) -> Result:
    """One target until it has run so often, or crashes. Its last words are shown if it crashes."""
    found = FOUND / target
    found.mkdir(parents=True, exist_ok=True)
    kept = CORPUS / target
    command = [
        sys.executable, "-m", f"tests.fuzz.{target}", f"-runs={runs}", f"-artifact_prefix={FOUND}/{target}-",
        "-print_final_stats=1", "-rss_limit_mb=4096", "-timeout=60", str(found), *([str(kept)] if kept.is_dir() else []),
    ]  # fmt: skip
    began = time.monotonic()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    # libFuzzer ends the process at once: what a target has put somewhere is cleared away here.
    with tempfile.TemporaryDirectory(prefix="wegweiser-fuzz-", dir=memory) as folder:
        ended = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
            env={**os.environ, "TMPDIR": folder},
        )  # fmt: skip
    seconds = time.monotonic() - began
    done = re.search(r"stat::number_of_executed_units:\s*(\d+)", ended.stdout)
    if ended.returncode != 0:
        print(ended.stdout[-3000:], file=sys.stderr)
    files = sum(1 for folder in (found, kept) if folder.is_dir() for _ in folder.iterdir())
    return Result(target, int(done[1]) if done else 0, seconds, int(ended.returncode != 0), files)


def main(arguments: list[str]) -> int:
    runs = next((int(word.removeprefix("-runs=")) for word in arguments if word.startswith("-runs=")), 1_000_000)
    chosen = [word for word in arguments if not word.startswith("-")] or list(TARGETS)
    if unknown := sorted(set(chosen) - set(TARGETS)):
        print(f"unknown target {', '.join(unknown)}; there are: {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    print(f"{'target':<12}{'runs':>12}{'runs/second':>14}{'crashes':>10}{'corpus':>9}", flush=True)
    results = []
    for target in chosen:
        results.append(fuzz(target, runs))
        print(results[-1].row(), flush=True)
    return 1 if any(result.crashes for result in results) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
