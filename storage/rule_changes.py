"""Rule changes: a changed rule book that was tried, proposed by one coordinator and confirmed by another.

Every method that staff can reach takes the Kreis and the Träger first, and they are part of the query. Nothing here is
about a person who came for advice; still the desk has no part in it, so a database without keys has none of this.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, delete, func, select, update

from dialogs.release import Release
from storage.errors import StorageError
from storage.instants import moment
from storage.office_models import rule_change, staff
from storage.statements import Row, Statement, adding
from storage.transaction import Transaction

log = logging.getLogger("wegweiser.storage")

DRAFT: Final = "draft"
PROPOSED: Final = "proposed"
CONFIRMED: Final = "confirmed"
WITHDRAWN: Final = "withdrawn"

_COLUMNS = (
    rule_change.c.id,
    rule_change.c.kreis,
    rule_change.c.traeger,
    rule_change.c.version,
    rule_change.c.valid_from,
    rule_change.c.rules,
    rule_change.c.sha256,
    rule_change.c.words,
    rule_change.c.note,
    rule_change.c.state,
    rule_change.c.proposed_by,
    rule_change.c.proposed_at,
    rule_change.c.confirmed_by,
    rule_change.c.confirmed_at,
)
_MINE = (rule_change.c.kreis == bindparam("of_kreis"), rule_change.c.traeger == bindparam("of_traeger"))
_THIS = (*_MINE, rule_change.c.id == bindparam("for_id"))
_ADD = adding(rule_change)
_GET = Statement(select(*_COLUMNS).where(*_THIS))
_OF = Statement(
    select(*_COLUMNS).where(*_MINE, rule_change.c.state != DRAFT).order_by(rule_change.c.proposed_at.desc()).limit(50)
)
_CONFIRMED = Statement(
    select(*_COLUMNS)
    .where(rule_change.c.kreis == bindparam("of_kreis"), rule_change.c.state == CONFIRMED)
    .order_by(rule_change.c.confirmed_at, rule_change.c.id)
)
_MARK = Statement(
    select(func.count(), func.max(rule_change.c.confirmed_at)).where(
        rule_change.c.kreis == bindparam("of_kreis"), rule_change.c.state == CONFIRMED
    )
)
_TAKEN = Statement(
    select(rule_change.c.id).where(
        rule_change.c.kreis == bindparam("of_kreis"),
        rule_change.c.version == bindparam("of_version"),
        rule_change.c.state != DRAFT,
    )
)
_DROP_DRAFTS = Statement(
    delete(rule_change).where(*_MINE, rule_change.c.state == DRAFT, rule_change.c.proposed_by == bindparam("by"))
)
_DROP = Statement(delete(rule_change).where(*_THIS, rule_change.c.state == DRAFT))
_PROPOSE = Statement(
    update(rule_change)
    .where(*_THIS, rule_change.c.state == DRAFT, rule_change.c.proposed_by == bindparam("by"))
    .values(
        state=PROPOSED,
        words=bindparam("new_words"),
        note=bindparam("new_note"),
        proposed_at=bindparam("new_at"),
    )
)
_CONFIRM = Statement(
    update(rule_change)
    .where(*_THIS, rule_change.c.state == PROPOSED, rule_change.c.proposed_by != bindparam("by"))
    .values(
        state=CONFIRMED, valid_from=bindparam("new_from"), confirmed_by=bindparam("by"), confirmed_at=bindparam("new_at")
    )
)
_WITHDRAW = Statement(update(rule_change).where(*_THIS, rule_change.c.state == PROPOSED).values(state=WITHDRAWN))
_ROLE = Statement(select(staff.c.role, staff.c.traeger, staff.c.disabled).where(staff.c.id == bindparam("by")))


class ChangeRefused(StorageError):
    """This change can't be moved so from where it stands. Somebody was first, or it is not there."""


class SamePerson(ChangeRefused):
    """Who proposed a change can't confirm it."""


class NewerRelease(ChangeRefused):
    """Something was released since this change was tried: what was read of it no longer holds."""


