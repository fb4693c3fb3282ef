"""No word of a person, and no secret of the staff, lies anywhere but sealed in its place: everything at DEBUG.

Real conversations in the web chat and in Telegram, a whole office, every field, header, cookie and address filled with
canaries, failures planted on the way that quote them; then everything the program has written is searched.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import psycopg
import pytest

from admin.door.sessions import begin, cookie_name
from bot import journal
from bot.alarms import ALARMS
from bot.doctor import examine
from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from storage import KeyRing, UnitOfWork, open_database
from tests.admin.office import CHEAP_HASH
from tests.bot.talk import Visitor
from tests.bot.telegram.emulator import Emulator, Fault
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN
from tests.operations.canaries import SCRIPTS, Cage, disguises, found
from tests.operations.conftest import LIBRARIES
from tests.operations.doors import Doors, opened

HEADERS = ("User-Agent", "Accept-Language", "X-Forwarded-For", "Referer", "Origin", "If-None-Match", "Prefer", "X-Request-Id",
           "Forwarded", "Authorization", "Accept", "Sec-Fetch-Site", "Content-Language", "From", "Via")  # fmt: skip


# -- the search itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [name for name, _ in disguises("x")])
@pytest.mark.parametrize("script", ["", *SCRIPTS[:4], "🐤"])
def test_the_search_finds_a_canary_in_every_disguise(form: str, script: str) -> None:
    canary = f"{script}qzxkvbnmpjt"
    disguised = dict(disguises(canary))[form]
    for before in (b"", b"x", b"ab", b"\xff\x00\xfe"):
        assert any(needle in before + disguised + b"tail" for name, needle in disguises(canary) if name == form)
    assert found(["qzxkvbnmpjt"], {"log": b"line\n" + dict(disguises("qzxkvbnmpjt"))[form]})
    assert not found(["qzxkvbnmpjt"], {"log": b"qzxkvbnmpj t"})


@pytest.mark.parametrize("before", range(7))
def test_the_search_finds_what_others_have_encoded(before: int) -> None:
    text = f"{'x' * before} чиж qzxkvbnmpjt and more"
    for said in (
        base64.b64encode(text.encode()), base64.urlsafe_b64encode(text.encode("utf-16")), text.encode().hex().encode(),
        json.dumps({"a": text}).encode(), quote(text).encode(), text.encode("utf-16"), repr(text.encode()).encode(),
    ):  # fmt: skip
        assert found(["qzxkvbnmpjt"], {"log": said})


# -- what is written ---------------------------------------------------------------------------------------------------


def dumped(url: str) -> Iterator[tuple[str, bytes]]:
    """Everything of the database that lies on a disk, or that a dump would hold."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        for path in file.parent.glob(file.name + "*"):
            yield path.name, path.read_bytes()
        return
    with psycopg.connect(url) as server:
        names = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            with server.cursor().copy(f'COPY "{name}" TO STDOUT'.encode()) as copy:
                yield f"table {name}", b"".join(bytes(piece) for piece in copy)
            with server.cursor().copy(f'COPY "{name}" TO STDOUT (FORMAT binary)'.encode()) as copy:
                yield f"table {name}, binary", b"".join(bytes(piece) for piece in copy)


