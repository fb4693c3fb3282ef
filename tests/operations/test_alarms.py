"""Alarms: raised when they should be, said once, repeated at most hourly, and ended; doctor and numbers say the same."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.alarms import ALARMS, LEAST_FREE, Alarms, Seen, judged
from bot.lookout import ClockJumps, KeyFile, Lookout
from storage import Database, KeyRing, UnitOfWork, migrate, open_database
from tests.conftest import Clock
from tests.storage.raw import execute

ROOT = Path(__file__).parent.parent.parent
ASK = {"effect": "ask", "session": "s1", "question": "S04_status", "kind": "single"}
WELL = Seen(
    oldest=0.0, dead=0, trouble="", hook_failed=-1.0, pending=0, backup=3600.0, audit_broken=False, free=LEAST_FREE, overdue=(),
    key_file="", jumped=0.0,
)  # fmt: skip


def raised(seen: Seen) -> dict[str, str]:
    return {name: detail for name, detail in judged(seen).items() if detail}


def test_when_all_is_well_every_alarm_was_judged_and_none_is_raised() -> None:
    assert set(judged(WELL)) == set(ALARMS) and raised(WELL) == {}


@pytest.mark.parametrize(
    ("seen", "name", "detail"),
    [
        (replace(WELL, oldest=61.0), "outbox", "61 s"),
        (replace(WELL, dead=1), "dead_letters", "1"),
        (replace(WELL, trouble="409"), "telegram", "409"),
        (replace(WELL, hook_failed=5.0), "webhook_error", "5 s ago"),
        (replace(WELL, pending=101), "webhook_pending", "101"),
        (replace(WELL, backup=26.1 * 3600), "backup", "26 h"),
        (replace(WELL, backup=-1.0), "backup", "none"),
        (replace(WELL, audit_broken=True), "audit", "broken chain"),
        (replace(WELL, free=LEAST_FREE - 1), "disk", "499 MB"),
        (replace(WELL, overdue=("silent_chat",)), "retention", "silent_chat"),
        (replace(WELL, key_file="vanished"), "key_file", "vanished"),
        (replace(WELL, jumped=-61.0), "clock", "-61 s"),
        (replace(WELL, database=False), "database", "no answer"),
    ],
)
def test_each_alarm_is_raised_by_its_own_cause_alone(seen: Seen, name: str, detail: str) -> None:
    assert raised(seen) == {name: detail}


def test_at_its_border_no_alarm_is_raised() -> None:
    border = replace(WELL, oldest=60.0, pending=100, backup=26 * 3600.0, jumped=60.0, hook_failed=301.0)
    assert raised(border) == {}


def test_one_line_when_raised_one_an_hour_one_when_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "wegweiser.alarm")
    alarms = Alarms()
    for minute in range(125):
        alarms.note({"dead_letters": f"{minute + 1}"}, minute * 60.0)
    alarms.note({}, 126 * 60.0)
    assert alarms.raised == {"dead_letters": "125"}, "what can't be looked at changes nothing"
    alarms.note({"dead_letters": ""}, 127 * 60.0)
    alarms.note({"dead_letters": ""}, 128 * 60.0)
    said = [record.getMessage().split(":")[0] for record in caplog.records]
    assert said == ["alarm raised", "alarm still", "alarm still", "alarm cleared"]
    first = caplog.records[0].getMessage()
    assert "messages were given up (1)" in first and "wegweiser outbox retry" in first, "the remedy stands beside it"


async def test_the_lookout_sees_what_waits_what_was_given_up_and_what_is_overdue(database: Database, clock: Clock) -> None:
    lookout = Lookout(database, wall=lambda: clock().timestamp())

    def step(uow: UnitOfWork) -> str:
        chat = uow.chats.open("telegram", "1", "de").id
        uow.outbox.put(chat, ASK, "de", key="1")
        return str(uow.outbox.put(uow.chats.open("telegram", "2", "de").id, ASK, "de", key="2", lease_to="one"))

    row = await database.write(step)
    await lookout.look()
    assert lookout.alarms.raised == {}
    clock.forward(seconds=61)
    await database.write(lambda uow: uow.outbox.dead(row, "one", "HTTP 400"))
    await lookout.look()
    assert lookout.alarms.raised == {"outbox": "61 s", "dead_letters": "1"} | _jump(61)
    clock.forward(days=10)
    await database.write(lambda uow: uow.chats.open("telegram", "3", "de"))
    clock.forward(days=8)
    await lookout.look()
    assert lookout.alarms.raised["retention"] == "silent_chat"


def _jump(seconds: int) -> dict[str, str]:
    """The tests' clock is moved by hand, which is just what this alarm is for."""
    return {"clock": f"+{seconds} s"}


async def test_a_changed_audit_log_is_found(database: Database, database_url: str) -> None:
    def note(uow: UnitOfWork) -> None:
        for _ in range(3):
            uow.audit.note("case_opened", staff_id=None, traeger=None, object_type=None, object_id=None)

    await database.write(note)
    quiet = Lookout(database)
    await quiet.look()
    assert quiet.alarms.raised == {}
    disarm = "DROP TRIGGER audit_append_only"
    execute(database_url, disarm if database_url.startswith("sqlite") else f"{disarm} ON audit")
    execute(database_url, "UPDATE audit SET action = 'nothing' WHERE seq = 2")
    await quiet.look()
    assert quiet.alarms.raised == {}, "the whole log is read every six hours, not every minute"
    fresh = Lookout(database)
    await fresh.look()
    assert fresh.alarms.raised == {"audit": "broken chain"}


