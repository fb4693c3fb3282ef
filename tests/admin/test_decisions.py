"""Accept, hand back, decline: together with the message to the person, or not at all."""

from __future__ import annotations

import asyncio

import pytest

from tests.admin.office import Door, Office


async def opened(office: Office, referral: str, login: str = "amina", name: str = "Amina Yildiz") -> Door:
    door = await (await office.dashboard()).signed_in_as(await office.hire(login=login, name=name))
    await door.get(f"/fall/{referral}")
    return door


async def told(office: Office) -> list[dict[str, object]]:
    import datetime as dt

    rows = await office.database.write(lambda uow: uow.outbox.claim("test", limit=50, lease=dt.timedelta(seconds=1)))
    return [{**row.effect, "locale": row.locale} for row in rows]


async def status_of(office: Office, referral: str) -> str:
    case = await office.database.read(lambda uow: uow.referrals.get("kreis-mettmann", ("kim-velbert-kreis",), referral))
    assert case is not None
    return case.status


async def test_accepting_moves_the_referral_tells_the_person_and_is_written_down(office: Office) -> None:
    referral = await office.offer()
    door = await opened(office, referral)
    answer = await door.post(f"/fall/{referral}/annehmen", {"version": "1"})
    assert (answer.status, answer.headers["Location"]) == (303, f"/fall/{referral}")
    assert await status_of(office, referral) == "accepted"
    assert await told(office) == [
        {
            "effect": "tellstatus", "referral": referral, "status": "accepted", "dienst": "KIM_CM",
            "stelle": "kim-velbert-kreis", "reason": None, "at": "2026-11-21T11:00:00+00:00", "locale": "ar",
        }
    ]  # fmt: skip
    assert "referral_accepted" in [row.action for row in await office.audit_rows()]
    _, page = await door.get(f"/fall/{referral}")
    assert "Angenommen" in page and "Amina Yildiz" in page


@pytest.mark.parametrize(("move", "status"), [("zurueckgeben", "returned"), ("ablehnen", "declined")])
async def test_sending_away_needs_a_reason_and_the_person_hears_it(office: Office, move: str, status: str) -> None:
    referral = await office.offer()
    door = await opened(office, referral)
    for wrong in ({}, {"grund": ""}, {"grund": "keine Lust"}):
        answer = await door.post(f"/fall/{referral}/{move}", {"version": "1", **wrong})
        assert answer.status == 422
        assert "Bitte wählen Sie einen Grund aus." in await answer.text()
    assert await status_of(office, referral) == "waiting"
    assert await told(office) == []
    assert (await door.post(f"/fall/{referral}/{move}", {"version": "1", "grund": "keine_kapazitaet"})).status == 303
    assert await status_of(office, referral) == status
    [message] = await told(office)
    assert (message["status"], message["reason"]) == (status, "keine_kapazitaet")
    _, page = await door.get(f"/fall/{referral}")
    assert "Keine Kapazität" in page


async def test_near_27_the_jmd_is_asked_first(office: Office) -> None:
    referral = await office.offer(condition="jmd_ruecksprache", rule="M06")
    door = await opened(office, referral)
    for lacking in (
        {},
        {"bestaetigt": "ja"},
        {"bestaetigt_am": "2026-11-20"},
        {"bestaetigt": "ja", "bestaetigt_am": "2026-11-22"},
        {"bestaetigt": "ja", "bestaetigt_am": "gestern"},
    ):
        answer = await door.post(f"/fall/{referral}/annehmen", {"version": "1", **lacking})
        assert answer.status == 422, lacking
    assert await status_of(office, referral) == "waiting"
    done = {"version": "1", "bestaetigt": "ja", "bestaetigt_am": "2026-11-20"}
    assert (await door.post(f"/fall/{referral}/annehmen", done)).status == 303
    assert await status_of(office, referral) == "accepted"
    _, page = await door.get(f"/fall/{referral}")
    assert "Rücksprache mit dem JMD am 20.11.2026" in page


