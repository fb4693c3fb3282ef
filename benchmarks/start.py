"""Seconds from the command to the printed addresses of the demo: in a fresh folder, and the second time.

    python -m benchmarks.start [--rounds N]

The first start creates keys and database and lets the made-up people go through the questionnaire; the second finds all
of that. The web chat is asked for its page as soon as its address is printed: printed must mean reachable.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measured import Figure, limited, table

COMMAND = "python -m benchmarks.start"
GOAL = 3.0
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds until the first address was printed, and seconds of processor time until then (other programs don't count)."""

    seconds: float
    cpu: float


def started(folder: Path) -> Start:
    """One start. The program is told to stop afterwards, as with Ctrl+C."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WEGWEISER_")}
    begun = time.perf_counter()
    program = subprocess.Popen(
        [sys.executable, "wegweiser.py", "demo", "--port", "0", "--folder", str(folder)],
        cwd=ROOT, env=clean, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert program.stdout is not None
        for line in program.stdout:
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            if address is not None:
                taken = Start(time.perf_counter() - begun, _cpu_seconds(program.pid))
                with urllib.request.urlopen(address[0], timeout=5) as page:
                    page.read()
                return taken
        raise RuntimeError("the demo ended without an address")
    finally:
        program.send_signal(signal.SIGINT)
        program.wait(30)
        if program.stdout is not None:
            program.stdout.close()


def _cpu_seconds(pid: int) -> float:
    """User and system time so far; 0 where /proc is unknown (macOS)."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def figures(rounds: int = 3) -> list[Figure]:
    first, second = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
            first.append(started(Path(folder) / "demo"))
            second.append(started(Path(folder) / "demo"))
    return [*_figure("start of the demo in a fresh folder", first), *_figure("second start of the demo", second)]


def _figure(what: str, starts: list[Start]) -> list[Figure]:
    seconds = [start.seconds for start in starts]
    spread = f"{min(seconds):.1f} .. {max(seconds):.1f} s, of these {statistics.median(start.cpu for start in starts):.1f} s CPU"
    return [
        limited(f"{what}, median of {len(starts)}", statistics.median(seconds), GOAL, "s", COMMAND),
        Figure("… fastest and slowest, processor time", spread),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    print(table(figures(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