class VersionTaken(ChangeRefused):
    """A version of this name was proposed before. A name is used once."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """`words`: language, then German sentence, then its translation.

    `valid_from` is the first day that the file names; once confirmed, the first day on which it really holds.
    """

    id: str
    kreis: str
    traeger: str
    version: str
    valid_from: dt.date
    rules: str
    sha256: str
    words: Mapping[str, Mapping[str, str]]
    note: str
    state: str
    proposed_by: str
    proposed_at: dt.datetime
    confirmed_by: str | None
    confirmed_at: dt.datetime | None

    @property
    def intact(self) -> bool:
        """Whether the file is the one that was uploaded. It decides about people: what was changed beside us holds nowhere."""
        return hashlib.sha256(self.rules.encode()).hexdigest() == self.sha256

    def release(self) -> Release:
        return Release(self.version, self.rules, self.valid_from)


class RuleChanges:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def try_out(self, kreis: str, traeger: str, *, version: str, valid_from: dt.date, rules: str, by: str) -> str:
        """Keep a changed file while it is looked at; what the same person tried before is dropped. Returns its id."""
        change_id = self._tx.new_id()
        self._tx.run(_DROP_DRAFTS, of_kreis=kreis, of_traeger=traeger, by=by)
        self._tx.run(
            _ADD,
            id=change_id,
            kreis=kreis,
            traeger=traeger,
            version=version,
            valid_from=valid_from.isoformat(),
            rules=rules,
            sha256=hashlib.sha256(rules.encode()).hexdigest(),
            words="{}",
            note="",
            state=DRAFT,
            proposed_by=by,
            proposed_at=self._tx.at,
            confirmed_by=None,
            confirmed_at=None,
        )
        return change_id

    def get(self, kreis: str, traeger: str, change_id: str) -> RuleChange | None:
        """None also if it belongs to another Träger."""
        row = self._tx.one(_GET, of_kreis=kreis, of_traeger=traeger, for_id=change_id)
        return None if row is None else _change(row)

    def of(self, kreis: str, traeger: str) -> tuple[RuleChange, ...]:
        """The last fifty that were proposed, the newest first."""
        return tuple(_change(row) for row in self._tx.all(_OF, of_kreis=kreis, of_traeger=traeger))

    def taken(self, kreis: str, version: str) -> bool:
        """Whether a version of this name was ever proposed, by whichever Träger."""
        return self._tx.one(_TAKEN, of_kreis=kreis, of_version=version) is not None

    def propose(
        self, kreis: str, traeger: str, change_id: str, *, by: str, words: Mapping[str, Mapping[str, str]], note: str
    ) -> None:
        """Only who uploaded it proposes it: else she could confirm her own file after a colleague who never read it.

        Raises VersionTaken, ChangeRefused.
        """
        self._tx.serialise("rule change")
        found = self._coordinated(kreis, traeger, change_id, by)
        if found.state == DRAFT and self.taken(kreis, found.version):
            raise VersionTaken("a version of this name was proposed before")
        self._must_move(
            self._tx.run(
                _PROPOSE,
                **_named(kreis, traeger, change_id),
                by=by,
                new_words=orjson.dumps(words).decode(),
                new_note=note,
                new_at=self._tx.at,
            )
        )

    def confirm(self, kreis: str, traeger: str, change_id: str, *, by: str, on: dt.date, tried_with: tuple[int, int]) -> None:
        """Released: sessions that begin on or after its first day, and not before `on`, begin with it.

        `tried_with`: the mark of the releases with which it was compared. Looked at in the same transaction: of two people
        who confirm two changes at once, the second has read a comparison with a book that no longer holds.
        Raises SamePerson if it is her own, NewerRelease, ChangeRefused otherwise.
        """
        self._tx.serialise("rule change")
        found = self._coordinated(kreis, traeger, change_id, by)
        if found.state == PROPOSED and found.proposed_by == by:
            raise SamePerson("who proposed it can't confirm it")
        if found.state == PROPOSED and self.mark(kreis) != tried_with:
            raise NewerRelease("something was released since it was tried")
        if not found.intact:
            log.error("the rule book %s is not the one that was uploaded; it is not released", found.version)
            raise ChangeRefused("the file is not the one that was uploaded")
        first = max(found.valid_from, on).isoformat()
        self._must_move(self._tx.run(_CONFIRM, **_named(kreis, traeger, change_id), by=by, new_from=first, new_at=self._tx.at))

    def withdraw(self, kreis: str, traeger: str, change_id: str, *, by: str) -> None:
        """Take back what was proposed; a draft is deleted. What is confirmed stays: release another one."""
        found = self._coordinated(kreis, traeger, change_id, by)
        self._must_move(self._tx.run(_DROP if found.state == DRAFT else _WITHDRAW, **_named(kreis, traeger, change_id)))

    # -- the program -------------------------------------------------------------------------------------------------

    def confirmed(self, kreis: str) -> tuple[RuleChange, ...]:
        """Everything released in this Kreis, in the order of confirmation. What is not as it was uploaded is left out, loudly."""
        found = [_change(row) for row in self._tx.all(_CONFIRMED, of_kreis=kreis)]
        for change in found:
            if not change.intact:
                log.error("the released rule book %s is not the one that was uploaded; it is left out", change.version)
        return tuple(change for change in found if change.intact)

    def mark(self, kreis: str) -> tuple[int, int]:
        """Changes whenever something is released: the cheap question before `confirmed`."""
        row = self._tx.one(_MARK, of_kreis=kreis)
        return (0, 0) if row is None else (int(row[0]), int(row[1] or 0))

    # -- both --------------------------------------------------------------------------------------------------------

    def _coordinated(self, kreis: str, traeger: str, change_id: str, by: str) -> RuleChange:
        """The change, if whoever asks is a coordinator of its Träger today: an old page may outlive an account."""
        found = self.get(kreis, traeger, change_id)
        account = self._tx.one(_ROLE, by=by)
        if found is None or account is None or account[0] != "coordinator" or account[1] != traeger or account[2]:
            raise ChangeRefused("no such change for this account")
        return found

    @staticmethod
    def _must_move(rows: int) -> None:
        if rows != 1:
            raise ChangeRefused("somebody else was first")


def _named(kreis: str, traeger: str, change_id: str) -> dict[str, Any]:
    return {"of_kreis": kreis, "of_traeger": traeger, "for_id": change_id}


def _change(row: Row) -> RuleChange:
    change_id, kreis, traeger, version, valid_from, rules, sha256, words, note, state, by, at, confirmed_by, confirmed = row
    return RuleChange(
        change_id,
        kreis,
        traeger,
        version,
        dt.date.fromisoformat(valid_from),
        rules,
        sha256,
        orjson.loads(words),
        note,
        state,
        by,
        moment(at),
        confirmed_by,
        None if confirmed is None else moment(confirmed),
    )
