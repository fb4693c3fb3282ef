"""The restore drill: people talk, a backup is made meanwhile, more happens, the disk is lost, and it goes on elsewhere."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from bot.app import Door, build_door
from bot.settings import Settings
from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from dialogs.session import Status
from storage import Database, KeyDestroyed, KeyRing, UnitOfWork, reconcile, verify_audit
from storage.ledger import read_ledger
from storage.ledger_upkeep import erased_since
from tests.backup.conftest import Installation
from tests.bot.talk import Visitor, words_of
from tests.dialogs.talk import HILDEN
from tests.storage.people import hand_over
from tests.storage.raw import execute

ERASED = 4


def a_door(database: Database, library: Library, words: Words, installation: Installation) -> Door:
    settings = Settings(environment="demo", county="mettmann", public_url="http://127.0.0.1:1", database_url=installation.url)
    return build_door(database, library, words, settings, clock=installation.clock)


class Noise(threading.Thread):
    """Somebody who writes all the time, until she is told to stop."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.told = threading.Event()
        self.kept = 0

    def run(self) -> None:
        while not self.told.is_set():
            self.database.write_now(lambda uow: uow.counters.add("noise", uow.now.date(), "mettmann"))
            self.kept += 1

    def __enter__(self) -> Noise:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.told.set()
        self.join(30)


def lost(installation: Installation) -> None:
    """The disk with the database is gone; folder of backups, key file and private key are elsewhere."""
    if installation.url.startswith("sqlite"):
        for path in Path(installation.url.removeprefix("sqlite:///")).parent.glob("wegweiser.db*"):
            path.unlink()
    else:
        execute(installation.url, "DROP SCHEMA public CASCADE")


async def test_backup_loss_restore_and_the_conversation_goes_on(
    installation: Installation, library: Library, words: Words
) -> None:
    live = installation.opened()
    door = a_door(live, library, words, installation)
    server = TestServer(door.application)
    await server.start_server()
    stays = Visitor(door.conversation, address="stays", locale="ar")
    done = Visitor(door.conversation, address="done")
    goes = [Visitor(door.conversation, address=f"goes-{number}") for number in range(ERASED)]
    for visitor in (done, *goes):
        await visitor.to_the_end(HILDEN)
    await stays.begin()
    await stays.answer_all(HILDEN, until="S03_age")
    code = (await done.session()).code
    gone_sessions = [(await visitor.session()).id for visitor in goes]
    live.write_now(lambda uow: uow.audit.note("login", staff_id="s", traeger="caritas", object_type=None, object_id=None))
    before = live.read_now(lambda uow: uow.tx.keys.fingerprints())

    with Noise(live) as noise:
        made = await asyncio.to_thread(installation.backup)
        kept_during = noise.kept
    assert kept_during > 0

    # -- after the backup: erasures, another answer, a new hand-over ------------------------------------------------------
    installation.clock.forward(minutes=20)
    for visitor in goes:
        await visitor.say(ev.DeleteAsked())
        await visitor.say(ev.DeleteConfirmed())
        assert await door.conversation.session_at("web", visitor.address) is None
    await stays.answer_all(HILDEN, until="S07_identity")
    late = Visitor(door.conversation, address="late")
    await late.to_the_end(HILDEN)
    late_code = (await late.session()).code
    erased = read_ledger(installation.ledger)
    assert len(erased) >= 2 * ERASED  # each of them, and her chat
    await server.close()
    live.close()
    lost(installation)

    # -- elsewhere ---------------------------------------------------------------------------------------------------------
    installation.clock.forward(minutes=40)
    into = installation.fresh()
    told = installation.restore(made.sealed.path, into)
    assert told.erased_again == 2 * ERASED
    assert told.audit_rows == 1 and told.data_keys > 2 * ERASED
    assert told.open_conversations == told.open_lately == 1
    assert told.last_seen is not None and told.last_seen > told.made_at
    assert sum(told.referrals.values()) == ERASED + 1
    said = "\n".join(told.lines())
    assert "60 minutes ago" in said and "8 erased again" in said and "1 open, 1 of them" in said

    again = installation.opened(into if "://" in into else told.address)
    assert again.read_now(lambda uow: uow.tx.keys.fingerprints()) == before
    audit = verify_audit(again)
    assert audit.first_bad is None and audit.rows == 2  # the restore is in the log too
    readable = [id_ for id_ in gone_sessions if again.read_now(lambda uow, id_=id_: uow.sessions.load(id_)) is not None]
    assert readable == [], "0 of those who were erased can be read"
    stelle, traeger = "ff-caritas", library.county.stellen["ff-caritas"].traeger
    assert len(again.read_now(lambda uow: uow.referrals.open_for(traeger, [stelle])).rows) == 1
    assert again.read_now(lambda uow: uow.referrals.find_by_code(traeger, [stelle], code)) is not None
    assert again.read_now(lambda uow: uow.referrals.find_by_code(traeger, [stelle], late_code)) is None

    door = a_door(again, library, words, installation)
    server = TestServer(door.application)
    await server.start_server()
    try:
        back = Visitor(door.conversation, address="stays", locale="ar")
        back.count = 1000
        assert (await back.session()).open == "S03_age", "her answers since the backup are lost, the earlier ones are not"
        assert words_of(await back.look())
        await back.answer_all(HILDEN)
        session = await back.session()
        await back.say(ev.Confirmed(session.prompt), session=session.id)
        await back.answer_all(HILDEN)
        assert (await back.session()).status is Status.FINISHED
        assert len(again.read_now(lambda uow: uow.referrals.open_for(traeger, [stelle])).rows) == 2
    finally:
        await server.close()
        again.close()


