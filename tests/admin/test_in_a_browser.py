"""The pages in a real Chromium: no violation that axe can find, nothing wider than a phone, pictures to look at."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from admin.door.sessions import begin, cookie_name
from storage import Staff
from tests.admin.office import Door, Office
from tests.conftest import Clock, require_or_skip

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium")
PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
PHONE, OFFICE = (390, 844), (1280, 900)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    require_or_skip(CHROMIUM is not None, "Chromium (Debian package chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )  # fmt: skip
        yield browser
        await browser.close()


async def page_at(browser: Browser, door: Door, staff: Staff | None, size: tuple[int, int], scheme: str = "light") -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale="de-DE",  # type: ignore[arg-type]
    )
    if staff is not None:
        token = await door.database.write(lambda uow: begin(uow, staff))
        await context.add_cookies([{"name": cookie_name(door.app), "value": token, "url": door.url}])
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.on("console", lambda line: pytest.fail(line.text) if line.type == "error" and "status of 4" not in line.text else None)
    return page


async def looked_at(page: Page, name: str) -> None:
    """A picture, the rules, and nothing that sticks out sideways."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    found = await Axe().run(page, options=RULES)
    assert found.violations_count == 0, f"{name}\n{found.generate_report()}"
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{name} is {wider} px too wide"


async def small_targets(page: Page) -> list[str]:
    """Buttons, fields and links that stand alone are at least 44 px high; links inside a sentence are free of that."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll('button, .button, select, .field input, summary, nav a, .tile')]
          .filter(e => e.offsetParent !== null && e.getBoundingClientRect().height < 43.5)
          .map(e => e.outerHTML.slice(0, 80))"""
    )
    return found


