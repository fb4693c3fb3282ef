"""What knocks at the webhook and is none of ours: refused in the right words, counted, and the next real update is taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from tests.bot.telegram.emulator import SECRET_HEADER
from tests.faults.listed import plants
from tests.faults.scene import SECRET, Scene, Woman, channel_of

RIGHT = {SECRET_HEADER: SECRET}


async def _post(scene: Scene, body: bytes | str, headers: Mapping[Any, Any] = RIGHT) -> int:
    url = scene.server.make_url("/telegram/webhook")
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=dict(headers)) as answer:
        return answer.status


async def _goes_on(scene: Scene, amina: Woman) -> None:
    """Nothing of it has changed anything, and the next real press counts."""
    assert await amina.open() == "F2_notice"
    await amina.agrees()
    await scene.settled(amina.door)
    await amina.is_at("S01_safety")
    assert scene.count("session") == 1 and not scene.dead


async def _ready(scene: Scene) -> Woman:
    amina = Woman(scene, await scene.start())
    await amina.begins()
    return amina


def _hello(amina: Woman, **other: object) -> dict[str, Any]:
    chat = {"id": amina.phone.id, "type": "private"}
    return {"update_id": 1, "message": {"message_id": 9, "date": 1, "chat": chat, "text": "/delete", **other}}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({SECRET_HEADER: "b" * 40}, marks=plants("secret-wrong"), id="wrong"),
        pytest.param({}, marks=plants("secret-missing"), id="missing"),
        pytest.param({SECRET_HEADER: "geheim-äöü-\u2603"}, marks=plants("secret-not-ascii"), id="not ascii"),
    ],
)
async def test_without_the_secret_nobody_enters(scene: Scene, headers: dict[str, str]) -> None:
    amina = await _ready(scene)
    noted = scene.count("inbound")
    assert await _post(scene, json.dumps(_hello(amina)), headers) == 401
    assert channel_of(amina.door).counts["401"] == 1 and scene.count("inbound") == noted
    await _goes_on(scene, amina)


@pytest.mark.parametrize("chunked", [False, True])
@plants("body-too-large")
async def test_a_body_larger_than_any_update_is_not_read(scene: Scene, chunked: bool) -> None:
    amina = await _ready(scene)
    body = json.dumps(_hello(amina, text="x" * 65 * 1024)).encode()
    url = scene.server.make_url("/telegram/webhook")

    async def pieces() -> Any:
        for start in range(0, len(body), 4096):
            yield body[start : start + 4096]

    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(url, data=pieces() if chunked else body, headers=RIGHT) as answer:
                assert answer.status == 413
        except aiohttp.ClientConnectionError:
            assert chunked, "the answer may come before the body has been sent"
    assert channel_of(amina.door).counts["413"] == 1
    await _goes_on(scene, amina)


@plants("not-json")
async def test_what_is_no_update_is_refused(scene: Scene) -> None:
    amina = await _ready(scene)
    bodies = ("", "{", "null", "[]", "[1]", '{"update_id":"x"}', '{"update_id":1,"message":{}}', "<html>")
    for body in bodies:
        assert await _post(scene, body) == 400, body
    assert channel_of(amina.door).counts["400"] == len(bodies)
    await _goes_on(scene, amina)


@plants("json-too-deep")
async def test_json_ten_thousand_deep_is_refused(scene: Scene) -> None:
    amina = await _ready(scene)
    deep = "[" * 10_000 + "]" * 10_000
    inside = json.dumps(_hello(amina, entities="HERE")).replace('"HERE"', deep)
    for body in (deep, '{"a":' * 9_000 + "1" + "}" * 9_000, inside):
        assert await _post(scene, body) == 400, body[:9]
    await _goes_on(scene, amina)


@plants("unknown-update")
async def test_an_update_of_an_unknown_kind_is_acknowledged_and_counted(scene: Scene) -> None:
    """Refused, it would come again for a day and hold up nobody but us."""
    amina = await _ready(scene)
    assert await _post(scene, '{"update_id":77,"hologram":{"chat":{"id":1,"type":"private"}}}') == 200
    assert await _post(scene, json.dumps({"update_id": 78, "message": {"message_id": 1, "chat": {"id": -5, "type": "group"}}})) == 200
    assert channel_of(amina.door).counts["ignored"] == 2
    await _goes_on(scene, amina)


@plants("nul-and-surrogates")
async def test_letters_that_no_database_can_keep_do_no_harm(scene: Scene) -> None:
    amina = await _ready(scene)
    for number, text in enumerate((r"\u0000", r"a\u0000b", r"\ud800", r"\udfff\ud800", r"Vel\u0000bert\ud83d")):
        body = json.dumps({**_hello(amina, text="HERE"), "update_id": number}).replace("HERE", text)
        assert await _post(scene, body) == 200, text
    await scene.settled(amina.door)
    assert channel_of(amina.door).counts["faults"] == 0
    assert (await amina.session()).answers == {} and await amina.open() == "F2_notice"
    await amina.agrees()
    await scene.settled(amina.door)
    assert await amina.open() == "S01_safety" and not scene.due and not scene.dead


@plants("ids-too-large")
async def test_ids_larger_than_any_of_telegrams_are_refused(scene: Scene) -> None:
    amina = await _ready(scene)
    for number in (2**53, 2**63, 2**64, 10**400, -(2**53), 1.5, True):
        forged = _hello(amina)
        forged["message"]["chat"]["id"] = number
        assert await _post(scene, json.dumps(forged)) == 400, number
        assert await _post(scene, json.dumps({**_hello(amina), "update_id": number})) == 400, number
    await _goes_on(scene, amina)


@plants("id-of-52-bits")
async def test_the_largest_ids_that_telegram_may_give_are_taken(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door, person=scene.telegram.person("Amina", language_code="de", id=2**52 - 1))
    scene.telegram.updates._next_id = 2**52 - 20
    await amina.begins()
    await amina.agrees()
    await scene.settled(door)
    await amina.is_at("S01_safety")
