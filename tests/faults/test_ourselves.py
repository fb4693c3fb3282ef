"""Faults of our own: a step that breaks, a row that is damaged, a page that can't be drawn. Nobody else suffers from it."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from bot.upkeep import sweep_once
from dialogs.effect_json import effect_to_json
from dialogs.effects import Say, Text
from tests.bot.telegram.emulator import Fault
from tests.faults.listed import plants
from tests.faults.scene import Scene, Woman, channel_of
from tests.storage.raw import execute


def _damage(scene: Scene, table: str, column: str, where: str) -> None:
    """One bit of a ciphertext."""
    key = "subject_id" if table == "data_key" else "id"
    for row_id, sealed in execute(scene.url, f"SELECT {key}, {column} FROM {table} WHERE {where}"):
        broken = bytes(sealed)[:-1] + bytes([bytes(sealed)[-1] ^ 1])
        execute(scene.url, f"UPDATE {table} SET {column} = ? WHERE {key} = ?", broken, row_id)


async def _until_given_up(scene: Scene, amina: Woman) -> None:
    """Telegram comes again with its own patience, until it is answered with 200."""
    for _ in range(12):
        if not scene.telegram.pending:
            return
        await scene.later(amina.door, 15)


@plants("step-breaks-once")
async def test_a_step_that_breaks_is_done_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    kept, broken = channel_of(door)._receive, []

    async def receive(inbound: Any) -> Any:
        if len(broken) < 3:
            broken.append(inbound)
            raise ZeroDivisionError("15.03.2027")
        return await kept(inbound)

    channel_of(door)._receive = receive
    await amina.agrees()
    assert scene.telegram.pending, "not acknowledged"
    await _until_given_up(scene, amina)
    await amina.is_at("S01_safety", shown=1)
    assert channel_of(door).counts["faults"] == 3 and channel_of(door).counts["given up"] == 0


@plants("step-always-breaks")
async def test_an_update_that_always_breaks_is_given_up_counted_and_the_person_is_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await amina.goes_to("S02_city")
    before = await amina.session()

    def advance(*given: Any, **named: Any) -> Any:
        raise ZeroDivisionError("Velbert")

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr("bot.step.advance", advance)
        await amina.phone.says("Velbert")
        await _until_given_up(scene, amina)
    assert scene.telegram.pending == [] and await amina.session() == before
    assert channel_of(door).counts["given up"] == 1
    assert any(record.levelname == "CRITICAL" for record in caplog.records)
    assert "Velbert" not in caplog.text, "no word of hers in the log"
    assert amina.sees("ui.trouble") == 1
    await amina.answers("S02_city")
    await scene.settled(door)
    assert (await amina.session()).answers["S02_city"] == "velbert", "then it counts"


@plants("session-damaged")
async def test_a_damaged_session_stops_nobody_else_and_its_person_is_told(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    door = await scene.start()
    amina, berta = Woman(scene, door), Woman(scene, door, "Berta")
    await amina.begins()
    await berta.begins()
    session = await amina.session()
    _damage(scene, "session", "sealed_state", f"id = '{session.id}'")
    await amina.agrees()
    await berta.agrees()
    await scene.settled(door)
    await berta.is_at("S01_safety")
    await _until_given_up(scene, amina)
    assert channel_of(door).counts["given up"] == 1 and amina.sees("ui.trouble") == 1
    assert amina.sees("scr.S01_safety") == 0


@plants("message-damaged")
async def test_a_damaged_message_is_given_up_with_an_alarm_and_the_others_are_sent(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    door = await scene.start()
    amina, berta = Woman(scene, door), Woman(scene, door, "Berta")
    await amina.begins()
    await berta.begins()
    scene.fails(Fault(503), Fault(503))
    await amina.agrees()
    await scene.settled(door)
    await berta.agrees()
    await scene.settled(door)
    assert scene.due == 2
    (first,) = execute(scene.url, "SELECT id FROM outbox WHERE state = 'due' ORDER BY seq LIMIT 1")[0]
    _damage(scene, "outbox", "sealed_effect", f"id = '{first}'")
    with caplog.at_level(logging.ERROR):
        await scene.later(door, 2)
    await berta.is_at("S01_safety")
    assert scene.dead == 1 and not scene.due
    assert any("given up" in record.message for record in caplog.records)
    await amina.phone.says("/help")
    await scene.settled(door)
    assert amina.sees("scr.S01_safety") >= 1


@plants("message-without-words")
async def test_a_message_that_can_not_be_put_into_words_is_given_up_with_an_alarm(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    (chat,) = execute(scene.url, "SELECT id FROM chat")[0]
    unknown = effect_to_json(Say(Text("ui.no_such_sentence")))
    known = effect_to_json(Say(Text("ui.help")))

    def put(uow: Any) -> None:
        uow.outbox.put(chat, {"effect": "hologram"}, "de", key="a")
        uow.outbox.put(chat, unknown, "de", key="b")
        uow.outbox.put(chat, known, "de", key="c")

    with caplog.at_level(logging.ERROR):
        await scene.database.write(put)
        await scene.settled(door)
    assert scene.dead == 2 and not scene.due and amina.sees("ui.help") == 1
    assert sum("given up" in record.message for record in caplog.records) == 2


@plants("page-not-drawable")
async def test_a_page_that_can_not_be_drawn_is_given_up_with_an_alarm_and_the_chat_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()

    def draw(*given: Any) -> Any:
        raise ValueError("an option has no code")

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr("bot.channels.telegram_sending.draw", draw)
        await amina.agrees()
        await scene.settled(door)
    assert scene.dead == 1 and not scene.due and any("given up" in record.message for record in caplog.records)
    assert await amina.open() == "S01_safety"
    await amina.phone.says("/help")
    await scene.settled(door)
    assert amina.sees("ui.help") == 1 and amina.sees("scr.S01_safety") >= 1


@plants("sending-breaks")
async def test_a_fault_of_ours_while_sending_keeps_the_message_and_the_others_go_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    door = await scene.start()
    amina, berta = Woman(scene, door), Woman(scene, door, "Berta")
    await amina.begins()
    await berta.begins()

    def draw(*given: Any) -> Any:
        raise ZeroDivisionError("5000000000")

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr("bot.channels.telegram_sending.draw", draw)
        await amina.agrees()
        await scene.settled(door)
    assert scene.due == 1 and str(amina.phone.id) not in caplog.text
    await berta.agrees()
    await scene.settled(door)
    await berta.is_at("S01_safety")
    await scene.later(door, 301)
    await amina.is_at("S01_safety")
    assert not scene.due


@plants("sweep-meets-damage")
async def test_the_sweep_keeps_every_other_deadline_when_it_meets_damaged_rows(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A session, a waiting message, a hand-over and a whole chat are damaged; everything is over its time."""
    door = await scene.start()
    amina, berta = Woman(scene, door), Woman(scene, door, "Berta")
    await berta.begins()
    await berta.goes_to("reviewing")
    await berta.hands_over()
    assert scene.count("referral", "status = 'waiting'") == 1
    await amina.begins()
    await scene.stop()
    her = execute(scene.url, "SELECT chat_id FROM referral")[0][0]
    execute(scene.url, "UPDATE outbox SET state = 'due', kind = 'other', done_at = NULL, sealed_effect = ?", json.dumps(1).encode())
    for table, column, where in (
        ("session", "sealed_state", "1 = 1"), ("referral", "sealed_case", "1 = 1"), ("referral", "sealed_brief", "1 = 1"),
        ("data_key", "wrapped", f"subject_id = '{her}'"),
    ):  # fmt: skip
        _damage(scene, table, column, where)
    scene.clock.forward(days=43)
    await scene.start(wait=False)
    with caplog.at_level(logging.ERROR):
        while (await sweep_once(scene.database)).more:
            pass
    assert scene.count("session") == 0 or scene.count("session", "status = 'asking'") == 0
    assert scene.count("referral", "status = 'waiting'") == 0
    assert scene.count("inbound") == 0 and scene.count("outbox", "state = 'due' AND kind = 'other'") == 0


@plants("erasure-meets-damage")
async def test_who_wants_to_be_forgotten_is_forgotten_although_a_row_is_damaged(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    scene.fails(Fault(429, retry_after=600))
    await amina.agrees()
    await scene.settled(door)
    _damage(scene, "outbox", "sealed_effect", "state = 'due'")
    assert scene.due == 1
    (person,) = execute(scene.url, "SELECT id FROM person")[0]
    await scene.database.write(lambda uow: uow.persons.erase(person, "asked"))
    assert scene.count("person") == 0 and scene.count("session") == 0 and scene.due == 0
    await scene.later(door, 601)
    assert amina.sees("scr.S01_safety") == 0, "nothing of hers is said any more"
