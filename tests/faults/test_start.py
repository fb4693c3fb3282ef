"""At the start, and while the program runs: keys, rules, translations; and the stop. Here the whole program is a process."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from typer.testing import CliRunner

from bot.doctor import examine
from bot.releases import Releases
from dialogs.load import ROOT, load_library
from locales.catalog import Catalog
from locales.errors import CatalogProblem
from storage import KeyRing, open_database
from tests.bot.telegram.emulator import Emulator, Fault
from tests.conftest import Clock
from tests.faults.listed import plants
from tests.faults.scene import Scene, Woman, until
from tests.storage.raw import execute
from wegweiser import app

PROGRAM = Path(__file__).parents[2] / "wegweiser.py"
DAY = dt.date(2026, 11, 21)


def _environment(url: str, keys: Path, **more: str) -> dict[str, str]:
    return {
        "WEGWEISER_DATABASE_URL": url, "WEGWEISER_COUNTY": "mettmann", "WEGWEISER_KEYS": str(keys),
        "WEGWEISER_PUBLIC_URL": "https://kim.example", **more,
    }  # fmt: skip


def _refused(environment: Mapping[str, str]) -> str:
    """`wegweiser serve bot` must not start; what it says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wegweiser.run_doors", lambda *given: sys.exit("it starts"))
        told = CliRunner().invoke(app, ["serve", "bot"], env=dict(environment))
    assert told.exit_code == 2, told.output
    assert "Traceback" not in told.output
    return told.output


def _own_keys(url: str, folder: Path) -> Path:
    """A key file, and a database that knows it."""
    file = folder / "keys.toml"
    open_database(url, KeyRing.create_file(file)).close()
    return file


def _tables(url: str) -> int:
    return int(execute(url, "SELECT count(*) FROM key_check")[0][0])


@plants("key-file-missing")
async def test_without_the_key_file_the_start_is_refused(database_url: str, tmp_path: Path) -> None:
    keys = _own_keys(database_url, tmp_path)
    known = _tables(database_url)
    keys.unlink()
    assert "keys.toml is not there. Put it back" in _refused(_environment(database_url, keys))
    assert _tables(database_url) == known, "nothing was made in its place"


@plants("key-file-wrong")
async def test_with_the_keys_of_another_database_the_start_is_refused(database_url: str, tmp_path: Path) -> None:
    keys = _own_keys(database_url, tmp_path)
    keys.rename(tmp_path / "right.toml")
    KeyRing.create_file(keys)
    said = _refused(_environment(database_url, keys))
    assert "another database" in said or "belong" in said
    keys.write_text("no keys at all")
    keys.chmod(0o600)
    assert "keys.toml: is no TOML. Restore the file" in _refused(_environment(database_url, keys))
    (tmp_path / "right.toml").replace(keys)
    open_database(database_url, KeyRing.from_file(keys)).close()


