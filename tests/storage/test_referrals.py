"""The life of a referral in the database: order, pages, moves, history, and who was first."""

from __future__ import annotations

import pytest

from dialogs.referral import Move, MoveRefused, ReferralStatus
from storage import Database, ReferralMoved, ReferralUnknown, UnitOfWork
from tests.conftest import Clock
from tests.storage.people import OTHER_STELLE, STELLE, TRAEGER, Handed, begin, consented, hand_over, offered

HERE = (TRAEGER, (STELLE,))


def test_what_was_handed_over_arrives(database: Database, handed: Handed, clock: Clock) -> None:
    case = database.read_now(lambda uow: uow.referrals.get(*HERE, handed.referral))
    assert case is not None
    assert case.payload == {"rows": [["S04_status", "p104c"]], "decision": {"rule": "M09"}, "contact": "0151 2345678"}
    assert (case.kommune, case.locale, case.because, case.rule) == ("velbert", "ar", "mettmann.M09", "M09")
    assert (case.rules_version, case.mode, case.condition, case.urgent) == ("route-me-2026-11", "referral", None, False)
    assert (case.person_id, case.session_id, case.chat_id) == (handed.person, handed.stored.session.id, handed.chat.id)
    assert (case.status, case.version, case.waiting_since, case.created_at) == ("waiting", 1, clock.now, clock.now)
    assert case.code_hint == handed.stored.session.code.replace("-", "")[-2:]
    assert case.consent_id == handed.consent


def test_the_inbox_shows_urgent_ones_first_then_who_waited_longest(database: Database, clock: Clock) -> None:
    expected = {}
    for name, urgent in (("a", False), ("b", True), ("c", False), ("d", True)):
        expected[name] = database.write_now(lambda uow, u=urgent: hand_over(uow, urgent=u)).referral  # type: ignore[misc]
        clock.forward(minutes=1)
    page = database.read_now(lambda uow: uow.referrals.open_for(*HERE))
    assert [row.id for row in page.rows] == [expected[name] for name in "bdac"]
    assert page.next is None


def test_pages_go_on_where_the_last_one_ended(database: Database, clock: Clock) -> None:
    made = []
    for number in range(7):
        made.append(database.write_now(lambda uow, n=number: hand_over(uow, urgent=n % 3 == 0)).referral)  # type: ignore[misc]
        clock.forward(seconds=number % 2)
    seen: list[str] = []
    after = None
    for _ in range(4):
        page = database.read_now(lambda uow, a=after: uow.referrals.open_for(*HERE, after=a, limit=2))  # type: ignore[misc]
        seen += [row.id for row in page.rows]
        after = page.next
    assert after is None
    assert sorted(seen) == sorted(made) and len(set(seen)) == 7
    whole = database.read_now(lambda uow: uow.referrals.open_for(*HERE))
    assert [row.id for row in whole.rows] == seen


