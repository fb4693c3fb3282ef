"""Two want the same hand-over, or she takes it back, or deletes everything: exactly one wins, her will always, and all are told."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp.test_utils import TestClient, TestServer

from admin.app import build_admin
from admin.door.sessions import begin, cookie_name
from bot.settings import Settings
from dialogs.referral import Move
from storage import UnitOfWork, open_database
from tests.bot.telegram.emulator import Fault
from tests.faults.listed import plants
from tests.faults.scene import STELLE, Scene, Woman, until
from tests.storage.raw import execute
from wegweiser import Office


@dataclass
class Desk:
    """Two case managers of one Stelle, each signed in at a dashboard."""

    first: TestClient
    second: TestClient
    path: str

    async def page(self, client: TestClient) -> dict[str, str]:
        text = await (await client.get(self.path)).text()
        return dict(re.findall(r'name="(csrf|version|move)" value="([^"]+)"', text))

    async def accept(self, client: TestClient, fields: dict[str, str]) -> int:
        answer = await client.post(f"{self.path}/annehmen", data=fields, allow_redirects=False)
        return answer.status


@contextlib.asynccontextmanager
async def _desk(scene: Scene) -> AsyncIterator[Desk]:
    settings = Settings(environment="demo", county="mettmann", public_url="http://127.0.0.1")
    traeger = scene.library.county.stellen[STELLE].traeger
    # On PostgreSQL the dashboard is a process of its own; an SQLite file has one writer, whom both share.
    database = open_database(scene.url, scene.keys, clock=scene.clock)
    clients = []
    for login in ("cm1", "cm2"):

        def hire(uow: UnitOfWork, login: str = login) -> str:
            staff = uow.staff.add(
                login=login, name=f"Case Managerin {login}", role="case_manager", traeger=traeger, stellen=(STELLE,),
                password_hash="-",
            )  # fmt: skip
            return begin(uow, uow.staff.get(staff))

        office = Office(settings, "mettmann", "Kreis Mettmann")
        client = TestClient(TestServer(build_admin(database, scene.words, office)))
        await client.start_server()
        token = await database.write(hire)
        client.session.cookie_jar.update_cookies({cookie_name(client.app): token}, client.make_url("/"))
        clients.append(client)
    inbox = await (await clients[0].get("/")).text()
    link = re.search(r'href="(/fall/[0-9a-f]+)"', inbox)
    assert link is not None
    try:
        yield Desk(clients[0], clients[1], link[1])
    finally:
        for client in clients:
            await client.close()
        await asyncio.to_thread(database.close)


async def _handed_over(scene: Scene) -> Woman:
    amina = Woman(scene, await scene.start())
    await amina.begins()
    await amina.goes_to("reviewing")
    await amina.hands_over()
    assert scene.count("referral", "status = 'waiting'") == 1
    return amina


def _moves(scene: Scene) -> list[str]:
    return [row[0] for row in execute(scene.url, "SELECT move FROM referral_move ORDER BY id")]


@plants("two-accept")
async def test_of_two_who_accept_at_once_one_wins_and_the_other_is_told(scene: Scene) -> None:
    amina = await _handed_over(scene)
    async with _desk(scene) as desk:
        pages = [await desk.page(desk.first), await desk.page(desk.second)]
        statuses = await asyncio.gather(desk.accept(desk.first, pages[0]), desk.accept(desk.second, pages[1]))
    assert sorted(statuses) in ([200, 409], [303, 409])
    assert _moves(scene).count(Move.ACCEPT.value) == 1 and scene.count("referral", "status = 'accepted'") == 1
    await scene.settled(amina.door)
    told = execute(scene.url, "SELECT count(*) FROM outbox WHERE kind = 'tellstatus'")[0][0]
    assert told == 1, "she is told once"


@plants("accept-while-withdrawing")
async def test_whoever_comes_first_a_withdrawal_wins_over_an_acceptance(scene: Scene) -> None:
    amina = await _handed_over(scene)
    async with _desk(scene) as desk:
        page = await desk.page(desk.first)
        withdrawn, accepted = await asyncio.gather(amina.presses("ui.withdraw"), desk.accept(desk.first, page))
        await scene.settled(amina.door)
        hook = scene.telegram.updates.hook
        assert hook is not None and (withdrawn, 200) in hook.deliveries
        assert accepted in (200, 303, 409)
        again = await desk.first.get(desk.path)
        assert "Ich brauche länger Hilfe" not in await again.text(), "what was taken back can't be read any more"
    assert [row[0] for row in execute(scene.url, "SELECT status FROM referral")] == ["withdrawn"]
    assert scene.count("referral", "sealed_case IS NOT NULL") == 0
    assert amina.sees("ui.withdrawn") == 1 and not scene.due


@plants("accept-after-withdrawing")
async def test_who_accepts_what_was_just_taken_back_is_told_so(scene: Scene) -> None:
    amina = await _handed_over(scene)
    async with _desk(scene) as desk:
        page = await desk.page(desk.first)
        await amina.presses("ui.withdraw")
        await scene.settled(amina.door)
        assert await desk.accept(desk.first, page) == 409
    assert [row[0] for row in execute(scene.url, "SELECT status FROM referral")] == ["withdrawn"]
    assert Move.ACCEPT.value not in _moves(scene)


@plants("withdraw-twice")
async def test_a_withdrawal_that_comes_twice_is_one(scene: Scene) -> None:
    amina = await _handed_over(scene)
    await amina.presses("ui.withdraw", deliver=False)
    payload = dict(scene.telegram.updates.pending[-1].payload)
    await scene.telegram.deliver()
    await scene.settled(amina.door)
    assert await scene.telegram.redeliver(payload["update_id"], payload) == 200
    await scene.settled(amina.door)
    assert _moves(scene).count(Move.WITHDRAW.value) == 1 and amina.sees("ui.withdrawn") == 1


@plants("hand-over-twice")
async def test_a_consent_pressed_twice_hands_over_once(scene: Scene) -> None:
    amina = Woman(scene, await scene.start())
    await amina.begins()
    await amina.goes_to("reviewing")
    for button in ("ui.summary_ok", "scr.S17_contact.chat", "ui.done"):
        await amina.presses(button)
        await scene.settled(amina.door)
    yes = scene.words.german("scr.S18_handover.yes")
    await amina.phone.presses(yes, deliver=False)
    await amina.phone.presses(yes, deliver=False)
    payloads = [dict(update.payload) for update in scene.telegram.updates.pending]
    await scene.telegram.deliver()
    for payload in payloads:
        assert await scene.telegram.redeliver(payload["update_id"], payload) == 200
    await scene.settled(amina.door)
    assert scene.count("referral") == 1 and _moves(scene) == ["offer"]
    assert scene.count("consent", "purpose = 'C3'") == 1 or scene.count("consent") >= 1


@plants("deletes-while-sending")
async def test_who_deletes_everything_while_a_message_is_on_its_way_is_forgotten(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await amina.phone.says("/delete")
    await scene.settled(door)
    methods, go, slow = scene.telegram.methods.by_name, asyncio.Event(), []
    send = methods["sendmessage"]

    async def slowly(payload: object) -> object:
        slow.append(payload)
        await go.wait()
        return await send(payload)  # type: ignore[arg-type]

    methods["sendmessage"] = slowly  # type: ignore[assignment]
    await amina.phone.says("/help")
    await until(lambda: slow, "the message on its way")
    await amina.presses("delete.yes")
    assert scene.count("person") == 0 and scene.count("session") == 0, "at once, whatever is on its way"
    methods["sendmessage"] = send
    go.set()
    await scene.settled(door)
    assert "gelöscht" in amina.phone.last.text
    assert scene.count("chat") == 0 and scene.count("outbox") == 0 and scene.count("data_key") == 0
    assert amina.phone.unanswered_presses == 0


@plants("deletes-while-telegram-is-down")
async def test_who_deletes_everything_while_telegram_is_down_is_forgotten_and_told_later(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    await amina.phone.says("/delete")
    await scene.settled(door)
    scene.fails(Fault(503), Fault(503))
    await amina.presses("delete.yes")
    await scene.settled(door)
    assert scene.count("person") == 0 and scene.count("session") == 0 and scene.due == 1
    await scene.later(door, 2)
    await scene.later(door, 4)
    assert "gelöscht" in amina.phone.last.text
    assert scene.count("chat") == 0 and scene.count("data_key") == 0


@plants("lease-expired")
async def test_a_late_workers_word_about_a_message_no_longer_counts(scene: Scene) -> None:
    """Two workers: the first stands still until its lease has ended, and the second has taken the message."""
    first = await scene.start()
    amina = Woman(scene, first)
    await amina.begins()
    scene.fails(Fault(503))
    await amina.agrees()
    await scene.settled(first)
    second = await scene.start()
    for door in (first, second):  # nobody but the test claims now
        for task in door.tasks:
            task.cancel()
        await asyncio.gather(*door.tasks, return_exceptions=True)
    for _, database in scene._open:  # what they had asked for already is over
        await database.write(lambda uow: None)
    scene.clock.forward(seconds=2)
    lease = dt.timedelta(seconds=60)
    (row,) = await scene.database.write(lambda uow: uow.outbox.claim("first", lease=lease))
    assert await second.delivery.claim_once() == 0, "it is held"
    scene.clock.forward(seconds=61)
    (again,) = await scene.database.write(lambda uow: uow.outbox.claim("second", lease=lease))
    assert again.id == row.id and again.fence == row.fence + 1

    def late(uow: UnitOfWork) -> list[bool]:
        return [
            uow.outbox.sent(row.id, "first", row.fence), uow.outbox.retry(row.id, "first", uow.now, "x", row.fence),
            uow.outbox.dead(row.id, "first", "x", row.fence), uow.outbox.sent(row.id, "second", row.fence),
        ]  # fmt: skip

    assert await scene.database.write(late) == [False] * 4, "the late words count no more"
    assert scene.due == 1
    scene.clock.forward(seconds=61)
    await scene.settled(second)
    await amina.is_at("S01_safety")
    assert not scene.due and not scene.dead
