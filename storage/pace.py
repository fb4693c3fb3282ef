"""How fast a messenger may be written to: so many messages a second in all, and so many to one chat.

The arithmetic (a leaky bucket kept as one number, the moment when it would be empty) and, for several processes on one
PostgreSQL, where that number is shared: a row `pace` for the whole bot, a column of the chat for each chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import String, bindparam, select, update

from storage.models import chat, pace
from storage.statements import Statement, adding_if_new
from storage.transaction import Transaction

SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` messages at once after a pause, then one every `interval` microseconds."""

    interval: int
    burst: int

    @property
    def slack(self) -> int:
        return self.interval * (self.burst - 1)

    def opens(self, until: int) -> int:
        """From when on the next message may go, if the bucket is empty at `until`."""
        return until - self.slack

    def after(self, until: int, at: int, messages: int) -> int:
        """When the bucket is empty once `messages` have gone at the moment `at`."""
        return max(until, at) + self.interval * messages

    def sane(self, until: int, now: int, ahead: int) -> int:
        """A bucket that would be full for longer than we ever let it (another machine's clock, or ours stepped back)."""
        most = now + self.slack + self.interval * MOST_MESSAGES + ahead
        return min(until, most)


# No page has more parts. What goes at once although it is more than the burst is paid for afterwards.
MOST_MESSAGES: Final = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one bot. `ahead`: so many microseconds in advance the whole bot's places are given away, never longer."""

    bot: Limit
    chat: Limit
    ahead: int


@dataclass(frozen=True, slots=True)
class Wish:
    """So many messages to one chat. `chat_id` None: a chat of which nothing is stored (mode door)."""

    chat_id: str | None
    messages: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """Granted: send after `wait` microseconds. Not granted: nothing was taken, ask again after them."""

    granted: bool
    wait: int


def judge(limits: Limits, wishes: Sequence[Wish], now: int, bot: int, chats: dict[str, int]) -> tuple[list[Verdict], int]:
    """Verdicts in the order of the wishes, and the bot's bucket afterwards. `chats` is changed to the chats' buckets."""
    bot = limits.bot.sane(bot, now, limits.ahead)
    verdicts = []
    for wish in wishes:
        until = 0 if wish.chat_id is None else limits.chat.sane(chats.get(wish.chat_id, 0), now, limits.ahead)
        opens = limits.chat.opens(until)
        if opens > now:
            # A chat that has to wait takes no place of the whole bot's: the others go on meanwhile.
            verdicts.append(Verdict(False, opens - now))
            continue
        at = max(now, limits.bot.opens(bot))
        if at > now + limits.ahead:
            verdicts.append(Verdict(False, at - limits.ahead - now))
            continue
        bot = limits.bot.after(bot, at, wish.messages)
        if wish.chat_id is not None:
            chats[wish.chat_id] = limits.chat.after(until, at, wish.messages)
        verdicts.append(Verdict(True, at - now))
    return verdicts, bot


_OPEN = adding_if_new(pace)
_BOT = select(pace.c.until).where(pace.c.name == bindparam("of_name", type_=String))
_BOT_WAITING = Statement(_BOT.with_for_update())
_BOT_AT_ONCE = Statement(_BOT.with_for_update(nowait=True))
_SET_BOT = Statement(update(pace).where(pace.c.name == bindparam("of_name", type_=String)).values(until=bindparam("new_until")))
_SET_CHAT = Statement(update(chat).where(chat.c.id == bindparam("for_id")).values(paced_until=bindparam("new_until")))


def _chats(count: int) -> Statement:
    known = _KNOWN.get(count)
    if known is None:
        ids = [bindparam(f"id_{n}", type_=String) for n in range(count)]
        known = _KNOWN[count] = Statement(select(chat.c.id, chat.c.paced_until).where(chat.c.id.in_(ids)))
    return known


_KNOWN: dict[int, Statement] = {}


class Pace:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def take(self, name: str, limits: Limits, wishes: Sequence[Wish]) -> list[Verdict]:
        """Places for all these messages, shared with every process on this database.

        The clocks of the machines must agree roughly; one that is off slows the others by a burst at most.
        """
        tx = self._tx
        row = self._bot(name)
        ids = sorted({wish.chat_id for wish in wishes if wish.chat_id is not None})
        found = tx.all(_chats(len(ids)), **{f"id_{n}": id_ for n, id_ in enumerate(ids)}) if ids else []
        before: dict[str, int] = {chat_id: until or 0 for chat_id, until in found}
        chats = dict(before)
        verdicts, bot = judge(limits, wishes, tx.at, row, chats)
        if bot != row:
            tx.run(_SET_BOT, of_name=name, new_until=bot)
        for chat_id in sorted(before):
            if chats[chat_id] != before[chat_id]:
                tx.run(_SET_CHAT, for_id=chat_id, new_until=chats[chat_id])
        return verdicts

    def _bot(self, name: str) -> int:
        """Lock the row: whoever holds it is alone until the commit."""
        tx = self._tx
        statement = _BOT_WAITING if tx.alone else _BOT_AT_ONCE
        row: tuple[Any, ...] | None = tx.one(statement, of_name=name)
        if row is None:
            tx.run(_OPEN, name=name, until=0)
            row = tx.one(statement, of_name=name)
            assert row is not None
        return int(row[0])
