"""Accept, hand back, decline: one step that moves the referral, tells the person and writes the audit row, or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from aiohttp import web

from admin.case import PERSON, STATUS_NAMES, names_of, open_case, page_of
from admin.door.dates import local_day
from admin.door.forms import read_fields
from admin.door.keys import DATABASE, signed_in
from admin.door.pages import render
from admin.door.policy import Role, needs
from admin.reasons import JMD_RUECKSPRACHE, jmd_agreed, remark
from dialogs.effect_json import effect_to_json
from dialogs.effects import TellStatus
from dialogs.referral import NEEDS_REASON, REASONS, Move, MoveRefused
from storage import ReferralCase, ReferralMoved, Staff, UnitOfWork


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form asks for. `version`: the referral as it was when the page was drawn."""

    move: Move
    version: int | None
    reason: str | None = None
    agreed_on: dt.date | None = None


class Incomplete(Exception):
    """The form lacks something the case manager has to say first; the message is German and is shown to her."""


def carry_out(uow: UnitOfWork, staff: Staff, referral_id: str, wish: Wish) -> ReferralCase | None:
    """The one step. Raises ReferralMoved or MoveRefused if somebody else was first; then nothing has happened."""
    case = uow.referrals.get(staff.traeger or "", staff.stellen, referral_id)
    if case is None:
        return None
    kept = wish.reason
    if wish.move is Move.ACCEPT and case.condition == JMD_RUECKSPRACHE:
        if wish.agreed_on is None or wish.agreed_on > local_day(uow.now):
            raise Incomplete(
                "Bitte bestätigen Sie zuerst die Rücksprache mit dem JMD, mit einem Datum, das nicht in der Zukunft liegt."
            )
        kept = jmd_agreed(wish.agreed_on)
    moved = uow.referrals.move(
        staff.traeger or "", staff.stellen, referral_id, wish.move, by=staff.id, reason=kept, version=wish.version
    )
    if moved.chat_id is not None:
        told = TellStatus(moved.id, moved.status, moved.dienst, moved.stelle, reason=wish.reason, at=uow.now.isoformat())
        uow.outbox.put(
            moved.chat_id,
            effect_to_json(told),
            moved.locale,
            key=f"status:{moved.id}:{moved.status}:{moved.version}",
        )
    note(uow, staff, f"referral_{moved.status}", moved)
    return moved


def note(uow: UnitOfWork, staff: Staff, action: str, case: ReferralCase) -> None:
    uow.audit.note(action, staff_id=staff.id, traeger=staff.traeger, object_type="referral", object_id=case.id)


@needs(Role.CASE_MANAGER)
async def decide(request: web.Request) -> web.StreamResponse:
    staff = signed_in(request).staff
    referral_id = request.match_info["id"]
    database = request.app[DATABASE]
    try:
        wish = await read_form(request)
        moved = await database.write(lambda uow: carry_out(uow, staff, referral_id, wish))
    except Incomplete as lack:
        problem = str(lack)
        opened = await database.write(lambda uow: open_case(uow, staff, referral_id))
        if opened is None:
            raise web.HTTPNotFound from None
        return page_of(request, opened, problem=problem, status=422)
    except (ReferralMoved, MoveRefused):
        return await somebody_was_first(request, staff, referral_id)
    if moved is None:
        raise web.HTTPNotFound
    return web.HTTPSeeOther(f"/fall/{moved.id}")


PATHS = {"annehmen": Move.ACCEPT, "zurueckgeben": Move.HAND_BACK, "ablehnen": Move.DECLINE}


async def read_form(request: web.Request) -> Wish:
    move = PATHS.get(request.match_info["move"])
    if move is None:
        raise web.HTTPNotFound
    form = await read_fields(request)
    version = form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise web.HTTPBadRequest
    reason = form.get("grund") or None
    if move in NEEDS_REASON and reason not in REASONS:
        raise Incomplete("Bitte wählen Sie einen Grund aus.")
    return Wish(move, int(version), reason if move in NEEDS_REASON else None, _agreed_on(form))


def _agreed_on(form: dict[str, str]) -> dt.date | None:
    if form.get("ruecksprache") != "ja":
        return None
    try:
        return dt.date.fromisoformat(form.get("ruecksprache_am", ""))
    except ValueError:
        return None


async def somebody_was_first(request: web.Request, staff: Staff, referral_id: str) -> web.Response:
    """Readable, and it names who and when; nothing was changed."""

    def last_move(uow: UnitOfWork) -> tuple[str, str, dt.datetime, str] | None:
        case = uow.referrals.get(staff.traeger or "", staff.stellen, referral_id)
        if case is None:
            return None
        last = uow.referrals.history(staff.traeger or "", referral_id)[-1]
        return case.status, names_of(uow, [last]).get(last.by, PERSON), last.at, remark(last.reason)

    found = await request.app[DATABASE].read(last_move)
    if found is None:
        raise web.HTTPNotFound
    status, who, at, said = found
    return render(
        request, "conflict.html", status=409,
        referral_id=referral_id, status_name=STATUS_NAMES.get(status, status), who=who, at=at, remark=said,
    )  # fmt: skip
