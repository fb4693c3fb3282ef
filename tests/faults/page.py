"""The list as a page for people: `docs/faults.md`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from tests.faults.listed import DATABASES, the_list

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
Results = Mapping[tuple[str, str], str]

_HEAD = """# Faults

What goes wrong around the program, and what is promised all the same. Each of these {count} faults is planted by a test on
SQLite and on PostgreSQL, against the real public door and a strict emulator of Telegram's Bot API (`tests/faults/`). Always:
nothing acknowledged is lost, nothing happens twice, the answer is in its place, the person is told or the message is still
due, there is no partial effect, and all goes on without a restart unless an operator has to put something right.

This page is printed by `python -m tests.faults --write` (about two minutes); `make test` runs the same tests.
"""


def page(results: Results) -> str:
    faults = the_list()
    lines = [_HEAD.format(count=len(faults))]
    for group, members in groupby(faults, key=lambda fault: fault.group):
        lines += [f"\n## {group}\n", "| id | fault | expected | SQLite | PostgreSQL |", "|---|---|---|---|---|"]
        for fault in members:
            ends = " | ".join(results[fault.id, database] for database in DATABASES)
            lines.append(f"| {fault.id} | {fault.fault} | {fault.expected} | {ends} |")
    return "\n".join(lines) + "\n"
