"""A person stands there with her number: find her case by the full hand-over code, at one's own Träger only."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from admin.door.forms import read_fields
from admin.door.keys import DATABASE, signed_in
from admin.door.pages import render
from admin.door.policy import Role, needs
from storage import Staff, UnitOfWork

WINDOW = timedelta(seconds=60)
MISSES = 20


@needs(Role.CASE_MANAGER)
async def form(request: web.Request) -> web.StreamResponse:
    return render(request, "lookup.html", problem="", code="")


@needs(Role.CASE_MANAGER)
async def find(request: web.Request) -> web.StreamResponse:
    """Codes are short: twenty misses a minute and account, then wait."""
    code = (await read_fields(request)).get("nummer", "").strip()[:20]
    staff = signed_in(request).staff
    missed, referral_id = await request.app[DATABASE].write(lambda uow: _look(uow, staff, code))
    if referral_id is not None:
        return web.HTTPSeeOther(f"/fall/{referral_id}")
    if missed >= MISSES:
        raise web.HTTPTooManyRequests
    problem = "Zu dieser Nummer gibt es bei Ihrer Stelle keinen Fall. Bitte alle Zeichen eingeben, so wie sie im Chat stehen."
    return render(request, "lookup.html", status=404, problem=problem, code=code)


def _look(uow: UnitOfWork, staff: Staff, code: str) -> tuple[int, str | None]:
    who = f"nummer:{staff.id}"
    missed = uow.staff.recent_failures(who, uow.now - WINDOW)
    if missed >= MISSES:
        return missed, None
    found = uow.referrals.find_by_code(staff.traeger or "", staff.stellen, code) if len(code) >= 6 else None
    if found is None:
        uow.staff.note_login_failure(who)
        return missed, None
    return missed, found.id
