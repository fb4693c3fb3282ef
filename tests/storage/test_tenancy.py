"""Another Träger's referrals do not exist: every method that staff can reach is tried with the wrong scope."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest

from dialogs.referral import Move
from storage import Database, ReferralUnknown, UnitOfWork
from storage.referrals import Referrals
from tests.storage.people import OTHER_STELLE, OTHER_TRAEGER, STELLE, TRAEGER, Handed, hand_over

WRONG = {
    "another Träger": (OTHER_TRAEGER, (STELLE,)),
    "another Stelle": (TRAEGER, (OTHER_STELLE,)),
    "no Stelle": (TRAEGER, ()),
    "no Träger": ("", (STELLE,)),
    "a pattern": ("%", ("%",)),
}

Try = Callable[[UnitOfWork, str, Collection[str], Handed], object]


def _moves(uow: UnitOfWork, traeger: str, stellen: Collection[str], handed: Handed) -> object:
    for move in Move:
        with pytest.raises(ReferralUnknown):
            uow.referrals.move(traeger, stellen, handed.referral, move, by="eve", reason="keine_kapazitaet", version=1)
    return None


TRIES: dict[str, tuple[Try, object]] = {
    "open_for": (lambda uow, traeger, stellen, handed: uow.referrals.open_for(traeger, stellen).rows, ()),
    "counts": (lambda uow, traeger, stellen, handed: sum(uow.referrals.counts(traeger, stellen).values()), 0),
    "get": (lambda uow, traeger, stellen, handed: uow.referrals.get(traeger, stellen, handed.referral), None),
    "find_by_code": (
        lambda uow, traeger, stellen, handed: uow.referrals.find_by_code(traeger, stellen, handed.stored.session.code),
        None,
    ),
    "move": (_moves, None),
}
# What the person herself does; her session's random id is the scope.
PERSONS = {"offer", "of_session", "withdraw"}
# Bare numbers of the Stellen between which the next case is to be assigned; no door of the office reaches it.
COUNTED = {"busy"}
# What the deadlines do; no door reaches it, and it tells nothing.
BY_ITSELF = {"run_out"}


@pytest.mark.parametrize("name", TRIES)
@pytest.mark.parametrize("scope", WRONG.values(), ids=WRONG)
def test_the_wrong_scope_finds_nothing(database: Database, handed: Handed, name: str, scope: tuple[str, tuple[str, ...]]) -> None:
    attempt, nothing = TRIES[name]
    assert database.write_now(lambda uow: attempt(uow, *scope, handed)) == nothing
    case = database.read_now(lambda uow: uow.referrals.get(TRAEGER, (STELLE,), handed.referral))
    assert case is not None and (case.status, case.version) == ("waiting", 1)


def test_the_history_is_closed_to_another_traeger(database: Database, handed: Handed) -> None:
    assert database.read_now(lambda uow: uow.referrals.history(OTHER_TRAEGER, handed.referral)) == ()
    assert len(database.read_now(lambda uow: uow.referrals.history(TRAEGER, handed.referral))) == 1


def test_two_traeger_with_the_same_stelle_id_see_their_own(database: Database) -> None:
    mine, theirs = database.write_now(lambda uow: (hand_over(uow), hand_over(uow, traeger=OTHER_TRAEGER)))
    for traeger, its in ((TRAEGER, mine), (OTHER_TRAEGER, theirs)):
        page = database.read_now(lambda uow, t=traeger: uow.referrals.open_for(t, (STELLE,)))  # type: ignore[misc]
        assert [row.id for row in page.rows] == [its.referral]


def test_cases_are_counted_for_each_traeger_by_itself(database: Database) -> None:
    database.write_now(lambda uow: (hand_over(uow), hand_over(uow, traeger=OTHER_TRAEGER)))
    busy = database.read_now(lambda uow: uow.referrals.busy({STELLE: TRAEGER, "elsewhere": TRAEGER}))
    assert busy == {STELLE: 1, "elsewhere": 0}


def test_every_method_of_the_referrals_is_tried_here() -> None:
    public = {name for name in vars(Referrals) if not name.startswith("_")}
    assert public == set(TRIES) | PERSONS | COUNTED | BY_ITSELF | {"history"}
