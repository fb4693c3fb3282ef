"""The life of a Verweis, and the only table of its moves.

A pair that is not in the table raises: a silent "return unless ..." would let two case managers both believe that they
accepted. `waiting` is the state of the inbox.
"""

from __future__ import annotations

from enum import StrEnum

from dialogs.errors import DialogError


class MoveRefused(DialogError):
    """This referral can't be moved so from where it stands. Somebody else was first, or the person withdrew."""


class ReferralStatus(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Move(StrEnum):
    """What a person or a case manager does to a referral."""

    OFFER = "offer"
    ACCEPT = "accept"
    HAND_BACK = "hand_back"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CLOSE = "close"


MOVES: dict[ReferralStatus | None, dict[Move, ReferralStatus]] = {
    None: {Move.OFFER: ReferralStatus.WAITING},
    ReferralStatus.WAITING: {
        Move.ACCEPT: ReferralStatus.ACCEPTED,
        Move.HAND_BACK: ReferralStatus.RETURNED,
        Move.DECLINE: ReferralStatus.DECLINED,
        Move.WITHDRAW: ReferralStatus.WITHDRAWN,
    },
    ReferralStatus.ACCEPTED: {
        Move.HAND_BACK: ReferralStatus.RETURNED,
        Move.CLOSE: ReferralStatus.CLOSED,
        Move.WITHDRAW: ReferralStatus.WITHDRAWN,
    },
    ReferralStatus.RETURNED: {Move.WITHDRAW: ReferralStatus.WITHDRAWN},
    ReferralStatus.DECLINED: {Move.WITHDRAW: ReferralStatus.WITHDRAWN},
    ReferralStatus.WITHDRAWN: {},
    ReferralStatus.CLOSED: {Move.WITHDRAW: ReferralStatus.WITHDRAWN},
}

# Why a referral was handed back or declined. The first two are the reasons the Kreis itself reports
# (Vorlage 50/014/2024); the texts are in texts.toml under `reason.<id>`.
REASONS = (
    "zielgruppe_passt_nicht",
    "kein_multipler_bedarf",
    "andere_stelle_passender",
    "keine_kapazitaet",
    "nicht_erreicht",
    "moechte_nicht_mehr",
    "schon_in_beratung",
)

NEEDS_REASON = frozenset({Move.HAND_BACK, Move.DECLINE})


def moved(status: ReferralStatus | None, move: Move, reason: str | None = None) -> ReferralStatus:
    """The status after `move`. Raises MoveRefused if the table has no such move or a needed reason is missing."""
    if move in NEEDS_REASON and reason not in REASONS:
        raise MoveRefused(f"{move} needs one of the reasons {', '.join(REASONS)}")
    try:
        return MOVES[status][move]
    except KeyError:
        raise MoveRefused(f"{move} while {status}") from None
