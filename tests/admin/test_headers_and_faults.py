"""What every answer carries, and what is said when something breaks."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from admin.door.headers import STRICT
from admin.door.static import static_url
from storage import StorageUnavailable
from tests.admin.office import Office


@pytest.mark.parametrize("path", ["/anmelden", "/", "/gibt-es-nicht", "/healthz", "/api/v1/referrals"])
async def test_every_answer_is_strict(office: Office, path: str) -> None:
    for door in (await office.dashboard(), await office.desk()):
        async with door.client.get(path, allow_redirects=False) as answer:
            for name, value in STRICT.items():
                assert answer.headers[name] == value
            assert answer.headers["Cache-Control"] == "no-store"


async def test_no_page_holds_inline_script_or_style_or_a_foreign_address(office: Office) -> None:
    referral = await office.offer()
    dashboard = await (await office.dashboard()).signed_in_as(await office.hire())
    desk = await (await office.desk()).signed_in_as(await office.hire(login="tresen", role="desk"))
    pages = [(await dashboard.get(path))[1] for path in ("/", "/anmelden", "/nummer", "/konto", f"/fall/{referral}")]
    pages.append((await desk.get("/"))[1])
    pages.append(await (await desk.post("/zettel", {"papier": "desk", "sprache": "ar"})).text())
    for page in pages:
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page
        assert 'src="http' not in page and 'href="http' not in page
        assert '<html lang="de">' in page


async def test_files_may_be_kept_for_ever_and_only_ours_are_served(office: Office) -> None:
    door = await office.dashboard()
    async with door.client.get(static_url("office.css")) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
        assert "immutable" in answer.headers["Cache-Control"]
    for path in ("/static/0/office.css", "/static/0/..%2Fapp.py", "/static/0/app.py"):
        assert (await door.get(path))[0] == 404


async def test_a_lost_database_is_said_and_nothing_is_claimed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    door = await (await office.dashboard()).signed_in_as(await office.hire())

    async def gone(step: Any) -> Any:
        raise StorageUnavailable

    monkeypatch.setattr(office.database, "write", gone)
    monkeypatch.setattr(office.database, "read", gone)
    async with door.client.get("/readyz") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    async with door.client.get("/") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert "Gerade nicht erreichbar" in await answer.text()
    async with door.client.get("/healthz") as answer:
        assert answer.status == 200


async def test_a_crash_is_logged_without_what_it_was_about(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    door = await (await office.dashboard()).signed_in_as(await office.hire())

    async def crash(step: Any) -> Any:
        raise RuntimeError("Hanan 0151 2345678")

    monkeypatch.setattr(office.database, "read", crash)
    with caplog.at_level(logging.DEBUG, logger="admin"):
        status, page = await door.get("/")
    assert status == 500
    assert "Etwas ist schiefgegangen" in page
    assert "RuntimeError in GET /" in caplog.text
    assert "0151" not in caplog.text and "0151" not in page


async def test_too_large_a_form_is_refused(office: Office) -> None:
    door = await office.dashboard()
    assert (await door.post("/anmelden", {"login": "x" * 100_000})).status == 413


async def test_signs_that_no_database_can_keep_are_no_crash(office: Office) -> None:
    await office.hire()
    door = await office.dashboard()
    assert (await door.sign_in("am\x00ina")).status == 403
    door = await door.signed_in_as(await office.hire(login="bernd"))
    await door.get("/nummer")
    assert (await door.post("/nummer", {"nummer": "K7M\x0042P"})).status == 404
    assert (await door.get("/fall/%00"))[0] == 404
