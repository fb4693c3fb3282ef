"""The database can't keep anything: 503 with Retry-After and no effect; the same update is taken when it can again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shlex
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest

from storage import connections
from storage.connections import BUSY_MILLISECONDS
from storage.errors import SessionMoved
from storage.sessions import Sessions
from storage.writing import Writing
from tests.faults import small_disks
from tests.faults.listed import plants
from tests.faults.scene import Scene, Woman, until
from tests.faults.test_updates import _post
from tests.postgres import PostgresServer, _programs, _run
from tests.storage.raw import execute

SHORT = 300


def is_sqlite(scene: Scene) -> bool:
    return scene.url.startswith("sqlite")


def file_of(scene: Scene) -> Path:
    return Path(scene.url.removeprefix("sqlite:///"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seconds that a step waits for a lock, shortened."""
    monkeypatch.setattr("storage.writing.BUSY_MILLISECONDS", SHORT)
    monkeypatch.setattr("storage.connections.LOCK_MILLISECONDS", SHORT)
    monkeypatch.setattr(connections, "_PRAGMAS", (f"PRAGMA busy_timeout={SHORT}", *connections._PRAGMAS[1:]))


async def _refused(scene: Scene, amina: Woman) -> None:
    """She presses; nothing is acknowledged, nothing has happened, and Telegram is told when to come again."""
    before = _counts(scene)
    number = await amina.agrees()
    hook = scene.telegram.updates.hook
    assert hook is not None and (number, 503) in hook.deliveries and (number, 200) not in hook.deliveries
    assert number in scene.telegram.pending
    due = scene.telegram.updates.next_wakeup()
    assert due is not None and 1 <= due - scene.telegram.clock.now <= 3600, "Retry-After"
    assert _counts(scene) == before


async def _recovered(scene: Scene, amina: Woman) -> None:
    """The same process, the same update: kept, once."""
    await scene.later(amina.door, 6)
    await amina.is_at("S01_safety")
    assert scene.telegram.pending == [] and not scene.due and not scene.dead
    assert await _page(scene) == 200


def _counts(scene: Scene) -> list[int]:
    return [scene.count(table) for table in ("inbound", "session", "consent", "outbox", "referral", "person", "chat")]


async def _page(scene: Scene, path: str = "/readyz") -> int:
    async with aiohttp.ClientSession() as session, session.get(scene.server.make_url(path)) as page:
        return page.status


@plants("database-locked")
async def test_while_another_program_locks_the_database_nothing_is_acknowledged(scene: Scene, impatient: None) -> None:
    amina = Woman(scene, await scene.start())
    await amina.begins()
    with _locked(scene):
        await _refused(scene, amina)
    await _recovered(scene, amina)


@contextlib.contextmanager
def _locked(scene: Scene) -> Iterator[None]:
    if is_sqlite(scene):
        other = sqlite3.connect(file_of(scene), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.rollback()
        other.close()
        return
    with psycopg.connect(scene.url) as server:
        server.execute("LOCK TABLE session IN EXCLUSIVE MODE")
        yield
        server.rollback()


@plants("lock-shorter-than-patience")
async def test_a_lock_shorter_than_our_patience_is_waited_for(scene: Scene) -> None:
    assert BUSY_MILLISECONDS >= 1000
    amina = Woman(scene, await scene.start())
    await amina.begins()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_locked(scene))
        pressed = asyncio.create_task(amina.agrees())
        await asyncio.wait({pressed}, timeout=0.3)
        assert not pressed.done(), "it waits"
    number = await asyncio.wait_for(pressed, 10)
    hook = scene.telegram.updates.hook
    assert hook is not None and (number, 200) in hook.deliveries
    await scene.settled(amina.door)
    await amina.is_at("S01_safety")


