"""The figures of crash runs as a table."""

from __future__ import annotations

from collections.abc import Sequence

from tests.crash.invariants import CATEGORIES
from tests.crash.plan import Outcome


def rows_of(outcome: Outcome) -> list[tuple[str, str]]:
    found, rounds = outcome.findings, max(outcome.kills + outcome.stops, 1)
    rows = [
        ("kills (SIGKILL at a random moment)", f"{outcome.kills}"),
        ("  of them cold starts", f"{outcome.cold}"),
        ("  of them before the door was open", f"{outcome.before_listening}"),
        ("  of them with the database server", f"{outcome.server_kills}"),
        ("calm stops (SIGTERM), slowest", f"{outcome.stops}, {outcome.slowest_stop:.2f} s"),
        ("updates acknowledged", f"{outcome.acknowledged}"),
        ("  of them repeated, their 200 was lost", f"{outcome.repeated}"),
        ("updates that outlived 150 s unacknowledged", f"{outcome.dropped}"),
        ("answers compared with what was meant", f"{found.answers}"),
        ("referrals", f"{found.referrals}"),
        ("messages heard", f"{found.messages}"),
    ]
    rows += [(name, str(len(found.broken[name]))) for name in CATEGORIES]
    rows.append(("messages doubled", f"{outcome.duplicates}, {outcome.duplicates / rounds:.2f} per round"))
    rows += [(f"  {kind}", str(count)) for kind, count in sorted(found.duplicates.items(), key=lambda row: -row[1])]
    rows.append(("questions asked again after an outage", f"{found.asked_again}"))
    rows.append(("rounds of checks", f"{outcome.checks}"))
    rows.append(("seconds", f"{outcome.seconds:.0f}, {outcome.seconds / rounds:.2f} per round"))
    return rows


def table(outcomes: Sequence[Outcome]) -> str:
    lines = []
    for outcome in outcomes:
        rows = rows_of(outcome)
        width = max(len(name) for name, _ in rows)
        lines += ["", outcome.database, *(f"  {name:<{width}}  {value}" for name, value in rows)]
        if not outcome.findings.clean:
            lines += ["", str(outcome.findings)]
    return "\n".join(lines)
