"""The issuance desk: slips without any key, and nothing else to be had."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import psycopg
import pytest

from storage import Database, KeyRing, KeysMissing, Slip, StorageError, UnitOfWork, WallMissing, open_database
from storage.columns import metadata
from storage.desk_walls import grants_for
from storage.office_models import WITHOUT_KEYS
from storage.retention import DEADLINES
from tests.conftest import Clock
from tests.postgres import PostgresServer
from tests.storage.people import hand_over

PERSONAL = sorted(set(metadata.tables) - WITHOUT_KEYS)


@pytest.fixture
def desk(database: Database, database_url: str, clock: Clock) -> Iterator[Database]:
    database.write_now(hand_over)
    opened = open_database(database_url, None, clock=clock)
    yield opened
    opened.close()


def issue(uow: UnitOfWork, kreis: str = "mettmann") -> Slip:
    return uow.slips.issue(kreis=kreis, entry="desk_104c", locale="ar", staff_id="schalter")


def test_slips_are_numbered_by_day_and_kreis(desk: Database, clock: Clock) -> None:
    numbers = [desk.write_now(issue).number for _ in range(3)]
    assert [number[2:] for number in numbers] == ["001", "002", "003"]
    assert desk.write_now(lambda uow: issue(uow, "euskirchen")).number[2:] == "001"
    clock.forward(days=1)
    tomorrow = desk.write_now(issue).number
    assert tomorrow[2:] == "001" and tomorrow[0] != numbers[0][0]


def test_a_slip_is_used_by_its_token_or_by_its_code_once(desk: Database, database: Database) -> None:
    slip = desk.write_now(issue)
    used = database.write_now(lambda uow: uow.slips.use(slip.code.lower().replace("-", ""), "session1"))
    assert used is not None and (used.id, used.state, used.entry) == (slip.id, "answering", "desk_104c")
    assert database.write_now(lambda uow: uow.slips.use(slip.token, "session1")) == used
    assert database.write_now(lambda uow: uow.slips.use(slip.token, "session2")) is None
    assert database.write_now(lambda uow: uow.slips.use("nothing", "session1")) is None


def test_where_nobody_counts_attempts_only_the_long_token_opens_a_slip(desk: Database, database: Database) -> None:
    slip = desk.write_now(issue)
    for typed in (slip.code, slip.code.lower(), slip.code.replace("-", "")):
        assert database.write_now(lambda uow, t=typed: uow.slips.use(t, "session1", by_code=False)) is None  # type: ignore[misc]
    used = database.write_now(lambda uow: uow.slips.use(slip.token, "session1", by_code=False))
    assert used is not None and used.id == slip.id


def test_the_desk_sees_number_and_state_and_nothing_else(desk: Database, database: Database, clock: Clock) -> None:
    since = clock.now
    slips = [desk.write_now(issue) for _ in range(3)]
    database.write_now(lambda uow: uow.slips.use(slips[0].token, "s1"))
    database.write_now(lambda uow: (uow.slips.use(slips[1].token, "s2"), uow.slips.mark(slips[1].id, "finished")))
    states = desk.read_now(lambda uow: uow.slips.of("schalter", since))
    assert [(state.number, state.state) for state in states] == [
        (slips[0].number, "answering"),
        (slips[1].number, "finished"),
        (slips[2].number, "waiting"),
    ]
    assert desk.read_now(lambda uow: uow.slips.of("somebody else", since)) == ()


def test_an_old_slip_opens_nothing(desk: Database, database: Database, clock: Clock) -> None:
    slip = desk.write_now(issue)
    clock.now += DEADLINES["slip"].kept
    assert database.write_now(lambda uow: uow.slips.use(slip.token, "s1")) is None


def test_a_slip_has_only_three_states(desk: Database) -> None:
    slip = desk.write_now(issue)
    with pytest.raises(ValueError, match="waiting"):
        desk.write_now(lambda uow: uow.slips.mark(slip.id, "lost"))


@pytest.mark.parametrize(
    "name", ["inbound", "chats", "persons", "sessions", "consents", "referrals", "outbox", "past_cases", "rule_changes"]
)
def test_without_keys_everything_personal_is_closed(desk: Database, name: str) -> None:
    with pytest.raises(KeysMissing):
        desk.read_now(lambda uow: getattr(uow, name).get)
    with pytest.raises(KeysMissing):
        desk.write_now(lambda uow: getattr(uow, name).find("web", "x"))


def test_using_a_slip_is_for_the_bot_only(desk: Database) -> None:
    slip = desk.write_now(issue)
    with pytest.raises(KeysMissing):
        desk.write_now(lambda uow: uow.slips.use(slip.token, "s1"))


@pytest.mark.parametrize("table", PERSONAL)
def test_sqlite_itself_refuses_the_desk_every_personal_table(sqlite_url: str, keys: object, table: str) -> None:
    desk = open_database(sqlite_url, None)
    columns = ", ".join(metadata.tables[table].columns.keys())
    for words in (
        f"SELECT {columns} FROM {table}",
        f"SELECT count(*) FROM {table}",
        f"DELETE FROM {table}",
        f"DROP TABLE {table}",
        "ATTACH DATABASE ':memory:' AS other",
    ):
        with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
            desk.read_now(lambda uow, w=words: uow.tx._driver.execute(w))  # type: ignore[misc]
        with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
            desk.write_now(lambda uow, w=words: uow.tx._driver.execute(w))  # type: ignore[misc]
    desk.close()


@pytest.mark.postgres
def test_a_desk_role_of_postgresql_reaches_the_office_tables_only(
    postgres: PostgresServer, postgres_url: str, clock: Clock
) -> None:
    role = "desk_of_a_test"
    postgres.execute(f'DROP ROLE IF EXISTS "{role}"')
    postgres.execute(f'CREATE ROLE "{role}" LOGIN')
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        for words in grants_for(role):
            owner.execute(words.encode())
    as_desk = postgres_url.replace("postgres@", f"{role}@")
    desk = open_database(as_desk, None, clock=clock, strict_walls=True)
    assert desk.write_now(issue).number.endswith("001")
    desk.write_now(lambda uow: uow.audit.note("slip_issued", staff_id="s", traeger=None, object_type="slip", object_id="1"))
    desk.close()
    with psycopg.connect(as_desk, autocommit=True) as connection:
        for table in PERSONAL:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT 1 FROM {table}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(b"UPDATE audit SET action = 'x'")
    for granted in ("SELECT", "SELECT (status)"):
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute(f'GRANT {granted} ON session TO "{role}"'.encode())
        with pytest.raises(WallMissing, match=r"\(session\)"):
            open_database(as_desk, None, strict_walls=True)
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute(f'REVOKE {granted} ON session FROM "{role}"'.encode())
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(f'DROP OWNED BY "{role}"'.encode())
    postgres.execute(f'DROP ROLE "{role}"')


@pytest.mark.postgres
def test_a_desk_with_the_owners_role_is_refused(postgres_url: str, keys: KeyRing) -> None:
    with pytest.raises(StorageError, match=r"session.*grants_for") as refusal:
        open_database(postgres_url, None, strict_walls=True)
    assert postgres_url not in str(refusal.value)
    open_database(postgres_url, keys, strict_walls=True).close()  # the bot has keys: the walls are not for it
    open_database(postgres_url, None).close()


def test_sqlite_has_its_wall_anyway(sqlite_url: str) -> None:
    open_database(sqlite_url, None, strict_walls=True).close()


def test_a_role_with_a_strange_name_gets_nothing() -> None:
    with pytest.raises(ValueError, match="role"):
        grants_for('x"; DROP TABLE person; --')