@plants("disk-full")
async def test_on_a_full_disk_nothing_is_acknowledged_and_all_goes_on_when_there_is_room(
    scene: Scene, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with contextlib.ExitStack() as stack:
        ballast: Any
        if not small_disks.ROOT:
            amina = Woman(scene, await scene.start())
            ballast = small_disks.PageLimit(scene.database) if is_sqlite(scene) else small_disks.Trigger(scene.url)
        elif is_sqlite(scene):
            small = stack.enter_context(small_disks.small_disk(tmp_path / "small"))
            moved = small / "wegweiser.db"
            moved.write_bytes(file_of(scene).read_bytes())
            scene.url = f"sqlite:///{moved}"
            ballast = small_disks.Ballast(small)
            amina = Woman(scene, await scene.start())
        else:
            server: PostgresServer = request.getfixturevalue("postgres")
            small = stack.enter_context(small_disks.small_disk(Path("/dev/shm") / f"wegweiser-small-{tmp_path.name}", "32m"))
            stack.enter_context(small_disks.postgres_on(server, scene.url, small))
            ballast = small_disks.Ballast(small)
            amina = Woman(scene, await scene.start())
        try:
            await amina.begins()
            ballast.fill()
            # There is room left in pages that were begun: strangers take it, until one is refused.
            hook = scene.telegram.updates.hook
            assert hook is not None
            refused: list[Woman] = []
            for n in range(200):
                stranger = Woman(scene, amina.door, f"Nr. {n}")
                number = await stranger.phone.says("/start")
                if (number, 503) in hook.deliveries:
                    refused.append(stranger)
                    break
                assert (number, 200) in hook.deliveries
            assert refused, "the disk is full"
            sessions = scene.count("session")
            ballast.remove()
            scene.clock.forward(seconds=6)
            await scene.telegram.pass_time(6)
            assert scene.telegram.pending == [] and scene.count("session") == sessions + 1
            # What was sent but could not be noted as sent goes once more when its lease has ended.
            await scene.later(amina.door, 61)
            assert len(refused[0].phone.received) == 1, "and she was answered"
            await amina.agrees()
            await scene.settled(amina.door)
            await amina.is_at("S01_safety")
            assert not scene.due and not scene.dead
        finally:
            await scene.stop()


@plants("database-read-only")
async def test_a_read_only_database_acknowledges_nothing(
    scene: Scene, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    amina = Woman(scene, await scene.start())
    await amina.begins()
    if is_sqlite(scene):
        before = _counts(scene)
        with small_disks.read_only(file_of(scene).parent, file_of(scene)):
            # Who has it open may go on; whoever opens it now finds it locked.
            scene.database._writer._writing.drop()
            scene.database._engine.dispose()
            number = await amina.agrees()
            assert number in scene.telegram.pending
        assert _counts(scene) == before
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        name = scene.url.rpartition("/")[2]
        server.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        _hang_up(server, name)
        await _refused(scene, amina)
        server.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        _hang_up(server, name)
    await _recovered(scene, amina)


def _hang_up(server: PostgresServer, name: str) -> None:
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


@plants("connection-lost-mid-transaction")
async def test_a_connection_lost_between_two_statements_leaves_no_half_step(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    amina = Woman(scene, await scene.start())
    await amina.begins()
    server: Any = None if is_sqlite(scene) else request.getfixturevalue("postgres")
    save, lost = Sessions.save, []

    def save_on_a_lost_connection(self: Sessions, *given: Any, **named: Any) -> Any:
        if not lost:
            lost.append(True)
            if server is None:
                self._tx._driver.set_progress_handler(lambda: 1, 1)  # SQLite ends the next statement: SQLITE_INTERRUPT
            else:
                _hang_up(server, scene.url.rpartition("/")[2])
        return save(self, *given, **named)

    monkeypatch.setattr(Sessions, "save", save_on_a_lost_connection)
    await _refused(scene, amina)
    assert lost
    await _recovered(scene, amina)


@plants("commit-answer-lost")
async def test_a_commit_whose_answer_is_lost_counts_once_and_its_message_is_sent(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is on the disk, but nobody told us: Telegram delivers again, and the message goes when its lease ends."""
    amina = Woman(scene, await scene.start())
    await amina.begins()
    commit, lost = Writing.commit, []

    def commit_and_lose(self: Writing) -> None:
        commit(self)
        if not lost and scene.count("outbox", "state = 'due'"):
            lost.append(True)
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Writing, "commit", commit_and_lose)
    number = await amina.agrees()
    hook = scene.telegram.updates.hook
    assert lost and hook is not None and (number, 503) in hook.deliveries
    assert await amina.open() == "S01_safety" and scene.due == 1
    scene.clock.forward(seconds=10)
    await scene.telegram.pass_time(10)
    assert scene.telegram.pending == [] and await amina.open() == "S01_safety" and scene.due == 1
    await scene.later(amina.door, 60)
    await amina.is_at("S01_safety")
    assert not scene.due


@plants("database-restarted")
async def test_a_database_that_was_restarted_is_found_again(scene: Scene, request: pytest.FixtureRequest) -> None:
    """PostgreSQL is stopped hard and started; SQLite has no server: all its open files are closed underneath."""
    amina = Woman(scene, await scene.start())
    await amina.begins()
    if is_sqlite(scene):
        scene.database._writer._writing._driver.close()
        await _refused(scene, amina)
        await _recovered(scene, amina)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    data = execute(server.admin_url, "SHOW data_directory")[0][0]
    # The tests' server is set up to be quick (synchronous_commit = off): what is acknowledged must outlive it all the same.
    assert execute(server.admin_url, "SHOW synchronous_commit")[0][0] == "off"
    await amina.agrees()
    await scene.settled(amina.door)
    with _stopped(Path(data)):
        refused = await amina.presses("scr.S01_safety.none")
        hook = scene.telegram.updates.hook
        assert hook is not None and (refused, 503) in hook.deliveries and refused in scene.telegram.pending
        assert await _page(scene) == 503
    await scene.later(amina.door, 6)
    session = await amina.session()
    assert session.open == "S01_safety" and session.draft == ("none",), "both answers are in their places"
    assert scene.telegram.pending == [] and not scene.due and await _page(scene) == 200


@contextlib.contextmanager
def _stopped(data: Path) -> Iterator[None]:
    """The server is killed as by a power cut, and started with the same options afterwards."""
    options = shlex.join(shlex.split((data / "postmaster.opts").read_text())[3:])
    user = pwd.getpwuid(data.stat().st_uid)
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    pg_ctl = _programs() / "pg_ctl"
    _run([pg_ctl, "-D", data, "-m", "immediate", "-w", "stop"], as_user)
    try:
        yield
    finally:
        _run([pg_ctl, "-D", data, "-w", "-l", data.parent / "log", "-o", options, "start"], as_user)


@plants("deadlock")
async def test_a_step_in_a_deadlock_is_done_again_and_counts_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends one of two; SQLite has one writer, who waits for the other program's transaction."""
    amina = Woman(scene, await scene.start())
    await amina.begins()
    save, tries = Sessions.save, []
    holds, free = threading.Event(), threading.Event()

    def other() -> None:
        if is_sqlite(scene):
            connection = sqlite3.connect(file_of(scene), isolation_level=None)
            connection.execute("BEGIN IMMEDIATE")
            holds.set()
            time.sleep(0.3)  # not for luck: this is how long the other program takes
            connection.rollback()
            connection.close()
            return
        with psycopg.connect(scene.url) as server:
            server.execute("SET deadlock_timeout = '20s'")
            server.execute("SELECT pg_advisory_xact_lock(2)")
            holds.set()
            free.wait(20)
            server.execute("SELECT pg_advisory_xact_lock(1)")

    def save_in_a_deadlock(self: Sessions, *given: Any, **named: Any) -> Any:
        tries.append(True)
        if len(tries) == 1 and not is_sqlite(scene):
            self._tx._driver.execute("SELECT pg_advisory_xact_lock(1)")
            free.set()
            self._tx._driver.execute("SELECT pg_advisory_xact_lock(2)")
        return save(self, *given, **named)

    monkeypatch.setattr(Sessions, "save", save_in_a_deadlock)
    thread = threading.Thread(target=other)
    thread.start()
    assert holds.wait(20)
    number = await amina.agrees()
    thread.join(20)
    hook = scene.telegram.updates.hook
    assert hook is not None and (number, 200) in hook.deliveries, "nobody outside notices"
    assert len(tries) == (1 if is_sqlite(scene) else 2)
    await scene.settled(amina.door)
    await amina.is_at("S01_safety")


@plants("session-moved")
async def test_a_session_that_another_process_has_just_saved_is_loaded_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina = Woman(scene, await scene.start())
    await amina.begins()
    save, moved = Sessions.save, []

    def save_too_late(self: Sessions, *given: Any, **named: Any) -> Any:
        if not moved:
            moved.append(True)
            raise SessionMoved("somebody else saved this session meanwhile")
        return save(self, *given, **named)

    monkeypatch.setattr(Sessions, "save", save_too_late)
    await amina.agrees()
    await scene.settled(amina.door)
    assert moved
    await amina.is_at("S01_safety")


@plants("two-processes-two-updates")
async def test_two_processes_with_two_updates_of_one_chat_keep_both(scene: Scene) -> None:
    door, other = await scene.start(), await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await amina.agrees()
    await scene.settled(door)
    await scene.settled(other)
    assert await amina.presses("scr.S01_safety.none", deliver=False) is not None
    assert await amina.phone.says("/help", deliver=False) is not None
    payloads = [dict(update.payload) for update in scene.telegram.updates.pending]
    scene.telegram.updates.pending.clear()
    urls = [str(server.make_url("/telegram/webhook")) for server, _ in scene._open]
    statuses = await asyncio.gather(*(_post(scene, url, payload) for url, payload in zip(urls, payloads, strict=True)))
    assert statuses == [200, 200]
    await until(lambda: amina.sees("ui.help") == 1, "the help")
    await scene.settled(door)
    await scene.settled(other)
    assert (await amina.session()).draft == ("none",) and not scene.due and not scene.dead
