"""What was acknowledged is never lost and happens once, however often the program is killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.databases import CrashDatabase
from tests.crash.lives import Zygote
from tests.crash.plan import Plan
from tests.crash.run import a_run
from tests.crash.table import table

pytestmark = pytest.mark.crash

KILLS = int(os.environ.get("CRASH_KILLS", "25"))
STOPS = 3
SEED = int(os.environ.get("CRASH_SEED", "20261121"))
# Few and slow enough that also a busy machine keeps up with them: what is under way when it is killed comes twice.
PLAN = Plan(seed=SEED, people=6, pace=0.25)


async def test_no_acknowledged_answer_is_lost_or_doubled_by_kills(
    crash_database: CrashDatabase, tmp_path: Path, zygote: Zygote
) -> None:
    async with a_run(crash_database, tmp_path, PLAN, zygote) as run:
        outcome = await run.kill_many(KILLS)
        print(f"seed {SEED}", table([outcome]))
        assert outcome.findings.clean, f"seed {SEED}:\n{outcome.findings}"
        assert not run.server.oddities
    assert outcome.acknowledged > KILLS and outcome.findings.answers > 0, "people got on"
    assert outcome.cold >= KILLS // 25
    assert outcome.duplicates <= outcome.kills, "at most one message more than wanted for each kill"


async def test_a_calm_stop_with_work_in_flight_ends_with_zero_in_time_and_doubles_nothing(
    crash_database: CrashDatabase, tmp_path: Path, zygote: Zygote
) -> None:
    async with a_run(crash_database, tmp_path, PLAN, zygote) as run:
        for _ in range(STOPS):
            await run.stop_once()
        await run.check()
        outcome = run.sum_up()
    assert outcome.findings.clean, f"seed {SEED}:\n{outcome.findings}"
    assert outcome.stops == STOPS and outcome.acknowledged > 0
    assert outcome.duplicates == 0, f"a calm stop notes what it has sent: {outcome.findings.duplicates}"