@pytest.mark.parametrize("after", ["", "x", "0", "0.1", "2.1.a", "0.x.a", "0.1.'; --", "0." + "9" * 30 + ".a"])
def test_a_made_up_place_to_go_on_from_is_refused(database: Database, after: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        database.read_now(lambda uow: uow.referrals.open_for(*HERE, after=after))


def test_one_referral_costs_as_many_queries_as_fifty(database: Database, clock: Clock) -> None:
    def cost(uow: UnitOfWork) -> tuple[int, int]:
        before = uow.tx.queries
        rows = uow.referrals.open_for(*HERE, limit=50).rows
        return len(rows), uow.tx.queries - before

    database.write_now(hand_over)
    assert database.read_now(cost) == (1, 1)
    database.write_now(lambda uow: [hand_over(uow) for _ in range(49)])
    database._data_keys._kept.clear()  # also with no key in memory
    assert database.read_now(cost) == (50, 1)


def test_counts_are_by_status(database: Database) -> None:
    first = database.write_now(hand_over).referral
    database.write_now(lambda uow: [hand_over(uow), hand_over(uow, stelle=OTHER_STELLE)])
    database.write_now(lambda uow: uow.referrals.move(*HERE, first, Move.ACCEPT, by="amina"))
    counts = database.read_now(lambda uow: uow.referrals.counts(*HERE))
    assert counts == {"waiting": 1, "accepted": 1, "returned": 0, "declined": 0, "withdrawn": 0, "closed": 0}
    assert database.read_now(lambda uow: uow.referrals.counts(TRAEGER, (STELLE, OTHER_STELLE)))["waiting"] == 2


def test_a_referral_is_accepted_and_closed_with_its_history(database: Database, handed: Handed, clock: Clock) -> None:
    clock.forward(hours=1)
    accepted = database.write_now(lambda uow: uow.referrals.move(*HERE, handed.referral, Move.ACCEPT, by="amina", version=1))
    assert (accepted.status, accepted.version, accepted.moved_by) == ("accepted", 2, "amina")
    clock.forward(days=2)
    closed = database.write_now(lambda uow: uow.referrals.move(*HERE, handed.referral, Move.CLOSE, by="amina", version=2))
    assert closed.status == ReferralStatus.CLOSED and closed.moved_at == clock.now
    history = database.read_now(lambda uow: uow.referrals.history(TRAEGER, handed.referral))
    assert [(row.move, row.status, row.by) for row in history] == [
        ("offer", "waiting", "person"),
        ("accept", "accepted", "amina"),
        ("close", "closed", "amina"),
    ]
    assert history[-1].at == clock.now


def test_who_comes_second_is_told_who_was_first(database: Database, handed: Handed, clock: Clock) -> None:
    clock.forward(minutes=5)
    database.write_now(lambda uow: uow.referrals.move(*HERE, handed.referral, Move.ACCEPT, by="amina", version=1))
    first_at = clock.now
    clock.forward(minutes=5)
    with pytest.raises(ReferralMoved) as refusal:
        database.write_now(lambda uow: uow.referrals.move(*HERE, handed.referral, Move.ACCEPT, by="boris", version=1))
    assert (refusal.value.status, refusal.value.by, refusal.value.at) == ("accepted", "amina", first_at)
    with pytest.raises(MoveRefused):
        database.write_now(lambda uow: uow.referrals.move(*HERE, handed.referral, Move.ACCEPT, by="boris"))
    assert len(database.read_now(lambda uow: uow.referrals.history(TRAEGER, handed.referral))) == 2


def test_handing_back_needs_a_reason_and_the_person_learns_it(database: Database, handed: Handed) -> None:
    with pytest.raises(MoveRefused):
        database.write_now(lambda uow: uow.referrals.move(*HERE, handed.referral, Move.HAND_BACK, by="amina"))
    database.write_now(
        lambda uow: uow.referrals.move(*HERE, handed.referral, Move.HAND_BACK, by="amina", reason="keine_kapazitaet")
    )
    (state,) = database.read_now(lambda uow: uow.referrals.of_session(handed.stored.session.id))
    assert (state.status, state.reason, state.dienst, state.stelle) == ("returned", "keine_kapazitaet", "KIM_CM", STELLE)


def test_offering_twice_to_the_same_stelle_is_one_referral(database: Database, handed: Handed) -> None:
    again = database.write_now(lambda uow: offered(uow, handed.stored, handed.consent))
    elsewhere = database.write_now(lambda uow: offered(uow, handed.stored, handed.consent, stelle=OTHER_STELLE))
    assert again == handed.referral != elsewhere


def test_what_is_taken_back_can_not_be_read_any_more(database: Database, handed: Handed) -> None:
    database.write_now(lambda uow: uow.referrals.move(*HERE, handed.referral, Move.ACCEPT, by="amina"))
    withdrawn = database.write_now(lambda uow: uow.referrals.withdraw(handed.stored.session.id))
    assert [(state.id, state.status) for state in withdrawn] == [(handed.referral, "withdrawn")]
    case = database.read_now(lambda uow: uow.referrals.get(*HERE, handed.referral))
    assert case is not None
    assert (case.status, case.payload, case.kommune, case.because, case.locale) == ("withdrawn", {}, "", "", "")
    assert [row.by for row in database.read_now(lambda uow: uow.referrals.history(TRAEGER, handed.referral))][-1] == "person"
    with pytest.raises(MoveRefused):
        database.write_now(lambda uow: uow.referrals.move(*HERE, handed.referral, Move.CLOSE, by="amina"))
    assert len(database.write_now(lambda uow: uow.referrals.withdraw(handed.stored.session.id))) == 1


def test_after_a_withdrawal_a_new_consent_makes_a_new_referral(database: Database, handed: Handed) -> None:
    database.write_now(lambda uow: uow.referrals.withdraw(handed.stored.session.id))

    def again(uow: UnitOfWork) -> str:
        return offered(uow, handed.stored, consented(uow, handed.person))

    assert database.write_now(again) != handed.referral
    assert len(database.read_now(lambda uow: uow.referrals.of_session(handed.stored.session.id))) == 2


def test_the_code_that_the_person_shows_finds_her_referral(database: Database, handed: Handed) -> None:
    shown = handed.stored.session.code.lower().replace("-", " ")
    found = database.read_now(lambda uow: uow.referrals.find_by_code(*HERE, shown))
    assert found is not None and found.id == handed.referral
    assert database.read_now(lambda uow: uow.referrals.find_by_code(*HERE, "K7M4-0000-C")) is None


def test_moving_what_does_not_exist_says_so(database: Database) -> None:
    with pytest.raises(ReferralUnknown):
        database.write_now(lambda uow: uow.referrals.move(*HERE, "f" * 32, Move.ACCEPT, by="amina"))


def test_a_failed_step_moves_nothing(database: Database, handed: Handed) -> None:
    def fails(uow: UnitOfWork) -> None:
        uow.referrals.move(*HERE, handed.referral, Move.ACCEPT, by="amina")
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(fails)
    (state,) = database.read_now(lambda uow: uow.referrals.of_session(handed.stored.session.id))
    assert state.status == "waiting"
    assert database.write_now(begin).version == 1
