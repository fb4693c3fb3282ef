"""`/healthz`, `/readyz`, `/metrics` on all three doors: what they say, and to whom."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.alarms import ALARMS
from bot.metrics import FAMILIES, PREFIX
from bot.readiness import CODES, Readiness
from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from storage import Database, UnitOfWork, open_database, write_something
from storage.keys import KeyRing
from tests.bot.talk import Visitor
from tests.bot.telegram.emulator import Emulator, Fault
from tests.conftest import Clock
from tests.operations.doors import Doors, opened

TOKEN = "a-token-of-an-operator-0123"
ASK = {"effect": "ask", "session": "s1", "question": "S04_status", "kind": "single"}


@pytest.fixture
async def doors(
    database: Database, database_url: str, library: Library, words: Words, clock: Clock
) -> AsyncIterator[Doors]:
    async with opened(database, database_url, library, words, clock) as found:
        yield found


async def numbers(doors: Doors, client: object = None) -> dict[str, dict[tuple[str, ...], float]]:
    answer = await (client or doors.bot).get("/metrics")  # type: ignore[attr-defined]
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(await answer.text()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


async def test_every_door_lives_is_ready_and_has_numbers_of_its_own(doors: Doors) -> None:
    for client in doors.all:
        for path in ("/healthz", "/readyz"):
            answer = await client.get(path)
            assert (answer.status, await answer.json()) == (200, {"status": "ok"}), "no figures for strangers"
            assert answer.headers["Cache-Control"] == "no-store"
        found = await numbers(doors, client)
        assert found["wegweiser_ready"] == {(): 1.0}
        assert found["wegweiser_http_requests_total"]["/readyz", "2xx"] == 1
        assert found["wegweiser_database_bytes"][()] > 0 and found["process_resident_memory_bytes"][()] > 0
        assert ("wegweiser_events_total" in found or "wegweiser_alarm" in found) == (client is doors.bot)


async def test_every_number_on_the_page_is_in_the_table_with_its_labels(doors: Doors) -> None:
    page = await (await doors.bot.get("/metrics")).text()
    for family in text_string_to_metric_families(page):
        if family.name.startswith(PREFIX):
            known = FAMILIES[family.name.removeprefix(PREFIX)]
            assert (family.type, family.documentation) == (known.kind, known.meaning)
            labels = {name for sample in family.samples for name in sample.labels} - {"le"}
            assert labels <= set(known.labels)


async def test_events_are_counted_by_what_became_of_them(doors: Doors) -> None:
    watched = Visitor(doors.door.conversation)
    watched.conversation.receive = doors.door.entrance.receiving(doors.door.conversation.receive)  # type: ignore[method-assign]
    await watched.say(ev.Started("self", "de", None), event_id="1")
    await watched.say(ev.Started("self", "de", None), event_id="1")
    found = await numbers(doors)
    assert found["wegweiser_events_total"] == {("web", "taken"): 1.0, ("web", "duplicate"): 1.0}
    assert found["wegweiser_acknowledgement_seconds_count"]["web",] == 2
    assert found["wegweiser_acknowledgement_seconds_bucket"]["web", "+Inf"] == 2


async def test_a_path_with_an_id_is_counted_by_its_template(doors: Doors) -> None:
    await doors.bot.get("/z/SLIP-7Q2K9?Amina=Yildiz")
    await doors.bot.get("/does/not/exist/4711")
    await doors.admin.get("/fall/0123abcd", allow_redirects=False)
    page = await (await doors.bot.get("/metrics")).text() + await (await doors.admin.get("/metrics")).text()
    assert 'route="/z/{slip}",status="2xx"' in page and 'route="/fall/{id}",status="3xx"' in page
    assert not re.search("SLIP|Amina|4711|0123abcd", page)


# -- who may read the numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "127.0.0.1"}, {"X-Real-IP": "::1"}, {"Forwarded": "for=127.0.0.1"}, {"Via": "1.1 x"},
     {"Host": "wegweiser.example"}, {"Host": "[::bad"}],
)  # fmt: skip
async def test_without_a_token_nobody_reads_the_numbers_through_a_proxy(doors: Doors, headers: dict[str, str]) -> None:
    for client in doors.all:
        answer = await client.get("/metrics", headers=headers)
        assert answer.status == 403 and "wegweiser_" not in await answer.text()


async def test_with_a_token_only_who_has_it_reads_the_numbers(
    sqlite_database: Database, tmp_path: Path, library: Library, words: Words, clock: Clock
) -> None:
    url = f"sqlite:///{tmp_path}/one.db"
    async with opened(sqlite_database, url, library, words, clock, metrics_token=TOKEN) as doors:
        for client in doors.all:
            assert (await client.get("/metrics")).status == 403, "being on this machine is not enough any more"
            for wrong in (f"Bearer {TOKEN}x", TOKEN, "Bearer ", "Bearer ü"):
                assert (await client.get("/metrics", headers={"Authorization": wrong})).status == 403
            far = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "192.0.2.7", "Host": "wegweiser.example"}
            answer = await client.get("/metrics", headers=far)
            assert answer.status == 200 and TOKEN not in await answer.text()


# -- ready or not ------------------------------------------------------------------------------------------------------


def test_the_probe_is_a_real_write_that_others_can_see(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "one.db") as other:
        before = other.execute("PRAGMA data_version").fetchone()
        sqlite_database.write_now(lambda uow: None)
        assert other.execute("PRAGMA data_version").fetchone() == before, "an empty step writes nothing"
        sqlite_database.write_now(write_something)
        assert other.execute("PRAGMA data_version").fetchone() != before
    other.close()


async def test_a_thousand_askers_cause_one_write(database: Database) -> None:
    readiness = Readiness(database, kept=60)
    assert set(await asyncio.gather(*(readiness.wrong() for _ in range(900)))) == {()}
    for _ in range(100):
        assert await readiness.wrong() == ()
    assert readiness.probes == 1


async def test_a_locked_database_is_not_ready_and_is_again_when_it_is_free(
    sqlite_database: Database, tmp_path: Path, library: Library, words: Words, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.readiness.PATIENCE", 0.2)
    async with opened(sqlite_database, f"sqlite:///{tmp_path}/one.db", library, words, clock) as doors:
        doors.door.entrance.closed = False
        other = sqlite3.connect(tmp_path / "one.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = await doors.bot.get("/readyz")
        assert (answer.status, await answer.json()) == (503, {"status": "not ready", "wrong": ["database"]})
        assert answer.headers["Retry-After"] == "5"
        other.execute("ROLLBACK")
        other.close()
        async with asyncio.timeout(20):
            while (await doors.bot.get("/readyz")).status != 200:
                await asyncio.sleep(0.1)


async def test_a_message_due_for_more_than_five_minutes_is_not_ready(database: Database, clock: Clock) -> None:
    def step(uow: UnitOfWork) -> None:
        uow.outbox.put(uow.chats.open("telegram", "1", "de").id, ASK, "de", key="1")

    await database.write(step)
    clock.forward(seconds=299)
    assert await Readiness(database).wrong() == ()
    clock.forward(seconds=2)
    assert await Readiness(database).wrong() == ("outbox",)


async def test_keys_that_do_not_unwrap_are_not_ready(database: Database, keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    from storage import Undecipherable

    def refuse(*_: object) -> bytes:
        raise Undecipherable("changed")

    monkeypatch.setattr(keys, "unwrap", refuse)
    assert await Readiness(database).wrong() == ("keys",)


async def test_telegrams_trouble_and_its_failed_deliveries_are_told_as_codes(
    sqlite_database: Database, tmp_path: Path, library: Library, words: Words, clock: Clock
) -> None:
    async with (
        Emulator() as telegram,
        opened(sqlite_database, f"sqlite:///{tmp_path}/one.db", library, words, clock, telegram=telegram) as doors,
    ):
        assert doors.door.lookout is not None and doors.door.telegram is not None
        assert (await doors.bot.get("/readyz")).status == 200
        hook = telegram.updates.hook
        assert hook is not None
        hook.last_error, hook.last_error_date = "Wrong response from the webhook: 500", int(clock().timestamp()) - 10
        await doors.door.lookout.look()
        answer = await (await doors.bot.get("/readyz")).json()
        assert answer == {"status": "not ready", "wrong": ["webhook"]}
        found = await numbers(doors)
        assert found["wegweiser_webhook_error_seconds"] == {(): 10.0} and found["wegweiser_webhook_pending"] == {(): 0.0}
        assert found["wegweiser_alarm"]["webhook_error",] == 1 and set(found["wegweiser_alarm"]) == {(name,) for name in ALARMS}
        clock.forward(seconds=301)
        telegram.revoked = True
        await doors.door.lookout.look()
        assert (await (await doors.bot.get("/readyz")).json())["wrong"] == ["telegram"]
        telegram.revoked = False
        await doors.door.lookout.look()
        assert (await doors.bot.get("/readyz")).status == 200
        assert set(CODES) >= {"webhook", "telegram", "stopping", "database", "keys", "outbox"}


async def test_what_became_of_messages_and_how_long_telegram_made_us_wait_is_counted(
    sqlite_database: Database, tmp_path: Path, library: Library, words: Words, clock: Clock
) -> None:
    async with (
        Emulator() as telegram,
        opened(sqlite_database, f"sqlite:///{tmp_path}/one.db", library, words, clock, telegram=telegram) as doors,
    ):
        telegram.fail("sendMessage", Fault(429, retry_after=30))
        await telegram.person().says("/start")
        await doors.door.delivery.settled()
        clock.forward(seconds=31)
        async with asyncio.timeout(20):
            while not doors.door.delivery.counts["sent"]:
                await asyncio.sleep(0.01)
        await doors.bot.post("/telegram/webhook", headers={"X-Telegram-Bot-Api-Secret-Token": "wrong"})
        found = await numbers(doors)
        assert found["wegweiser_sent_total"] == {("retried",): 1.0, ("sent",): 1.0}
        assert found["wegweiser_retry_after_seconds_total"] == {(): 30.0}
        assert found["wegweiser_webhook_answers_total"]["401",] == 1
        assert found["wegweiser_events_total"]["telegram", "taken"] == 1


def test_the_desk_is_ready_without_keys(sqlite_database: Database, tmp_path: Path) -> None:
    desk = open_database(f"sqlite:///{tmp_path}/one.db", None)
    try:
        assert asyncio.run(Readiness(desk, keyless=True).wrong()) == ()
    finally:
        desk.close()