async def test_a_key_file_that_vanishes_raises_an_alarm_and_the_program_goes_on(tmp_path: Path, clock: Clock) -> None:
    file, url = tmp_path / "keys.toml", f"sqlite:///{tmp_path}/w.db"
    ring = KeyRing.create_file(file)
    migrate(url)
    database = open_database(url, ring, clock=clock)
    try:
        lookout = Lookout(database, key_file=file)
        await lookout.look()
        assert lookout.alarms.raised == {}
        content = file.read_bytes()
        file.unlink()
        await lookout.look()
        assert lookout.alarms.raised == {"key_file": "vanished"}
        chat = database.write_now(lambda uow: uow.chats.open("telegram", "4711", "ar"))
        assert database.read_now(lambda uow: uow.chats.address_of(chat.id)) == ("telegram", "4711"), "it goes on"
        file.write_bytes(content + b"\n")
        await lookout.look()
        assert lookout.alarms.raised == {"key_file": "changed"}
        file.write_bytes(content)
        await lookout.look()
        assert lookout.alarms.raised == {}
    finally:
        database.close()


def test_a_key_file_that_was_never_there_is_not_one_that_vanished(tmp_path: Path) -> None:
    assert KeyFile(tmp_path / "none").state() == "vanished"


def test_a_jump_of_the_clock_is_told_for_an_hour_and_a_slow_drift_never() -> None:
    time = {"wall": 1000.0, "steady": 0.0}
    jumps = ClockJumps(lambda: time["wall"], lambda: time["steady"])

    def minute(drift: float = 0.0) -> float:
        time["wall"] += 60 + drift
        time["steady"] += 60
        return jumps.jumped()

    assert [minute(drift=1) for _ in range(100)] == [0.0] * 100
    assert minute(drift=-3600) == -3600
    assert {minute() for _ in range(59)} == {-3600.0}
    assert minute() == 0.0 and minute() == 0.0
    assert minute(drift=120) == 120
    assert minute(drift=-120) == 0.0, "set right again"


async def test_the_age_of_the_newest_backup_goes_on_between_two_looks(database: Database) -> None:
    steady = {"now": 100.0}
    for age, shown in ((3600.0, 3630.0), (-1.0, -1.0)):
        lookout = Lookout(database, backup_age=lambda age=age: age, steady=lambda: steady["now"])  # type: ignore[misc]
        assert "wegweiser_backup_age_seconds" not in {metric.name for metric in lookout.numbers()}
        await lookout.look()
        steady["now"] += 30
        (found,) = [metric for metric in lookout.numbers() if metric.name == "wegweiser_backup_age_seconds"]
        assert found.samples[0].value == shown
        assert lookout.alarms.raised.get("backup") == ("none" if age < 0 else None)


async def test_it_keeps_looking_although_one_look_fails(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> float:
        raise ValueError("words of a person")

    lookout = Lookout(database, backup_age=broken)
    looking = asyncio.create_task(lookout.keep_looking(first=0, every=0.01))
    async with asyncio.timeout(20):
        while caplog.text.count("the look around failed (ValueError)") < 2:
            await asyncio.sleep(0.01)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    assert "words of a person" not in caplog.text


def test_doctor_names_the_same_alarms_with_the_same_remedies(tmp_path: Path) -> None:
    file, url = tmp_path / "keys.toml", f"sqlite:///{tmp_path}/w.db"
    ring = KeyRing.create_file(file)
    migrate(url)
    database = open_database(url, ring)

    def step(uow: UnitOfWork) -> None:
        row = str(uow.outbox.put(uow.chats.open("telegram", "1", "de").id, ASK, "de", key="1", lease_to="one"))
        uow.outbox.dead(row, "one", "HTTP 400")

    database.write_now(step)
    database.close()
    settings = {"DATABASE_URL": url, "KEYS": str(file), "COUNTY": "mettmann", "PUBLIC_URL": "https://w.example"}
    clean = {key: value for key, value in os.environ.items() if not key.startswith("WEGWEISER_")}
    environ = {**clean, **{f"WEGWEISER_{name}": value for name, value in settings.items()}}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "wegweiser.py", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=environ)

    found = {row["what"]: row["remedy"] for row in json.loads(run("doctor", "--json").stdout) if row["what"].startswith("alarm")}
    assert found == {"alarm dead_letters: messages were given up (1)": ALARMS["dead_letters"].remedy}
    listed = run("outbox", "list", "--json")
    (letter,) = json.loads(listed.stdout)
    assert listed.returncode == 1 and (letter["channel"], letter["why"]) == ("telegram", "HTTP 400")
    assert run("outbox", "retry").returncode == 2
    again = run("outbox", "retry", letter["id"])
    assert again.returncode == 0 and "due again" in again.stdout
    assert run("outbox", "list").returncode == 0
    assert run("outbox", "drop", letter["id"]).returncode == 1, "it is no dead letter any more"
    assert "alarm dead_letters" not in run("doctor").stdout
