"""The harness can fail: each fault that it is there for is planted in the child, and must be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.databases import CrashDatabase
from tests.crash.invariants import DOUBLED, LOST, OUTBOX, Findings
from tests.crash.lives import Zygote
from tests.crash.plan import Plan
from tests.crash.run import a_run

pytestmark = pytest.mark.crash

MOST_KILLS = 40


async def _found(database: CrashDatabase, folder: Path, zygote: Zygote, plan: Plan, *categories: str) -> Findings:
    """Kill until everything that is looked for has been found, or the kills are used up."""
    async with a_run(database, folder, plan, zygote) as run:
        while run.outcome.kills < MOST_KILLS:
            await run.kill_many(plan.check_every)
            if all(run.outcome.findings.broken[category] for category in categories):
                break
        return run.outcome.findings


async def test_an_acknowledgement_before_the_commit_is_found(sqlite_file: CrashDatabase, tmp_path: Path, zygote: Zygote) -> None:
    plan = Plan(plant="early acknowledgement", check_every=5, cold_every=0)
    found = await _found(sqlite_file, tmp_path, zygote, plan, LOST)
    assert any("left no mark" in what for what in found.broken[LOST]), str(found)


async def test_a_message_noted_as_sent_before_it_is_sent_is_found(
    sqlite_file: CrashDatabase, tmp_path: Path, zygote: Zygote
) -> None:
    plan = Plan(plant="sent too early", check_every=5, cold_every=0)
    found = await _found(sqlite_file, tmp_path, zygote, plan, OUTBOX)
    assert found.broken[OUTBOX], str(found)


async def test_an_event_whose_id_is_not_noted_is_found_by_what_it_does_twice(
    sqlite_file: CrashDatabase, tmp_path: Path, zygote: Zygote
) -> None:
    plan = Plan(plant="nothing noted", check_every=5, cold_every=0, odd=0.3, lost_answers=0.3, stop_when_found=False)
    found = await _found(sqlite_file, tmp_path, zygote, plan, DOUBLED)
    assert found.broken[DOUBLED], str(found)
