"""A coordinator reads the rules, tries a change, and releases it with a second person; nobody alone, nobody else."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace

import pytest
from aiohttp import FormData

from admin.rulebook.changes import seen
from admin.rulebook.shelf import Shelf, loaded
from admin.rulebook.trial import tried
from bot.releases import Releases
from dialogs.script import Library
from storage import RuleChange, Staff
from tests.admin.office import Door, Office
from tests.admin.rulebook.conftest import RULES, SENTENCE, SHIFT, changed
from tests.conftest import Clock

PAGE = "/regeln/aenderung"


async def coordinator(office: Office, login: str = "ada", traeger: str = "kreis-mettmann") -> Staff:
    return await office.hire(login=login, role="coordinator", traeger=traeger, stellen=(), name=login.title())


async def door_of(office: Office, staff: Staff) -> Door:
    door = await (await office.dashboard()).signed_in_as(staff)
    await door.get(PAGE)
    return door


async def upload(door: Door, text: str | bytes, name: str = "rules.toml") -> tuple[int, str]:
    """The status and, after a redirect, the page of the change; else the page that was answered."""
    form = FormData()
    form.add_field("csrf", door.csrf)
    form.add_field("datei", text if isinstance(text, bytes) else text.encode(), filename=name, content_type="application/toml")
    async with door.client.post(PAGE, data=form, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location") or html.unescape(await answer.text())


async def draft(door: Door, text: str) -> str:
    status, where = await upload(door, text)
    assert status == 303, where[:3000]
    return where


async def proposed(office: Office, text: str | None = None, **fields: str) -> tuple[str, Door]:
    """Ada has proposed a change; Bela's door and the change's address."""
    ada = await door_of(office, await coordinator(office))
    where = await draft(ada, text or changed(SHIFT))
    answer = await ada.post(f"{where}/vorschlagen", {"notiz": "Absprache vom 20.11.", **fields})
    assert answer.status == 303, html.unescape(await answer.text())[:3000]
    return where, await door_of(office, await coordinator(office, "bela"))


async def state(office: Office, where: str) -> str:
    found = await office.database.read(lambda uow: uow.rule_changes.get("mettmann", "kreis-mettmann", where.rsplit("/", 1)[-1]))
    assert found is not None
    return found.state


async def confirm(door: Door, where: str) -> int:
    _, page = await door.get(where)
    seen = re.search(r'name="gesehen" value="(\w+)"', page)
    return (await door.post(f"{where}/bestaetigen", {"gesehen": seen[1] if seen else ""})).status


# -- reading -------------------------------------------------------------------------------------------------------------


async def test_the_rules_are_a_table_in_german_words(office: Office) -> None:
    door = await door_of(office, await coordinator(office))
    status, page = await door.get("/regeln")
    page = html.unescape(page)
    assert status == 200 and "M09" in page and "braucht länger Hilfe, und mehrere Stellen oder Themen" in page
    assert "Kreis Mettmann, Vorlage 50/014/2024" in page and "route-me-2026-11" in page and "ab 01.11.2026" in page
    assert not re.search(r"\b(ein_thema|laengerfristig|KIM_KURZ|info_only|p25ab)\b", re.sub(r"<option.*?>", "", page))


async def test_the_rules_of_one_dienst_and_of_another_day(office: Office) -> None:
    door = await door_of(office, await coordinator(office))
    _, page = await door.get("/regeln?dienst=JMD&am=2026-11-21")
    assert ">M08<" in page and ">M09<" not in page and ">A4<" in page
    status, page = await door.get("/regeln?am=2020-01-01")
    assert status == 404 and "An diesem Tag galt noch keine Fassung." in page
    assert (await door.get("/regeln?am=gestern"))[0] == 422
    assert (await door.get("/regeln?dienst=%22%3E%3Cscript%3E"))[0] == 422


async def test_the_file_in_force_can_be_taken_along(office: Office) -> None:
    door = await door_of(office, await coordinator(office))
    status, text = await door.get("/regeln/datei")
    assert status == 200 and text == RULES
    assert (await door.get("/regeln/datei?fassung=../county"))[0] == 404


# -- trying --------------------------------------------------------------------------------------------------------------


async def test_a_change_shows_who_would_go_elsewhere(office: Office) -> None:
    door = await door_of(office, await coordinator(office))
    where = await draft(door, changed(SHIFT))
    status, page = await door.get(where)
    page = html.unescape(page)
    moved = re.search(r"(\d+) von 298 gingen woanders hin\.", page)
    assert status == 200 and moved is not None and int(moved[1]) > 0
    assert "M13 → M16" in page and "Kurzberatung" in page and '<svg class="bar"' in page and "Wer ist das?" in page
    assert await state(office, where) == "draft"


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (("jung = true", "jugnd = true"), "Die Bedingung „jugnd“ gibt es nicht."),
        (('to = "KEIN_BEDARF"', 'to = "NIRGENDS"'), "Das Ziel „NIRGENDS“ ist kein Dienst des Kreises."),
        (("[params]", "[params"), "Die Datei ist an dieser Stelle nicht lesbar"),
        (('id = "M05"', 'id = "M04"'), "Diese Nummer steht zweimal unter [[rule]]"),
        (("when = { unter_16 = true }", "when = 5"), "when muss eine Tabelle sein"),
        (('version = "route-me-2026-12"', 'version = "route-me-2026-11"'), "Die Fassung „route-me-2026-11“ gibt es schon."),
        (('version = "route-me-2026-12"', ""), "Der Datei fehlt die Fassung."),
        (('because = "Sie brauchen im Moment', 'because = "{Sie} brauchen im Moment'), "geschweifte Klammer"),
    ],
)  # fmt: skip
async def test_what_can_not_be_read_is_said_in_german_and_not_kept(office: Office, pair: tuple[str, str], said: str) -> None:
    door = await door_of(office, await coordinator(office))
    status, page = await upload(door, changed(pair))
    assert status == 422 and said in page and 'lang="en"' not in page.split("<main", 1)[1]
    assert "rule_change_tried" not in {row.action for row in await office.audit_rows()}


@pytest.mark.parametrize(
    ("raw", "name", "status", "said"),
    [
        (b"", "rules.toml", 422, "Bitte wählen Sie eine Datei aus."),
        (b"\xff\xfe\x00", "rules.toml", 422, "kein Text in UTF-8"),
        (b"PK\x03\x04", "rules.xlsx", 422, "Tabellen können hier noch nicht geprüft werden"),
        (b"# zu lang\n" * 10_000, "rules.toml", 422, "Die Datei ist größer als 96 KB."),
        (b"# zu lang\n" * 60_000, "rules.toml", 413, "Zu groß"),
        (b"x = " + b"[" * 5_000, "rules.toml", 422, "Befund"),
        (b"rule = 5\ntopic = [1]\nalso = {}\nparams = 7\nversion = 'v'\nvalid_from = 'heute'", "rules.toml", 422, "Befunde"),
    ],
)  # fmt: skip
async def test_rubbish_instead_of_a_rules_file_is_refused_kindly(
    office: Office, raw: bytes, name: str, status: int, said: str
) -> None:
    door = await door_of(office, await coordinator(office))
    got, page = await upload(door, raw, name)
    assert got == status and said in page


async def test_a_change_is_computed_once_for_page_proposal_and_confirmation(office: Office) -> None:
    shelf, day = Shelf("mettmann"), dt.date(2026, 11, 21)
    books = await shelf.open(office.database)
    first = await shelf.trial(books, changed(SHIFT), day)
    assert await shelf.trial(books, changed(SHIFT), day) is first
    for other in range(8):
        await shelf.trial(books, f"x = {other}", day)
    assert len(shelf.trials) == 8 and await shelf.trial(books, "x = 7", day) in shelf.trials.values()
    assert await shelf.trial(replace(books, mark=(1, 1)), "x = 7", day) is not await shelf.trial(books, "x = 7", day)


async def test_a_change_with_findings_can_not_be_proposed(office: Office) -> None:
    door = await door_of(office, await coordinator(office))
    hidden = changed(("when = { jung = true }", "when = {}"))
    where = await draft(door, hidden)
    _, page = await door.get(where)
    assert "kommt nie zum Zug" in page and "Zur Freigabe vorschlagen" not in page
    assert (await door.post(f"{where}/vorschlagen")).status == 422
    assert await state(office, where) == "draft"


# -- releasing -----------------------------------------------------------------------------------------------------------


async def test_two_people_release_a_change_and_new_sessions_begin_on_it(office: Office, library: Library) -> None:
    where, bela = await proposed(office)
    _, page = await bela.get(where)
    assert "von 298 gingen woanders hin." in page and "Absprache vom 20.11." in page and "Ich habe den Vergleich gelesen" in page
    assert await confirm(bela, where) == 303
    assert await state(office, where) == "confirmed"
    releases = Releases(office.database, library, office.words)  # type: ignore[arg-type]
    assert releases.catch_up().current(dt.date(2026, 11, 21)).book.version == "route-me-2026-12"
    _, page = await bela.get("/regeln")
    assert "route-me-2026-12" in page and "(hier freigegeben)" in page
    _, page = await bela.get(where)
    assert "Freigegeben. Wer ab dem 21.11.2026 neu beginnt" in page and "Befund" not in page
    actions = [row.action for row in await office.audit_rows() if row.object_type == "rule_change"]
    assert actions == [
        "rule_change_tried", "rule_change_proposed", "past_cases_counted", "past_cases_counted", "rule_change_confirmed",
        "past_cases_counted",
    ]  # fmt: skip


async def test_who_proposed_it_can_not_confirm_it(office: Office) -> None:
    where, _ = await proposed(office)
    ada = await (await office.dashboard()).signed_in_as(
        await office.database.read(lambda uow: uow.staff.by_login("ada"))  # type: ignore[arg-type]
    )
    _, page = await ada.get(where)
    assert "Bestätigen und freigeben" not in page and "zweite Person" in page
    change = await office.database.read(lambda uow: uow.rule_changes.get("mettmann", "kreis-mettmann", where.rsplit("/", 1)[-1]))
    assert change is not None
    answer = await ada.post(f"{where}/bestaetigen", {"gesehen": change.sha256})
    assert answer.status == 409 and "selbst vorgeschlagen" in await answer.text()
    assert await state(office, where) == "proposed"


async def test_only_who_uploaded_a_file_proposes_it(office: Office) -> None:
    where = await draft(await door_of(office, await coordinator(office)), changed(SHIFT))
    bela = await door_of(office, await coordinator(office, "bela"))
    _, page = await bela.get(where)
    assert "Zur Freigabe vorschlagen" not in page and "Vorschlagen kann nur, wer die Datei hochgeladen hat." in page
    answer = await bela.post(f"{where}/vorschlagen")
    assert answer.status == 409 and "Vorschlagen kann nur, wer die Datei hochgeladen hat." in await answer.text()
    assert await state(office, where) == "draft"


async def test_the_second_person_reads_every_changed_field_and_every_translation(office: Office) -> None:
    """The planted fault: a page of counts, on which a sentence in another language says something else."""
    new = "Die Beratung hilft bei Pass und Papieren."
    ada = await door_of(office, await coordinator(office))
    where = await draft(ada, changed((SENTENCE, new), ("urgent_days = 42", "urgent_days = 40")))
    _, page = await ada.get(where)
    said = {field: f"Words in {locale}" for field, locale in re.findall(r'<input id="(wort-\d+-(\w+))"', page)}
    assert (await ada.post(f"{where}/vorschlagen", said)).status == 303
    bela = await door_of(office, await coordinator(office, "bela"))
    page = html.unescape((await bela.get(where))[1])
    for words in (SENTENCE, new, "urgent_days", ">42<", ">40<", "Regel M10", "Words in en", "Words in ar"):
        assert words in page, words
    status, text = await bela.get(f"{where}/datei")
    assert status == 200 and text == changed((SENTENCE, new), ("urgent_days = 42", "urgent_days = 40"))
    cora = await door_of(office, await coordinator(office, "cora", "caritas"))
    own = await draft(cora, changed(SHIFT, version="caritas-versuch"))
    assert [(await cora.get(f"{path}/datei"))[0] for path in (where, own)] == [404, 403]


async def test_a_translation_promises_nothing_and_leads_nowhere(office: Office) -> None:
    ada = await door_of(office, await coordinator(office))
    where = await draft(ada, changed((SENTENCE, "Die Beratung hilft bei Pass und Papieren.")))
    fields = re.findall(r'<input id="(wort-\d+-\w+)"', (await ada.get(where))[1])
    answer = await ada.post(f"{where}/vorschlagen", dict.fromkeys(fields, "Call 02104 99887"))
    assert answer.status == 422 and "eine lange Nummer" in await answer.text()
    assert await state(office, where) == "draft"


async def test_without_having_looked_nobody_confirms(office: Office) -> None:
    where, bela = await proposed(office)
    await bela.get(where)
    for said in ("", "0" * 64):
        assert (await bela.post(f"{where}/bestaetigen", {"gesehen": said})).status == 422
    assert await state(office, where) == "proposed"


async def test_who_read_a_comparison_with_another_book_compares_again(office: Office) -> None:
    """Two changes are proposed and read; after the first is released, the second was compared with a book of yesterday."""
    where, bela = await proposed(office)
    ada = await door_of(office, await office.database.read(lambda uow: uow.staff.by_login("ada")))  # type: ignore[arg-type]
    other = await draft(ada, changed(SHIFT, version="route-me-2026-13"))
    assert (await ada.post(f"{other}/vorschlagen")).status == 303
    page = (await bela.get(other))[1]
    read = re.search(r'name="gesehen" value="(\w+)"', page)
    assert read is not None and await confirm(bela, where) == 303
    answer = await bela.post(f"{other}/bestaetigen", {"gesehen": read[1]})
    assert answer.status == 422 and "Inzwischen gilt eine andere Fassung." in await answer.text()
    assert await state(office, other) == "proposed" and await confirm(bela, other) == 303


async def test_the_page_says_when_a_version_that_is_released_already_takes_over(office: Office) -> None:
    """Released in the other order: from March on, the one of March holds, and nothing of the one of January."""
    march = changed(SHIFT, ("valid_from = 2026-11-01", "valid_from = 2027-03-01"), version="maerz")
    where, bela = await proposed(office, march)
    assert "gilt dann wieder" not in (await bela.get(where))[1] and await confirm(bela, where) == 303
    january = await draft(bela, changed(SHIFT, ("valid_from = 2026-11-01", "valid_from = 2027-01-01"), version="januar"))
    page = html.unescape(re.sub(r"<[^>]+>", "", (await bela.get(january))[1]))
    assert "Ab dem 01.03.2027 gilt dann wieder die Fassung maerz" in page


def test_what_was_seen_is_bound_to_file_translations_book_and_day() -> None:
    at = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    books, day = loaded("mettmann", ()), at.date()
    trial = tried(books, changed(SHIFT), day)
    change = RuleChange("x", "mettmann", "t", "v", day, "a", "", {"en": {"A": "B"}}, "", "proposed", "p", at, None, None)
    others = [
        seen(replace(change, rules="b"), trial), seen(replace(change, words={"en": {"A": "C"}}), trial),
        seen(change, replace(trial, on=day + dt.timedelta(1))), seen(change, replace(trial, old=trial.script)),
    ]  # fmt: skip
    assert len({seen(change, trial), *others}) == 5


async def test_a_new_sentence_needs_its_translations_before_it_is_proposed(office: Office, library: Library) -> None:
    new = "Die Beratung hilft bei Pass und Papieren."
    ada = await door_of(office, await coordinator(office))
    where = await draft(ada, changed((SENTENCE, new)))
    _, page = await ada.get(where)
    fields = re.findall(r'<input id="(wort-\d+-(\w+))"', page)
    assert {locale for _, locale in fields} == {"en", "ar"} and new in page
    answer = await ada.post(f"{where}/vorschlagen", {fields[0][0]: "They help."})
    assert answer.status == 422 and "Es fehlt noch ein Satz auf" in await answer.text()
    answer = await ada.post(f"{where}/vorschlagen", {field: "{stelle}" for field, _ in fields})
    assert answer.status == 422 and await state(office, where) == "draft"
    answer = await ada.post(f"{where}/vorschlagen", {field: f"<{locale}> they help" for field, locale in fields})
    assert answer.status == 303
    assert await confirm(await door_of(office, await coordinator(office, "bela")), where) == 303
    releases = Releases(office.database, library, office.words)  # type: ignore[arg-type]
    script = releases.catch_up().current(dt.date(2026, 11, 21))
    key = next(rule.key for rule in script.book.rules if rule.id == "M10")
    assert [office.words.text(key, locale) for locale in ("de", "en", "ar")] == [new, "<en> they help", "<ar> they help"]
    for rule in (*script.book.rules, *script.book.topics, *script.book.also):
        assert all(office.words.text(rule.key, locale) for locale in office.words.locales)


async def test_a_proposal_can_be_taken_back_and_its_name_is_spent(office: Office) -> None:
    where, bela = await proposed(office)
    await bela.get(where)
    assert (await bela.post(f"{where}/zurueckziehen")).status == 303
    assert await state(office, where) == "withdrawn" and await confirm(bela, where) in (409, 422)
    again = await draft(bela, changed(SHIFT))
    await bela.get(again)
    answer = await bela.post(f"{again}/vorschlagen")
    assert answer.status == 409 and "Geben Sie der Datei einen neuen Namen" in await answer.text()


async def test_a_change_confirmed_late_begins_that_day_and_not_before(office: Office, clock: Clock, library: Library) -> None:
    where, _ = await proposed(office, changed(SHIFT, ("valid_from = 2026-11-01", "valid_from = 2026-11-23")))
    clock.forward(days=5)
    bela = await door_of(office, await office.database.read(lambda uow: uow.staff.by_login("bela")))  # type: ignore[arg-type]
    assert await confirm(bela, where) == 303
    found = Releases(office.database, library, office.words).catch_up()  # type: ignore[arg-type]
    assert [found.current(dt.date(2026, 11, day)).book.version[-2:] for day in (25, 26)] == ["11", "12"]


# -- who may -------------------------------------------------------------------------------------------------------------


async def test_another_traegers_coordinator_may_try_but_not_release(office: Office) -> None:
    where, _ = await proposed(office)
    cora = await door_of(office, await coordinator(office, "cora", "caritas"))
    assert (await cora.get(where))[0] == 404
    own = await draft(cora, changed(SHIFT, version="caritas-versuch"))
    _, page = await cora.get(own)
    assert "Fälle Ihres Trägers" in page and "Zur Freigabe vorschlagen" not in page
    assert (await cora.post(f"{own}/vorschlagen")).status == 403
    for move in ("bestaetigen", "zurueckziehen", "vorschlagen"):
        assert (await cora.post(f"{where}/{move}")).status == 404
    assert await state(office, where) == "proposed"


@pytest.mark.parametrize("role", ["case_manager", "admin"])
async def test_nobody_else_sees_the_pages(office: Office, role: str) -> None:
    where, _ = await proposed(office)
    door = await (await office.dashboard()).signed_in_as(await office.hire(login="x", role=role))
    for path in ("/regeln", "/regeln/datei", PAGE, where):
        assert (await door.get(path))[0] == 403


async def test_a_form_without_its_token_changes_nothing(office: Office) -> None:
    where, bela = await proposed(office)
    await bela.get(where)
    bela.csrf = "falsch"
    assert (await bela.post(f"{where}/zurueckziehen")).status == 403
    assert (await upload(bela, changed(SHIFT, version="x")))[0] == 403
    assert await state(office, where) == "proposed"
