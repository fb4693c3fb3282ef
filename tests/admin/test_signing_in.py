"""Signing in: what it takes, what it leaves behind, when it ends."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from admin.accounts import demo_accounts
from admin.passwords import problem_with
from dialogs.load import known_counties, load_library
from dialogs.people import load_people
from storage import KeyRing, migrate, open_database
from tests.admin.office import CHEAP_HASH, PASSWORD, Office
from tests.conftest import Clock
from tests.dialogs.talk import TODAY


async def test_the_right_password_opens_the_inbox_and_a_weak_hash_is_made_strong(office: Office) -> None:
    staff = await office.hire()
    door = await office.dashboard()
    answer = await door.sign_in("Amina ")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert (await door.get("/"))[0] == 200
    kept = await office.database.read(lambda uow: uow.staff.get(staff.id))
    assert kept is not None
    assert kept.password_hash != CHEAP_HASH
    assert kept.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(office: Office) -> None:
    await office.hire()
    door = await office.dashboard()
    cookie = (await door.sign_in("amina")).cookies["kim"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert not cookie["expires"] and not cookie["max-age"]
    assert len(cookie.value) >= 43


async def test_over_tls_the_cookie_is_bound_to_this_host(office: Office) -> None:
    office.settings = dataclasses.replace(office.settings, secure_cookies=True)
    door = await office.dashboard()
    async with door.client.get("/anmelden") as answer:
        cookie = answer.cookies["__Host-kim-form"]
        assert cookie["secure"] is True
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


async def test_a_wrong_password_and_an_unknown_name_look_the_same(office: Office) -> None:
    await office.hire()
    door = await office.dashboard()
    wrong = await door.sign_in("amina", "das ist es nicht, wirklich")
    unknown = await door.sign_in("niemand", "das ist es nicht, wirklich")
    assert (wrong.status, unknown.status) == (403, 403)
    assert "Name oder Passwort stimmt nicht." in await wrong.text()
    assert (await wrong.text()).replace("amina", "niemand").count("stimmt nicht") == (await unknown.text()).count("stimmt nicht")


async def test_after_five_tries_in_a_minute_even_the_right_password_waits(office: Office, clock: Clock) -> None:
    await office.hire()
    door = await office.dashboard()
    for _ in range(5):
        assert (await door.sign_in("amina", "x" * 200)).status == 403
    locked = await door.sign_in("amina")
    assert (locked.status, locked.headers["Retry-After"]) == (429, "60")
    clock.forward(seconds=61)
    assert (await door.sign_in("amina")).status == 303


async def test_a_disabled_account_can_not_sign_in(office: Office) -> None:
    staff = await office.hire()
    await office.database.write(lambda uow: uow.staff.disable(staff.id))
    assert (await (await office.dashboard()).sign_in("amina")).status == 403


async def test_an_account_signs_in_only_at_its_own_door(office: Office) -> None:
    await office.hire(login="tresen", role="desk")
    refused = await (await office.dashboard()).sign_in("tresen")
    assert refused.status == 403
    assert "andere Anwendung" in await refused.text()
    assert (await (await office.desk()).sign_in("tresen")).status == 303


async def test_signing_in_needs_our_own_form(office: Office) -> None:
    await office.hire()
    door = await office.dashboard()
    answer = await door.post("/anmelden", {"form": "erfunden", "login": "amina", "password": PASSWORD})
    assert answer.status == 403
    assert "kim" not in answer.cookies


@pytest.mark.parametrize(
    ("wanted", "landed"),
    [
        ("/nummer", "/nummer"),
        ("/fall/0197f0", "/fall/0197f0"),
        ("//boese.example", "/"),
        ("https://boese.example/", "/"),
        ("/abmelden", "/"),
        ("/fall/..//boese", "/"),
    ],
)
async def test_signing_in_leads_back_to_our_own_pages_only(office: Office, wanted: str, landed: str) -> None:
    await office.hire()
    door = await office.dashboard()
    assert (await door.sign_in("amina", weiter=wanted)).headers["Location"] == landed


async def test_who_is_not_signed_in_is_sent_to_the_form_and_back(office: Office) -> None:
    door = await office.dashboard()
    async with door.client.get("/nummer", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/anmelden?weiter=/nummer"


async def test_a_session_ends_after_twenty_quiet_minutes(office: Office, clock: Clock) -> None:
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    for _ in range(3):
        clock.forward(minutes=19)
        assert (await door.get("/"))[0] == 200
    clock.forward(minutes=21)
    assert (await door.get("/"))[0] == 303


async def test_a_session_ends_after_eight_hours_however_busy(office: Office, clock: Clock) -> None:
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    for _ in range(31):
        clock.forward(minutes=15)
        assert (await door.get("/wach"))[0] == 204
    clock.forward(minutes=16)
    assert (await door.get("/wach"))[0] == 303


async def test_the_desk_is_left_after_ten_minutes_and_its_own_polling_does_not_count(office: Office, clock: Clock) -> None:
    door = await (await office.desk()).signed_in_as(await office.hire(role="desk"))
    for _ in range(3):
        clock.forward(minutes=3)
        assert (await door.get("/zettel.json"))[0] == 200
    clock.forward(minutes=2)
    assert (await door.get("/zettel.json"))[0] == 401
    assert (await door.get("/"))[0] == 303


async def test_signing_out_ends_the_session_on_the_server(office: Office) -> None:
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    kept = {c.key: c.value for c in door.client.session.cookie_jar}
    await door.get("/")
    assert (await door.post("/abmelden")).headers["Location"] == "/anmelden?grund=ende"
    door.client.session.cookie_jar.update_cookies(kept, door.client.make_url("/"))
    assert (await door.get("/"))[0] == 303


async def test_a_new_password_ends_every_session(office: Office) -> None:
    staff = await office.hire()
    here = await (await office.dashboard()).signed_in_as(staff)
    elsewhere = await (await office.dashboard()).signed_in_as(staff)
    await here.get("/konto")
    new = "ein ganz neuer langer satz"
    assert (await here.post("/konto/passwort", {"bisher": "falsch", "neu": new, "nochmal": new})).status == 422
    assert (await here.post("/konto/passwort", {"bisher": PASSWORD, "neu": "kurz", "nochmal": "kurz"})).status == 422
    assert (await here.post("/konto/passwort", {"bisher": PASSWORD, "neu": new, "nochmal": new})).status == 303
    assert (await elsewhere.get("/"))[0] == 303
    assert (await here.sign_in("amina", new)).status == 303


def test_a_password_is_judged_by_its_length_not_by_its_signs() -> None:
    assert problem_with("korrekt pferd batterie", "amina") is None
    assert problem_with("Kurz1!", "amina") is not None
    assert problem_with("aaaaaaaaaaaaaaaaaaaa", "amina") is not None
    assert problem_with("wegweisermettmann", "amina") is not None


async def test_only_a_fingerprint_of_the_token_reaches_the_disk(office: Office, office_file: Path) -> None:
    await office.hire()
    door = await office.dashboard()
    token = (await door.sign_in("amina")).cookies["kim"].value
    for file in office_file.parent.glob(office_file.name + "*"):
        assert token.encode() not in file.read_bytes()


async def test_only_the_demo_shows_who_can_sign_in(office: Office) -> None:
    await office.hire()
    _, page = await (await office.dashboard()).get("/anmelden")
    assert "Anmeldungen der Vorführung" in page and ">amina<" in page
    office.settings = dataclasses.replace(office.settings, demo=False)
    _, page = await (await office.dashboard()).get("/anmelden")
    assert "Anmeldungen der Vorführung" not in page and "amina" not in page


@pytest.mark.parametrize("county", known_counties())
def test_in_the_demo_every_traeger_that_takes_referrals_can_sign_in(tmp_path: Path, county: str) -> None:
    library = load_library(county)
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    migrate(url)
    KeyRing.create_file(tmp_path / "keys.toml")
    database = open_database(url, KeyRing.from_file(tmp_path / "keys.toml"))
    try:
        logins = load_people(library.current(TODAY)).logins
        for _ in range(2):  # a second start gives new passwords and nobody a second login
            demo_accounts(database, library.county, logins, TODAY)
        staff = [one for one in database.read_now(lambda uow: uow.staff.all(None)) if one.role == "case_manager"]
    finally:
        database.close()
    for stelle in library.county.stellen.values():
        if library.county.takes_referrals(stelle.dienst):
            assert any(stelle.id in one.stellen and one.traeger == stelle.traeger for one in staff), stelle.id
    assert len({one.login for one in staff}) == len(staff)
