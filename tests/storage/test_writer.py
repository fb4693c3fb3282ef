"""One writer, many steps in one commit, and nothing acknowledged before it is on the disk."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storage import Database, DatabaseInUse, KeyRing, StorageError, StorageUnavailable, UnitOfWork, open_database
from tests.conftest import NOON, Clock
from tests.postgres import PostgresServer
from tests.storage.people import begin

DAY = NOON.date()


def count(database: Database, kreis: str = "mettmann") -> int:
    return sum(row.n for row in database.read_now(lambda uow: uow.counters.between(DAY, DAY, kreis)))


def add_one(uow: UnitOfWork) -> None:
    uow.counters.add("angeboten", DAY, "mettmann")


async def test_many_steps_share_one_commit(database: Database) -> None:
    together: list[int] = []
    release = threading.Event()

    def hold(uow: UnitOfWork) -> None:
        release.wait(10)

    def watched(uow: UnitOfWork) -> None:
        add_one(uow)
        together.append(database._writer._queue.qsize())

    held = asyncio.create_task(database.write(hold))
    steps = [asyncio.create_task(database.write(watched)) for _ in range(30)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(held, *steps)
    assert together == [0] * 30  # all thirty had been taken out before the first of them ran
    assert count(database) == 30


async def test_a_failing_step_does_not_harm_the_others(database: Database) -> None:
    def fails(uow: UnitOfWork) -> None:
        add_one(uow)
        raise LookupError("this step only")

    def breaks_a_rule_of_the_database(uow: UnitOfWork) -> None:
        add_one(uow)
        stored = begin(uow)
        uow.sessions.add(stored.session, person_id=stored.person_id, chat_id=stored.chat_id, code="AAAA-2222-B")

    steps = [add_one, fails, add_one, breaks_a_rule_of_the_database, add_one]
    results = await asyncio.gather(*(database.write(step) for step in steps), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), LookupError, type(None), StorageError, type(None)]
    assert count(database) == 3


def test_a_failing_step_alone_leaves_nothing(database: Database) -> None:
    def fails(uow: UnitOfWork) -> None:
        add_one(uow)
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(fails)
    assert count(database) == 0
    database.write_now(add_one)
    assert count(database) == 1


async def test_a_step_is_acknowledged_only_after_its_commit(database: Database) -> None:
    seen: list[int] = []

    async def step_and_look() -> None:
        await database.write(add_one)
        seen.append(count(database))

    await asyncio.gather(*(step_and_look() for _ in range(20)))
    assert all(number >= position + 1 for position, number in enumerate(sorted(seen)))
    assert count(database) == 20


async def test_a_caller_who_has_left_does_not_stop_the_writer(database: Database) -> None:
    gone = asyncio.create_task(database.write(add_one))
    await asyncio.sleep(0)
    gone.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await gone
    await database.write(add_one)
    assert count(database) in (1, 2)


async def test_steps_are_done_in_the_order_of_their_coming(database: Database) -> None:
    order: list[int] = []
    await asyncio.gather(*(database.write(lambda uow, n=number: order.append(n)) for number in range(50)))  # type: ignore[misc]
    assert order == list(range(50))


def test_a_reader_can_not_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only|can't be written|25006|query_only"):
        database.read_now(add_one)
    database.write_now(add_one)
    assert count(database) == 1


def test_a_closed_database_says_so(database: Database) -> None:
    database.write_now(add_one)
    database.close()
    with pytest.raises(StorageUnavailable):
        database.write_now(add_one)


KILLED = """
import sys
from storage import KeyRing, open_database
database = open_database(sys.argv[1], KeyRing.from_file(sys.argv[2]))
number = 0
while True:
    number += 1
    database.write_now(lambda uow: uow.inbound.note("telegram", str(number)))
    print(number, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(database_url: str, tmp_path: Path) -> None:
    keys = KeyRing.create_file(tmp_path / "keys.toml")
    command = [sys.executable, "-c", KILLED, database_url, str(tmp_path / "keys.toml")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert child.stdout is not None
    acknowledged = [child.stdout.readline() for _ in range(50)]
    child.kill()
    acknowledged += child.stdout.readlines()
    child.wait()
    child.stdout.close()
    database = open_database(database_url, keys)
    complete = [int(line) for line in acknowledged if line.endswith("\n")]
    seen = database.write_now(lambda uow: [uow.inbound.note("telegram", str(number)) for number in complete])
    database.close()
    assert len(complete) >= 50
    assert not any(seen)


SECOND = """
import sys
from storage import DatabaseInUse, KeyRing, open_database
database = open_database(sys.argv[1], KeyRing.from_file(sys.argv[2]))
print(database.read_now(lambda uow: len(uow.staff.all(None))))
try:
    database.write_now(lambda uow: uow.staff.add(login="b", name="B", role="desk", traeger=None, stellen=(), password_hash="x"))
except DatabaseInUse as refusal:
    print(refusal)
"""


def test_a_second_process_may_read_but_not_write_the_same_sqlite_file(sqlite_url: str, tmp_path: Path) -> None:
    keys = KeyRing.create_file(tmp_path / "keys.toml")
    first = open_database(sqlite_url, keys)
    first.write_now(lambda uow: uow.staff.add(login="a", name="A", role="desk", traeger=None, stellen=(), password_hash="x"))
    command = [sys.executable, "-c", SECOND, sqlite_url, str(tmp_path / "keys.toml")]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]).stdout
    assert said.splitlines()[0] == "1"
    assert "another process is writing" in said
    first.close()
    assert "another process" not in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_same_process_may_open_an_sqlite_file_twice(sqlite_url: str, keys: KeyRing) -> None:
    bot, desk = open_database(sqlite_url, keys), open_database(sqlite_url, None)
    bot.write_now(add_one)
    desk.write_now(add_one)
    bot.write_now(add_one)
    assert count(desk) == 3
    bot.close()
    desk.write_now(add_one)
    assert count(desk) == 4
    desk.close()