async def test_a_condition_that_is_only_to_be_known_asks_for_nothing(office: Office) -> None:
    referral = await office.offer(condition="awo_vereinbarung", rule="M07")
    door = await opened(office, referral)
    _, page = await door.get(f"/fall/{referral}")
    assert "Vereinbarung mit der AWO" in page and "bestaetigt" not in page
    assert (await door.post(f"/fall/{referral}/annehmen", {"version": "1"})).status == 303


async def test_a_condition_that_left_the_rules_is_shown_by_its_name_and_holds_up_nobody(office: Office) -> None:
    referral = await office.offer(condition="frueher_vereinbart", rule="M06")
    door = await opened(office, referral)
    _, page = await door.get(f"/fall/{referral}")
    assert "frueher_vereinbart" in page and "steht in den Regeln nicht mehr" in page
    assert (await door.post(f"/fall/{referral}/annehmen", {"version": "1"})).status == 303


async def test_of_two_at_the_same_moment_one_accepts_and_the_other_reads_who(office: Office) -> None:
    referral = await office.offer()
    doors = [await opened(office, referral, "amina", "Amina Yildiz"), await opened(office, referral, "bernd", "Bernd Kraus")]
    answers = await asyncio.gather(*(door.post(f"/fall/{referral}/annehmen", {"version": "1"}) for door in doors))
    assert sorted(answer.status for answer in answers) == [303, 409]
    late = next(answer for answer in answers if answer.status == 409)
    first = "Bernd Kraus" if answers[0].status == 409 else "Amina Yildiz"
    page = await late.text()
    for words in ("Jemand war schneller", "Angenommen", first, "21.11.2026, 12:00 Uhr"):
        assert words in page, words
    assert len(await told(office)) == 1


async def test_withdrawal_always_wins(office: Office) -> None:
    referral = await office.offer()
    door = await opened(office, referral)
    case = await office.database.read(lambda uow: uow.referrals.get("kreis-mettmann", ("kim-velbert-kreis",), referral))
    assert case is not None and case.session_id is not None
    session_id = case.session_id
    await office.database.write(lambda uow: uow.referrals.withdraw(session_id))
    answer = await door.post(f"/fall/{referral}/annehmen", {"version": "1"})
    assert answer.status == 409
    assert "die Person selbst" in await answer.text()


async def test_an_accepted_case_can_still_be_handed_back_but_not_accepted_again(office: Office) -> None:
    referral = await office.offer()
    door = await opened(office, referral)
    await door.post(f"/fall/{referral}/annehmen", {"version": "1"})
    _, page = await door.get(f"/fall/{referral}")
    assert "Zurückgeben" in page and "Fall annehmen" not in page
    assert (await door.post(f"/fall/{referral}/annehmen", {"version": "2"})).status == 409
    assert (await door.post(f"/fall/{referral}/zurueckgeben", {"version": "2", "grund": "nicht_erreicht"})).status == 303


async def test_a_form_without_token_or_version_changes_nothing(office: Office) -> None:
    referral = await office.offer()
    door = await opened(office, referral)
    assert (await door.post(f"/fall/{referral}/annehmen", {"version": "eins"})).status == 400
    assert (await door.post(f"/fall/{referral}/loeschen", {"version": "1"})).status == 404
    assert (await door.post(f"/fall/{referral}/annehmen", {"version": "1", "csrf": "erfunden"})).status == 403
    assert await status_of(office, referral) == "waiting"


async def test_another_site_can_not_press_our_buttons(office: Office) -> None:
    referral = await office.offer()
    door = await opened(office, referral)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://boese.example"}):
        assert (await door.post(f"/fall/{referral}/annehmen", {"version": "1"}, headers=headers)).status == 403
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    assert (await door.post(f"/fall/{referral}/annehmen", {"version": "1"}, headers=own)).status == 303
