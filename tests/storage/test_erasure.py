"""Erasing: everything about a person is gone, nothing about somebody else is, and the file itself holds no trace."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from storage import Database, KeyDestroyed, UnitOfWork
from tests.storage.people import STELLE, TRAEGER, Handed, begin, hand_over
from tests.storage.raw import execute

# Plain words that would say who, what or where; in four scripts.
CANARIES = (
    "Kanarienvogel-Velbert", "зяблик-0151-2345678", "عصفور-الكناري", "ካናሪ-ወፍ", "canary-rule-M09", "canary-because",
    "canary-stelle-x", "canary-locale", "canary-session-code", "canary-event-id", "canary-address-4711", "canary-question",
    "canary-outbox-key", "🐤🐤🐤-payload", "canary-condition", "canary-dienst-contact",
)  # fmt: skip
PLANTED = "canary-planted-on-purpose"


def plant(uow: UnitOfWork) -> Handed:
    """One of the strings in every field that may hold something about a person."""
    (
        kommune,
        phone,
        need,
        name,
        rule,
        because,
        recipient,
        locale,
        code,
        event,
        address,
        question,
        key,
        payload,
        condition,
        contact,
    ) = CANARIES
    uow.inbound.note("telegram", event)
    stored = begin(uow, address, locale=locale, answers={question: need, "S02_city": kommune}, code=code, stelle=recipient)
    uow.chats.set(stored.chat_id, locale=locale)
    consent = uow.consents.keep(
        stored.person_id, purpose="C3", given=True, recipient=recipient, text_id="t", text_version="1",
        text_sha256="0" * 64, locale=locale, channel="telegram",
    )  # fmt: skip
    referral = uow.referrals.offer(
        person_id=stored.person_id, session_id=stored.session.id, consent_id=consent, traeger=TRAEGER, stelle=STELLE,
        dienst="KIM_CM", rule=rule, rules_version=rule, mode="referral", urgent=True, condition=condition, kommune=kommune,
        locale=locale, because=because, code=code,
        payload={"rows": [[question, need]], "decision": {"x": payload}, "contact": contact + phone + name},
    )  # fmt: skip
    effect = {"effect": "tellstatus", "session": stored.session.id, "words": name}
    uow.outbox.put(stored.chat_id, effect, locale, key=key)
    chat = uow.chats.find("telegram", address)
    assert chat is not None
    return Handed(stored, chat, consent, referral)


def forms(text: str) -> set[bytes]:
    """The string as it might lie in a file: UTF-8, UTF-16, escaped in JSON, base64 at any offset, hex."""
    import base64
    import json

    raw = text.encode()
    found = {raw, text.encode("utf-16-le"), text.encode("utf-16-be"), json.dumps(text)[1:-1].encode(), raw.hex().encode()}
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        found.add(coded[4:-4])
    return {form for form in found if len(form) >= 8}


def scan(folder: Path, words: tuple[str, ...]) -> set[str]:
    """Which of the strings lie in any file of the folder, in any form."""
    files = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    return {word for word in words if any(form in content for form in forms(word) for content in files)}


def test_no_file_of_the_database_holds_a_plain_word(sqlite_database: Database, tmp_path: Path) -> None:
    sqlite_database.write_now(plant)
    assert (tmp_path / "wegweiser.db-wal").stat().st_size > 0
    assert scan(tmp_path, CANARIES) == set()


def test_the_scanner_finds_what_is_planted(sqlite_database: Database, tmp_path: Path) -> None:
    sqlite_database.write_now(lambda uow: uow.audit.note(PLANTED, staff_id=None, traeger=None, object_type=None, object_id=None))
    assert scan(tmp_path, (*CANARIES, PLANTED)) == {PLANTED}
    for number, form in enumerate(sorted(forms(CANARIES[2]))):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "x").write_bytes(b"\0\0" + form + b"\0")
        assert scan(folder, CANARIES) == {CANARIES[2]}


@pytest.mark.postgres
def test_no_dump_of_the_database_holds_a_plain_word(postgres_url: str, keys: Any) -> None:
    from storage import open_database
    from storage.columns import metadata

    database = open_database(postgres_url, keys)
    database.write_now(plant)
    database.write_now(lambda uow: uow.audit.note(PLANTED, staff_id=None, traeger=None, object_type=None, object_id=None))
    database.close()
    dump = b"".join(
        bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
        for table in metadata.tables
        for row in execute(postgres_url, f"SELECT * FROM {table}")
        for value in row
    )
    assert {word for word in (*CANARIES, PLANTED) if any(form in dump for form in forms(word))} == {PLANTED}


def secrets_of(url: str, handed: Handed) -> list[bytes]:
    """The wrapped keys and the ciphertexts of this person and chat, as they lie in the file now."""
    values = execute(url, "SELECT wrapped FROM data_key WHERE subject_id IN (?, ?)", handed.person, handed.chat.id)
    values += execute(url, "SELECT sealed_state FROM session WHERE id = ?", handed.stored.session.id)
    values += execute(url, "SELECT sealed_brief FROM referral WHERE id = ?", handed.referral)
    values += execute(url, "SELECT sealed_effect FROM outbox WHERE chat_id = ?", handed.chat.id)
    values += execute(url, "SELECT address_bi FROM chat WHERE id = ?", handed.chat.id)
    return [bytes(row[0]) for row in values]


def lying_about(folder: Path, secrets: list[bytes]) -> int:
    files = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    return sum(any(secret[:40] in content for content in files) for secret in secrets)


def test_after_erasing_the_key_is_nowhere_in_the_file_or_its_log(
    sqlite_database: Database, sqlite_url: str, tmp_path: Path
) -> None:
    sqlite_database.write_now(lambda uow: [hand_over(uow) for _ in range(20)])
    handed = sqlite_database.write_now(plant)
    sqlite_database.write_now(lambda uow: [hand_over(uow) for _ in range(20)])
    secrets = secrets_of(sqlite_url, handed)
    assert len(secrets) == 6 and lying_about(tmp_path, secrets) == 6
    sqlite_database.write_now(lambda uow: uow.chats.erase(handed.chat.id))
    assert lying_about(tmp_path, secrets) == 0
    assert scan(tmp_path, CANARIES) == set()


@contextmanager
def long_reader(path: Path) -> Iterator[None]:
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM person").fetchone()
    yield
    reader.execute("ROLLBACK")
    reader.close()


def test_somebody_reading_delays_the_overwriting_but_does_not_prevent_it(
    sqlite_database: Database, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.writer.SHRED_AGAIN_SECONDS", 0.01)
    handed = sqlite_database.write_now(plant)
    secrets = secrets_of(sqlite_url, handed)
    with long_reader(tmp_path / "wegweiser.db"):
        sqlite_database.write_now(lambda uow: uow.chats.erase(handed.chat.id))
        assert lying_about(tmp_path, secrets) > 0
    sqlite_database.write_now(lambda uow: None)
    sqlite_database.close()
    assert lying_about(tmp_path, secrets) == 0


def test_an_erased_person_is_gone_from_every_method(database: Database) -> None:
    handed = database.write_now(plant)
    database.write_now(lambda uow: uow.persons.erase(handed.person, "asked"))

    def look(uow: UnitOfWork) -> list[object]:
        session = handed.stored.session
        return [
            uow.sessions.load(session.id),
            uow.sessions.find_by_code(session.code),
            uow.consents.of(handed.person),
            uow.referrals.of_session(session.id),
            uow.referrals.find_by_code(TRAEGER, (STELLE,), session.code),
            uow.outbox.notices(handed.chat.id),
            uow.sessions.of_chat(handed.chat.id),
        ]

    assert [bool(found) for found in database.read_now(look)] == [False] * 7
    with pytest.raises(KeyDestroyed):
        database.write_now(lambda uow: uow.tx.cipher(handed.person))


def test_the_stelle_sees_only_that_it_was_taken_back(database: Database) -> None:
    handed = database.write_now(plant)
    database.write_now(lambda uow: uow.persons.erase(handed.person, "asked"))
    case = database.read_now(lambda uow: uow.referrals.get(TRAEGER, (STELLE,), handed.referral))
    assert case is not None
    assert (case.status, case.payload, case.kommune, case.code_hint) == ("withdrawn", {}, "", "")
    assert (case.person_id, case.session_id, case.chat_id, case.consent_id) == (None, None, None, None)
    history = database.read_now(lambda uow: uow.referrals.history(TRAEGER, handed.referral))
    assert [(row.move, row.by) for row in history] == [("offer", "person"), ("withdraw", "person")]


def test_the_proof_of_a_consent_stays_without_a_person(database: Database, database_url: str) -> None:
    handed = database.write_now(plant)
    database.write_now(lambda uow: uow.persons.erase(handed.person, "asked"))
    assert execute(database_url, "SELECT person_id, purpose FROM consent WHERE id = ?", handed.consent) == [(None, "C3")]


def test_the_ledger_knows_that_and_when_but_not_who(database: Database, database_url: str, keys: Any) -> None:
    handed = database.write_now(plant)
    database.write_now(lambda uow: uow.chats.erase(handed.chat.id))
    rows = execute(database_url, "SELECT subject_mac, reason FROM erasure")
    assert {bytes(row[0]) for row in rows} == {keys.ledger(handed.person), keys.ledger(handed.chat.id)}
    assert {row[1] for row in rows} == {"asked"}


def test_erasing_twice_is_harmless(database: Database, database_url: str) -> None:
    handed = database.write_now(plant)
    for _ in range(2):
        database.write_now(lambda uow: uow.persons.erase(handed.person, "asked"))
    assert len(execute(database_url, "SELECT id FROM erasure")) == 1


def test_another_person_on_the_same_phone_keeps_everything(database: Database) -> None:
    mother = database.write_now(lambda uow: hand_over(uow, "phone"))
    child = database.write_now(lambda uow: hand_over(uow, "phone"))

    def put(uow: UnitOfWork) -> None:
        for handed in (mother, child):
            effect = {"effect": "tellstatus", "session": handed.stored.session.id, "referral": handed.referral}
            uow.outbox.put(handed.chat.id, effect, "ar", key=handed.person)
        uow.outbox.put(mother.chat.id, {"effect": "say", "text": {"key": "ui.hello"}}, "ar", key="say")

    database.write_now(put)
    database.write_now(lambda uow: uow.persons.erase(mother.person, "asked"))
    left = database.read_now(lambda uow: uow.outbox.notices(mother.chat.id))
    assert [row.effect.get("session") for row in left] == [child.stored.session.id, None]
    assert database.read_now(lambda uow: uow.sessions.load(child.stored.session.id)) is not None
    assert database.read_now(lambda uow: uow.chats.find("telegram", "phone")) is not None


def test_erasing_a_chat_erases_everybody_on_this_phone(database: Database) -> None:
    mother = database.write_now(lambda uow: hand_over(uow, "phone"))
    child = database.write_now(lambda uow: hand_over(uow, "phone"))
    elsewhere = database.write_now(lambda uow: hand_over(uow, "another phone"))
    database.write_now(lambda uow: uow.chats.erase(mother.chat.id))
    loaded = database.read_now(
        lambda uow: [uow.sessions.load(handed.stored.session.id) is not None for handed in (mother, child, elsewhere)]
    )
    assert loaded == [False, False, True]
    assert database.read_now(lambda uow: uow.chats.find("telegram", "phone")) is None


def test_a_phone_on_which_somebody_went_on_counts_as_hers(database: Database) -> None:
    stored = database.write_now(lambda uow: begin(uow, "first"))
    second = database.write_now(lambda uow: uow.chats.open("web", "second", "ar"))
    database.write_now(lambda uow: uow.chats.set(second.id, session_id=stored.session.id))
    database.write_now(lambda uow: uow.chats.erase(second.id))
    assert database.read_now(lambda uow: uow.sessions.load(stored.session.id)) is None
    first = database.read_now(lambda uow: uow.chats.find("telegram", "first"))
    assert first is not None and first.session_id is None


def test_a_reader_who_began_before_can_not_bring_the_key_back(database: Database) -> None:
    handed = database.write_now(plant)
    database._data_keys._kept.clear()

    def slowly(uow: UnitOfWork) -> None:
        assert uow.sessions.load("nobody") is None  # the snapshot is taken here
        database.write_now(lambda other: other.persons.erase(handed.person, "asked"))
        uow.sessions.load(handed.stored.session.id)  # still there, in this snapshot

    database.read_now(slowly)
    assert handed.person not in database._data_keys._kept


def test_of_a_failed_erasure_nothing_is_lost(database: Database) -> None:
    handed = database.write_now(plant)

    def fails(uow: UnitOfWork) -> None:
        uow.persons.erase(handed.person, "asked")
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(fails)
    assert database.read_now(lambda uow: uow.sessions.load(handed.stored.session.id)) == handed.stored