async def test_after_200_canaries_there_is_no_feather_anywhere(
    database_url: str, tmp_path: Path, library: Library, words: Words, clock: Clock, written: io.StringIO,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    keys, cage = tmp_path / "keys.toml", Cage()
    database = open_database(database_url, KeyRing.create_file(keys), clock=clock)
    insist_on_debug()
    journal.watch_loop(asyncio.get_running_loop())
    for name, value in {
        "DATABASE_URL": database_url, "KEYS": str(keys), "COUNTY": "mettmann", "PUBLIC_URL": "https://w.example",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"WEGWEISER_{name}", value)
    async with (
        Emulator() as telegram,
        opened(database, database_url, library, words, clock, telegram=telegram, keys=keys) as doors,
    ):
        for step in (people_in_the_web_chat, people_in_telegram, staff):
            await step(doors, cage, telegram)
        with monkeypatch.context() as planted:
            await failures(doors, cage, telegram, planted, database_url)
        assert doors.door.lookout is not None
        await doors.door.lookout.look()
        places = dict(dumped(database_url))
        for client in doors.all:
            for path in ("/metrics", "/healthz", "/readyz"):
                places[f"{path} of {client.port}"] = await (await client.get(path)).read()
        places["doctor"] = repr(examine(None)).encode()
    database.close()
    places |= {f"{name} after the end": content for name, content in dumped(database_url)}
    printed = capfd.readouterr()
    places |= {"log": written.getvalue().encode(), "stdout": printed.out.encode(), "stderr": printed.err.encode()}

    assert len(cage.flown) >= 200, len(cage.flown)
    log = [json.loads(line) for line in written.getvalue().splitlines()]
    assert len(log) > 100, "at DEBUG the libraries talk a lot"
    assert {line.get("error") for line in log} >= {"ValueError"}, "the planted failures were met"
    assert found(cage.flown, places) == []
    # The search was no empty one: what may stand there is found.
    assert any(b"wegweiser_events_total" in content for content in places.values())
    sealed_somewhere = [name for name, content in places.items() if b"telegram" in content]
    assert sealed_somewhere, "the database was read: its channel names stand in clear"
    assert set(ALARMS) and found([words.german("mettmann.M09")[:20]], {"x": words.german("mettmann.M09").encode()})


def insist_on_debug() -> None:
    """As if an operator had switched on everything there is: all libraries at DEBUG too, through the same handler."""
    logging.getLogger().setLevel(logging.DEBUG)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG)


# -- the people --------------------------------------------------------------------------------------------------------


def fields_of(page: str, **more: str) -> dict[str, str]:
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {**dict(hidden), **more}


async def people_in_the_web_chat(doors: Doors, cage: Cage, _telegram: Emulator) -> None:
    base = str(doors.bot.make_url("/")).rstrip("/")
    for header in HEADERS:
        await (await doors.bot.get("/", headers={header: latin(cage.let_go(f"header {header}"))})).read()
    await doors.bot.get("/", headers={"Cookie": f"chat={cage.let_go('cookie', ascii_only=True)}; other=1"})
    for path in ("/", "/code", "/chat", "/z/", "/start/", "/verborgen", "/static/chat/", "/", "/telegram/", "/fall/"):
        here = "" if path.endswith("/") and len(path) > 1 else "?q="
        await doors.bot.get(f"{path}{here}{quote(cage.let_go(f'address {path}'))}")
        await doors.bot.get(f"{path}?{quote(cage.let_go('name of a query'))}=1")
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(base, cookie_jar=jar) as http:
        page = await (await http.get("/")).text()
        token = next(cookie.value for cookie in jar if cookie.key == "chat")
        # To each question by the shortest way, then the form itself, with a canary in each of its fields.
        visitor = Visitor(doors.door.conversation, channel="web", address=token)
        await visitor.begin()
        for question in ("F2_notice", "S01_safety", "S02_city", "S05_valid_until", "S12_year", "S15_needs"):
            await visitor.answer_all(HILDEN, until=question)
            page = await (await http.get("/")).text()
            for name in ("text", "option", "lang", "slip", "entry", "year", "day", "nonce", "code", "unknown"):
                typed = fields_of(page, act="t" if name == "text" else "c", **{name: cage.let_go(f"{question}, field {name}")})
                await (await http.post("/chat", data=typed)).read()
        await (await http.post("/code", data=fields_of(await (await http.get("/code")).text(), code=cage.let_go("code")))).read()
        garbage = cage.let_go("a body that is no form").encode()
        await (await http.post("/chat", data=garbage, headers={"Content-Type": "text/plain"})).read()
        await (await http.post("/chat", data=b"{" + garbage, headers={"Content-Type": "application/json"})).read()
        held = await visitor.session()
        assert held.code
        cage.flown[token] = "the cookie that is the address"
        cage.flown[held.code.replace("-", "").lower()] = "the hand-over code"
        cage.flown[held.code] = "the hand-over code as it is printed"
        await hands_over_a_phone(
            doors, Visitor(doors.door.conversation, channel="web", address=cage.let_go("an address", ascii_only=True)),
            cage.let_go("a phone number", digits=True),
        )  # fmt: skip


