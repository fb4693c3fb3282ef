"""A migration that is killed, has no room, or meets another: the database is the old one or the new one, never between."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import pytest

from storage import DatabaseInUse, DatabaseNotMigrated, KeyRing, StorageUnavailable, migrate, open_database
from storage.connections import BUSY_MILLISECONDS
from storage.revisions import known
from tests.storage.migrations.breaking_off import Migrator, Outcome
from tests.storage.migrations.databases import (
    Place,
    SqlitePlace,
    alone,
    file_of,
    frozen_revisions,
    key_file,
    revision_of,
    state,
)

# Fail points of an empty database's first migration that are tried in CI; MIGRATION_KILLS=all tries each one.
SAMPLED = 20
RANDOM = 10
# Of so many finished migrations every row is looked at once; of the others the revision. (Of the broken-off ones always.)
LOOKED_AT = 4
OLDEST = frozen_revisions()[0]


class Killing:
    """The old database, the new one, and every broken-off migration between them."""

    def __init__(self, place: Place, migrator: Migrator, old: str) -> None:
        self.place, self.migrator, self.source = place, migrator, old
        self.old = state(old)
        new = place.copy(old)
        first = migrator.migrate(new)
        assert (first.signal, first.error) == (0, "")
        self.points, self.seconds, self.new = first.points, first.seconds, state(new)
        assert self.old != self.new
        assert {"before COMMIT", "after COMMIT"} <= set(self.points)
        self.ends: list[str] = []

    def kill(self, **order: Any) -> Outcome:
        url = self.place.copy(self.source)
        outcome = self.migrator.migrate(url, **order)
        alone(url)
        found = state(url)
        assert found in (self.old, self.new), f"between old and new after {order}, {outcome.points[-1:]}"
        self.ends.append("old" if found == self.old else "new")
        migrate(url)
        assert revision_of(url) == [(known()[-1],)]
        if len(self.ends) % LOOKED_AT == 0:
            assert state(url) == self.new
        return outcome

    def at(self, numbers: Iterable[int]) -> None:
        committed = self.points.index("after COMMIT")
        for number in numbers:
            outcome = self.kill(kill=number)
            assert outcome.signal == 9 and outcome.points == self.points[:number]
            # Not just either of the two: the commit alone decides which.
            assert self.ends[-1] == ("new" if number >= committed else "old"), self.points[number]


def test_killed_before_and_after_every_statement_with_data_in_the_database(place: Place, migrator: Migrator) -> None:
    killing = Killing(place, migrator, place.frozen(OLDEST))
    killing.at(range(len(killing.points)))
    assert set(killing.ends) == {"old", "new"}
    assert any("CREATE TABLE" in point for point in killing.points) and any("UPDATE" in point for point in killing.points)


def test_killed_while_the_first_tables_are_made(place: Place, migrator: Migrator) -> None:
    killing = Killing(place, migrator, place.blank())
    count = len(killing.points)
    assert count >= 50
    step = 1 if os.environ.get("MIGRATION_KILLS") == "all" else count // SAMPLED
    committed = killing.points.index("before COMMIT")
    killing.at(sorted({*range(0, count, step), committed, committed + 1, count - 1}))


def test_killed_from_outside_at_any_moment(place: Place, migrator: Migrator) -> None:
    killing = Killing(place, migrator, place.frozen(OLDEST))
    outcomes = [killing.kill(after=killing.seconds * n / RANDOM) for n in range(RANDOM)]
    assert outcomes[0].signal == 9


def test_a_second_migration_waits_or_is_told_and_both_end_well(place: Place, migrator: Migrator) -> None:
    url = place.frozen(OLDEST)
    whole = place.copy(url)
    migrate(whole)
    alone(url)
    migrator.order(url, hold="before COMMIT")
    assert migrator.line() == "held"
    if isinstance(place, SqlitePlace):
        with pytest.raises(DatabaseInUse, match="another process is writing"):
            migrate(url)
        migrator.go_on()
        first = migrator.outcome()
    else:
        failed: list[BaseException] = []
        second = threading.Thread(target=_noting(failed, lambda: migrate(url)))
        second.start()
        _until_somebody_waits(url)
        migrator.go_on()
        first = migrator.outcome()
        second.join(30)
        assert not second.is_alive() and failed == []
    assert (first.signal, first.error) == (0, "")
    migrate(url)
    assert state(url) == state(whole)


def _noting(failed: list[BaseException], work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    return run


def _until_somebody_waits(url: str) -> None:
    asked = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    waited = threading.Event()
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(3000):
            if connection.execute(asked).fetchone():
                return
            waited.wait(0.01)
    raise AssertionError("the second migration did not wait for the first")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ([{"pages": n} for n in (0, 1, 2, 3)], "StorageUnavailable: the disk is full"),
        ([{"size": n * 4096} for n in (1, 2, 4, 8)], "StorageUnavailable: the disk "),
    ],
)
def test_no_room_in_the_middle_leaves_the_old_database(
    limits: list[dict[str, int]], said: str, migrator: Migrator, tmp_path: Any
) -> None:
    place = SqlitePlace(tmp_path)
    source = place.frozen(OLDEST)
    old, new = state(source), place.copy(source)
    migrate(new)
    failed = 0
    for limit in limits:
        url = place.copy(source)
        outcome = migrator.migrate(url, **limit)
        assert outcome.signal == 0
        if outcome.error:
            failed += 1
            assert outcome.error.startswith(said), outcome.error
            assert state(url) == old
        migrate(url)
        assert state(url) == state(new)
    assert failed >= 2


@pytest.mark.postgres
def test_a_table_that_somebody_holds_is_not_waited_for_for_ever(
    postgres_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody else would stand behind the waiting migration."""
    import shutil

    from storage import revisions

    folder = tmp_path / "migrations"
    shutil.copytree(revisions.MIGRATIONS, folder)
    (folder / "versions" / "9000_wider.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\nrevision = '9000'\n"
        f"down_revision = {known()[-1]!r}\n"
        "def upgrade():\n    op.add_column('chat', sa.Column('wider', sa.Integer()))\n"
        "def downgrade():\n    op.drop_column('chat', 'wider')\n"
    )
    monkeypatch.setattr("storage.migrating.MIGRATIONS", folder)
    monkeypatch.setattr("storage.revisions.MIGRATIONS", folder)
    monkeypatch.setattr("storage.migrating.LOCK_SECONDS", 0.2)
    with psycopg.connect(postgres_url) as somebody:
        somebody.execute("SELECT count(*) FROM chat")
        before = revision_of(postgres_url)
        with pytest.raises(StorageUnavailable, match=r"holds a table.*Stop it, then migrate again"):
            migrate(postgres_url)
        assert revision_of(postgres_url) == before
    migrate(postgres_url)
    assert revision_of(postgres_url) == [("9000",)]


