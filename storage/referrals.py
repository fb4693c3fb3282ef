"""Referrals: from the person's consent to the case manager who closes it.

Every method that staff can reach takes the Träger and the Stellen first, and they are part of the query: another
Träger's referral is not refused, it does not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from dialogs.referral import MOVES, Move, ReferralStatus, moved
from storage import referral_statements as sql
from storage.codes import hint_of
from storage.errors import ReferralMoved, ReferralUnknown
from storage.failures import TryAgain
from storage.instants import moment
from storage.referral_opening import case_of, open_of
from storage.referral_rows import MoveRow, OpenReferral, Page, ReferralCase, ReferralState
from storage.sealed_json import packed
from storage.statements import Row
from storage.transaction import Transaction

PERSON: Final = "person"


class Referrals:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # -- the person --------------------------------------------------------------------------------------------------

    def offer(
        self,
        *,
        person_id: str,
        session_id: str,
        consent_id: str,
        traeger: str,
        stelle: str,
        dienst: str,
        rule: str,
        rules_version: str,
        mode: str,
        urgent: bool,
        condition: str | None,
        kommune: str | None,
        locale: str,
        because: str,
        payload: Mapping[str, Any],
        code: str,
        chat_id: str | None = None,
    ) -> str:
        """Hand a case over. Offering it twice to the same Stelle gives the referral that stands there already."""
        tx = self._tx
        standing = tx.one(sql.STANDING, session=session_id, stelle=stelle)
        if standing is not None:
            return str(standing[0])
        referral_id, cipher = tx.new_id(), tx.cipher(person_id)
        brief = packed([kommune, locale, condition, because, rule, rules_version])
        case = packed([dict(payload), hint_of(code)])
        status = moved(None, Move.OFFER)
        tx.run(
            sql.ADD,
            id=referral_id,
            traeger=traeger,
            stelle=stelle,
            dienst=dienst,
            person_id=person_id,
            session_id=session_id,
            chat_id=chat_id or self._chat_of(session_id),
            consent_id=consent_id,
            status=status.value,
            version=1,
            rank=0 if urgent else 1,
            mode=mode,
            reason=None,
            code_bi=tx.keys.blind_code(code),
            sealed_brief=cipher.seal("referral", "brief", referral_id, brief, tenant=traeger),
            sealed_case=cipher.seal("referral", "case", referral_id, case, tenant=traeger),
            created_at=tx.at,
            waiting_since=tx.at,
            moved_at=tx.at,
            moved_by=PERSON,
        )
        self._note(referral_id, traeger, Move.OFFER, status, PERSON, None)
        return referral_id

    def of_session(self, session_id: str) -> tuple[ReferralState, ...]:
        return tuple(_state(row) for row in self._tx.all(sql.OF_SESSION, session=session_id))

    def withdraw(self, session_id: str) -> tuple[ReferralState, ...]:
        """Take back every hand-over of this session. What was handed over can't be read any more; those now withdrawn."""
        tx = self._tx
        for row in tx.all(sql.OF_SESSION, session=session_id):
            if Move.WITHDRAW in MOVES[ReferralStatus(row[1])]:
                self._move(row[0], row[6], ReferralStatus(row[1]), row[7], Move.WITHDRAW, PERSON, None)
        return tuple(state for state in self.of_session(session_id) if state.status == ReferralStatus.WITHDRAWN)

    # -- staff -------------------------------------------------------------------------------------------------------

    def open_for(
        self,
        traeger: str,
        stellen: Collection[str],
        *,
        status: str = ReferralStatus.WAITING.value,
        after: str | None = None,
        limit: int = 25,
    ) -> Page[OpenReferral]:
        """The inbox page: one query, whatever its length. `after` is the `next` of the page before."""
        if not stellen:
            return Page(())
        values: dict[str, Any] = {"traeger": traeger, "status": str(status), "most": limit + 1, **sql.named(stellen)}
        if after is not None:
            values |= _seen(after)
        rows = self._tx.all(sql.inbox(len(stellen), further=after is not None), **values)
        last = rows[limit - 1] if len(rows) > limit else None
        shown = tuple(open_of(self._tx, row) for row in rows[:limit])
        return Page(shown, None if last is None else f"{last[6]}.{last[7]}.{last[0]}")

    def counts(self, traeger: str, stellen: Collection[str]) -> dict[str, int]:
        """How many there are of each status; 10,001 means more than ten thousand."""
        if not stellen:
            return {status.value: 0 for status in ReferralStatus}
        rows = self._tx.all(sql.counts(len(stellen)), traeger=traeger, **sql.named(stellen))
        return {row[0]: row[1] for row in rows}

    def get(self, traeger: str, stellen: Collection[str], referral_id: str) -> ReferralCase | None:
        """None also if it belongs to another Träger or Stelle."""
        row = self._row(traeger, stellen, referral_id)
        return None if row is None else case_of(self._tx, row)

    def find_by_code(self, traeger: str, stellen: Collection[str], code: str) -> ReferralCase | None:
        """By the full code that the person shows; of several hand-overs the latest."""
        if not stellen:
            return None
        blind = self._tx.keys.blind_code(code)
        row = self._tx.one(sql.by_code(len(stellen)), traeger=traeger, code_bi=blind, **sql.named(stellen))
        return None if row is None else case_of(self._tx, row)

    def move(
        self,
        traeger: str,
        stellen: Collection[str],
        referral_id: str,
        move: Move,
        *,
        by: str,
        reason: str | None = None,
        version: int | None = None,
    ) -> ReferralCase:
        """Accept, hand back, decline or close. Raises MoveRefused, ReferralMoved (with who was first), ReferralUnknown."""
        row = self._row(traeger, stellen, referral_id, to_move=True)
        if row is None:
            raise ReferralUnknown("no such referral")
        case = case_of(self._tx, row)
        if version is not None and version != case.version:
            raise ReferralMoved(case.status, case.moved_by, case.moved_at)
        self._move(referral_id, traeger, ReferralStatus(case.status), case.version, move, by, reason)
        after = self.get(traeger, stellen, referral_id)
        assert after is not None
        return after

    def run_out(self, traeger: str, referral_id: str, version: int) -> None:
        """Hand back what nobody took in time. It is not read: also what can't be deciphered runs out."""
        self._move(referral_id, traeger, ReferralStatus.WAITING, version, Move.HAND_BACK, "retention", "nicht_erreicht")

    def history(self, traeger: str, referral_id: str) -> tuple[MoveRow, ...]:
        """Oldest first. Holds nothing about the person."""
        rows = self._tx.all(sql.HISTORY, for_id=referral_id, traeger=traeger)
        return tuple(MoveRow(row[0], row[1], row[2], moment(row[3]), row[4]) for row in rows)

    def busy(self, posts: Mapping[str, str]) -> dict[str, int]:
        """How many cases wait or are accepted at each of these Stellen (`posts`: Stelle to Träger).

        Bare numbers for the one who is about to be sent there; no member of staff can ask this.
        """
        found = {}
        for stelle, traeger in posts.items():
            row = self._tx.one(sql.BUSY, traeger=traeger, at_stelle=stelle)
            found[stelle] = int(row[0]) if row is not None else 0
        return found

    # -- both --------------------------------------------------------------------------------------------------------

    def _row(self, traeger: str, stellen: Collection[str], referral_id: str, *, to_move: bool = False) -> Row | None:
        if not stellen:
            return None
        statement = sql.case(len(stellen), to_move=to_move)
        return self._tx.one(statement, traeger=traeger, for_id=referral_id, **sql.named(stellen))

    def _move(
        self, referral_id: str, traeger: str, status: ReferralStatus, version: int, move: Move, by: str, reason: str | None
    ) -> None:
        new = moved(status, move, reason)
        moving = self._tx.run(
            sql.TAKE_BACK if new is ReferralStatus.WITHDRAWN else sql.MOVE,
            for_id=referral_id,
            of_traeger=traeger,
            old_version=version,
            new_status=new.value,
            new_reason=reason,
            new_at=self._tx.at,
            new_by=by,
        )
        if moving != 1:
            raise TryAgain  # another process moved it between our reading and our writing
        self._note(referral_id, traeger, move, new, by, reason)

    def _note(self, referral_id: str, traeger: str, move: Move, status: ReferralStatus, by: str, reason: str | None) -> None:
        self._tx.run(
            sql.ADD_MOVE,
            id=self._tx.new_id(),
            referral_id=referral_id,
            traeger=traeger,
            move=move.value,
            status=status.value,
            by=by,
            reason=reason,
            at=self._tx.at,
        )

    def _chat_of(self, session_id: str) -> str | None:
        row = self._tx.one(sql.CHAT_OF_SESSION, session=session_id)
        return None if row is None else str(row[0])


def _state(row: Row) -> ReferralState:
    return ReferralState(row[0], row[1], row[2], row[3], row[4], moment(row[5]))


def _seen(after: str) -> dict[str, Any]:
    rank, _, rest = after.partition(".")
    since, _, referral_id = rest.partition(".")
    if not (rank in ("0", "1") and since.isdecimal() and len(since) < 18 and referral_id.isalnum()):
        raise ValueError("this is no place to go on from")
    return {"after_rank": int(rank), "after_since": int(since), "after_id": referral_id}