def test_replaying_twice_changes_nothing_and_the_restored_table_knows_the_whole_ledger(
    installation: Installation, live: Database
) -> None:
    from storage.backup_replay import erase_again

    handed = [live.write_now(hand_over) for _ in range(3)]
    made = installation.backup()
    live.write_now(lambda uow: uow.persons.erase(handed[0].person, "asked"))
    newcomer = live.write_now(hand_over)
    live.write_now(lambda uow: uow.persons.erase(newcomer.person, "asked"))
    into = installation.fresh()
    told = installation.restore(made.sealed.path, into)
    assert told.erased_again == 1
    again = installation.opened(into if "://" in into else told.address)
    try:
        entries = read_ledger(installation.ledger)
        assert erase_again(again, entries) == 0
        in_table = {entry.mark for entry in again.read_now(erased_since)}
        assert in_table == {entry.mark for entry in entries}, "also of those whom this backup never knew"
        assert again.read_now(lambda uow: uow.sessions.load(handed[1].stored.session.id)) == handed[1].stored
        installation.ledger.write_bytes(b"")
        assert reconcile(again) == len(in_table), "the file can be written anew from the table"
        assert {entry.mark for entry in read_ledger(installation.ledger)} == in_table
    finally:
        again.close()


def test_who_ran_out_is_erased_again_without_taking_her_hand_over_back(installation: Installation, live: Database) -> None:
    asked, ran_out = live.write_now(hand_over), live.write_now(hand_over)
    made = installation.backup()
    live.write_now(lambda uow: uow.persons.erase(asked.person, "asked"))
    live.write_now(lambda uow: uow.persons.erase(ran_out.person, "retention"))
    told = installation.restore(made.sealed.path, installation.fresh())
    assert told.erased_again == 2 and dict(told.referrals) == {"waiting": 1, "withdrawn": 1}


def test_messages_that_are_old_or_may_have_been_sent_are_not_sent_again(installation: Installation, live: Database) -> None:
    clock = installation.clock

    def put(uow: UnitOfWork, key: str, who: str = "somebody", **more: object) -> None:
        chat = uow.chats.open("telegram", who, "de")
        uow.outbox.put(chat.id, {"effect": "say", "text": key}, "de", key=key, **more)  # type: ignore[arg-type]

    begun = clock()
    live.write_now(lambda uow: put(uow, "stale"))
    live.write_now(lambda uow: put(uow, "tomorrow-noon", not_before=begun.replace(hour=12, day=begun.day + 1)))
    live.write_now(lambda uow: put(uow, "in-a-week", not_before=begun.replace(day=begun.day + 7)))
    clock.forward(hours=20)
    live.write_now(lambda uow: put(uow, "fresh", "somebody else"))
    held = live.write_now(lambda uow: uow.outbox.claim("a worker that is lost", lease=dt.timedelta(days=9)))
    assert len(held) == 2
    made = installation.backup()
    live.close()
    clock.forward(hours=10)
    told = installation.restore(made.sealed.path, installation.fresh())
    assert (told.messages.stale, told.messages.reminders, told.messages.again) == (1, 1, 1)

    # Somebody knows that it stopped before the reminder was due: then it comes.
    into = installation.fresh()
    known = installation.restore(made.sealed.path, into, ran_until=begun.replace(hour=11, day=begun.day + 1))
    assert (known.messages.stale, known.messages.reminders, known.messages.again) == (1, 0, 2)
    again = installation.opened(into if "://" in into else known.address)
    try:
        sent = []
        while rows := again.write_now(lambda uow: uow.outbox.claim("w", lease=clock() - begun)):
            sent += [row.effect["text"] for row in rows]
            again.write_now(lambda uow, rows=rows: [uow.outbox.sent(row.id, "w") for row in rows])
        assert sorted(sent) == ["fresh", "tomorrow-noon"], "a lease of the lost program holds nothing up"
    finally:
        again.close()


def test_the_sealed_file_holds_no_plain_word_and_no_key(installation: Installation, live: Database) -> None:
    secret = "Kanarienvogel-7431-im-Freitext"
    live.write_now(lambda uow: hand_over(uow, payload={"rows": [["S", secret]], "decision": {"rule": "M09"}, "contact": secret}))
    live.write_now(lambda uow: uow.staff.add(login="anna-canary", name="Anna", role="case_manager", traeger="caritas",
                                             stellen=("x",), password_hash="argon-canary"))  # fmt: skip
    raw = installation.backup().sealed.path.read_bytes()
    for word in (secret, "anna-canary", "argon-canary", "SQLite format 3", "PGDMP", "key_check_fingerprint"):
        for coded in (word.encode(), word.encode("utf-16-le"), word.encode().hex().encode()):
            assert coded not in raw
    for line in installation.keys.read_text().splitlines() + installation.private.read_text().splitlines():
        key = line.partition('"')[2].rstrip('"')
        assert not key or key.encode() not in raw
    assert "keys.toml" not in {path.name for path in installation.folder.iterdir()}


def test_a_restored_person_with_another_key_is_not_there_at_all(installation: Installation, live: Database) -> None:
    """What `erased` means: the key is gone, not only the row that points to it."""
    handed = live.write_now(hand_over)
    made = installation.backup()
    live.write_now(lambda uow: uow.persons.erase(handed.person, "asked"))
    into = installation.fresh()
    told = installation.restore(made.sealed.path, into)
    again = installation.opened(into if "://" in into else told.address)
    try:
        with pytest.raises(KeyDestroyed):
            again.read_now(lambda uow: uow.tx.cipher(handed.person))
        mark = KeyRing.from_file(installation.keys).ledger(handed.person)
        assert mark in {entry.mark for entry in again.read_now(erased_since)}
    finally:
        again.close()
