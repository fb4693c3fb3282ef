"""The whole screening on a phone-sized screen, in a real Chromium, against the real door: German, and Arabic with axe.

Pictures of every page go to build/screenshots/.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright

from bot.app import Door, build_door
from bot.settings import Settings
from bot.words import Words
from dialogs.referral import Move
from dialogs.script import Library
from dialogs.session import Session, Status
from storage import Database
from tests.bot.web.test_web_browser import ARGUMENTS, CHROMIUM, PHONE, PICTURES, violations
from tests.conftest import Clock, require_chromium
from tests.dialogs.talk import HILDEN

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    require_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


class Visit:
    """Somebody with a phone: answers what the page asks, and looks at every page."""

    def __init__(self, page: Page, door: Door, locale: str) -> None:
        self.page, self.door, self.locale = page, door, locale
        self.seen = 0
        self.faults: list[str] = []

    async def address(self) -> str:
        return next(cookie["value"] for cookie in await self.page.context.cookies() if cookie["name"] == "chat")  # type: ignore[typeddict-item]

    async def session(self) -> Session | None:
        return await self.door.conversation.session_at("web", await self.address())

    async def looks(self, name: str) -> None:
        self.seen += 1
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"screening-{self.locale}-{self.seen:02d}-{name}.png", full_page=True)
        if await self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.faults.append(f"{name}: wider than the screen")
        self.faults += [f"{name}: {fault}" for fault in await violations(self.page)]

    async def submits(self, selector: str) -> None:
        """Press, and go on when the page has changed: with script it is swapped, without it is loaded."""
        before = await self.page.locator("input[name=nonce]").first.get_attribute("value")
        await self.page.locator(selector).first.click()
        await self.page.wait_for_function(
            "nonce => document.querySelector('input[name=nonce]')?.value !== nonce && document.querySelector('main h1, main h2')",
            arg=before,
        )

    async def answers(self, question: str, answer: str | tuple[str, ...]) -> None:
        form = "main form.answer"
        if question == "S05_valid_until":
            day, month, year = str(answer).removeprefix("#").split(".")
            for name, value in (("day", day), ("month", month), ("year", year)):
                options = self.page.locator(f"{form} select[name={name}] option")
                values = [await option.get_attribute("value") for option in await options.all()]
                await self.page.select_option(f"{form} select[name={name}]", value if value in values else value.lstrip("0"))
            await self.submits(f"{form} button.main")
        elif question == "S12_year":
            await self.page.fill(f"{form} input[name=text]", str(answer))
            await self.submits(f"{form} button.main")
        else:
            for option in answer if isinstance(answer, tuple) else (answer,):
                box = self.page.locator(f'{form} input[name=option][value="{option}"]')
                if not await box.count():
                    await self.submits(f'{form} button[name=option][value="{option}"]')
                    return
                await box.first.check(force=True)
            await self.submits(f"{form} button.main")

    async def goes_through(self) -> None:
        for _ in range(40):
            session = await self.session()
            assert session is not None
            if session.status is Status.FINISHED:
                return
            if session.status is Status.REVIEWING:
                await self.looks("summary")
                await self.submits("main form:has(input[name=act][value=y]) button")
            else:
                await self.looks(str(session.open))
                await self.answers(str(session.open), HILDEN[str(session.open)])
        raise AssertionError("the screening never ends")


@pytest.mark.parametrize("locale", ["de", "ar"])
@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
async def test_the_whole_screening_reads_well_and_ends_with_help(
    browser: Browser, sqlite_database: Database, library: Library, words: Words, clock: Clock, locale: str, script: bool
) -> None:
    settings = Settings(environment="demo", county="mettmann", public_url="http://127.0.0.1")
    door = build_door(sqlite_database, library, words, settings, clock=clock)
    server = TestServer(door.application)
    await server.start_server()
    context = await browser.new_context(viewport=PHONE, locale=locale)
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    try:
        visit = Visit(page, door, locale)
        if not script:
            # axe needs scripts to run at all; the page's own is what must not be needed.
            await page.route("**/*.js*", lambda route: route.abort())
            visit.looks = _only_count(visit)  # type: ignore[method-assign]
        await page.goto(str(server.make_url("/")))
        await visit.looks("language")
        await visit.submits(f"main button[value={locale}]")
        await visit.goes_through()
        await visit.looks("end")
        main = page.locator("main")
        session = await visit.session()
        assert session is not None and session.code in await main.inner_text()
        assert await page.locator("html").get_attribute("dir") == words.direction(locale)
        traeger = library.county.stellen["ff-caritas"].traeger
        (row,) = (await sqlite_database.read(lambda uow: uow.referrals.open_for(traeger, ["ff-caritas"]))).rows
        await sqlite_database.write(
            lambda uow: uow.referrals.move(traeger, ["ff-caritas"], row.id, Move.DECLINE, by="cm", reason="keine_kapazitaet")
        )
        await page.goto(str(server.make_url("/")))
        assert _bare(words.text("reason.keine_kapazitaet", locale)) in _bare(await main.inner_text())
        await visit.looks("declined")
        assert visit.faults == []
        assert visit.seen >= 20
    finally:
        await context.close()
        await server.close()


def _bare(text: str) -> str:
    return "".join(char for char in text if char not in "\u2066\u2067\u2068\u2069").replace("\u00a0", " ")


def _only_count(visit: Visit) -> object:
    async def count(name: str) -> None:
        visit.seen += 1

    return count
