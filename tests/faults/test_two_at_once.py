"""Two programs get in each other's way in the database: every step is kept, once, and nobody outside notices."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from typing import Any

import psycopg
import pytest

from storage.errors import SessionMoved
from storage.sessions import Sessions
from tests.faults.listed import plants
from tests.faults.scene import Scene, Woman, until
from tests.faults.test_database import file_of, is_sqlite
from tests.faults.test_updates import _post


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
    assert hook is not None
    assert [status for one, status in hook.deliveries if one == number] == [200], "nobody outside notices"
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