@pytest.mark.parametrize("replaced", [False, True])
@plants("key-file-lost-while-running")
async def test_a_key_file_that_is_removed_or_replaced_while_running_stops_nobody(
    scene: Scene, tmp_path: Path, replaced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.toml"
    scene.keys = KeyRing.create_file(file)
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    file.unlink()
    if replaced:
        KeyRing.create_file(file)
    await amina.agrees()
    await scene.settled(door)
    await amina.is_at("S01_safety")
    berta = Woman(scene, door, "Berta")
    await berta.begins()
    for name, value in _environment(scene.url, file).items():
        monkeypatch.setenv(name, value)
    faults = [found for found in examine(None) if found.state == "fault"]
    assert any("key" in f"{found.what} {found.remedy}".lower() for found in faults), "doctor names it, the next start is refused"
    _refused(_environment(scene.url, file))


@plants("rules-broken-at-start")
async def test_with_a_broken_rules_file_the_start_is_refused_with_its_line(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = _own_keys(database_url, tmp_path)
    root = _own_definitions(tmp_path, monkeypatch)
    rules = root / "counties" / "mettmann" / "rules.toml"
    with rules.open("a", encoding="utf-8") as file:
        file.write('\n[[rule]]\nid = "X99"\nwhen = "S04_status is nonsense"\n')
    said = _refused(_environment(database_url, keys))
    assert "rules.toml:" in said and "X99" in said


@plants("rules-no-toml-at-start")
async def test_with_a_rules_file_cut_in_the_middle_the_start_is_refused(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = _own_keys(database_url, tmp_path)
    root = _own_definitions(tmp_path, monkeypatch)
    rules = root / "counties" / "mettmann" / "rules.toml"
    rules.write_bytes(rules.read_bytes()[:-40] + b'"""\n[[')
    assert "rules.toml" in _refused(_environment(database_url, keys))


@plants("translation-missing")
async def test_with_a_missing_translation_the_start_is_refused_and_names_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = _own_keys(database_url, tmp_path)
    known = Catalog.gaps
    monkeypatch.setattr(
        "locales.catalog.Catalog.gaps",
        lambda self, sources, locale: ("ui.stale",) if locale == "ar" else known(self, sources, locale),
    )
    said = _refused(_environment(database_url, keys))
    assert "ar" in said and "ui.stale" in said


@plants("catalogue-damaged")
async def test_with_a_damaged_catalogue_the_start_is_refused_with_its_name(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = _own_keys(database_url, tmp_path)

    def load(folder: Path) -> Any:
        raise CatalogProblem("ar/LC_MESSAGES/messages.po: line 17: no closing quote")

    monkeypatch.setattr(Catalog, "load", load)
    assert "messages.po" in _refused(_environment(database_url, keys))


@plants("rules-broken-while-running")
async def test_definitions_broken_while_running_leave_the_running_version_as_it_is(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    root = _own_definitions(tmp_path, monkeypatch)
    scene.library = load_library("mettmann", root)
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    (root / "counties" / "mettmann" / "rules.toml").write_text("[[", encoding="utf-8")
    releases = Releases(scene.database, scene.library, scene.words)
    with caplog.at_level(logging.WARNING):
        await asyncio.to_thread(releases.catch_up)
    assert releases.library is scene.library
    await amina.agrees()
    await scene.settled(door)
    await amina.is_at("S01_safety")
    berta = Woman(scene, door, "Berta")
    await berta.begins()


def _own_definitions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the definition files that may be broken; the program reads it instead of its own."""
    root = folder / "dialogs"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr("dialogs.load.load_library.__defaults__", (root, ()))
    monkeypatch.setattr("dialogs.load.known_counties.__defaults__", (root,))
    return root


@plants("stop-with-work-in-flight")
async def test_told_to_stop_with_work_in_flight_the_program_ends_in_time_and_loses_nothing(
    database_url: str, tmp_path: Path, keys: KeyRing, clock: Clock, library: Any, words: Any
) -> None:
    """The real program, a process of its own: one message hangs at Telegram, another update comes, then SIGTERM."""
    file = _own_keys(database_url, tmp_path)
    async with Emulator() as telegram:
        port = unused_port()
        environment = _environment(
            database_url, file, WEGWEISER_TELEGRAM_TOKEN=telegram.token, WEGWEISER_TELEGRAM_API=telegram.url,
            WEGWEISER_TELEGRAM_MODE="buttons", WEGWEISER_DPIA_REFERENCE="DSFA-1", WEGWEISER_TELEGRAM_BOT_NAME="bot",
            WEGWEISER_BOT_PORT=str(port),
        )  # fmt: skip
        child = await _started(environment, port)
        amina = telegram.person("Amina", language_code="de")
        try:
            await amina.says("/start")
            await until(lambda: amina.received, "the first page")
            hanging = [Fault(hang=True)] * 3
            telegram.fail("sendMessage", *hanging)
            telegram.fail("editMessageText", *hanging)
            await amina.presses("Deutsch")
            notice = " ".join(words.german("scr.F2_notice").split())
            await until(lambda: len(telegram._faults["sendmessage"]) + len(telegram._faults["editmessagetext"]) < 6, "the hang")
            child.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(child.wait(), 10)
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        assert code == 0
        due = "SELECT count(*) FROM outbox WHERE state = 'due'"
        assert execute(database_url, due)[0][0] == 1, "it is still due"
        assert execute(database_url, f"{due} AND worker IS NULL")[0][0] == 1, "held by nobody: the next start sends it at once"
        telegram._faults.clear()
        child = await _started(environment, port)
        try:
            await until(lambda: any(notice in " ".join(one.text.split()) for one in amina.received), "the message")
            await until(lambda: execute(database_url, due)[0][0] == 0, "all is sent")
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(child.wait(), 15)
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()


async def _started(environment: Mapping[str, str], port: int) -> asyncio.subprocess.Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), "serve", "bot", env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip

    async def healthy() -> bool:
        assert child.returncode is None, "it has ended"
        try:
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    await until(healthy, "the program's start")
    return child
