"""Somebody with write access to the database moves ciphertext about: it does not open anywhere else."""

from __future__ import annotations

import pytest

from storage import Database, Undecipherable, UnitOfWork
from tests.storage.people import OTHER_TRAEGER, STELLE, TRAEGER, Handed, begin, hand_over
from tests.storage.raw import execute


@pytest.fixture
def two(database: Database) -> tuple[Handed, Handed]:
    return database.write_now(lambda uow: (hand_over(uow, "one"), hand_over(uow, "two", traeger=OTHER_TRAEGER)))


def test_a_session_under_another_persons_row(database: Database, database_url: str, two: tuple[Handed, Handed]) -> None:
    mine, theirs = (handed.stored.session.id for handed in two)
    copy = "UPDATE session SET sealed_state = (SELECT sealed_state FROM session WHERE id = ?) WHERE id = ?"
    execute(database_url, copy, theirs, mine)
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.sessions.load(mine))
    assert database.read_now(lambda uow: uow.sessions.load(theirs)) is not None


def test_a_session_under_another_row_of_the_same_person(database: Database, database_url: str) -> None:
    def twice(uow: UnitOfWork) -> tuple[str, str]:
        first = begin(uow)
        second = begin(uow)
        return first.session.id, second.session.id

    first, second = database.write_now(twice)
    execute(
        database_url, "UPDATE session SET person_id = (SELECT person_id FROM session WHERE id = ?) WHERE id = ?", first, second
    )
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.sessions.load(second))


@pytest.mark.parametrize(
    "change",
    [
        "sealed_brief = (SELECT sealed_brief FROM referral WHERE id = ?)",
        "sealed_case = (SELECT sealed_case FROM referral WHERE id = ?)",
        "person_id = (SELECT person_id FROM referral WHERE id = ?)",
        "sealed_case = sealed_brief, reason = substr(?, 1, 0)",
        "sealed_brief = sealed_case, reason = substr(?, 1, 0)",
    ],
)
def test_a_referral_with_another_content_or_owner(
    database: Database, database_url: str, two: tuple[Handed, Handed], change: str
) -> None:
    execute(database_url, f"UPDATE referral SET {change} WHERE id = ?", two[1].referral, two[0].referral)
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.referrals.get(TRAEGER, (STELLE,), two[0].referral))


def test_a_referral_given_to_another_traeger(database: Database, database_url: str, two: tuple[Handed, Handed]) -> None:
    execute(database_url, "UPDATE referral SET traeger = ? WHERE id = ?", OTHER_TRAEGER, two[0].referral)
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.referrals.get(OTHER_TRAEGER, (STELLE,), two[0].referral))
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.referrals.open_for(OTHER_TRAEGER, (STELLE,)))


def test_another_persons_data_key(database: Database, database_url: str, two: tuple[Handed, Handed]) -> None:
    one, other = (handed.person for handed in two)
    copy = "UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE subject_id = ?) WHERE subject_id = ?"
    execute(database_url, copy, other, one)
    database._data_keys._kept.clear()
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.sessions.load(two[0].stored.session.id))


def test_an_address_or_language_of_another_chat(database: Database, database_url: str, two: tuple[Handed, Handed]) -> None:
    one, other = (handed.chat.id for handed in two)
    copy = "UPDATE chat SET sealed_address = (SELECT sealed_address FROM chat WHERE id = ?) WHERE id = ?"
    execute(database_url, copy, other, one)
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.chats.address_of(one))
    execute(database_url, "UPDATE chat SET sealed_locale = sealed_address WHERE id = ?", other)
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.chats.find("telegram", "two"))


def test_a_message_of_another_row(database: Database, database_url: str, two: tuple[Handed, Handed]) -> None:
    effect = {"effect": "tellstatus", "status": "accepted"}

    def put(uow: UnitOfWork) -> list[str | None]:
        return [uow.outbox.put(two[0].chat.id, effect | {"n": n}, "ar", key=str(n)) for n in range(2)]

    first, second = database.write_now(put)
    copy = "UPDATE outbox SET sealed_effect = (SELECT sealed_effect FROM outbox WHERE id = ?) WHERE id = ?"
    execute(database_url, copy, second, first)
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.outbox.notices(two[0].chat.id))


def test_a_consent_of_another_row(database: Database, database_url: str, two: tuple[Handed, Handed]) -> None:
    execute(database_url, "UPDATE consent SET person_id = ? WHERE id = ?", two[1].person, two[0].consent)
    with pytest.raises(Undecipherable):
        database.read_now(lambda uow: uow.consents.of(two[1].person))
