"""The life of a Verweis."""

from __future__ import annotations

import pytest

from dialogs.handover import ALPHABET, code_for, read_code
from dialogs.referral import MOVES, Move, MoveRefused, ReferralStatus, moved


def test_two_case_managers_can_not_both_accept() -> None:
    accepted = moved(ReferralStatus.WAITING, Move.ACCEPT)
    with pytest.raises(MoveRefused):
        moved(accepted, Move.ACCEPT)


@pytest.mark.parametrize("move", [Move.HAND_BACK, Move.DECLINE])
@pytest.mark.parametrize("reason", [None, "", "weil halt"])
def test_handing_back_and_declining_need_a_known_reason(move: Move, reason: str | None) -> None:
    with pytest.raises(MoveRefused):
        moved(ReferralStatus.WAITING, move, reason)
    assert moved(ReferralStatus.WAITING, move, "keine_kapazitaet")


@pytest.mark.parametrize("status", [status for status in ReferralStatus if status is not ReferralStatus.WITHDRAWN])
def test_the_person_can_always_withdraw(status: ReferralStatus) -> None:
    assert moved(status, Move.WITHDRAW) is ReferralStatus.WITHDRAWN


def test_nothing_comes_after_withdrawing() -> None:
    assert MOVES[ReferralStatus.WITHDRAWN] == {}


def test_a_hand_over_code_is_read_as_people_write_it() -> None:
    code = code_for(0x123456789A)
    assert len(code) == 11
    assert read_code(code.lower().replace("-", " ")) == code
    assert read_code(code.replace("0", "O").replace("1", "l")) == code


def test_a_slip_in_a_code_is_noticed() -> None:
    code = code_for(987_654_321_012)
    for position, symbol in enumerate(code):
        if symbol == "-":
            continue
        other = ALPHABET[(ALPHABET.index(symbol) + 1) % 32]
        assert read_code(code[:position] + other + code[position + 1 :]) is None


@pytest.mark.parametrize("words", ["", "K7M", "?" * 9, "\x00" * 9, "K7M4-2PX9-C" * 3])
def test_what_is_no_code_is_none(words: str) -> None:
    assert read_code(words) is None
