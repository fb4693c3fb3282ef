"""What `serve` does by itself, and what `doctor` says about it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from bot.backups import back_up_if_due, keep_backups, keep_ledger
from bot.doctor import Examined, examine
from bot.settings import Settings, read_settings, unsafe
from storage import BackupProblem, backup_state, run_backup
from storage.ledger import read_ledger
from tests.backup.conftest import Installation
from tests.storage.people import hand_over

ROOT = Path(__file__).parents[2]
SECONDS = 60.0


def settings_of(installation: Installation, **changes: object) -> Settings:
    given = {name.removeprefix("WEGWEISER_").lower(): value for name, value in installation.settings.items()}
    return read_settings(None, **(given | changes))


def until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def backups(found: tuple[Examined, ...]) -> Examined:
    (one,) = (finding for finding in found if finding.what == "backups")
    return one


def test_serve_makes_a_backup_and_keeps_the_ledger_without_being_asked(on_sqlite: Installation) -> None:
    live = on_sqlite.opened()
    handed = live.write_now(hand_over)
    live.write_now(lambda uow: uow.persons.erase(handed.person, "asked"))
    live.close()
    on_sqlite.ledger.unlink()
    ports = {f"WEGWEISER_{name}_PORT": str(unused_port()) for name in ("BOT", "ADMIN", "DESK")}
    process = subprocess.Popen(
        [sys.executable, "wegweiser.py", "serve", "bot"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={"PATH": "/usr/bin:/bin", "WEGWEISER_PUBLIC_URL": "https://chat.example", **ports, **on_sqlite.settings},
    )  # fmt: skip
    try:
        until(lambda: process.poll() is not None or backup_state(on_sqlite.folder), "no backup appeared")
        until(lambda: process.poll() is not None or (on_sqlite.ledger.exists() and read_ledger(on_sqlite.ledger)), "no ledger")
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=SECONDS)[1]
    assert process.returncode == 0, said
    assert len(list(on_sqlite.folder.glob("*.backup"))) == 1


def test_one_an_hour_however_many_processes_ask(on_sqlite: Installation) -> None:
    settings, clock = settings_of(on_sqlite), on_sqlite.clock
    for _ in range(3):
        assert back_up_if_due(settings, clock())
    assert len(list(on_sqlite.folder.glob("*.backup"))) == 1
    clock.forward(minutes=56)
    assert back_up_if_due(settings, clock()) and backup_state(on_sqlite.folder) == clock()


async def test_a_failure_is_an_alarm_and_stops_nobody(on_sqlite: Installation, caplog: pytest.LogCaptureFixture) -> None:
    (on_sqlite.home / "file").touch()
    broken = settings_of(on_sqlite, backups=on_sqlite.home / "file" / "x")
    keeping = asyncio.create_task(keep_backups(broken))
    with caplog.at_level(logging.ERROR):
        for _ in range(600):
            if "no backup was made" in caplog.text:
                break
            await asyncio.sleep(0.05)
    assert "no backup was made" in caplog.text and not keeping.done()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await asyncio.wait_for(keep_backups(settings_of(on_sqlite, backups=None, backup_key=None)), 10)


async def test_a_damaged_ledger_is_an_alarm(on_sqlite: Installation, caplog: pytest.LogCaptureFixture) -> None:
    live = on_sqlite.opened()
    handed = live.write_now(hand_over)
    live.write_now(lambda uow: uow.persons.erase(handed.person, "asked"))
    on_sqlite.ledger.write_bytes(b"rubbish\n" + on_sqlite.ledger.read_bytes())
    keeping = asyncio.create_task(keep_ledger(live))
    with caplog.at_level(logging.ERROR):
        for _ in range(600):
            if "not whole" in caplog.text:
                break
            await asyncio.sleep(0.05)
    assert "line 1 is damaged" in caplog.text
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    live.close()


def test_a_program_that_ends_does_not_wait_for_its_backup(on_sqlite: Installation) -> None:
    with pytest.raises(BackupProblem, match="program ends"):
        run_backup(
            on_sqlite.url, on_sqlite.public, on_sqlite.folder, county="", now=on_sqlite.clock(), stopped=lambda: True
        )  # fmt: skip
    assert not list(on_sqlite.folder.glob("*.backup*")) and not list(on_sqlite.home.glob(".*copy*"))


def test_the_doctor_tells_set_up_from_missing_from_old(
    on_sqlite: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:

    assert backups(examine(None)).state == "hint"
    for name, value in on_sqlite.settings.items():
        monkeypatch.setenv(name, value)
    assert backups(examine(None)).state == "fault", "none yet"
    now = dt.datetime.now(dt.UTC)

    def made(age: dt.timedelta) -> None:
        run_backup(on_sqlite.url, on_sqlite.public, on_sqlite.folder, county="", now=now - age)

    made(dt.timedelta(hours=27))
    old = backups(examine(None))
    assert old.state == "fault" and "backup run" in old.remedy
    made(dt.timedelta(hours=25))
    assert backups(examine(None)).state == "ok"
    on_sqlite.public.unlink()
    assert backups(examine(None)).state == "fault"


def test_one_setting_without_the_other_is_named(on_sqlite: Installation) -> None:
    assert any("WEGWEISER_BACKUP_KEY" in line for line in unsafe(settings_of(on_sqlite, backup_key=None)))
    assert not any("BACKUP" in line for line in unsafe(settings_of(on_sqlite)))
