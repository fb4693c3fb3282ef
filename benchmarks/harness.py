"""The comparison harness, which is no part of this repository: where it is, how it is run, what it prints.

BENCH_HARNESS   its folder (with bench_engine.py)
BENCH_PYTHON    the interpreter that has the peers installed (benchmarks/requirements.txt); this one if unset
BENCH_DIR       where every run keeps its data, to choose the disk
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
Row = dict[str, Any]


class HarnessFailed(Exception):
    """The harness did not come to its end. The message is what it said last."""


def folder() -> Path | None:
    """The harness' folder, or None if nobody has named one."""
    named = os.environ.get("BENCH_HARNESS")
    if not named:
        return None
    found = Path(named).absolute()
    if not (found / "bench_engine.py").exists():
        raise HarnessFailed(f"BENCH_HARNESS={named}: there is no bench_engine.py. Correct the path.")
    return found


def our_command(found: Path) -> str:
    """How the harness starts our program. Braces are its own placeholders."""
    paths = (shlex.quote(str(path)) for path in (sys.executable, ROOT, found))
    python, root, harness = (path.replace("{", "{{").replace("}", "}}") for path in paths)
    return (
        f"env PYTHONPATH={root} {python} -P -m benchmarks.webhook_peer"
        f" --port {{port}} --api {{api}} --data {{workdir}} --harness {harness}"
    )


def run(found: Path, *arguments: str) -> tuple[list[Row], str]:
    """One run: a row for each peer and round, and the printed text with its table of medians and ratios."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as data:
        finished = subprocess.run(
            [os.environ.get("BENCH_PYTHON", sys.executable), "-B", str(found / "bench_engine.py"), *arguments, "--tmp", data],
            env={**os.environ, "BENCH_CMD_ours": our_command(found)}, cwd=data, capture_output=True, text=True,
        )  # fmt: skip
    if finished.returncode:
        raise HarnessFailed(finished.stderr.strip()[-1500:] or f"exit {finished.returncode}")
    rows = [json.loads(line) for line in finished.stdout.splitlines() if line.startswith("{")]
    return rows, finished.stdout


def by_peer(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["peer"]), []).append(row)
    return found
