"""`wegweiser replay`: every stored decision taken again, by the script and as of the day it was taken.

Only counts leave this file, and of a difference the row's internal id and the names of the fields: never a value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from dialogs.replay import decided_again, differences, replayable
from dialogs.script import Library
from dialogs.session import Session
from storage import Database, KeptReferral, KeptSession, UnitOfWork, kept_referrals, kept_sessions

Kept = TypeVar("Kept", KeptSession, KeptReferral)


@dataclass(frozen=True, slots=True)
class Different:
    """A decision that the rules would take otherwise today. `kind`: session or referral."""

    kind: str
    id: str
    fields: tuple[str, ...]


@dataclass(slots=True)
class Replayed:
    """`not_replayable` counts by reason; `scripts_missing` counts by the version that is no longer there."""

    same: Counter[str] = field(default_factory=Counter)
    different: list[Different] = field(default_factory=list)
    not_replayable: Counter[str] = field(default_factory=Counter)
    scripts_missing: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        return not self.different and not self.scripts_missing

    def to_json(self) -> dict[str, object]:
        return {
            "same": dict(self.same),
            "different": [{"kind": d.kind, "id": d.id, "fields": list(d.fields)} for d in self.different],
            "not_replayable": dict(self.not_replayable),
            "scripts_missing": dict(self.scripts_missing),
        }

    def lines(self) -> list[str]:
        """What a person reads: one line for each count, one for each difference."""
        told = [f"{kind}s: {self.same[kind]} decided the same again" for kind in ("session", "referral")]
        told += [f"not replayable: {count} ({why})" for why, count in sorted(self.not_replayable.items())]
        told += [
            f"script {version} is no longer there: {count} decisions. Put its files back into the county's folder."
            for version, count in sorted(self.scripts_missing.items())
        ]
        told += [f"{d.kind} {d.id}: decided otherwise now: {', '.join(d.fields)}" for d in self.different]
        return told


def replay(database: Database, library: Library) -> Replayed:
    """Take every decision again that can still be read."""
    found = Replayed()
    again: dict[str, Mapping[str, object]] = {}
    for kept in _all(database, kept_sessions):
        if kept.session is None:
            found.not_replayable["a session that can't be read"] += 1
        elif kept.session.decision is not None:
            decision = _again(found, library, kept.session)
            if decision is not None:
                again[kept.id] = decision
                _compare(found, "session", kept.id, kept.session.decision, decision)
    for told in _all(database, kept_referrals):
        if told.decision is None:
            found.not_replayable["a referral whose content is gone"] += 1
        elif not replayable(told.decision):
            found.not_replayable["a referral from before day and script were stored"] += 1
        elif told.session_id not in again:
            found.not_replayable["a referral whose dialogue is gone or can't be decided again"] += 1
        else:
            _compare(found, "referral", told.id, told.decision, again[told.session_id])
    return found


def _again(found: Replayed, library: Library, session: Session) -> Mapping[str, object] | None:
    if session.decision is None or not replayable(session.decision):
        found.not_replayable["a session from before day and script were stored"] += 1
        return None
    version = str(session.decision["script"])
    script = library.get(version)
    if script is None:
        found.scripts_missing[version] += 1
        return None
    return decided_again(script, session)


def _compare(
    found: Replayed, kind: str, id_: str, stored: Mapping[str, object], again: Mapping[str, object]
) -> None:
    fields = differences(stored, again)
    if fields:
        found.different.append(Different(kind, id_, fields))
    else:
        found.same[kind] += 1


def _all(database: Database, page: Callable[[UnitOfWork, str], Sequence[Kept]]) -> Iterator[Kept]:
    after = ""
    while True:
        rows = database.read_now(partial(_next, page, after))
        if not rows:
            return
        yield from rows
        after = rows[-1].id


def _next(page: Callable[[UnitOfWork, str], Sequence[Kept]], after: str, uow: UnitOfWork) -> Sequence[Kept]:
    return page(uow, after)