@pytest.mark.parametrize("size", [PHONE, OFFICE], ids=["390", "1280"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_dashboard(office: Office, browser: Browser, clock: Clock, size: tuple[int, int], scheme: str) -> None:
    staff = await office.hire(stellen=("kim-velbert-kreis", "kim-ratingen-kreis"))
    name = f"{size[0]}-{scheme}"
    await office.offer(urgent=True, rule="M02", kommune="monheim", locale="fa")
    clock.forward(hours=5)
    await office.offer(kommune="ratingen", stelle="kim-ratingen-kreis", locale="ckb", rule="M06", condition="jmd_ruecksprache")
    clock.forward(days=2)
    case = await office.offer(locale="ar", contact="0151 2345678, حنان")
    clock.forward(minutes=18)
    door = await office.dashboard()
    page = await page_at(browser, door, staff, size, scheme)

    await page.goto(door.url)
    await looked_at(page, f"inbox-{name}")
    assert await small_targets(page) == []
    await page.goto(f"{door.url}?ansicht=abgelehnt")
    await looked_at(page, f"inbox-empty-{name}")
    await page.goto(f"{door.url}fall/{case}")
    await page.get_by_text("Zurückgeben …").click()
    await looked_at(page, f"case-{name}")
    assert await small_targets(page) == []
    await page.get_by_role("button", name="Fall annehmen").click()
    await page.get_by_text("Angenommen").first.wait_for()
    await looked_at(page, f"case-accepted-{name}")
    for path in ("nummer", "konto", "gibt-es-nicht"):
        await page.goto(door.url + path)
        await looked_at(page, f"{path}-{name}")


async def test_conflict_and_condition(office: Office, browser: Browser) -> None:
    amina, bernd = await office.hire(), await office.hire(login="bernd", name="Bernd Kraus")
    case = await office.offer(condition="jmd_ruecksprache", rule="M06")
    door = await office.dashboard()
    pages = [await page_at(browser, door, staff, PHONE) for staff in (amina, bernd)]
    for page in pages:
        await page.goto(f"{door.url}fall/{case}")
    await looked_at(pages[0], "case-condition-390")
    for page in pages:
        await page.get_by_label("Rücksprache mit dem JMD ist erfolgt").check()
        await page.get_by_label("am", exact=True).fill("2026-11-20")
        await page.get_by_role("button", name="Fall annehmen").click()
        await page.wait_for_load_state()
    assert await pages[1].get_by_role("heading", name="Jemand war schneller").is_visible()
    await looked_at(pages[1], "conflict-390")


async def test_signing_in_by_keyboard_alone(office: Office, browser: Browser) -> None:
    await office.hire()
    door = await office.dashboard()
    page = await page_at(browser, door, None, PHONE)
    await page.goto(door.url)
    await looked_at(page, "login-390-light")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    await page.get_by_label("Benutzername").focus()
    await page.keyboard.type("amina")
    await page.keyboard.press("Tab")
    await page.keyboard.type("vier zufällige wörter reichen")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Eingang").wait_for()


@pytest.mark.parametrize("size", [PHONE, OFFICE], ids=["390", "1280"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_desk(office: Office, browser: Browser, size: tuple[int, int], scheme: str) -> None:
    staff = await office.hire(login="tresen", role="desk", name="Tresen 3", stellen=())
    door = await office.desk()
    name = f"{size[0]}-{scheme}"
    page = await page_at(browser, door, staff, size, scheme)
    await page.goto(door.url)
    await page.get_by_text("§ 104c").click()
    await page.get_by_text("العربية").click()
    await page.get_by_role("button", name="Neuer Zettel").click()
    await page.get_by_role("button", name="Drucken").wait_for()
    await looked_at(page, f"slip-{name}")
    await page.get_by_role("link", name="Nächster Zettel").click()
    await page.get_by_text("wartet").wait_for()
    await looked_at(page, f"desk-{name}")
    assert await small_targets(page) == []


async def test_a_slip_is_one_sheet_of_a6(office: Office, browser: Browser) -> None:
    staff = await office.hire(login="tresen", role="desk", stellen=())
    door = await office.desk()
    page = await page_at(browser, door, staff, OFFICE)
    await page.goto(door.url)
    await page.get_by_text("العربية").click()
    await page.get_by_role("button", name="Neuer Zettel").click()
    await page.get_by_role("button", name="Drucken").wait_for()
    await page.emulate_media(media="print")
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.set_viewport_size({"width": 359, "height": 521})  # 95 x 138 mm: A6 without its margins
    await page.screenshot(path=PICTURES / "slip-printed.png", full_page=True)
    sheet = await page.pdf(path=PICTURES / "slip.pdf", prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    [width, height] = [float(n) for n in re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", sheet)[0]]
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (105, 148)


async def test_a_printed_case_has_no_buttons(office: Office, browser: Browser) -> None:
    staff = await office.hire()
    case = await office.offer()
    door = await office.dashboard()
    page = await page_at(browser, door, staff, OFFICE)
    await page.goto(f"{door.url}fall/{case}")
    await page.emulate_media(media="print")
    assert not await page.get_by_role("button", name="Fall annehmen").is_visible()
    assert await page.get_by_text("Gedruckt am").is_visible()
    await page.set_viewport_size({"width": 673, "height": 1000})
    await page.screenshot(path=PICTURES / "case-printed.png", full_page=True)


async def test_without_scripts_every_step_works(office: Office, browser: Browser) -> None:
    staff = await office.hire()
    case = await office.offer()
    door = await office.dashboard()
    context = await browser.new_context(java_script_enabled=False)
    token = await door.database.write(lambda uow: begin(uow, staff))
    await context.add_cookies([{"name": cookie_name(door.app), "value": token, "url": door.url}])
    page = await context.new_page()
    await page.goto(door.url)
    await page.get_by_role("link", name="Fall öffnen").click()
    await page.get_by_text("Ablehnen …").click()
    await page.locator("#grund-ablehnen").select_option("nicht_erreicht")
    await page.get_by_role("button", name="Ablehnen").click()
    assert await page.get_by_text("Grund: Nicht erreicht").is_visible()
    assert page.url.endswith(f"/fall/{case}")


async def test_before_the_session_ends_one_press_keeps_it(office: Office, browser: Browser, clock: Clock) -> None:
    door = await office.dashboard()
    page = await page_at(browser, door, await office.hire(), PHONE)
    await page.clock.install()
    await page.goto(door.url)
    dialog = page.get_by_role("alertdialog")
    await page.clock.run_for(17 * 60_000)
    clock.forward(minutes=17)
    assert not await dialog.is_visible()
    await page.clock.run_for(90_000)
    clock.forward(minutes=1.5)
    assert await dialog.is_visible()
    assert await page.evaluate("document.activeElement.textContent") == "Angemeldet bleiben"
    await looked_at(page, "awake-390")
    await page.keyboard.press("Enter")
    await dialog.wait_for(state="hidden")
    clock.forward(minutes=10)
    assert (await page.goto(door.url)).url == door.url  # type: ignore[union-attr]
    clock.forward(minutes=21)
    await page.clock.run_for(20 * 60_000 + 1000)
    await page.wait_for_url("**/anmelden?grund=zeit")


async def test_the_desks_list_looks_by_itself(office: Office, browser: Browser) -> None:
    staff = await office.hire(login="tresen", role="desk", stellen=())
    slip = await office.database.write(
        lambda uow: uow.slips.issue(kreis="mettmann", entry="desk", locale="ar", staff_id=staff.id)
    )
    door = await office.desk()
    page = await page_at(browser, door, staff, PHONE)
    await page.clock.install()
    await page.goto(door.url)
    await page.get_by_text("wartet").wait_for()
    await office.database.write(lambda uow: uow.slips.mark(slip.id, "finished"))
    await page.clock.run_for(15_000)
    await page.get_by_text("fertig", exact=True).wait_for()
