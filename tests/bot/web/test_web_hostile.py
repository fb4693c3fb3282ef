"""What nobody should send: never an error of ours, never a change."""

from __future__ import annotations

import asyncio
from urllib.parse import quote_from_bytes, urlencode

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.web import WebChannel
from bot.channels.web_form import KNOWN, Garbage, Incomplete, Submitted
from bot.channels.web_limit import Tries
from bot.channels.web_text import cleaned, marked_up
from tests.bot.web import samples
from tests.bot.web.conftest import Serve, Server, Visitor
from tests.bot.web.frame_words import FrameWords
from tests.bot.web.reading import Page
from tests.bot.web.scripted import Scripted

ATTACKS = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; DROP TABLE chat; --", "{{ 7*7 }}", "</textarea><b>",
    "javascript:alert(1)", "\u202eevil\u202c", "\x00", "a\u0300" * 300, "=cmd|' /C calc'!A0", "%s%n%x", "\ud7ff\ue000",
    "🙂" * 400,
]  # fmt: skip


async def begun(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.send("l", option="de")


async def raw(visitor: Visitor, body: bytes, kind: str = "application/x-www-form-urlencoded") -> tuple[int, str]:
    headers = {"Content-Type": kind} if kind else {}
    async with visitor.http.post(visitor.base + "/chat", data=body, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def test_a_body_over_64_kib_gets_a_readable_page(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    status, html = await raw(visitor, b"text=" + b"a" * 70_000)
    assert status == 413 and Page(html).one("h1").text == "Das ist zu viel"

    async def chunks() -> object:
        for _ in range(20):
            yield b"text=" + b"a" * 8_000 + b"&"

    async with visitor.http.post(
        visitor.base + "/chat", data=chunks(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    ) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
async def test_what_is_no_form_is_not_read(server: Server, visitor: Visitor, kind: str) -> None:
    await begun(visitor)
    assert (await raw(visitor, b"--x\r\n\r\n", kind))[0] == 400


async def test_nul_bytes_and_broken_unicode_are_cleaned(serve: Serve, visitor: Visitor) -> None:
    server = await serve(samples.phone("de"))
    visitor.base = server.base
    await begun(visitor)
    fields = urlencode(visitor.page.fields("t")).encode()
    for text in (b"Ne\x00viges", b"\xed\xa0\x80x", b"\xff\xfe", b"\xf0\x9f\x99"):
        status, _ = await raw(visitor, fields + b"&text=" + quote_from_bytes(text).encode())
        assert status == 303
    typed = [event.text for event in server.script.events()[1:]]  # type: ignore[union-attr]
    assert typed[0] == "Neviges"
    assert all("\0" not in text and text.encode() for text in typed)


@pytest.mark.parametrize("prompt", ["", "abc", "-1", "9" * 400, "1.5", "١٢", "0x1", " 1"])
async def test_a_garbage_prompt_shows_the_current_page(server: Server, visitor: Visitor, prompt: str) -> None:
    await begun(visitor)
    fields = [(n, prompt if n == "prompt" else v) for n, v in visitor.page.fields("c", option="eu")]
    await visitor.post("/chat", fields)
    assert visitor.status == 200 and visitor.heading == "Welches Papier haben Sie jetzt?"
    assert len(server.script.heard) == 1


@pytest.mark.parametrize("change", [{"act": "Q"}, {"act": ""}, {"option": "a b"}, {"option": "x" * 100}, {"nonce": ""}])
async def test_fields_that_no_page_of_ours_sends_change_nothing(server: Server, visitor: Visitor, change: dict[str, str]) -> None:
    await begun(visitor)
    await visitor.post("/chat", [(n, change.get(n, v)) for n, v in visitor.page.fields("c", option="eu")])
    assert visitor.status == 200 and len(server.script.heard) == 1


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
async def test_a_form_sent_from_elsewhere_is_refused(server: Server, visitor: Visitor, headers: dict[str, str]) -> None:
    await begun(visitor)
    await visitor.send("c", option="eu", _headers=headers)
    assert visitor.status == 403 and len(server.script.heard) == 1


async def test_an_old_browser_that_names_no_origin_needs_only_the_proof(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    await visitor.send("c", option="eu", _headers={"Origin": "null"})
    assert visitor.status == 200 and len(server.script.heard) == 2
    fields = [(n, "0" * 40 if n == "csrf" else v) for n, v in visitor.page.fields("d", option=["lang"])]
    await visitor.post("/chat", fields)
    assert visitor.status == 403 and len(server.script.heard) == 2


async def test_without_cookies_the_page_says_what_to_do(server: Server, visitor: Visitor) -> None:
    await visitor.open()
    fields = visitor.page.fields("l", option="ar")
    async with aiohttp.ClientSession() as http:
        bare = Visitor(http, server.base)
        await bare.post("/chat", fields)
        assert bare.status == 403
        assert bare.page.one("h1").text == "Ihr Browser merkt sich nichts"
    assert server.script.heard == []


@pytest.mark.parametrize("path", ["/nix", "/static/chat/../web.py", "/static/chat/nix.css", "/z/", "/chat/x", "/%00", "/z/a%00b"])
async def test_addresses_that_do_not_exist_never_fail(server: Server, visitor: Visitor, path: str) -> None:
    await visitor.open(path)
    assert visitor.status in (200, 404)
    assert visitor.page.one("h1").text
    assert server.script.heard == []


async def test_every_answer_has_the_strict_headers(server: Server, visitor: Visitor) -> None:
    for path in ("/", "/z/abc123", "/start/jmd", "/code", "/verborgen", "/nix"):
        await visitor.open(path)
        policy = visitor.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert visitor.headers["Cache-Control"] == "no-store"
        assert visitor.headers["Referrer-Policy"] == "no-referrer"
        assert visitor.headers["X-Content-Type-Options"] == "nosniff"
        for element in visitor.page.elements:
            assert not element.has("style") and not any(name.startswith("on") for name in element.attributes)
            for name in ("src", "href", "action"):
                assert element.get(name) == "" or element.get(name).startswith(("/", "#"))


async def test_static_files_have_an_etag(server: Server, visitor: Visitor) -> None:
    await visitor.open()
    for address in (visitor.page.one("link", rel="stylesheet").get("href"), visitor.page.one("script").get("src")):
        await visitor.open(address)
        tag = visitor.headers["ETag"]
        assert visitor.headers["Cache-Control"].startswith("public")
        await visitor.open(address, **{"If-None-Match": tag})
        assert visitor.status == 304


async def test_behind_tls_the_cookie_is_bound_to_the_host(serve: Serve) -> None:
    script = Scripted()
    channel = WebChannel(script.receive, script.look, secure_cookies=True, offered=("de",), words=FrameWords())
    application = aiohttp.web.Application()
    application.add_routes(channel.routes())
    async with TestClient(TestServer(application)) as client:
        answer = await client.get("/")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-chat=") and "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie
        assert "max-age" in answer.headers["Strict-Transport-Security"]


async def test_a_bug_behind_the_page_shows_a_page_and_logs_no_words(
    server: Server, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(visitor)

    async def broken(inbound: object) -> object:
        raise RuntimeError("Frau Mustermann, 0151 234567")

    server.channel._receive = broken  # type: ignore[assignment]
    await visitor.send("c", option="eu")
    assert visitor.status == 500 and visitor.heading == "Hier ist ein Fehler passiert"
    assert "RuntimeError" in caplog.text and "Mustermann" not in caplog.text


@pytest.mark.parametrize("attack", ATTACKS)
async def test_hostile_words_come_back_as_words(serve: Serve, visitor: Visitor, attack: str) -> None:
    """In a field, in a heading, in an option, in a row: the page stays well-formed and has no element that is not ours."""
    page = samples.page("de", "say", heading=attack, paragraphs=(attack,), context=attack)
    server = await serve(samples.phone("de"))
    visitor.base = server.base
    await begun(visitor)
    server.script.extra = (page,)
    await visitor.open()
    await visitor.send("t", text="quatsch")
    server.script.extra = ()
    assert len(visitor.page.all("script")) == 1 and not visitor.page.all("img") and not visitor.page.all("b")
    form = visitor.page.fields("t", text=attack)
    await visitor.post("/chat", form)
    assert visitor.status in (200, 422)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(KNOWN), st.lists(st.text(max_size=40) | st.sampled_from(ATTACKS), max_size=3)))
def test_any_fields_are_an_event_or_are_put_aside(fields: dict[str, list[str]]) -> None:
    try:
        submitted = Submitted.of({name: values for name, values in fields.items() if values})
        submitted.event()
        assert len(submitted.event_id("t" * 43)) == 64
    except (Garbage, Incomplete):
        pass


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_any_text_is_drawn_well_formed(text: str) -> None:
    html = str(marked_up(text))
    html.encode("utf-8")
    page = Page(f"<p>{html}</p>")
    assert {element.tag for element in page.elements} <= {"p", "bdi"}
    assert not set(html) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\0")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_any_typed_text_is_cleaned_once_and_for_all(text: str) -> None:
    once = cleaned(text, limit=30)
    assert len(once) <= 30 and cleaned(once, limit=30) == once
    once.encode("utf-8")


def test_tries_are_forgotten_for_the_longest_quiet_client() -> None:
    now = [0.0]
    tries = Tries(2, 10, clients=3, clock=lambda: now[0])
    assert [tries.wait("a") for _ in range(3)] == [0, 0, 10]
    for client in "bcd":
        tries.wait(client)
    assert tries.wait("a") == 0


async def test_a_flood_of_forms_is_answered_without_errors(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    acts = "cdtbsey+-lLhmipraowxXQ"
    bodies = [urlencode([("act", act), ("prompt", "1"), ("nonce", "n"), ("csrf", "x")]).encode() for act in acts]
    answers = await asyncio.gather(*(raw(visitor, body) for body in bodies * 5))
    assert {status for status, _ in answers} == {403}
