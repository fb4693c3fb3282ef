"""One case: why she was sent here, what she answered, what can be done. Opening it is written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web

from admin.answers import answered, grouped
from admin.case_dates import bridge_of
from admin.consents import concerning
from admin.door.keys import DATABASE, WORDS, signed_in
from admin.door.pages import render
from admin.door.policy import Role, needs
from admin.reasons import reason_name, remark
from admin.referrals import TABS, line
from admin.why import why
from admin.words import Words, german_or
from dialogs.referral import MOVES, REASONS, Move, ReferralStatus
from storage import ConsentRow, MoveRow, ReferralCase, Staff, UnitOfWork

STATUS_NAMES: Mapping[str, str] = {
    **{tab.status.value: tab.name for tab in TABS},
    ReferralStatus.WITHDRAWN.value: "Zurückgezogen",
    ReferralStatus.CLOSED.value: "Abgeschlossen",
}
PERSON = "die Person selbst"
RETENTION = "Löschfrist"


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the history."""

    what: str
    who: str
    at: dt.datetime
    remark: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything the page shows, read in one step together with its audit row."""

    case: ReferralCase
    moves: tuple[MoveRow, ...]
    names: Mapping[str, str]
    consents: tuple[ConsentRow, ...]
    now: dt.datetime


def open_case(uow: UnitOfWork, staff: Staff, referral_id: str) -> Opened | None:
    """None for a referral that does not exist here; another Träger's is such a one."""
    case = uow.referrals.get(staff.traeger or "", staff.stellen, referral_id)
    if case is None:
        return None
    uow.audit.note("case_opened", staff_id=staff.id, traeger=staff.traeger, object_type="referral", object_id=case.id)
    moves = uow.referrals.history(staff.traeger or "", case.id)
    consents = uow.consents.of(case.person_id) if case.person_id is not None and case.payload else ()
    return Opened(case, moves, names_of(uow, moves), consents, uow.now)


def names_of(uow: UnitOfWork, moves: Sequence[MoveRow]) -> Mapping[str, str]:
    found = {}
    for staff_id in {row.by for row in moves}:
        staff = uow.staff.get(staff_id)
        found[staff_id] = staff.name if staff is not None else RETENTION if staff_id == "retention" else PERSON
    return found


def steps(words: Words, opened: Opened) -> tuple[Step, ...]:
    return tuple(
        Step(
            what=STATUS_NAMES.get(row.status, row.status),
            who=opened.names.get(row.by, PERSON),
            at=row.at,
            remark=remark(words, row.reason),
        )
        for row in opened.moves
    )


def decision_of(case: ReferralCase) -> Mapping[str, Any]:
    found = case.payload.get("decision")
    return cast(Mapping[str, Any], found) if isinstance(found, Mapping) else {}


def rows_of(case: ReferralCase) -> Sequence[Sequence[object]]:
    found = case.payload.get("rows")
    return cast(Sequence[Sequence[object]], found) if isinstance(found, list | tuple) else ()


def contact_of(case: ReferralCase) -> str:
    return str(case.payload.get("contact") or "")


def possible(case: ReferralCase) -> frozenset[Move]:
    """What a case manager can do from here. Withdrawing is the person's own."""
    return frozenset(MOVES[ReferralStatus(case.status)]) - {Move.WITHDRAW, Move.CLOSE}


def page_of(request: web.Request, opened: Opened, *, problem: str = "", status: int = 200) -> web.Response:
    words = request.app[WORDS]
    case = opened.case
    decision = decision_of(case)
    rows = answered(words, rows_of(case))
    return render(
        request, "case.html", status=status,
        case=case, line=line(words, case), status_name=STATUS_NAMES.get(case.status, case.status), now=opened.now,
        title=f"Fall aus {words.kommune_name(case.kommune)}" if case.kommune else "Fall ohne Ortsangabe",
        source=decision.get("source") or "",
        also=[german_or(words, f"dienst.{dienst}.name", str(dienst)) for dienst in decision.get("also", ())],
        why=why(words, decision, case.rules_version),
        groups=grouped(rows), contact=contact_of(case),
        consents=concerning(opened.consents, case.stelle), history=steps(words, opened),
        possible={move.value for move in possible(case)},
        proviso=words.proviso(case.condition, case.rules_version) if case.condition else None,
        reasons=[(reason, reason_name(reason), german_or(words, f"reason.{reason}", "")) for reason in REASONS],
        readable=bool(case.payload), problem=problem, bridge=bridge_of(case.payload, words, opened.now),
    )  # fmt: skip


@needs(Role.CASE_MANAGER)
async def show(request: web.Request) -> web.StreamResponse:
    staff = signed_in(request).staff
    referral_id = request.match_info["id"]
    opened = await request.app[DATABASE].write(lambda uow: open_case(uow, staff, referral_id))
    if opened is None:
        raise web.HTTPNotFound
    return page_of(request, opened)
