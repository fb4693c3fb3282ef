"""Every revision: up, down, up again; equal to the models; and a database of a newer program is not touched."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect

from storage import (
    DatabaseNotMigrated,
    KeyRing,
    NewerDatabase,
    StorageError,
    StorageUnavailable,
    WrongDatabaseUrl,
    migrate,
    open_database,
)
from storage.columns import metadata
from storage.connections import engine_for, parsed
from storage.migrating import configuration, downgrade, upgrade
from storage.revisions import known
from tests.postgres import PostgresServer
from tests.storage.people import hand_over
from tests.storage.raw import execute


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/fresh.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    server.execute('CREATE DATABASE "fresh"')
    yield server.url_of("fresh")
    server.execute('DROP DATABASE "fresh" WITH (FORCE)')


@contextlib.contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    engine = engine_for(parsed(url))
    yield engine
    engine.dispose()


def schema(url: str) -> dict[str, Any]:
    """Everything the database itself says about its tables, indexes, constraints and triggers."""
    with engine_of(url) as engine:
        found = inspect(engine)
        tables = {
            name: [
                [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(name)],
                found.get_pk_constraint(name),
                sorted(json.dumps(index, default=str, sort_keys=True) for index in found.get_indexes(name)),
                sorted(found.get_unique_constraints(name), key=lambda constraint: str(constraint["name"])),
                found.get_foreign_keys(name),
            ]
            for name in found.get_table_names()
            if name != "alembic_version"
        }
    triggers = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if "sqlite" in url
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    return {"tables": tables, "triggers": execute(url, triggers)}


def test_the_newest_revision_equals_the_models(empty_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    migrate(empty_url)
    with engine_of(empty_url) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_every_revision_can_be_undone_and_done_again(empty_url: str) -> None:
    upgrade(empty_url, "head")
    newest = schema(empty_url)
    assert set(newest["tables"]) == set(metadata.tables) and newest["triggers"]
    downgrade(empty_url, "base")
    assert schema(empty_url) == {"tables": {}, "triggers": []}
    before: dict[str, Any] = schema(empty_url)
    for revision in known():
        upgrade(empty_url, revision)
        after = schema(empty_url)
        downgrade(empty_url, "-1")
        assert schema(empty_url) == before
        upgrade(empty_url, revision)
        assert schema(empty_url) == after
        before = after
    assert before == newest


def test_migrating_twice_is_harmless_and_keeps_the_data(empty_url: str) -> None:
    migrate(empty_url)
    keys = KeyRing.random()
    database = open_database(empty_url, keys)
    handed = database.write_now(hand_over)
    database.close()
    migrate(empty_url)
    database = open_database(empty_url, keys)
    assert database.read_now(lambda uow: uow.sessions.load(handed.stored.session.id)) == handed.stored
    database.close()


def test_the_list_of_revisions_is_that_of_alembic(tmp_path: Path) -> None:
    from alembic.script import ScriptDirectory

    with engine_of(f"sqlite:///{tmp_path}/x.db") as engine, engine.connect() as connection:
        script = ScriptDirectory.from_config(configuration(connection))
        assert [revision.revision for revision in script.walk_revisions()][::-1] == list(known())
        assert script.get_heads() == [known()[-1]]


def test_a_database_of_a_newer_program_is_refused_untouched(database_url: str, keys: KeyRing) -> None:
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    execute(database_url, "CREATE TABLE of_the_future (x INTEGER)")
    before = schema(database_url)
    for attempt in (
        lambda: migrate(database_url),
        lambda: open_database(database_url, keys),
        lambda: open_database(database_url, None),
    ):
        with pytest.raises(NewerDatabase, match=r"'9999'.*not touched.*Install the newer version"):
            attempt()
    assert schema(database_url) == before
    assert execute(database_url, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_newer_sqlite_file_does_not_change_by_one_byte(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    execute(sqlite_url, "UPDATE alembic_version SET version_num = '9999'")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NewerDatabase):
        migrate(sqlite_url)
    assert path.read_bytes() == before


def test_an_empty_database_is_refused_with_the_remedy(empty_url: str, keys: KeyRing) -> None:
    with pytest.raises(DatabaseNotMigrated, match="wegweiser serve --migrate"):
        open_database(empty_url, keys)


def test_opening_never_makes_a_file(tmp_path: Path, keys: KeyRing) -> None:
    with pytest.raises(DatabaseNotMigrated, match="no database yet"):
        open_database(f"sqlite:///{tmp_path}/nothing.db", keys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:geheim@h/d", "only SQLite"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("geheim", "can't be read"),
        ("", "can't be read"),
        ("postgresql://u:geheim@h:port/d", "can't be read"),
        ("nothing+known://geheim", "only SQLite"),
    ],
)
def test_an_address_that_is_none_is_refused_without_being_repeated(url: str, said: str) -> None:
    for attempt in (lambda: open_database(url, None), lambda: migrate(url)):
        with pytest.raises(WrongDatabaseUrl, match=said) as refusal:
            attempt()
        words = "".join(traceback.format_exception(refusal.value)[-1:])
        assert "geheim" not in words and isinstance(refusal.value, StorageError)
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
        assert "sqlite:///path" in words and "postgresql://user@host/database" in words


def test_a_file_that_is_no_database_and_a_server_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is a letter\n" * 100)
    with pytest.raises(StorageUnavailable):
        open_database(f"sqlite:///{tmp_path}/text.db", None)
    with pytest.raises(StorageUnavailable) as refusal:
        open_database("postgresql://nobody:geheim@127.0.0.1:1/x", None)
    assert "geheim" not in str(refusal.value)


def test_a_migration_that_breaks_off_leaves_the_old_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next revision is made to fail in its middle: neither its first half nor its number is kept."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(__file__).parents[2] / "storage" / "migrations", folder)
    url = f"sqlite:///{tmp_path}/half.db"
    migrate(url)
    before = schema(url)
    (folder / "versions" / "9000_half.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\nrevision = '9000'\n"
        f"down_revision = {known()[-1]!r}\n"
        "def upgrade():\n    op.create_table('half', sa.Column('x', sa.Integer()))\n    raise LookupError('half way')\n"
        "def downgrade():\n    op.drop_table('half')\n"
    )
    monkeypatch.setattr("storage.migrating.MIGRATIONS", folder)
    monkeypatch.setattr("storage.revisions.MIGRATIONS", folder)
    with pytest.raises(LookupError):
        migrate(url)
    assert schema(url) == before
    assert execute(url, "SELECT version_num FROM alembic_version") == [(known()[-2],)]
