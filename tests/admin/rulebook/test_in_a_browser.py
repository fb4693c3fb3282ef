"""The rule book's pages in a real Chromium: nothing that axe finds, nothing wider than a phone, no script needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.admin.office import Office
from tests.admin.rulebook.conftest import SENTENCE, SHIFT, changed
from tests.admin.rulebook.test_release import coordinator
from tests.admin.test_in_a_browser import OFFICE, PHONE, browser, looked_at, page_at, small_targets  # noqa: F401  fixture

pytestmark = pytest.mark.browser


@pytest.fixture
def change(tmp_path: Path) -> Path:
    file = tmp_path / "rules.toml"
    file.write_text(changed(SHIFT, (SENTENCE, "Die Beratung hilft bei Pass und Papieren.")), encoding="utf-8")
    return file


@pytest.mark.parametrize("size", [PHONE, OFFICE], ids=["390", "1280"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_reading_trying_and_releasing(
    office: Office, browser: Browser, change: Path, size: tuple[int, int], scheme: str  # noqa: F811  fixture
) -> None:
    ada, bela = [await coordinator(office, login) for login in ("ada", "bela")]
    door = await office.dashboard()
    name = f"{size[0]}-{scheme}"
    page = await page_at(browser, door, ada, size, scheme)
    await page.goto(f"{door.url}regeln")
    await looked_at(page, f"rules-{name}")
    assert await small_targets(page) == []
    await page.get_by_label("Führt zu").select_option("JMD")
    await page.get_by_role("button", name="Anzeigen").click()
    await page.get_by_role("link", name="Änderung prüfen").click()
    await looked_at(page, f"changes-{name}")
    assert await small_targets(page) == []
    await page.get_by_label("Regeldatei").set_input_files(change)
    await page.get_by_role("button", name="Prüfen").click()
    await page.get_by_role("heading", name="Neue Sätze").or_(page.get_by_text("Neue Sätze")).first.wait_for()
    await page.get_by_text("Wer ist das?").first.click()
    await looked_at(page, f"change-draft-{name}")
    assert await small_targets(page) == []
    for field in await page.locator(".words input").all():
        await field.fill("They help you with your passport.")
    await page.get_by_label("Anmerkung für die zweite Person").fill("wie am 20.11. besprochen")
    await page.get_by_role("button", name="Zur Freigabe vorschlagen").click()
    await page.get_by_text("Sie haben diese Änderung vorgeschlagen.").wait_for()
    await looked_at(page, f"change-proposed-{name}")
    second = await page_at(browser, door, bela, size, scheme)
    await second.goto(page.url)
    await second.get_by_label("Ich habe den Vergleich gelesen.").check()
    await looked_at(second, f"change-to-confirm-{name}")
    await second.get_by_role("button", name="Bestätigen und freigeben").click()
    await second.get_by_text("Freigegeben. Wer ab dem").wait_for()
    await looked_at(second, f"change-confirmed-{name}")


async def test_findings_are_shown_without_scripts_and_by_keyboard(
    office: Office, browser: Browser, tmp_path: Path  # noqa: F811  fixture
) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(changed(("jung = true", "jugnd = true"), ('to = "KEIN_BEDARF"', 'to = "NIRGENDS"')), encoding="utf-8")
    door = await office.dashboard()
    page = await page_at(browser, door, await coordinator(office), PHONE)
    await page.goto(f"{door.url}regeln/aenderung")
    await page.get_by_label("Regeldatei").set_input_files(file)
    await page.get_by_label("Regeldatei").focus()
    for _ in range(5):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent") == "Prüfen":
            break
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="2 Befunde").wait_for()
    await looked_at(page, "findings-390")
