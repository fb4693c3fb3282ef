"""One event, one transaction: on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from bot.app import phrasing_for
from bot.channels import Press, Unavailable
from bot.conversation import Conversation
from bot.words import Words
from dialogs import events as ev
from dialogs.referral import Move
from dialogs.script import Library
from dialogs.session import Status
from storage import Database
from tests.bot.talk import Visitor, words_of
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN


@pytest.fixture
def conversation(database: Database, library: Library, words: Words, clock: Clock) -> Conversation:
    return Conversation(database, library, phrasing_for(library, words), pushing=("telegram",), clock=clock, worker="w")


def _referrals(database: Database, stelle: str = "ff-caritas", traeger: str = "caritas") -> tuple[object, ...]:
    return tuple(database.read_now(lambda uow: uow.referrals.open_for(traeger, [stelle])).rows)


@pytest.fixture
def caritas(library: Library) -> str:
    return library.county.stellen["ff-caritas"].traeger


async def test_a_visitor_who_only_looks_leaves_no_trace(conversation: Conversation, database: Database) -> None:
    visitor = Visitor(conversation)
    (page,) = await visitor.look()
    assert page.kind == "chooselanguage"
    assert await conversation.session_at("web", visitor.address) is None


async def test_a_finished_screening_is_a_referral_in_the_inbox(
    conversation: Conversation, database: Database, caritas: str
) -> None:
    visitor = Visitor(conversation, locale="ar")
    await visitor.to_the_end(HILDEN)
    (referral,) = _referrals(database, traeger=caritas)
    assert (referral.dienst, referral.kommune, referral.locale, referral.rule) == ("FF_CARITAS", "hilden", "ar", "M10")
    case = database.read_now(lambda uow: uow.referrals.get(caritas, ["ff-caritas"], referral.id))
    assert case is not None
    assert ["S07_identity", "none"] in [list(row) for row in case.payload["rows"]]
    code = (await visitor.session()).code
    assert code in words_of(visitor.reply.pages)
    assert database.read_now(lambda uow: uow.referrals.find_by_code(caritas, ["ff-caritas"], code)) is not None


COMPLEX = {
    **HILDEN, "S02_city": "erkrath", "S07_identity": "passport", "S15_needs": ("residence", "lid", "work", "money"),
    "S16_kind": ("long", "actors"),
}  # fmt: skip


async def test_of_two_stellen_the_one_with_more_free_places_gets_the_next_case(
    conversation: Conversation, database: Database, library: Library
) -> None:
    # Erkrath: 0.75 posts of the Kreis (20.25 places) and 0.6 of the Diakonie (16.2).
    for number in range(6):
        visitor = Visitor(conversation, address=f"visitor-{number}")
        await visitor.to_the_end(COMPLEX)
        assert (await visitor.session()).decision["dienst"] == "KIM_CM"  # type: ignore[index]
    posts = library.county.posts("erkrath")
    assert list(database.read_now(lambda uow: uow.referrals.busy(posts)).values()) == [5, 1]


async def test_the_person_sees_in_her_language_that_she_was_accepted(
    conversation: Conversation, database: Database, caritas: str, words: Words
) -> None:
    visitor = Visitor(conversation, locale="ar")
    await visitor.to_the_end(HILDEN)
    (referral,) = _referrals(database, traeger=caritas)
    database.write_now(lambda uow: uow.referrals.move(caritas, ["ff-caritas"], referral.id, Move.ACCEPT, by="staff"))
    pages = await visitor.look()
    (told,) = (page for page in pages if page.kind == "tellstatus")
    name = words.stelle_name("ff-caritas")
    assert told.direction == "rtl"
    assert words.text("status.accepted", "ar", stelle=name, reason="") in told.paragraphs


async def test_the_same_event_twice_happens_once(conversation: Conversation) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    session = await visitor.session()
    first = await visitor.press(Press(session.id, session.prompt, "c", "yes"), event_id="same")
    again = await visitor.press(Press(session.id, session.prompt, "c", "yes"), event_id="same")
    assert not first.duplicate and again.duplicate
    assert (await visitor.session()).open == "S01_safety"
    assert [page.kind for page in again.pages] == ["ask"], "a doubled form still gets its page"


async def test_fifty_presses_of_one_button_at_once_are_one_answer(conversation: Conversation) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    session = await visitor.session()
    replies = await asyncio.gather(*(visitor.press(Press(session.id, session.prompt, "c", "yes")) for _ in range(50)))
    assert sum(not reply.refused for reply in replies) == 1
    assert (await visitor.session()).open == "S01_safety"


async def test_a_button_of_another_session_is_met_kindly(conversation: Conversation, words: Words) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    before = await visitor.session()
    reply = await visitor.press(Press("zzzzzzzz", before.prompt, "c", "no"))
    assert reply.refused and words.german("ui.stale") in words_of(reply.pages)
    assert await visitor.session() == before


@pytest.mark.parametrize("option", ["", "nonsense", "\x00", "\ud800", "x" * 10_000])
async def test_garbage_in_a_button_changes_nothing(conversation: Conversation, option: str) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    before = await visitor.session()
    reply = await visitor.press(Press(before.id, before.prompt, "c", option))
    assert reply.refused and await visitor.session() == before


async def test_refusing_consent_leaves_no_person_behind(conversation: Conversation, database: Database) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    await visitor.answer_all({"F2_notice": "no"})
    assert await conversation.session_at("web", visitor.address) is None
    assert visitor.reply.once and visitor.reply.session is None
    assert [page.kind for page in visitor.reply.pages] == ["showend"]


async def test_a_crisis_card_is_only_in_the_reply(conversation: Conversation) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    await visitor.answer_all({**HILDEN, "S01_safety": ("violence",)}, until="S02_city")
    assert visitor.reply.once and visitor.reply.pages[0].kind == "showcards"
    assert "116 016" in words_of(visitor.reply.pages)
    assert all(page.kind != "showcards" for page in await visitor.look())


@pytest.mark.parametrize("end", ["refused", "under 16", "expired"])
async def test_what_ends_without_a_trace_for_one_does_not_touch_the_other(
    conversation: Conversation, database: Database, caritas: str, end: str
) -> None:
    visitor = Visitor(conversation)
    await visitor.to_the_end(HILDEN)
    first = await visitor.session()
    await visitor.say(ev.AnotherPersonStarted())
    second = await visitor.session()
    ends = {"refused": {"F2_notice": "no"}, "under 16": {"S03_age": "a12"}, "expired": {"S05_valid_until": "#15.11.2026"}}
    asked = {"refused": "F2_notice", "under 16": "S03_age", "expired": "S06_applied"}[end]
    await visitor.answer_all({**HILDEN, **ends[end]}, until=asked)
    session = await visitor.session()
    await visitor.say(ev.Chosen(session.prompt, ({**HILDEN, **ends[end]}[asked],)), session=session.id)
    assert visitor.reply.once and visitor.reply.pages[-1].kind == "showend"
    assert database.read_now(lambda uow: uow.sessions.load(second.id)) is None
    assert (await visitor.session()).id == first.id and len(_referrals(database, traeger=caritas)) == 1


async def test_a_doubled_press_shows_the_card_again(conversation: Conversation) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    await visitor.answer_all({"F2_notice": "yes"}, until="S01_safety")
    session = await visitor.session()
    press = ev.Chosen(session.prompt, ("suicide",))
    first = await visitor.say(press, event_id="twice", session=session.id)
    again = await visitor.say(press, event_id="twice", session=session.id)
    assert [page.kind for page in first.pages] == ["showcards"] and again.pages == first.pages
    (on,) = first.pages[0].buttons
    assert on.press is not None
    await visitor.press(on.press)
    assert [page.kind for page in visitor.reply.pages] == ["ask"], "the question comes when she says that she is safe"


async def test_the_first_person_can_withdraw_after_another_began(
    conversation: Conversation, database: Database, caritas: str
) -> None:
    visitor = Visitor(conversation)
    await visitor.to_the_end(HILDEN)
    first = await visitor.session()
    await visitor.say(ev.AnotherPersonStarted())
    await visitor.say(ev.ConsentWithdrawn(), session=first.id)
    assert _referrals(database, traeger=caritas) == ()
    assert (await visitor.session()).id != first.id


async def test_an_expired_title_is_informed_and_forgotten(conversation: Conversation) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    await visitor.answer_all({**HILDEN, "S05_valid_until": "#15.11.2026"})
    assert [page.kind for page in visitor.reply.pages] == ["showresult", "showend"]
    assert await conversation.session_at("web", visitor.address) is None


async def test_two_persons_on_one_phone_have_two_sessions_and_two_keys(
    conversation: Conversation, database: Database, caritas: str
) -> None:
    visitor = Visitor(conversation)
    await visitor.to_the_end(HILDEN)
    first = await visitor.session()
    await visitor.say(ev.AnotherPersonStarted())
    second = await visitor.session()
    assert second.id != first.id and second.answers == {} and second.code != first.code
    stored = database.read_now(lambda uow: (uow.sessions.load(first.id), uow.sessions.load(second.id)))
    assert stored[0] is not None and stored[1] is not None
    assert stored[0].person_id != stored[1].person_id
    assert len(_referrals(database, traeger=caritas)) == 1


async def test_deleting_everything_takes_back_the_referral_and_every_person(
    conversation: Conversation, database: Database, caritas: str
) -> None:
    visitor = Visitor(conversation)
    await visitor.to_the_end(HILDEN)
    code = (await visitor.session()).code
    await visitor.say(ev.AnotherPersonStarted())
    await visitor.say(ev.DeleteAsked())
    assert visitor.reply.pages[0].kind == "confirmdelete"
    await visitor.say(ev.DeleteConfirmed())
    assert await conversation.session_at("web", visitor.address) is None
    assert _referrals(database, traeger=caritas) == ()
    assert database.read_now(lambda uow: uow.sessions.find_by_code(code)) is None


async def test_withdrawing_reaches_the_stelle(conversation: Conversation, database: Database, caritas: str) -> None:
    visitor = Visitor(conversation)
    await visitor.to_the_end(HILDEN)
    await visitor.say(ev.ConsentWithdrawn())
    assert _referrals(database, traeger=caritas) == ()
    assert (await visitor.session()).outcome == "self"


async def test_the_code_goes_on_with_the_session_on_another_phone(conversation: Conversation) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    await visitor.answer_all(HILDEN, until="S08_german")
    code = (await visitor.session()).code
    other = Visitor(conversation, address="visitor-2")
    assert await conversation.resume(code.lower(), "web", other.address)
    assert (await other.session()).open == "S08_german"
    assert not await conversation.resume("K7M4-2PX9-Z", "web", "visitor-3")


async def test_a_slip_opens_the_short_path_and_shows_its_state_to_the_desk(
    conversation: Conversation, database: Database
) -> None:
    slip = database.write_now(lambda uow: uow.slips.issue(kreis="mettmann", entry="desk-25", locale="ar", staff_id="s"))
    visitor = Visitor(conversation, locale="ar")
    await visitor.begin(slip=slip.token)
    session = await visitor.session()
    assert (session.entry, session.locale, session.answers) == ("desk-25", "ar", {})

    def state() -> str:
        return str(database.read_now(lambda uow: uow.slips.of("s", conversation._place.clock().replace(hour=0)))[0].state)

    assert state() == "answering"
    await visitor.answer_all({**HILDEN, "S15_needs": ("none",), "S17_contact": ("no",)})
    session = await visitor.session()
    await visitor.say(ev.Confirmed(session.prompt), session=session.id)
    await visitor.answer_all({"S17_contact": ("no",)})
    assert (await visitor.session()).status is Status.FINISHED and state() == "finished"


async def test_a_new_slip_begins_anew_and_a_used_one_changes_nothing(conversation: Conversation, database: Database) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    await visitor.answer_all(HILDEN, until="S08_german")
    first = await visitor.session()
    slip = database.write_now(lambda uow: uow.slips.issue(kreis="mettmann", entry="desk-25", locale="de", staff_id="s"))
    await visitor.begin(slip=slip.token)
    second = await visitor.session()
    assert second.id != first.id and second.entry == "desk-25"
    await visitor.answer_all(HILDEN, until="S02_city")
    await visitor.begin(slip=slip.token)
    assert (await visitor.session()).open == "S02_city"


async def test_the_short_code_of_a_slip_can_be_typed(conversation: Conversation, database: Database) -> None:
    slip = database.write_now(lambda uow: uow.slips.issue(kreis="mettmann", entry="desk-104c", locale="de", staff_id="s"))
    assert await conversation.resume(slip.code, "web", "visitor-9")
    session = await conversation.session_at("web", "visitor-9")
    assert session is not None and session.entry == "desk-104c"


async def test_a_session_stays_on_the_script_it_began_on(conversation: Conversation, clock: Clock) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    script = (await visitor.session()).script
    clock.forward(days=1)
    await visitor.answer_all(HILDEN, until="S05_valid_until")
    assert (await visitor.session()).script == script


async def test_what_is_stored_is_shown_with_the_consents(conversation: Conversation, words: Words) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    await visitor.answer_all(HILDEN, until="S08_german")
    await visitor.say(ev.DataAsked())
    shown = words_of(visitor.reply.pages)
    assert "Hilden" in shown and words.german("purpose.C1") in shown and "21.11.2026" in shown


async def test_a_database_that_can_not_keep_anything_acknowledges_nothing(conversation: Conversation, database: Database) -> None:
    visitor = Visitor(conversation)
    await visitor.begin()
    database.close()
    with pytest.raises(Unavailable):
        await visitor.answer_all({"F2_notice": "yes"})
