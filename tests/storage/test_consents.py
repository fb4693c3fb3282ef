"""Consents: given, refused, withdrawn; per purpose and recipient."""

from __future__ import annotations

from storage import Database
from tests.conftest import Clock
from tests.storage.people import OTHER_STELLE, STELLE, begin, consented


def test_a_consent_keeps_the_exact_text_language_and_time(database: Database, clock: Clock) -> None:
    person = database.write_now(begin).person_id
    consent_id = database.write_now(lambda uow: consented(uow, person))
    (row,) = database.read_now(lambda uow: uow.consents.of(person))
    assert (row.id, row.purpose, row.given, row.recipient) == (consent_id, "C3", True, STELLE)
    assert (row.text_id, row.text_version, row.text_sha256) == ("scr.S18_handover", "scr-2026-11", "ab" * 32)
    assert (row.locale, row.channel, row.at, row.withdrawn_at) == ("ar", "telegram", clock.now, None)


def test_a_refusal_is_kept_as_well(database: Database) -> None:
    person = database.write_now(begin).person_id
    database.write_now(lambda uow: consented(uow, person, given=False))
    assert [row.given for row in database.read_now(lambda uow: uow.consents.of(person))] == [False]


def test_a_withdrawal_concerns_the_named_recipient_only(database: Database, clock: Clock) -> None:
    person = database.write_now(begin).person_id
    database.write_now(lambda uow: [consented(uow, person, recipient=stelle) for stelle in (STELLE, OTHER_STELLE)])
    clock.forward(days=1)
    assert database.write_now(lambda uow: uow.consents.withdraw(person, "C3", STELLE)) == 1
    rows = database.read_now(lambda uow: uow.consents.of(person))
    assert {row.recipient: row.withdrawn_at for row in rows} == {STELLE: clock.now, OTHER_STELLE: None}
    assert database.write_now(lambda uow: uow.consents.withdraw(person, "C3")) == 1
    assert database.write_now(lambda uow: uow.consents.withdraw(person, "C3")) == 0


def test_nobody_sees_the_consents_of_another_person(database: Database) -> None:
    one, other = database.write_now(lambda uow: (begin(uow).person_id, begin(uow).person_id))
    database.write_now(lambda uow: consented(uow, one))
    assert database.read_now(lambda uow: (uow.consents.of(other), uow.consents.of(None))) == ((), ())
