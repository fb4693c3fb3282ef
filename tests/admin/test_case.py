"""One case: what the case manager reads, and what is written down when she does."""

from __future__ import annotations

import pytest

from tests.admin.office import Office


async def test_a_case_reads_from_the_reason_to_the_contact(office: Office) -> None:
    referral = await office.offer(code="K7M42P")
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    status, page = await door.get(f"/fall/{referral}")
    assert status == 200
    for words in (
        "Dafür gibt es das KIM Case Management.", "Regel M09", "Vorlage 50/014/2024",
        "Aufenthaltserlaubnis §\u00a0104c (Chancen-Aufenthalt)", "Ich brauche länger Hilfe", "Wie gut können Sie Deutsch?",
        "0151 2345678, Hanan", "Weitergabe der Antworten an diese Stelle", "scr-2026-11", "2P",
    ):  # fmt: skip
        assert words in page, words


async def test_consents_to_others_are_not_shown(office: Office) -> None:
    referral = await office.offer()
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get(f"/fall/{referral}")
    assert page.count("Weitergabe der Antworten an diese Stelle") == 1


@pytest.mark.parametrize("how", ["/fall/{}", "/api/v1/referrals/{}"])
async def test_opening_a_case_leaves_an_audit_row_without_content(office: Office, how: str) -> None:
    staff = await office.hire()
    referral = await office.offer()
    door = await (await office.dashboard()).signed_in_as(staff)
    await door.get(how.format(referral))
    rows = await office.audit_rows()
    assert ("case_opened", staff.id, "referral") in [(row.action, row.staff_id, row.object_type) for row in rows]
    assert "Hanan" not in str(rows)


async def test_hostile_words_stay_words(office: Office) -> None:
    nasty = "<script>alert(1)</script>\u202e'\"><img src=x>{{ 7*7 }}"
    referral = await office.offer(contact=nasty)
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    _, page = await door.get(f"/fall/{referral}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert "49" not in page.split("Kontakt</h2>")[1].split("</section>")[0]


async def test_after_withdrawal_nothing_is_readable_any_more(office: Office) -> None:
    referral = await office.offer()
    case = await office.database.read(lambda uow: uow.referrals.get("kreis-mettmann", ("kim-velbert-kreis",), referral))
    assert case is not None and case.session_id is not None
    session_id = case.session_id
    await office.database.write(lambda uow: uow.referrals.withdraw(session_id))
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    status, page = await door.get(f"/fall/{referral}")
    assert status == 200
    assert "hat die Weitergabe zurückgenommen" in page
    assert "0151" not in page and "104c (Chancen" not in page
    _, twin = await door.get(f"/api/v1/referrals/{referral}")
    assert "0151" not in twin and "104c" not in twin


async def test_a_full_number_finds_the_case_and_half_of_it_does_not(office: Office) -> None:
    referral = await office.offer(code="K7M42P")
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    await door.get("/nummer")
    found = await door.post("/nummer", {"nummer": " k7m-42p "})
    assert (found.status, found.headers.get("Location")) == (303, f"/fall/{referral}")
    assert (await door.post("/nummer", {"nummer": "K7M"})).status == 404


async def test_numbers_can_not_be_guessed_for_long(office: Office) -> None:
    await office.offer(code="K7M42P")
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    await door.get("/nummer")
    for n in range(20):
        assert (await door.post("/nummer", {"nummer": f"K7M42{n:02}"})).status == 404
    assert (await door.post("/nummer", {"nummer": "K7M42P"})).status == 429