async def hands_over_a_phone(doors: Doors, visitor: Visitor, phone: str) -> None:
    """A whole hand-over with a number to call: it lies sealed in the session and in the referral."""
    answers = {**HILDEN, "S17_contact": ("phone",), "S17b_phone": f"#{phone}"}
    await visitor.begin()
    await visitor.answer_all(answers)
    session = await visitor.session()
    await visitor.say(ev.Confirmed(session.prompt), session=session.id)
    await visitor.answer_all(answers)
    session = await visitor.session()
    assert phone in repr(session), "the number was really taken"
    assert session.outcome == "referred"


async def people_in_telegram(doors: Doors, cage: Cage, telegram: Emulator) -> None:
    number = int("77" + cage.let_go("chat id", digits=True)[:8])
    cage.flown[str(number)] = "chat id"
    person = telegram.person(cage.let_go("first name"), language_code="ar", id=number)
    await person.says("/start " + cage.let_go("deep link", ascii_only=True))
    await doors.door.delivery.settled()
    await person.presses("العربية")
    await doors.door.delivery.settled()
    for n in range(30):
        await person.says(cage.let_go(f"free text {n}"))
    for n in range(10):
        await person.says("/" + cage.let_go(f"command {n}", ascii_only=True) + " " + cage.let_go(f"behind a command {n}"))
    for n in range(10):
        await person.presses_data(cage.let_go(f"callback data {n}", ascii_only=True))
    await person.presses_data("q:" + cage.let_go("session", ascii_only=True)[:8] + ":1:c:x")
    for send in (person.sends_photo, person.sends_voice, person.sends_document, person.sends_contact, person.sends_location):
        await send()
    names = {"first_name": cage.let_go("first name in an update"), "last_name": cage.let_go("last name")}
    user = {"id": number, "is_bot": False, "language_code": "de", "username": cage.let_go("user", ascii_only=True), **names}
    document = {"file_id": cage.let_go("file id", ascii_only=True), "file_unique_id": "x", "file_name": cage.let_go("file name")}
    await telegram.arrive("message", {
        "message_id": 99_001, "date": 1, "chat": {"id": number, "type": "private", **user}, "from": user,
        "caption": cage.let_go("caption"), "document": document,
    })  # fmt: skip
    secret = {"X-Telegram-Bot-Api-Secret-Token": "a" * 40}
    for body in ({"update_id": cage.let_go("no number")}, [cage.let_go("a list")]):
        await doors.bot.post("/telegram/webhook", data=json.dumps(body).encode(), headers=secret)
    await doors.bot.post("/telegram/webhook", data=cage.let_go("no JSON").encode(), headers=secret)
    wrong = {"X-Telegram-Bot-Api-Secret-Token": cage.let_go("wrong secret", ascii_only=True)}
    await doors.bot.post("/telegram/webhook", data=b"{}", headers=wrong)
    await doors.door.delivery.settled()


# -- the staff ---------------------------------------------------------------------------------------------------------


async def staff(doors: Doors, cage: Cage, _telegram: Emulator) -> None:
    for client in (doors.admin, doors.desk):
        for header in HEADERS:
            await client.get("/anmelden", headers={header: latin(cage.let_go(f"header {header} of the office"))})
        for n in range(3):
            query = f"weiter={quote(cage.let_go('weiter'))}&grund={quote(cage.let_go('grund'))}"
            page = await (await client.get(f"/anmelden?{query}")).text()
            found_form = re.search(r'name="form" value="([^"]+)"', page)
            assert found_form is not None
            await client.post("/anmelden", data={
                "form": found_form[1], "login": cage.let_go(f"login {n}"), "password": cage.let_go(f"password {n}"),
                "weiter": cage.let_go("weiter in the form"),
            })  # fmt: skip
        await client.get(f"/{quote(cage.let_go('path of the office'))}")
    cases = await signed_in(doors, doors.admin, "case_manager")
    await doors.admin.get(f"/fall/{quote(cage.let_go('case id'))}")
    for n in range(3):
        await doors.admin.post("/nummer", data={"csrf": cases, "nummer": cage.let_go(f"number {n}")[:20]})
    old_and_new = {"bisher": cage.let_go("old password"), "neu": (again := cage.let_go("new password") * 2), "nochmal": again}
    await doors.admin.post("/konto/passwort", data={"csrf": cases, **old_and_new})
    await doors.admin.post("/konto/passwort", data={"csrf": cage.let_go("csrf"), **old_and_new})
    rules = await signed_in(doors, doors.admin, "coordinator")
    for content in (f"x = \"{cage.let_go('rules that are none')}\"", f"[[{cage.let_go('no TOML')}", "\0" + cage.let_go("binary")):
        form = aiohttp.FormData({"csrf": rules})
        form.add_field("datei", content.encode(), filename=cage.let_go("file name of rules") + ".toml")
        await doors.admin.post("/regeln/aenderung", data=form)
    desk = await signed_in(doors, doors.desk, "desk")
    await doors.desk.post("/zettel", data={"csrf": desk, "papier": cage.let_go("papier"), "sprache": cage.let_go("sprache")})
    await doors.desk.get(f"/?papier={quote(cage.let_go('papier in the address'))}")


