"""How long `wegweiser check` needs for all counties, and for as many copies of them with rules moved and dates added.

    python -m benchmarks.check

Loading and the proofs, one county after another in this process, on one core; missing translations are left out. Seconds of
the processor, so that other programs on the machine do not count. Nothing is kept from one county to the next: a copy costs
what another county of its size would.
"""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.measured import Figure, limited, table
from dialogs.check import examine
from dialogs.load import ROOT, known_counties, load_library

COMMAND = "python -m benchmarks.check"
GOAL = 5.0
COUNTIES = 3


def changed(text: str, chance: random.Random) -> str:
    """The same rules with the further places in another order, one of which ends: so the time line has two stretches."""
    blocks = re.split(r"(?m)^(?=\[\[also\]\])", text)
    head, rows = blocks[0], blocks[1:]
    chance.shuffle(rows)
    ended = chance.randrange(len(rows))
    rows[ended] = rows[ended].replace("valid_from = ", "valid_until = 2027-06-30\nvalid_from = ", 1)
    return head + "".join(row if row.endswith("\n") else row + "\n" for row in rows)


def seconds(county: str, root: Path, on: dt.date) -> tuple[float, int]:
    """Loading and proving one county, and how many findings there were."""
    begun = time.process_time()
    found = examine(load_library(county, root), on).findings
    return time.process_time() - begun, len(found)


def measured(on: dt.date) -> list[Figure]:
    found = []
    shipped = {county: seconds(county, ROOT, on) for county in known_counties()}
    for county, (taken, findings) in shipped.items():
        found.append(Figure(f"check of {county} as shipped ({findings} findings)", f"{taken:.2f} s", command=COMMAND))
    whole = sum(taken for taken, _ in shipped.values())
    found.append(limited(f"check of all {len(shipped)} counties as shipped", whole, GOAL, "s", COMMAND, digits=2))
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "definitions"
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "proof"))
        copies = []
        for number in range(COUNTIES):
            county = known_counties()[number % len(shipped)]
            rules = root / "counties" / county / "rules.toml"
            shipped_rules = (ROOT / "counties" / county / "rules.toml").read_text(encoding="utf-8")
            rules.write_text(changed(shipped_rules, chance), encoding="utf-8")
            copies.append(seconds(county, root, on)[0])
    what = f"check of {COUNTIES} counties, changed, two stretches of days each"
    found.append(limited(what, sum(copies), GOAL, "s", COMMAND, digits=2))
    return found


def figures(_rounds: int = 1) -> list[Figure]:
    return measured(dt.date(2026, 11, 21))


def main() -> None:
    print(table(figures()))


if __name__ == "__main__":
    main()
