"""Rule changes: two people, once a version, each Träger its own; and past answers that lead back to nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import fields

import pytest
from sqlalchemy import bindparam, insert, update

from dialogs.session import Status
from storage import ChangeRefused, Database, NewerRelease, PastCase, RuleChange, SamePerson, UnitOfWork, VersionTaken
from storage.office_models import rule_change
from storage.statements import Statement
from tests.conftest import Clock
from tests.storage.people import OTHER_TRAEGER, TRAEGER, begin, hand_over

KREIS = "mettmann"
TODAY = dt.date(2026, 11, 21)
NOTHING = (0, 0)
WORDS = {"en": {"Darum.": "Because."}}


@pytest.fixture
def staff(database: Database) -> dict[str, str]:
    """Two who coordinate, one of another Träger, one who does not coordinate."""

    def step(uow: UnitOfWork) -> dict[str, str]:
        wanted = {
            "ada": (TRAEGER, "coordinator"), "bela": (TRAEGER, "coordinator"), "cora": (OTHER_TRAEGER, "coordinator"),
            "dora": (TRAEGER, "case_manager"),
        }  # fmt: skip
        return {
            login: uow.staff.add(login=login, name=login, role=role, traeger=traeger, stellen=(), password_hash="x")
            for login, (traeger, role) in wanted.items()
        }

    return database.write_now(step)


def tried(uow: UnitOfWork, by: str, version: str = "v2", traeger: str = TRAEGER) -> str:
    return uow.rule_changes.try_out(KREIS, traeger, version=version, valid_from=dt.date(2026, 12, 1), rules="# neu", by=by)


def proposed(uow: UnitOfWork, by: str, version: str = "v2") -> str:
    change = tried(uow, by, version)
    uow.rule_changes.propose(KREIS, TRAEGER, change, by=by, words=WORDS, note="weil")
    return change


def confirmed(uow: UnitOfWork, change: str, by: str, on: dt.date = TODAY, mark: tuple[int, int] = NOTHING) -> None:
    uow.rule_changes.confirm(KREIS, TRAEGER, change, by=by, on=on, tried_with=mark)


def of(database: Database, change: str) -> RuleChange:
    found = database.read_now(lambda uow: uow.rule_changes.get(KREIS, TRAEGER, change))
    assert found is not None
    return found


def test_a_change_is_tried_proposed_by_one_and_confirmed_by_another(
    database: Database, staff: dict[str, str], clock: Clock
) -> None:
    before = database.read_now(lambda uow: uow.rule_changes.mark(KREIS))
    change = database.write_now(lambda uow: proposed(uow, staff["ada"]))
    assert (of(database, change).state, of(database, change).confirmed_by) == ("proposed", None)
    assert database.read_now(lambda uow: uow.rule_changes.mark(KREIS)) == before
    clock.forward(hours=3)
    database.write_now(lambda uow: confirmed(uow, change, staff["bela"]))
    found = of(database, change)
    assert (found.state, found.confirmed_by, found.confirmed_at) == ("confirmed", staff["bela"], clock.now)
    assert (found.words, found.note, found.rules, found.valid_from) == (WORDS, "weil", "# neu", dt.date(2026, 12, 1))
    assert database.read_now(lambda uow: uow.rule_changes.confirmed(KREIS)) == (found,)
    assert database.read_now(lambda uow: uow.rule_changes.mark(KREIS)) != before
    assert database.read_now(lambda uow: uow.rule_changes.confirmed("anderswo")) == ()


def test_who_proposed_it_can_not_confirm_it(database: Database, staff: dict[str, str]) -> None:
    change = database.write_now(lambda uow: proposed(uow, staff["ada"]))
    with pytest.raises(SamePerson):
        database.write_now(lambda uow: confirmed(uow, change, staff["ada"]))
    assert of(database, change).state == "proposed"


def test_a_colleague_can_not_propose_the_file_for_her_who_then_confirms_it(database: Database, staff: dict[str, str]) -> None:
    change = database.write_now(lambda uow: tried(uow, staff["ada"]))
    with pytest.raises(ChangeRefused):
        database.write_now(lambda uow: uow.rule_changes.propose(KREIS, TRAEGER, change, by=staff["bela"], words={}, note=""))
    with pytest.raises(ChangeRefused):
        database.write_now(lambda uow: confirmed(uow, change, staff["ada"]))
    assert (of(database, change).state, of(database, change).proposed_by) == ("draft", staff["ada"])


def test_of_two_changes_tried_on_one_book_only_the_first_is_released(database: Database, staff: dict[str, str]) -> None:
    """Who confirms the second has read a comparison with a book that no longer holds."""
    mark = database.read_now(lambda uow: uow.rule_changes.mark(KREIS))
    one, two = (database.write_now(lambda uow, v=v: proposed(uow, staff["ada"], v)) for v in ("v2", "v3"))  # type: ignore[misc]
    database.write_now(lambda uow: confirmed(uow, one, staff["bela"], mark=mark))
    with pytest.raises(NewerRelease):
        database.write_now(lambda uow: confirmed(uow, two, staff["bela"], mark=mark))
    assert of(database, two).state == "proposed"


def test_a_file_that_was_changed_in_the_database_is_neither_released_nor_loaded(
    database: Database, staff: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    one, two = (database.write_now(lambda uow, v=v: proposed(uow, staff["ada"], v)) for v in ("v2", "v3"))  # type: ignore[misc]
    database.write_now(lambda uow: confirmed(uow, one, staff["bela"]))
    assert len(database.read_now(lambda uow: uow.rule_changes.confirmed(KREIS))) == 1
    database.write_now(lambda uow: uow.tx.run(Statement(update(rule_change).values(rules=bindparam("other"))), other="# geheim"))
    mark = database.read_now(lambda uow: uow.rule_changes.mark(KREIS))
    assert database.read_now(lambda uow: uow.rule_changes.confirmed(KREIS)) == ()
    with pytest.raises(ChangeRefused):
        database.write_now(lambda uow: confirmed(uow, two, staff["bela"], mark=mark))
    assert of(database, two).state == "proposed"
    assert "v2" in caplog.text and "v3" in caplog.text and "geheim" not in caplog.text


def test_the_database_itself_refuses_one_person_in_both_places(database: Database, staff: dict[str, str]) -> None:
    """The planted fault: a program that forgets to look."""
    row = {
        "id": "x", "kreis": KREIS, "traeger": TRAEGER, "version": "v", "valid_from": "2026-12-01", "rules": "", "sha256": "",
        "words": "{}", "note": "", "state": "confirmed", "proposed_by": staff["ada"], "proposed_at": 1,
        "confirmed_by": staff["ada"], "confirmed_at": 2,
    }  # fmt: skip
    with pytest.raises(Exception, match=r"(?i)ck_rule_change_two_people|constraint|23514"):
        database.write_now(lambda uow: uow.tx.run(Statement(insert(rule_change)), **row))


@pytest.mark.parametrize("who", ["cora", "dora"])
def test_neither_another_traeger_nor_a_case_manager_moves_a_change(database: Database, staff: dict[str, str], who: str) -> None:
    change = database.write_now(lambda uow: proposed(uow, staff["ada"]))
    draft = database.write_now(lambda uow: tried(uow, staff["ada"], "v3"))
    traeger = OTHER_TRAEGER if who == "cora" else TRAEGER
    acts: list[Callable[[UnitOfWork], object]] = [
        lambda uow: uow.rule_changes.confirm(KREIS, traeger, change, by=staff[who], on=TODAY, tried_with=NOTHING),
        lambda uow: uow.rule_changes.confirm(KREIS, TRAEGER, change, by=staff[who], on=TODAY, tried_with=NOTHING),
        lambda uow: uow.rule_changes.withdraw(KREIS, TRAEGER, change, by=staff[who]),
        lambda uow: uow.rule_changes.propose(KREIS, TRAEGER, draft, by=staff[who], words={}, note=""),
    ]
    for act in acts:
        with pytest.raises(ChangeRefused):
            database.write_now(act)
    assert of(database, change).state == "proposed" and of(database, draft).state == "draft"
    assert database.read_now(lambda uow: uow.rule_changes.get(KREIS, OTHER_TRAEGER, change)) is None
    assert database.read_now(lambda uow: uow.rule_changes.of(KREIS, OTHER_TRAEGER)) == ()


def test_a_version_that_was_proposed_once_is_never_used_again(database: Database, staff: dict[str, str]) -> None:
    change = database.write_now(lambda uow: proposed(uow, staff["ada"]))
    database.write_now(lambda uow: uow.rule_changes.withdraw(KREIS, TRAEGER, change, by=staff["ada"]))
    assert of(database, change).state == "withdrawn"
    with pytest.raises(VersionTaken):
        database.write_now(lambda uow: proposed(uow, staff["bela"]))
    assert database.write_now(lambda uow: proposed(uow, staff["bela"], "v3"))


def test_a_change_that_is_confirmed_late_begins_late(database: Database, staff: dict[str, str]) -> None:
    change = database.write_now(lambda uow: proposed(uow, staff["ada"]))
    late = dt.date(2026, 12, 24)
    database.write_now(lambda uow: confirmed(uow, change, staff["bela"], on=late))
    assert of(database, change).valid_from == late


def test_an_account_that_was_locked_meanwhile_releases_nothing(database: Database, staff: dict[str, str]) -> None:
    change = database.write_now(lambda uow: proposed(uow, staff["ada"]))
    database.write_now(lambda uow: uow.staff.disable(staff["bela"]))
    with pytest.raises(ChangeRefused):
        database.write_now(lambda uow: confirmed(uow, change, staff["bela"]))


def test_what_is_confirmed_or_withdrawn_does_not_move_any_more(database: Database, staff: dict[str, str]) -> None:
    change = database.write_now(lambda uow: proposed(uow, staff["ada"]))
    database.write_now(lambda uow: confirmed(uow, change, staff["bela"]))
    with pytest.raises(ChangeRefused):
        database.write_now(lambda uow: confirmed(uow, change, staff["bela"]))
    with pytest.raises(ChangeRefused):
        database.write_now(lambda uow: uow.rule_changes.withdraw(KREIS, TRAEGER, change, by=staff["bela"]))
    assert of(database, change).state == "confirmed"


def test_a_new_try_takes_the_place_of_the_old_one_and_a_draft_is_thrown_away(database: Database, staff: dict[str, str]) -> None:
    first = database.write_now(lambda uow: tried(uow, staff["ada"]))
    second = database.write_now(lambda uow: tried(uow, staff["ada"]))
    assert database.read_now(lambda uow: uow.rule_changes.get(KREIS, TRAEGER, first)) is None
    database.write_now(lambda uow: uow.rule_changes.withdraw(KREIS, TRAEGER, second, by=staff["ada"]))
    assert database.read_now(lambda uow: uow.rule_changes.get(KREIS, TRAEGER, second)) is None


# -- past answers --------------------------------------------------------------------------------------------------------

ANSWERS = {"S03_age": "a27", "S15_needs": ("work", "money"), "S05_valid_until": dt.date(2027, 3, 15)}


def test_past_answers_are_read_without_any_way_back_to_the_person(database: Database) -> None:
    database.write_now(lambda uow: begin(uow, status=Status.FINISHED, answers=ANSWERS))
    database.write_now(lambda uow: begin(uow, status=Status.ASKING, answers=ANSWERS))
    (case,) = database.read_now(lambda uow: uow.past_cases.of_kreis(KREIS))
    assert dict(case.rows) == {"S03_age": "a27", "S15_needs": ["work", "money"], "S05_valid_until": "2027-03-15"}
    assert {field.name for field in fields(PastCase)} == {"rows", "on", "key"}
    assert len(case.key) == 32 and repr(case.key) not in repr(case)
    assert database.read_now(lambda uow: uow.past_cases.of_kreis("anderswo")) == ()


def test_a_traeger_gets_what_was_handed_over_to_it_and_nothing_else(database: Database) -> None:
    mine, theirs = database.write_now(lambda uow: (hand_over(uow), hand_over(uow, traeger=OTHER_TRAEGER, stelle="x")))
    for traeger in (TRAEGER, OTHER_TRAEGER):
        found = database.read_now(lambda uow, t=traeger: uow.past_cases.of_traeger(KREIS, t))  # type: ignore[misc]
        assert [dict(case.rows) for case in found] == [{"S04_status": "p104c"}]
    database.write_now(lambda uow: uow.referrals.withdraw(mine.stored.session.id))
    assert database.read_now(lambda uow: uow.past_cases.of_traeger(KREIS, TRAEGER)) == ()
    database.write_now(lambda uow: uow.persons.erase(theirs.person, "asked"))
    assert database.read_now(lambda uow: uow.past_cases.of_traeger(KREIS, OTHER_TRAEGER)) == ()
