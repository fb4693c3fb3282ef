"""A page on its way, and what is noted about its row afterwards. A word that comes after the lease was lost does not count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels import Outgoing
from storage import UnitOfWork

FIRST_RETRY = dt.timedelta(seconds=1)
LONGEST_RETRY = dt.timedelta(minutes=5)


@dataclass(slots=True, eq=False)
class Letter:
    """One page of one row that this process holds.

    `fence` is the number of the claim by which it is held, `until` (monotonic seconds) the last moment to begin sending.
    `reply`: the person has just pressed and is looking. `begun`: it may have left already. `told`: it has left; only the
    note is missing.
    """

    row: str
    channel: str
    address: str
    chat: str
    page: Outgoing
    then_erase: bool
    attempts: int
    created: dt.datetime
    fence: int
    until: float
    reply: bool
    begun: bool = False
    told: bool = False


def patience(attempts: int, asked: float | None) -> dt.timedelta:
    """How long to wait after a failure: as the server asks, else longer each time."""
    if asked is not None:
        return dt.timedelta(seconds=asked)
    return min(FIRST_RETRY * (1 << min(attempts, 12)), LONGEST_RETRY)


# -- steps -----------------------------------------------------------------------------------------------------------------


def all_sent(letters: Sequence[Letter], worker: str, uow: UnitOfWork) -> None:
    for letter in letters:
        uow.outbox.sent(letter.row, worker, letter.fence)


def renewed(letters: Sequence[Letter], worker: str, lease: dt.timedelta, uow: UnitOfWork) -> frozenset[str]:
    """The rows that are not ours any more."""
    lost = [letter.row for letter in letters if not uow.outbox.renew(letter.row, worker, letter.fence, lease)]
    return frozenset(lost)


def put_back(letters: Sequence[Letter], at: dt.datetime, worker: str, uow: UnitOfWork) -> None:
    """The first is tried again then; the others of its chat come after it."""
    first, *others = letters
    uow.outbox.retry(first.row, worker, at, "retry", first.fence)
    for letter in others:
        uow.outbox.release(letter.row, worker, letter.fence)


def released(letters: Sequence[Letter], worker: str, uow: UnitOfWork) -> None:
    for letter in letters:
        uow.outbox.release(letter.row, worker, letter.fence)


def last_word(letters: Sequence[Letter], worker: str, uow: UnitOfWork) -> None:
    """The process ends: what has left is noted, what has not begun is free for others. Of the rest nobody knows."""
    all_sent([letter for letter in letters if letter.told], worker, uow)
    released([letter for letter in letters if not letter.begun], worker, uow)


def person_gone(letter: Letter, worker: str, uow: UnitOfWork) -> None:
    """True whoever holds the row by now; but only who holds it may close the chat behind it."""
    uow.chats.hold(letter.chat)
    held = uow.outbox.gone(letter.row, worker, letter.fence)
    uow.chats.gone(letter.chat)
    if letter.then_erase and held:
        uow.chats.erase_if_quiet(letter.chat)


def said_farewell(letter: Letter, worker: str, uow: UnitOfWork) -> None:
    """The last word is said: now the address goes too, unless a new conversation has begun there meanwhile."""
    uow.chats.hold(letter.chat)
    if uow.outbox.sent(letter.row, worker, letter.fence):
        uow.chats.erase_if_quiet(letter.chat)


def given_up(row: str, fence: int, chat: str, then_erase: bool, why: str, worker: str, uow: UnitOfWork) -> None:
    uow.chats.hold(chat)
    if uow.outbox.dead(row, worker, why, fence) and then_erase:
        uow.chats.erase_if_quiet(chat)