def test_a_program_that_is_writing_is_not_migrated_under_its_feet(tmp_path: Any, migrator: Migrator) -> None:
    """On SQLite. On PostgreSQL it may go on: see the promise in `test_frozen.py`."""
    place = SqlitePlace(tmp_path)
    url = place.blank()
    migrate(url)
    database = open_database(url, KeyRing.from_file(key_file(tmp_path)))
    try:
        database.write_now(lambda uow: uow.persons.add("mettmann"))
        assert "another process is writing" in migrator.migrate(url).error
    finally:
        database.close()
    assert migrator.migrate(url).error == ""


@pytest.mark.parametrize("revision", [revision for revision in frozen_revisions() if revision != known()[-1]])
def test_an_older_database_is_not_opened_before_it_was_migrated(place: Place, revision: str, tmp_path: Any) -> None:
    url = place.frozen(revision)
    before = state(url)
    for keys in (KeyRing.from_file(key_file(tmp_path)), None):
        with pytest.raises(DatabaseNotMigrated, match=rf"{revision}.*backup.*wegweiser serve --migrate"):
            open_database(url, keys)
    assert state(url) == before


def test_a_busy_file_is_waited_for_only_a_while(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    monkeypatch.setattr("storage.connections._PRAGMAS", ("PRAGMA busy_timeout=50", "PRAGMA journal_mode=WAL"))
    assert BUSY_MILLISECONDS > 50
    url = SqlitePlace(tmp_path).frozen(OLDEST)
    before = state(url)
    other = sqlite3.connect(file_of(url), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            migrate(url)
    finally:
        other.close()
    assert state(url) == before
