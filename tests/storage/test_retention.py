"""Retention: at every deadline what has run out is gone, and one hour before it is still there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from dialogs.referral import Move
from dialogs.session import Status
from storage import Database, UnitOfWork
from storage.retention import DEADLINES, Swept, sweep
from tests.conftest import Clock
from tests.storage.people import STELLE, TRAEGER, Handed, begin, consented, hand_over
from tests.storage.raw import execute

HERE = (TRAEGER, (STELLE,))
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def rows(database_url: str) -> Callable[[str], int]:
    def count(table: str) -> int:
        return int(execute(database_url, f"SELECT count(*) FROM {table}")[0][0])

    return count


def just_before(clock: Clock, deadline: str) -> None:
    clock.now = clock.now + DEADLINES[deadline].kept - HOUR


def just_after(clock: Clock) -> None:
    clock.now += 2 * HOUR


def test_event_ids_are_kept_for_fourteen_days(database: Database, clock: Clock) -> None:
    database.write_now(lambda uow: uow.inbound.note("telegram", "1"))
    just_before(clock, "inbound")
    database.write_now(sweep)
    assert not database.write_now(lambda uow: uow.inbound.note("telegram", "1"))
    just_after(clock)
    assert database.write_now(sweep).counts["inbound"] == 1
    assert database.write_now(lambda uow: uow.inbound.note("telegram", "1"))


@pytest.mark.parametrize(
    ("status", "deadline"),
    [
        (Status.ASKING, "unfinished_session"),
        (Status.REVIEWING, "unfinished_session"),
        (Status.PAUSED, "unfinished_session"),
        (Status.FINISHED, "finished_session"),
        (Status.ENDED, "finished_session"),
    ],
)
def test_a_dialogue_without_a_hand_over_is_shredded_with_its_person(
    database: Database, clock: Clock, rows: Callable[[str], int], status: Status, deadline: str
) -> None:
    clock.now = clock.now.replace(minute=0)
    stored = database.write_now(lambda uow: begin(uow, status=status))
    database.write_now(lambda uow: consented(uow, stored.person_id, given=False))
    just_before(clock, deadline)
    database.write_now(sweep)
    assert database.read_now(lambda uow: uow.sessions.load(stored.session.id)) == stored
    just_after(clock)
    swept = database.write_now(sweep)
    assert (swept.counts[deadline], swept.counts["person"]) == (1, 1)
    assert database.read_now(lambda uow: uow.sessions.load(stored.session.id)) is None
    assert rows("person") == 0 and rows("consent") == 1
    chat = database.read_now(lambda uow: uow.chats.address_of(stored.chat_id)) if rows("chat") else None
    assert chat is None or deadline == "unfinished_session"


def test_a_silent_chat_is_shredded_after_a_week(database: Database, clock: Clock, rows: Callable[[str], int]) -> None:
    database.write_now(begin)
    clock.forward(days=7, hours=2)
    database.write_now(sweep)
    assert (rows("chat"), rows("data_key"), rows("erasure")) == (0, 0, 2)


def test_a_reminder_that_waits_keeps_its_chat(database: Database, clock: Clock, rows: Callable[[str], int]) -> None:
    stored = database.write_now(begin)
    in_march = clock.now + dt.timedelta(days=100)
    database.write_now(lambda uow: uow.outbox.put(stored.chat_id, {"effect": "say"}, "ar", key="reminder", not_before=in_march))
    clock.forward(days=99)
    database.write_now(sweep)
    assert (rows("chat"), rows("session"), rows("outbox")) == (1, 0, 1)
    clock.forward(days=1, hours=1)
    lease = dt.timedelta(seconds=60)
    (due,) = database.write_now(lambda uow: uow.outbox.claim("one", lease=lease))
    database.write_now(lambda uow: uow.outbox.sent(due.id, "one"))
    database.write_now(sweep)
    assert rows("chat") == 0


def test_who_is_to_be_told_is_told_in_her_language(database: Database, clock: Clock) -> None:
    database.write_now(lambda uow: hand_over(uow, locale="uk"))
    clock.forward(days=43)
    (told,) = database.write_now(sweep).returned
    assert told.locale == "uk"


@pytest.mark.parametrize("damage", ["sealed_brief = ?", "sealed_case = ?, sealed_brief = NULL"])
def test_a_hand_over_that_can_not_be_read_runs_out_all_the_same(
    database: Database, clock: Clock, database_url: str, damage: str
) -> None:
    damaged = database.write_now(hand_over)
    database.write_now(lambda uow: hand_over(uow, locale="uk"))
    execute(database_url, f"UPDATE referral SET {damage} WHERE id = ?", b"rubbish", damaged.referral)
    clock.forward(days=43)
    swept = database.write_now(sweep)
    assert [(item.chat_id is not None, item.locale) for item in swept.returned] == [(True, ""), (True, "uk")]
    states = database.read_now(lambda uow: uow.referrals.of_session(damaged.stored.session.id))
    assert [(state.status, state.reason) for state in states] == [("returned", "nicht_erreicht")]


def test_a_hand_over_nobody_takes_is_returned_and_the_caller_learns_whom_to_tell(
    database: Database, clock: Clock, handed: Handed
) -> None:
    just_before(clock, "waiting_referral")
    assert database.write_now(sweep).returned == ()
    just_after(clock)
    swept = database.write_now(sweep)
    assert [(item.referral_id, item.chat_id, item.stelle) for item in swept.returned] == [
        (handed.referral, handed.chat.id, STELLE)
    ]
    (state,) = database.read_now(lambda uow: uow.referrals.of_session(handed.stored.session.id))
    assert (state.status, state.reason) == ("returned", "nicht_erreicht")
    assert database.read_now(lambda uow: uow.referrals.history(TRAEGER, handed.referral))[-1].by == "retention"
    assert database.write_now(sweep).returned == ()


@pytest.mark.parametrize(
    ("move", "deadline"),
    [(Move.ACCEPT, "accepted_referral"), (Move.DECLINE, "settled_referral"), (Move.HAND_BACK, "settled_referral")],
)
def test_a_settled_hand_over_loses_its_content(
    database: Database, clock: Clock, handed: Handed, rows: Callable[[str], int], move: Move, deadline: str
) -> None:
    reason = None if move is Move.ACCEPT else "keine_kapazitaet"
    database.write_now(lambda uow: uow.referrals.move(*HERE, handed.referral, move, by="amina", reason=reason))
    just_before(clock, deadline)
    database.write_now(sweep)
    case = database.read_now(lambda uow: uow.referrals.get(*HERE, handed.referral))
    assert case is not None and case.payload
    just_after(clock)
    database.write_now(sweep)
    case = database.read_now(lambda uow: uow.referrals.get(*HERE, handed.referral))
    assert case is not None and (case.payload, case.kommune) == ({}, "")
    assert rows("person") == rows("session") == rows("chat") == 0
    if move is Move.ACCEPT:  # it ran out; nobody took anything back
        assert case.status == "accepted"


def test_a_phone_on_which_somebody_goes_on_is_not_silent(database: Database, clock: Clock) -> None:
    handed = database.write_now(lambda uow: hand_over(uow, "first"))
    second = database.write_now(lambda uow: uow.chats.open("web", "second", "ar"))
    database.write_now(lambda uow: uow.chats.set(second.id, session_id=handed.stored.session.id))
    clock.forward(days=20)
    database.write_now(sweep)
    assert database.read_now(lambda uow: uow.sessions.load(handed.stored.session.id)) is not None
    assert database.read_now(lambda uow: uow.chats.find("web", "second")) is not None


def test_a_running_hand_over_keeps_the_dialogue_it_came_from(database: Database, clock: Clock, handed: Handed) -> None:
    clock.forward(days=20)
    database.write_now(sweep)
    assert database.read_now(lambda uow: uow.sessions.load(handed.stored.session.id)) is not None
    case = database.read_now(lambda uow: uow.referrals.get(*HERE, handed.referral))
    assert case is not None and case.payload and case.chat_id == handed.chat.id


def test_messages_are_given_up_after_a_day_and_forgotten_after_two_weeks(
    database: Database, clock: Clock, rows: Callable[[str], int]
) -> None:
    stored = database.write_now(begin)

    def put(uow: UnitOfWork) -> None:
        for number, name in enumerate(("ask", "tellstatus")):
            uow.outbox.put(stored.chat_id, {"effect": name}, "ar", key=str(number))

    database.write_now(put)
    just_before(clock, "undelivered")
    assert database.write_now(sweep).counts["undelivered"] == 0
    just_after(clock)
    assert database.write_now(sweep).counts["undelivered"] == 1
    assert database.read_now(lambda uow: uow.outbox.dead_count()) == 1
    assert [row.effect for row in database.read_now(lambda uow: uow.outbox.notices(stored.chat_id))] == [{"effect": "tellstatus"}]
    clock.forward(days=15)
    database.write_now(sweep)
    assert rows("outbox") == 1
    clock.forward(days=15)
    database.write_now(sweep)
    assert (rows("outbox"), rows("chat")) == (0, 0)


def test_what_the_office_keeps_runs_out_as_well(database: Database, clock: Clock, rows: Callable[[str], int]) -> None:
    def fill(uow: UnitOfWork) -> None:
        staff = uow.staff.add(login="a", name="A", role="desk", traeger=None, stellen=(), password_hash="x")
        uow.staff.open_session(staff, "ab" * 32, "csrf", uow.now + dt.timedelta(hours=8))
        uow.staff.note_login_failure("a")
        uow.slips.issue(kreis="mettmann", entry="desk", locale="ar", staff_id=staff)
        uow.audit.note("x", staff_id=staff, traeger=None, object_type=None, object_id=None)

    database.write_now(fill)
    clock.forward(hours=9)
    database.write_now(sweep)
    assert (rows("staff_session"), rows("slip")) == (0, 1)
    clock.forward(days=15)
    database.write_now(sweep)
    assert (rows("slip"), rows("slip_series"), rows("login_failure")) == (0, 0, 1)
    clock.forward(days=170)
    database.write_now(sweep)
    assert (rows("login_failure"), rows("audit")) == (0, 1)
    clock.forward(days=190)
    database.write_now(sweep)
    assert (rows("audit"), rows("staff")) == (0, 1)


def test_proofs_and_bare_rows_go_after_three_years(
    database: Database, clock: Clock, handed: Handed, rows: Callable[[str], int]
) -> None:
    for _ in range(4):
        clock.forward(days=50)
        database.write_now(sweep)
    assert (rows("consent"), rows("referral"), rows("person"), rows("data_key")) == (1, 1, 0, 0)
    clock.forward(days=3 * 365 + 1)
    database.write_now(sweep)
    assert (rows("consent"), rows("referral"), rows("referral_move")) == (0, 0, 0)


def test_sweeping_is_done_in_parts_and_says_when_there_is_more(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.retention.MOST", 3)
    database.write_now(lambda uow: [begin(uow) for _ in range(5)])
    clock.forward(days=3)
    assert database.write_now(sweep).more
    last: Swept = database.write_now(sweep)
    assert last.counts["unfinished_session"] == 2 and not last.more


def test_no_row_is_older_than_its_deadline_at_any_day_of_a_year(
    database: Database, clock: Clock, rows: Callable[[str], int], database_url: str
) -> None:
    """People come every week, are handed over or not, and nobody ever takes a case."""
    for week in range(57):
        database.write_now(lambda uow, w=week: hand_over(uow) if w % 2 else begin(uow))  # type: ignore[misc]
        clock.forward(days=7)
        database.write_now(sweep)
        oldest = execute(database_url, "SELECT min(created_at) FROM session")[0][0]
        if oldest is not None:
            age = clock.now.timestamp() - oldest / 1e6
            assert age <= (42 + 28 + 7 + 8) * 86_400
    assert rows("person") <= 12 and rows("session") <= 12 and rows("chat") <= 12
