"""Accounts, sessions and failed logins; counters; the audit log."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from typing import Any

import pytest

from storage import Database, LoginTaken, UnitOfWork
from tests.conftest import Clock

TOKEN = sha256(b"token").hexdigest()


def hire(uow: UnitOfWork, login: str = "amina", **changes: Any) -> str:
    values: dict[str, Any] = {"name": "Amina Yildiz", "role": "case_manager", "traeger": "caritas", "stellen": ("a", "b")}
    return uow.staff.add(login=login, password_hash="$argon2id$x", **(values | changes))


def sign_in(uow: UnitOfWork, staff_id: str, token: str = TOKEN) -> None:
    uow.staff.open_session(staff_id, token, "csrf", uow.now + dt.timedelta(hours=8))


def test_an_account_is_found_by_login_and_by_id(database: Database) -> None:
    staff_id = database.write_now(hire)
    by_login, by_id = database.read_now(lambda uow: (uow.staff.by_login("amina"), uow.staff.get(staff_id)))
    assert by_login == by_id is not None
    assert (by_id.name, by_id.role, by_id.traeger, by_id.stellen) == ("Amina Yildiz", "case_manager", "caritas", ("a", "b"))
    assert not by_id.disabled
    assert database.read_now(lambda uow: (uow.staff.by_login("Amina"), uow.staff.get("person"))) == (None, None)


def test_a_login_is_given_once(database: Database) -> None:
    database.write_now(hire)
    with pytest.raises(LoginTaken):
        database.write_now(hire)
    with pytest.raises(ValueError, match="role"):
        database.write_now(lambda uow: hire(uow, "boris", role="king"))


def test_staff_are_listed_for_one_traeger_or_for_all(database: Database) -> None:
    database.write_now(lambda uow: [hire(uow, "a"), hire(uow, "b", traeger="awo"), hire(uow, "c", traeger=None, role="admin")])
    of_awo, everybody = database.read_now(lambda uow: (uow.staff.all("awo"), uow.staff.all(None)))
    assert [staff.login for staff in of_awo] == ["b"]
    assert [staff.login for staff in everybody] == ["a", "b", "c"]


@pytest.mark.parametrize("login", ["\0", "a\0b", "\ud800", "x" * 100_000, "' OR 1=1 --"])
def test_words_from_a_form_that_are_no_login_find_nobody(database: Database, login: str) -> None:
    assert database.read_now(lambda uow: uow.staff.by_login(login)) is None
    database.write_now(lambda uow: uow.staff.note_login_failure(login))
    assert database.read_now(lambda uow: uow.staff.recent_failures(login, uow.now)) == 1


def test_a_session_ends_by_itself(database: Database, clock: Clock) -> None:
    staff_id = database.write_now(hire)
    database.write_now(lambda uow: sign_in(uow, staff_id))
    session = database.read_now(lambda uow: uow.staff.session(TOKEN))
    assert session is not None
    assert (session.staff.login, session.staff_id, session.csrf) == ("amina", staff_id, "csrf")
    clock.forward(hours=8)
    assert database.read_now(lambda uow: uow.staff.session(TOKEN)) is None


def test_a_session_notes_that_she_is_here_but_not_when_only_looked_at(database: Database, clock: Clock) -> None:
    staff_id = database.write_now(hire)
    database.write_now(lambda uow: sign_in(uow, staff_id))
    begun = clock.now
    clock.forward(minutes=5)
    database.read_now(lambda uow: uow.staff.session(TOKEN))
    database.write_now(lambda uow: uow.staff.session(TOKEN, touch=False))
    still = database.read_now(lambda uow: uow.staff.session(TOKEN))
    assert still is not None and still.last_seen == begun
    database.write_now(lambda uow: uow.staff.session(TOKEN))
    seen = database.read_now(lambda uow: uow.staff.session(TOKEN))
    assert seen is not None and seen.last_seen == clock.now


def test_signing_out_and_locking_end_sessions_at_once(database: Database) -> None:
    staff_id = database.write_now(hire)
    other = sha256(b"other").hexdigest()
    database.write_now(lambda uow: (sign_in(uow, staff_id), sign_in(uow, staff_id, other)))
    database.write_now(lambda uow: uow.staff.end_session(TOKEN))
    assert database.read_now(lambda uow: uow.staff.session(TOKEN)) is None
    assert database.read_now(lambda uow: uow.staff.session(other)) is not None
    database.write_now(lambda uow: uow.staff.disable(staff_id))
    assert database.read_now(lambda uow: uow.staff.session(other)) is None
    locked = database.read_now(lambda uow: uow.staff.get(staff_id))
    assert locked is not None and locked.disabled


def test_a_new_password_is_kept(database: Database) -> None:
    staff_id = database.write_now(hire)
    database.write_now(lambda uow: uow.staff.set_password_hash(staff_id, "new"))
    staff = database.read_now(lambda uow: uow.staff.get(staff_id))
    assert staff is not None and staff.password_hash == "new"


def test_failed_logins_are_counted_from_a_moment_on(database: Database, clock: Clock) -> None:
    database.write_now(lambda uow: uow.staff.note_login_failure("amina"))
    clock.forward(minutes=10)
    database.write_now(lambda uow: [uow.staff.note_login_failure("amina") for _ in range(2)])
    since = clock.now - dt.timedelta(minutes=1)
    counts = database.read_now(lambda uow: [uow.staff.recent_failures(login, since) for login in ("amina", "boris")])
    assert counts == [2, 0]


def test_counters_add_up_by_name_day_and_kreis(database: Database) -> None:
    first, second = dt.date(2026, 11, 21), dt.date(2026, 11, 22)

    def step(uow: UnitOfWork) -> None:
        uow.counters.add("karte_S2", first, "mettmann")
        uow.counters.add("karte_S2", first, "mettmann", 2)
        uow.counters.add("karte_S2", second, "mettmann")
        uow.counters.add("karte_S2", first, "euskirchen")

    database.write_now(step)
    rows = database.read_now(lambda uow: uow.counters.between(first, first))
    assert [(row.kreis, row.n) for row in rows] == [("euskirchen", 1), ("mettmann", 3)]
    rows = database.read_now(lambda uow: uow.counters.between(first, second, "mettmann"))
    assert [(row.day, row.n) for row in rows] == [(first, 3), (second, 1)]
