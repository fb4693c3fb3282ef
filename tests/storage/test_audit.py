"""The audit log: a chain that shows every change, also where the desk, which has no key, wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from storage import Database, open_database
from tests.conftest import Clock
from tests.storage.raw import execute


@pytest.fixture
def desk(database_url: str, clock: Clock) -> Iterator[Database]:
    opened = open_database(database_url, None, clock=clock)
    yield opened
    opened.close()


def note(database: Database, action: str, **changes: Any) -> None:
    values = {"staff_id": "s", "traeger": "caritas", "object_type": "referral", "object_id": "r1"} | changes
    database.write_now(lambda uow: uow.audit.note(action, **values))


def filled(database: Database, desk: Database) -> None:
    for writer, action in ((database, "a"), (database, "b"), (desk, "c"), (desk, "d"), (database, "e")):
        note(writer, action)


def test_who_did_what_is_kept_in_order(database: Database, desk: Database, clock: Clock) -> None:
    filled(database, desk)
    rows = database.read_now(lambda uow: uow.audit.rows())
    assert [row.action for row in rows] == list("abcde")
    assert (rows[0].staff_id, rows[0].traeger, rows[0].object_id, rows[0].at) == ("s", "caritas", "r1", clock.now)
    assert [row.action for row in database.read_now(lambda uow: uow.audit.rows(after=rows[2].seq, limit=1))] == ["d"]
    assert database.read_now(lambda uow: uow.audit.first_bad()) is None


@pytest.mark.parametrize(
    "words",
    [
        "UPDATE audit SET staff_id = 'somebody else' WHERE action = '{action}'",
        "UPDATE audit SET object_id = NULL WHERE action = '{action}'",
        "UPDATE audit SET at = at + 1 WHERE action = '{action}'",
        "DELETE FROM audit WHERE action = '{action}'",
    ],
)
@pytest.mark.parametrize("action", ["b", "c", "d"])
def test_a_change_in_the_middle_is_found(database: Database, desk: Database, database_url: str, words: str, action: str) -> None:
    filled(database, desk)
    if words.startswith("UPDATE"):
        with pytest.raises(Exception, match="append-only"):
            execute(database_url, words.format(action=action))
        disarm = "DROP TRIGGER audit_append_only"
        execute(database_url, disarm if database_url.startswith("sqlite") else f"{disarm} ON audit")
    execute(database_url, words.format(action=action))
    assert database.read_now(lambda uow: uow.audit.first_bad()) is not None


def test_a_failed_step_is_not_in_the_log(database: Database) -> None:
    def fails(uow: Any) -> None:
        uow.audit.note("a", staff_id=None, traeger=None, object_type=None, object_id=None)
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(fails)
    assert database.read_now(lambda uow: uow.audit.rows()) == ()
