"""One's own account: who am I here, and a new password."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from admin.door import sessions
from admin.door.forms import read_fields
from admin.door.gate import SIGN_IN
from admin.door.keys import DATABASE, PASSWORDS, WORDS, signed_in
from admin.door.pages import render
from admin.door.policy import Role, needs
from admin.passwords import LONGEST, SHORTEST, problem_with
from storage import Staff, UnitOfWork

WINDOW = timedelta(seconds=60)
FAILURES = 5


def _page(request: web.Request, *, problem: str = "", status: int = 200) -> web.Response:
    words = request.app[WORDS]
    stellen = [words.stelle_name(stelle) for stelle in signed_in(request).staff.stellen]
    return render(request, "account.html", status=status, problem=problem, stellen=stellen, shortest=SHORTEST, longest=LONGEST)


@needs(Role.CASE_MANAGER, Role.COORDINATOR, Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    return _page(request)


@needs(Role.CASE_MANAGER, Role.COORDINATOR, Role.ADMIN)
async def change_password(request: web.Request) -> web.StreamResponse:
    """Afterwards every session of this account is over, also this one: sign in with the new password."""
    form = await read_fields(request)
    staff = signed_in(request).staff
    new = form.get("neu", "")
    database, passwords = request.app[DATABASE], request.app[PASSWORDS]
    if problem := problem_with(new, staff.login):
        return _page(request, problem=problem, status=422)
    if new != form.get("nochmal"):
        return _page(request, problem="Die beiden neuen Passwörter sind nicht gleich.", status=422)
    if not await database.write(lambda uow: _may_try(uow, staff)):
        return _page(request, problem="Zu viele Versuche. Bitte warten Sie eine Minute.", status=429)
    fits, _ = await passwords.check(staff.password_hash, form.get("bisher", ""))
    if not fits:
        return _page(request, problem="Das bisherige Passwort stimmt nicht.", status=422)
    new_hash = await passwords.hash(new)
    await database.write(lambda uow: _change(uow, staff, new_hash))
    answer = web.HTTPSeeOther(f"{SIGN_IN}?grund=passwort")
    sessions.drop_cookie(request, answer, sessions.cookie_name(request.app))
    return answer


def _may_try(uow: UnitOfWork, staff: Staff) -> bool:
    if uow.staff.recent_failures(staff.login.casefold(), uow.now - WINDOW) >= FAILURES:
        return False
    uow.staff.note_login_failure(staff.login.casefold())
    return True


def _change(uow: UnitOfWork, staff: Staff, new_hash: str) -> None:
    uow.staff.set_password_hash(staff.id, new_hash)
    uow.staff.end_all(staff.id)
    uow.audit.note("password_changed", staff_id=staff.id, traeger=staff.traeger, object_type="staff", object_id=staff.id)
