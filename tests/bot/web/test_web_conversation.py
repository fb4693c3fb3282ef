"""The web chat by plain HTTP: what a browser without JavaScript shows and sends."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import aiohttp
import pytest

from bot.channels.web_words import FRAME_KEYS, SHARED_KEYS
from dialogs import events as ev
from tests.bot.web import samples
from tests.bot.web.conftest import Serve, Server, Visitor
from tests.bot.web.frame_words import FrameWords


async def begun(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.send("l", option="de")


async def test_looking_keeps_nothing_and_leaves_a_cookie_that_dies_with_the_browser(server: Server, visitor: Visitor) -> None:
    await visitor.open()
    assert visitor.status == 200
    assert visitor.heading == "Bitte wählen Sie Ihre Sprache."
    assert server.script.heard == []
    cookie = visitor.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age" not in cookie


async def test_the_first_press_begins_the_conversation_in_the_chosen_language(server: Server, visitor: Visitor) -> None:
    await visitor.open()
    await visitor.send("l", option="ar")
    assert server.script.events() == [ev.Started("self", "ar", None)]
    assert visitor.path == "/"
    [inbound] = server.script.heard
    assert inbound.locale_hint == "de", "the language of the page that was pressed"
    assert inbound.channel == "web" and inbound.address == visitor.cookie() and len(inbound.address) == 43


async def test_the_browsers_wish_decides_the_language_of_the_first_page(visitor: Visitor) -> None:
    page = await visitor.open("/", **{"Accept-Language": "fr;q=0.9, ar-SY, en;q=0.1"})
    assert (page.one("html").get("lang"), page.one("html").get("dir")) == ("ar", "rtl")


async def test_help_on_the_first_page_begins_the_conversation_too(server: Server, visitor: Visitor) -> None:
    await visitor.open()
    await visitor.send("h")
    assert server.script.events() == [ev.Started("self", None, None), ev.HelpAsked()]


async def test_every_way_of_answering_becomes_its_event(serve: Serve, visitor: Visitor) -> None:
    s = samples
    pages = (s.single("de", 1), s.multi("de", 2), s.date("de", 3), s.month("de", 4), s.town("de", 5), s.town("de", 6))
    more = (s.number("de", 7), s.phone("de", 8), s.consent("de", 9), s.single("de", 10))
    server = await serve(*pages, *more)
    visitor.base = server.base
    await begun(visitor)
    await visitor.send("c", option="duldung")
    await visitor.send("d", option=["lang", "papers"])
    await visitor.send("t", day="5", month="3", year="2027")
    await visitor.send("t", month="11", year="2026")
    await visitor.send("c", option="Velbert")
    await visitor.send("t", text="Neviges")
    await visitor.send("t", text="2019")
    await visitor.send("t", text="0151 234567")
    await visitor.send("c", option="yes")
    await visitor.send("s")
    await visitor.send("b")
    assert server.script.events()[1:] == [
        ev.Chosen(1, ("duldung",)), ev.Chosen(2, ("lang", "papers")), ev.Chosen(3, ("2027-03-05",)),
        ev.Chosen(4, ("2026-11",)), ev.Chosen(5, ("Velbert",)), ev.Typed("Neviges", 6), ev.Typed("2019", 7),
        ev.Typed("0151 234567", 8), ev.Chosen(9, ("yes",)), ev.Skipped(10), ev.WentBack(10),
    ]  # fmt: skip
    assert {inbound.session for inbound in server.script.heard[1:]} == {samples.SESSION}


async def test_summary_rows_can_be_changed_and_confirmed(serve: Serve, visitor: Visitor) -> None:
    server = await serve(samples.summary("de"))
    visitor.base = server.base
    await begun(visitor)
    change = visitor.page.all("form")
    labels = [button.text for form in change for button in visitor.page.within(form, "button") if "Ändern" in button.text]
    assert labels[1] == "Ändern: In welcher Stadt oder Gemeinde wohnen Sie?"
    await visitor.send("e")
    await visitor.send("y")
    assert server.script.events()[1:] == [ev.ChangeAsked(9, "status"), ev.Confirmed(9)]


@pytest.mark.parametrize(
    ("act", "event"),
    [("L", ev.LanguageAsked()), ("h", ev.HelpAsked()), ("m", ev.HumanAsked()), ("p", ev.Paused()), ("i", ev.DataAsked()),
     ("x", ev.DeleteAsked())],
)  # fmt: skip
async def test_every_command_is_in_the_menu_of_every_question(
    server: Server, visitor: Visitor, act: str, event: ev.Event
) -> None:
    await begun(visitor)
    assert "details" in [element.tag for element in visitor.page.form_with(act).inside]
    await visitor.send(act)
    assert server.script.events()[-1] == event


async def test_a_double_submit_is_one_event(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    form, fields = visitor.page.form_with("c"), visitor.page.fields("c", option="eu")
    await asyncio.gather(*(visitor.post(form.get("action"), fields) for _ in range(4)))
    assert server.script.events()[1:] == [ev.Chosen(1, ("eu",))]
    assert visitor.heading == "Wobei möchten Sie Hilfe?"


async def test_a_button_of_an_earlier_question_changes_nothing(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    fields = visitor.page.fields("c", option="eu")
    await visitor.send("c", option="duldung")
    await visitor.post("/chat", [(name, "p104c" if name == "option" else value) for name, value in fields])
    assert visitor.status == 200
    assert visitor.heading == "Wobei möchten Sie Hilfe?"
    assert server.script.at[visitor.cookie()] == 1


async def test_what_is_kept_nowhere_is_drawn_from_the_reply(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    await visitor.send("h")
    assert visitor.path == "/chat"
    assert "Sie beantworten kurze Fragen" in visitor.page.one("main").text
    assert not visitor.page.one("main").has("data-tag"), "an open page of this kind must not be replaced by a look for news"
    await visitor.open("/chat")
    assert visitor.path == "/"


async def test_refused_words_stay_in_the_field_beside_the_reason(serve: Serve, visitor: Visitor) -> None:
    server = await serve(samples.town("de"))
    visitor.base = server.base
    await begun(visitor)
    await visitor.send("t", text="quatsch")
    field = visitor.page.one("input", name="text")
    assert field.get("value") == "quatsch"
    note = next(p for p in visitor.page.all("p") if p.get("id") == field.get("aria-describedby"))
    assert note.text == "Das habe ich nicht verstanden."


async def test_the_result_is_read_once_and_then_kept_out_of_the_way(serve: Serve, visitor: Visitor) -> None:
    without_back = replace(samples.single("de"), buttons=())
    server = await serve(without_back, samples.consent("de", 4))
    visitor.base = server.base
    server.script.extra = (samples.result("de"),)
    await begun(visitor)
    assert visitor.heading == "Wir empfehlen: KIM Case Management"
    await visitor.send("c", option="eu")
    assert visitor.heading == "Möchten Sie anfangen?"
    assert "Wir empfehlen: KIM Case Management" in [element.text for element in visitor.page.all("summary")]


async def test_refused_choices_stay_ticked_beside_the_reason(serve: Serve, visitor: Visitor) -> None:
    server = await serve(samples.multi("de"))
    visitor.base = server.base
    await begun(visitor)
    await visitor.send("d", option=["lang", "home", "papers"])
    ticked = [box.get("value") for box in visitor.page.all("input", type="checkbox") if box.has("checked")]
    assert ticked == ["lang", "home", "papers"]
    assert visitor.page.one("fieldset").get("aria-describedby")


@pytest.mark.parametrize(
    ("make", "act", "note"),
    [
        (samples.single, "c", "Bitte wählen Sie eine Antwort aus."),
        (samples.multi, "d", "Bitte wählen Sie mindestens eine Antwort aus."),
        (samples.phone, "t", "Bitte schreiben Sie etwas in das Feld."),
        (samples.month, "t", "Hier fehlt noch etwas. Bitte wählen Sie alles aus."),
    ],
)
async def test_an_empty_answer_says_what_is_missing(serve: Serve, visitor: Visitor, make: object, act: str, note: str) -> None:
    server = await serve(make("de"))  # type: ignore[operator]
    visitor.base = server.base
    await begun(visitor)
    fields = [("month", "5"), ("year", "")] if make is samples.month else []
    await visitor.post("/chat", [*visitor.page.fields(act), *fields])
    assert visitor.status == 422
    assert note in visitor.page.one("main").text
    assert len(server.script.heard) == 1
    if fields:
        chosen = [option.get("value") for option in visitor.page.all("option") if option.has("selected")]
        assert chosen == ["5"]


async def test_a_slip_travels_in_the_form_until_something_is_answered(server: Server, visitor: Visitor) -> None:
    await visitor.open("/z/tok-EN_123")
    assert visitor.status == 200 and server.script.heard == []
    await visitor.send("l", option="de")
    assert server.script.events() == [ev.Started("self", "de", "tok-EN_123")]


async def test_a_slip_does_not_push_an_open_conversation_aside(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    await visitor.open("/z/newslip1")
    assert visitor.heading == "Sie haben schon angefangen"
    await visitor.send("start")
    assert server.script.events()[-1] == ev.Started("self", None, "newslip1")


async def test_an_entry_link_is_remembered(server: Server, visitor: Visitor) -> None:
    await visitor.open("/start/desk-104c")
    await visitor.send("l", option="ar")
    assert server.script.events() == [ev.Started("desk-104c", "ar", None)]
    await visitor.open("/start/jmd")
    assert visitor.path == "/"


async def test_after_deletion_the_phone_has_a_new_address(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    before = visitor.cookie()
    server.script.pages = (samples.delete("de"),)
    await visitor.open()
    await visitor.send("X")
    assert visitor.heading == "Gelöscht"
    assert visitor.cookie() not in ("", before)
    await visitor.open()
    assert visitor.heading == "Bitte wählen Sie Ihre Sprache."


async def test_a_code_brings_the_conversation_to_another_phone(server: Server, visitor: Visitor) -> None:
    server.script.codes["K7M42P"] = 2
    await visitor.open("/code")
    page = visitor.page
    form = page.within(page.one("main"), "form")[0]
    fields = [(i.get("name"), i.get("value")) for i in page.within(form, "input") if i.get("type") == "hidden"]
    await visitor.post("/code", [*fields, ("code", "WRONG1")])
    assert visitor.status == 422 and "Diese Nummer kenne ich nicht" in visitor.page.one("main").text
    assert visitor.page.one("input", name="code").get("value") == "WRONG1"
    await visitor.post("/code", [*fields, ("code", " K7M42P ")])
    assert visitor.heading == "Bis wann gilt Ihre Karte oder Ihr Papier?"


async def test_codes_can_be_tried_five_times_a_minute(server: Server, visitor: Visitor) -> None:
    server.script.codes["K7M42P"] = 2
    await visitor.open("/code")
    page = visitor.page
    form = page.within(page.one("main"), "form")[0]
    fields = [(i.get("name"), i.get("value")) for i in page.within(form, "input") if i.get("type") == "hidden"]
    for guess in range(5):
        await visitor.post("/code", [*fields, ("code", f"GUESS{guess}")])
        assert visitor.status == 422
    await visitor.post("/code", [*fields, ("code", "K7M42P")])
    assert visitor.status == 429 and visitor.headers["Retry-After"] == "60"
    server.clock[0] += 60
    await visitor.post("/code", [*fields, ("code", "K7M42P")])
    assert visitor.status == 200


async def test_when_nothing_can_be_kept_the_answer_stays_on_the_page(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    server.script.down = True
    await visitor.send("c", option="eu")
    assert visitor.status == 503 and visitor.headers["Retry-After"] == "5"
    assert visitor.heading == "Bitte gleich noch einmal"
    server.script.down = False
    await visitor.send("c")
    assert server.script.events()[-1] == ev.Chosen(1, ("eu",))
    server.script.down = True
    await visitor.open()
    assert visitor.status == 503 and visitor.headers["Retry-After"] == "5"


async def test_a_page_that_waits_for_news_is_woken_by_send(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    tag = visitor.headers["ETag"]
    assert visitor.page.one("main").get("data-tag") == tag
    await visitor.open("/", **{"If-None-Match": tag})
    assert visitor.status == 304
    waiting = asyncio.create_task(visitor.open("/", **{"If-None-Match": tag, "Prefer": "wait=25"}))
    while not server.channel._waiting._pages[visitor.cookie()]:
        await asyncio.sleep(0)
    news = samples.page("de", "tellstatus", heading="Nachricht von der Beratung", paragraphs=("Angenommen.",))
    server.script.extra = (news,)
    await server.channel.send(visitor.cookie(), news)
    page = await waiting
    assert visitor.status == 200 and visitor.headers["ETag"] != tag
    assert [heading.text for heading in page.all("h1")] == ["Nachricht von der Beratung"]


async def test_the_conversation_of_another_cookie_is_not_seen(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        other = Visitor(http, server.base)
        await other.open()
        assert other.heading == "Bitte wählen Sie Ihre Sprache."
        # A form of the first visitor is worth nothing under another cookie.
        await other.post("/chat", visitor.page.fields("c", option="eu"))
        assert other.status == 403
    assert len(server.script.heard) == 1


@pytest.mark.parametrize("key", [*FRAME_KEYS, *SHARED_KEYS])
def test_every_word_of_the_frame_is_in_the_definitions(key: str) -> None:
    assert FrameWords().text(key, "de")
