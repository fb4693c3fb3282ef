"""Accept, hand back, decline: one step that moves the referral, tells the person and writes the audit row, or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from aiohttp import web

from admin.case import PERSON, STATUS_NAMES, names_of, open_case, page_of
from admin.door.dates import local_day
from admin.door.forms import read_fields
from admin.door.keys import DATABASE, WORDS, signed_in
from admin.door.pages import render
from admin.door.policy import Role, needs
from admin.reasons import agreed, remark
from admin.words import Words
from dialogs.effect_json import effect_to_json
from dialogs.effects import TellStatus
from dialogs.referral import NEEDS_REASON, REASONS, Move, MoveRefused
from storage import ReferralCase, ReferralMoved, Staff, UnitOfWork


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form asks for. `version`: the referral as it was when the page was drawn. `agreed`: what was to be
    confirmed is ticked; `agreed_on`: and happened on this day."""

    move: Move
    version: int | None
    reason: str | None = None
    agreed: bool = False
    agreed_on: dt.date | None = None


class Incomplete(Exception):
    """The form lacks something the case manager has to say first; the message is German and is shown to her."""


def carry_out(uow: UnitOfWork, words: Words, staff: Staff, referral_id: str, wish: Wish) -> ReferralCase | None:
    """The one step. Raises ReferralMoved or MoveRefused if somebody else was first; then nothing has happened."""
    case = uow.referrals.get(staff.traeger or "", staff.stellen, referral_id)
    if case is None:
        return None
    kept = wish.reason
    proviso = words.proviso(case.condition, case.rules_version) if case.condition else None
    if wish.move is Move.ACCEPT and proviso is not None and proviso.confirm:
        if not wish.agreed:
            raise Incomplete(f"Bitte bestätigen Sie zuerst: {proviso.confirm}.")
        if proviso.asks_date and (wish.agreed_on is None or wish.agreed_on > local_day(uow.now)):
            raise Incomplete(f"{proviso.agreed}: Bitte nennen Sie einen Tag, der nicht in der Zukunft liegt.")
        kept = agreed(proviso, wish.agreed_on if proviso.asks_date else None)
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
        moved = await database.write(lambda uow: carry_out(uow, request.app[WORDS], staff, referral_id, wish))
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
    return Wish(move, int(version), reason if move in NEEDS_REASON else None, form.get("bestaetigt") == "ja", _agreed_on(form))


def _agreed_on(form: dict[str, str]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(form.get("bestaetigt_am", ""))
    except ValueError:
        return None


async def somebody_was_first(request: web.Request, staff: Staff, referral_id: str) -> web.Response:
    """Readable, and it names who and when; nothing was changed."""

    def last_move(uow: UnitOfWork) -> tuple[str, str, dt.datetime, str] | None:
        case = uow.referrals.get(staff.traeger or "", staff.stellen, referral_id)
        if case is None:
            return None
        last = uow.referrals.history(staff.traeger or "", referral_id)[-1]
        return case.status, names_of(uow, [last]).get(last.by, PERSON), last.at, remark(request.app[WORDS], last.reason)

    found = await request.app[DATABASE].read(last_move)
    if found is None:
        raise web.HTTPNotFound
    status, who, at, said = found
    return render(
        request, "conflict.html", status=409,
        referral_id=referral_id, status_name=STATUS_NAMES.get(status, status), who=who, at=at, remark=said,
    )  # fmt: skip