async def signed_in(doors: Doors, client: Any, role: str, more: str = "") -> str:
    def hire(uow: UnitOfWork) -> str:
        stellen = ("kim-velbert-kreis",) if role == "case_manager" else ()
        id_ = uow.staff.add(
            login=role + more, name="Kollegin", role=role, traeger="kreis-mettmann", stellen=stellen, password_hash=CHEAP_HASH
        )
        return begin(uow, uow.staff.get(id_))

    token = await doors.database.write(hire)
    client.session.cookie_jar.update_cookies({cookie_name(client.app): token}, client.make_url("/"))
    page = await (await client.get("/konto" if role != "desk" else "/")).text()
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    return csrf[1]


# -- what goes wrong ---------------------------------------------------------------------------------------------------


async def failures(doors: Doors, cage: Cage, telegram: Emulator, planted: pytest.MonkeyPatch, url: str) -> None:
    person = telegram.person(cage.let_go("name of who meets failures"), language_code="de")
    for fault in (Fault(400), Fault(500), Fault(502, html=True), Fault(403), Fault(cut=True)):
        telegram.fail("sendMessage", fault)
        await person.says(cage.let_go(f"while the Bot API fails with {fault.status}"))
        await doors.door.delivery.settled()

    def broken(*given: object, **more: object) -> object:
        raise ValueError(f"can't bear {given!r} {more!r} {cage.let_go('an error that quotes')}")

    visitor = Visitor(doors.door.conversation, channel="web", address=cage.let_go("address", ascii_only=True))
    await visitor.begin()
    with planted.context() as now:
        now.setattr("bot.step.advance", broken)
        for n in range(5):
            await person.says(cage.let_go(f"while a step fails {n}"))
            await doors.bot.post("/chat", data={"text": cage.let_go("no form of ours")})
        with pytest.raises(ValueError, match="can't bear"):
            await visitor.say(ev.Typed(cage.let_go("while a step fails in the web chat"), 1))
    with planted.context() as now:
        now.setattr("admin.lookup._look", broken)
        csrf = await signed_in(doors, doors.admin, "case_manager", "again")
        await doors.admin.post("/nummer", data={"csrf": csrf, "nummer": cage.let_go("number while the office fails")})
        now.setattr("bot.channels.web.WebChannel._looked", broken)
        await doors.bot.get(f"/?{quote(cage.let_go('query while the page fails'))}")
        now.setattr("bot.channels.telegram_sending.draw", broken)
        await person.says(cage.let_go("while drawing fails"))
        await doors.door.delivery.settled()
    # A task that nobody waits for, and a callback of the loop.
    loop = asyncio.get_running_loop()
    loop.call_soon(broken, cage.let_go("in a callback"))

    async def forgotten() -> None:
        broken(cage.let_go("in a task"))

    task = loop.create_task(forgotten())
    await asyncio.wait({task})
    del task
    logging.getLogger("asyncio").error("Task exception was never retrieved %r", cage.let_go("in a library's line"))
    logging.getLogger("aiohttp.server").error(f"Error handling {cage.let_go('in a sentence of a library')}")
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            said = [person.says(cage.let_go(f"while the database is locked {n}"), deliver=False) for n in range(5)]
            await asyncio.gather(*said)
            await telegram.deliver()
        finally:
            other.execute("ROLLBACK")
            other.close()


def latin(text: str) -> str:
    """As a header's bytes can be sent."""
    return text.encode().decode("latin-1").translate(dict.fromkeys((*range(32), 127)))
