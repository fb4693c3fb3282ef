"""The pages in a real Chromium: readable, reachable, in order. Pictures go to build/screenshots/."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

from dialogs import events as ev
from tests.bot.web import samples
from tests.bot.web.conftest import Serve, Server
from tests.conftest import require_chromium

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 320, "height": 640}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]  # fmt: skip
# Where the paragraph sign and the first digit of a text begin on the screen.
LEFT_EDGES = """
const edges = (text) => ['§', '1'].map((char) => {
  const range = document.createRange(), at = text.data.indexOf(char);
  range.setStart(text, at);
  range.setEnd(text, at + 1);
  return range.getBoundingClientRect().left;
});
"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    require_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def opened(browser: Browser, server: Server, viewport: ViewportSize, **options: object) -> tuple[BrowserContext, Page]:
    context = await browser.new_context(viewport=viewport, device_scale_factor=2, **options)  # type: ignore[arg-type]
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.on("console", lambda line: pytest.fail(line.text) if "Content Security Policy" in line.text else None)
    await page.goto(server.base)
    return context, page


async def violations(page: Page) -> list[str]:
    from axe_playwright_python.async_playwright import Axe

    found = await Axe().run(page)
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:300]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


async def sideways(page: Page) -> int:
    """How many pixels the page can be scrolled sideways."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def too_small(page: Page) -> list[str]:
    """What can be pressed and is smaller than 48 px (links inside a sentence excepted, WCAG 2.5.8)."""
    return list(
        await page.evaluate(
            """() => [...document.querySelectorAll(
                   'button, select, summary, label.card, input.text, a.button, a.back, .rows .tel')]
                 .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 47.9)
                 .map(e => e.outerHTML.slice(0, 100))"""
        )
    )


@pytest.mark.parametrize("locale", ["de", "ar"])
async def test_every_page_reads_well_on_a_phone(browser: Browser, serve: Serve, locale: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    server = await serve()
    context, page = await opened(browser, server, PHONE, color_scheme="light")
    await page.click(f"button[value={locale}]")
    await page.wait_for_selector(".answer")
    problems: dict[str, object] = {}
    for name, (*before, last) in samples.every_page(locale).items():
        server.script.pages, server.script.extra = (last,), tuple(before)
        for key in server.script.at:
            server.script.at[key] = 0
        await page.set_viewport_size(PHONE)
        await page.goto(server.base)
        await page.screenshot(path=PICTURES / f"chat-{locale}-{name}.png", full_page=True)
        if found := await violations(page):
            problems[f"{name} axe"] = found
        if found := await too_small(page):
            problems[f"{name} small"] = found
        await page.set_viewport_size(SMALL)
        if await sideways(page):
            problems[f"{name} sideways at 320"] = await sideways(page)
        await page.evaluate("document.documentElement.style.fontSize = '225%'")
        if await sideways(page):
            problems[f"{name} sideways with double text"] = await sideways(page)
        if name in ("single", "summary"):
            await page.screenshot(path=PICTURES / f"chat-{locale}-{name}-320-large.png", full_page=True)
    await context.close()
    assert problems == {}


@pytest.mark.parametrize("path", ["/", "/code", "/verborgen", "/nix", "/z/slip1234"])
async def test_pages_of_the_frame_read_well_in_the_dark(browser: Browser, serve: Serve, path: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    server = await serve(demo=True)
    context, page = await opened(browser, server, PHONE, color_scheme="dark")
    await page.goto(server.base + path)
    await page.screenshot(path=PICTURES / f"frame-dark-{path.strip('/').replace('/', '-') or 'first'}.png", full_page=True)
    assert await violations(page) == []
    await page.set_viewport_size(SMALL)
    assert await sideways(page) == 0
    await context.close()


@pytest.mark.parametrize("name", ["single", "crisis", "result", "summary", "help", "delete", "refused"])
async def test_dark_pages_have_enough_contrast(browser: Browser, serve: Serve, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    *before, last = samples.every_page("de")[name]
    server = await serve(last)
    context, page = await opened(browser, server, PHONE, color_scheme="dark")
    server.script.extra = tuple(before)
    await page.click("button[value=de]")
    await page.wait_for_selector(".ways")
    await page.click("summary")
    await page.screenshot(path=PICTURES / f"chat-dark-{name}.png", full_page=True)
    assert await violations(page) == []
    await context.close()


async def test_a_paragraph_sign_stands_before_its_number_inside_arabic(browser: Browser, serve: Serve) -> None:
    server = await serve(samples.single("ar"))
    context, page = await opened(browser, server, PHONE)
    await page.click("button[value=ar]")
    await page.wait_for_selector(".card bdi")
    places = await page.evaluate(f"() => {{ {LEFT_EDGES} return edges(document.querySelector('.card bdi').firstChild); }}")
    assert places[0] < places[1], "the sign is drawn to the right of its number"
    # Without the isolates it would be: the test can fail.
    turned = await page.evaluate(
        f"""() => {{ {LEFT_EDGES} const p = document.createElement('p'); p.dir = 'rtl'; p.textContent = 'تصريح § 104c';
                     document.body.append(p); return edges(p.firstChild); }}"""
    )
    assert turned[0] > turned[1]
    assert (await page.evaluate("document.documentElement.dir")) == "rtl"
    await context.close()


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_whole_way_by_keyboard_alone(browser: Browser, serve: Serve, scripts: bool) -> None:
    server = await serve(samples.single("de", 1), samples.multi("de", 2), samples.date("de", 3), samples.summary("de", 4))
    context, page = await opened(browser, server, PHONE, java_script_enabled=scripts)
    heading = page.locator("h1")

    async def reach(selector: str) -> None:
        """Tab until the focus is there, seen and not covered."""
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await page.locator(f"{selector}:focus-visible").count():
                return
        raise AssertionError(f"{selector} can't be reached with the keyboard")

    await reach("button[value=de]")
    await page.keyboard.press("Enter")
    await heading.get_by_text("Welches Papier").wait_for()
    await reach("input[type=radio]")
    await page.keyboard.press("ArrowDown")
    await reach(".answer .main")
    await page.keyboard.press("Enter")
    await heading.get_by_text("Wobei möchten Sie Hilfe?").wait_for()
    await reach("input[value=lang]")
    await page.keyboard.press("Space")
    await reach("input[value=work]")
    await page.keyboard.press("Space")
    await reach(".answer .main")
    await page.keyboard.press("Enter")
    await heading.get_by_text("Bis wann gilt").wait_for()
    for name, value in (("day", "15"), ("month", "3"), ("year", "2027")):
        await reach(f"select[name={name}]")
        await page.keyboard.type(value)
    await reach(".answer .main")
    await page.keyboard.press("Enter")
    await heading.get_by_text("Ihre Antworten").wait_for()
    assert server.script.events()[1:] == [
        ev.Chosen(1, ("duldung",)), ev.Chosen(2, ("lang", "work")), ev.Chosen(3, ("2027-03-15",)),
    ]  # fmt: skip
    await context.close()


async def test_with_javascript_the_question_is_swapped_read_out_and_not_sent_twice(browser: Browser, server: Server) -> None:
    context, page = await opened(browser, server, PHONE)
    await page.goto(server.base + "/z/slip1234")
    await page.evaluate("window.stayed = true")
    await page.click("button[value=de]")
    await page.get_by_text("Welches Papier").wait_for()
    assert page.url == server.base + "/", "a slip's token stays out of the address bar"
    await page.click("label.card >> nth=1")
    await page.dblclick(".answer .main")
    await page.get_by_text("Wobei möchten Sie").wait_for()
    assert await page.evaluate("window.stayed") is True
    assert await page.evaluate("document.activeElement.tagName") == "H1"
    assert server.script.events() == [ev.Started("self", "de", "slip1234"), ev.Chosen(1, ("duldung",))]
    await context.close()


async def test_an_outage_leaves_the_form_filled(browser: Browser, serve: Serve) -> None:
    server = await serve(samples.phone("de", 1), samples.single("de", 2))
    context, page = await opened(browser, server, PHONE)
    await page.click("button[value=de]")
    await page.fill("input[name=text]", "0151 234567")
    server.script.down = True
    await page.click(".answer .main")
    await page.get_by_text("Ihre Antwort steht noch hier").wait_for()
    await page.screenshot(path=PICTURES / "chat-de-trouble.png")
    assert await page.input_value("input[name=text]") == "0151 234567"
    server.script.down = False
    await page.click(".answer .main")
    await page.get_by_text("Welches Papier").wait_for()
    assert server.script.events()[-1] == ev.Typed("0151 234567", 1)
    await context.close()


async def test_news_arrives_without_a_press_and_never_under_the_hand(browser: Browser, serve: Serve) -> None:
    server = await serve(samples.single("de", 1))
    context, page = await opened(browser, server, PHONE)
    await page.clock.install()
    await page.reload()  # so that its timers are the clock's
    await page.click("button[value=de]")
    await page.get_by_text("Welches Papier").wait_for()
    news = samples.page("de", "tellstatus", heading="Nachricht von der Beratung", paragraphs=("Angenommen.",))
    server.script.extra = (news,)
    await page.clock.run_for(16_000)
    await page.get_by_text("Nachricht von der Beratung").wait_for()
    await page.click("label.card >> nth=1")
    server.script.extra = (news, news)
    await page.clock.run_for(16_000)
    await page.get_by_text("Es gibt etwas Neues.").first.wait_for()
    assert await page.locator(".tellstatus").count() == 1
    assert await page.is_checked("input[value=duldung]")
    await page.clock.fast_forward(21 * 60_000)
    await page.get_by_text("Diese Seite ist ausgeblendet").wait_for()
    await context.close()


async def test_the_menu_opens_and_closes_by_keyboard(browser: Browser, server: Server) -> None:
    context, page = await opened(browser, server, PHONE)
    await page.click("button[value=de]")
    await page.get_by_text("Welches Papier").wait_for()
    await page.focus("summary")
    await page.keyboard.press("Enter")
    assert await page.is_visible("text=Alles löschen")
    await page.screenshot(path=PICTURES / "chat-de-menu.png")
    assert await too_small(page) == [] and await violations(page) == []
    await page.keyboard.press("Escape")
    assert not await page.is_visible("text=Alles löschen")
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"
    await context.close()