def test_a_locked_database_is_unavailable_and_recovers(sqlite_database: Database, sqlite_url: str) -> None:
    sqlite_database.write_now(lambda uow: uow.tx._driver.execute("PRAGMA busy_timeout=20") and None)
    intruder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable, match="locked"):
        sqlite_database.write_now(add_one)
    intruder.execute("ROLLBACK")
    intruder.close()
    sqlite_database.write_now(add_one)
    assert count(sqlite_database) == 1


def test_a_full_disk_is_unavailable_and_recovers(sqlite_database: Database) -> None:
    def fill(uow: UnitOfWork) -> None:
        pages = uow.tx._driver.execute("PRAGMA page_count").fetchone()[0]
        uow.tx._driver.execute(f"PRAGMA max_page_count={pages}")
        for number in range(2_000):
            uow.inbound.note("telegram", str(number))

    with pytest.raises(StorageUnavailable, match="full"):
        sqlite_database.write_now(fill)
    sqlite_database.write_now(add_one)
    assert count(sqlite_database) == 1
    assert sqlite_database.write_now(lambda uow: uow.inbound.note("telegram", "0"))


@pytest.mark.postgres
def test_a_lost_connection_is_unavailable_and_recovers(
    postgres: PostgresServer, postgres_url: str, keys: KeyRing, clock: Clock
) -> None:
    database = open_database(postgres_url, keys, clock=clock)

    def cut(uow: UnitOfWork) -> None:
        add_one(uow)
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{postgres_url.rpartition('/')[2]}' AND pid <> pg_backend_pid()"
        )

    with pytest.raises(StorageUnavailable):
        database.write_now(cut)
    database.write_now(add_one)
    assert count(database) == 1  # the readers' connections were cut as well
    database.close()


@pytest.mark.postgres
async def test_steps_of_two_processes_that_block_each_other_are_all_done(postgres_url: str, keys: KeyRing) -> None:
    one, other = open_database(postgres_url, keys), open_database(postgres_url, keys)
    met = threading.Barrier(2)
    runs: list[str] = []

    def crossing(first: str, second: str) -> object:
        def step(uow: UnitOfWork) -> None:
            runs.append(first)
            uow.counters.add(first, DAY, "mettmann")
            with contextlib.suppress(threading.BrokenBarrierError):
                met.wait(1)
            uow.counters.add(second, DAY, "mettmann")

        return step

    await asyncio.gather(one.write(lambda uow: None), other.write(lambda uow: None))  # both are connected
    await asyncio.gather(
        one.write(crossing("a", "b")),  # type: ignore[arg-type]
        one.write(lambda uow: uow.counters.add("c", DAY, "mettmann")),
        other.write(crossing("b", "a")),  # type: ignore[arg-type]
        other.write(lambda uow: uow.counters.add("d", DAY, "mettmann")),
    )
    rows = one.read_now(lambda uow: uow.counters.between(DAY, DAY))
    assert {row.name: row.n for row in rows} == {"a": 2, "b": 2, "c": 1, "d": 1}
    assert len(runs) > 2  # the database did break one off
    one.close()
    other.close()


def test_only_one_lock_file_is_left_behind(sqlite_database: Database, tmp_path: Path) -> None:
    sqlite_database.write_now(add_one)
    sqlite_database.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wegweiser.db", "wegweiser.db.lock"]
    assert issubclass(DatabaseInUse, StorageUnavailable)
