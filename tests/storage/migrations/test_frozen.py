"""What an older version wrote, this one reads: on both databases, from every released revision."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, insert, select

from storage import KeyRing, migrate, open_database
from storage.columns import metadata
from storage.migrating import downgrade, upgrade
from storage.revisions import known
from tests.storage.migrations.databases import (
    FROZEN,
    Place,
    as_written,
    counts,
    engine_of,
    frozen_revisions,
    key_file,
    revision_of,
    rows,
    schema,
)
from tests.storage.migrations.filling import NOON
from tests.storage.migrations.reading import missing, read_back

every_frozen = pytest.mark.parametrize("revision", frozen_revisions())


def read(url: str, folder: Path) -> dict[str, Any]:
    database = open_database(url, KeyRing.from_file(key_file(folder)), clock=lambda: NOON)
    try:
        return read_back(url, database)
    finally:
        database.close()


def test_every_revision_is_frozen() -> None:
    """Before a release that brings a new revision: `python -m tests.storage.migrations.freeze`."""
    unfrozen = sorted(set(known()) - set(frozen_revisions()))
    assert unfrozen == [], f"run: python -m tests.storage.migrations.freeze (and commit what it writes): {unfrozen}"
    assert set(frozen_revisions()) <= set(known())


@every_frozen
def test_the_frozen_rows_leave_no_table_out(revision: str) -> None:
    written: dict[str, int] = as_written(revision)["counts"]
    assert min(written.values()) > 0
    if revision == known()[-1]:
        assert set(written) == {*metadata.tables, "alembic_version"}


@every_frozen
def test_a_released_revision_makes_the_same_schema_as_on_its_first_day(place: Place, revision: str) -> None:
    """A revision that was edited after its release would leave two kinds of database in the world."""
    url = place.blank()
    upgrade(url, revision)
    assert schema(url) == schema(place.frozen(revision))


@every_frozen
def test_everything_that_was_written_can_be_read_after_the_upgrade(place: Place, revision: str, tmp_path: Path) -> None:
    url, written = place.frozen(revision), as_written(revision)
    assert counts(url) == written["counts"]
    migrate(url)
    assert {name: n for name, n in counts(url).items() if name in written["counts"]} == written["counts"]
    found = read(url, tmp_path)
    assert missing(written["read"], found) == []
    # What makes the comparison worth something: nothing of it is empty.
    assert found["first bad row of the audit"] is None and len(found["audit"]) == 3
    assert len(found["sessions"]) == len(found["by code"]) == 7 and len(found["claimed"]) == 3
    assert {row["status"] for row in found["referrals"].values()} == {"waiting", "accepted", "withdrawn", "closed"}
    assert found["event is new"] is False
    if revision >= "0002":
        assert sorted(row["state"] for row in found["rule changes"]) == ["confirmed", "proposed"]
        assert len(found["released"]) == 1


@every_frozen
def test_an_upgraded_database_has_the_schema_of_the_models(place: Place, revision: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    url, fresh = place.frozen(revision), place.blank()
    migrate(url)
    migrate(fresh)
    with engine_of(url) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert schema(url) == schema(fresh)


@every_frozen
def test_up_down_and_up_again_is_the_same_schema_and_the_same_rows(place: Place, revision: str) -> None:
    url = place.frozen(revision)
    old = schema(url), rows(url)
    migrate(url)
    new = schema(url), rows(url)
    downgrade(url, revision)
    assert (schema(url), rows(url)) == old
    migrate(url)
    assert (schema(url), rows(url)) == new


@pytest.mark.parametrize("revision", known()[:-1])
def test_a_downgrade_names_what_is_lost_and_keeps_the_rest(
    place: Place, revision: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = place.frozen(frozen_revisions()[-1])
    before = rows(url)
    was = revision_of(url)[0][0]
    lost = downgrade(url, revision)
    after = rows(url)
    gone = {name: len(listed) for name, listed in before.items() if name not in after}
    named = {line.partition(":")[0]: int(re.findall(r": (\d+)", line)[0]) for line in lost}
    assert {name: n for name, n in named.items() if "." not in name} == gone
    # A table that lost no column has every row as it was.
    narrower = {name.partition(".")[0] for name in named if "." in name}
    untouched = set(after) - narrower - {"alembic_version"}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
    assert {name: len(after[name]) for name in after} == {name: len(before[name]) for name in after}
    if was > revision:
        assert lost and all(line in caplog.text for line in lost)


@pytest.mark.parametrize("revision", known()[1:])
def test_a_running_program_of_the_version_before_goes_on_writing(place: Place, revision: str) -> None:
    """What `docs/decisions/0018-migrations.md` promises: a revision only adds. What the older program writes (all of its
    columns, none of the new ones) the new schema takes, and gives back."""
    before = known()[known().index(revision) - 1]
    old, new = place.frozen(before), place.blank()
    upgrade(new, revision)
    assert taken_away(schema(old), schema(new)) == []
    # The rows of the older version, written into the empty new schema as that version writes them.
    with engine_of(old) as source, engine_of(new) as target, source.connect() as reading, target.begin() as writing:
        tables = MetaData()
        tables.reflect(reading)
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                found = [dict(row) for row in reading.execute(select(table)).mappings()]
                writing.execute(insert(table), found)
                assert [dict(row) for row in writing.execute(select(table)).mappings()] == found


def test_taking_away_would_be_noticed(place: Place) -> None:
    url = place.frozen(frozen_revisions()[0])
    before = schema(url)
    with engine_of(url) as engine, engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE chat DROP COLUMN gone")
        connection.exec_driver_sql("DROP TABLE counter")
        connection.exec_driver_sql("CREATE UNIQUE INDEX narrower ON consent (purpose, id)")
    assert taken_away(before, schema(url)) == ["chat.gone", "consent: unique narrower", "counter"]


def taken_away(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What an older program relies on and would not find: tables, columns as they were, and rules that got stricter."""
    found = []
    for name, parts in before["tables"].items():
        if name not in after["tables"]:
            found.append(name)
            continue
        now = {part: [json.loads(one) for one in listed] for part, listed in after["tables"][name].items()}
        columns = {column["name"]: column for column in now["columns"]}
        for one in map(json.loads, parts["columns"]):
            if one != columns.get(one["name"]):
                found.append(f"{name}.{one['name']}")
            columns.pop(one["name"], None)
        found += [f"{name}.{new} must be written" for new, one in columns.items() if not one["nullable"] and not one["default"]]
        indexes = [index["name"] for index in now["indexes"] if index["unique"]]
        known_before = {json.loads(one)["name"] for one in parts["indexes"]}
        found += [f"{name}: unique {index}" for index in indexes if index not in known_before]
        for part in ("unique", "foreign", "checks"):
            found += [f"{name}: {part} {one}" for one in after["tables"][name].get(part, []) if one not in parts.get(part, [])]
    return sorted(found)


def test_the_keys_of_the_frozen_databases_are_said_to_be_of_no_worth() -> None:
    assert (FROZEN / "keys.toml").read_text().startswith("# Made for tests")
