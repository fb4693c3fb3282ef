"""Signing in and out."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web

from admin.door import sessions
from admin.door.forms import read_fields
from admin.door.gate import SIGN_IN
from admin.door.keys import DATABASE, DOOR, PASSWORDS, SETTINGS, WORDS, signed_in
from admin.door.pages import render
from admin.door.policy import EVERYBODY, ROLE_NAMES, Role, needs, public
from storage import Staff, UnitOfWork

WINDOW = timedelta(seconds=60)
FAILURES = 5

NOTES = {
    "zeit": "Sie waren längere Zeit nicht aktiv. Bitte melden Sie sich neu an.",
    "ende": "Sie sind abgemeldet.",
    "passwort": "Ihr Passwort ist geändert. Bitte melden Sie sich neu an.",
}

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

# Where a person may land after signing in: our own pages, nothing else.
_OWN_PAGE = re.compile(r"/(fall/[0-9a-f-]{1,40}|nummer|konto)?")


def _form_cookie(app: web.Application) -> str:
    return f"{sessions.cookie_name(app)}-form"


def _brought_token(request: web.Request) -> str:
    """The token a browser brought along, if it looks like one of ours; a page can't show just any bytes."""
    token = request.cookies.get(_form_cookie(request.app), "")
    return token if _TOKEN.fullmatch(token) else ""


def _own_page(target: str) -> str | None:
    return target if _OWN_PAGE.fullmatch(target) else None


@public
async def show(request: web.Request) -> web.StreamResponse:
    """The form. Before there is a session, a cookie that only this host can set stands in for its token."""
    note, target = NOTES.get(request.query.get("grund", ""), ""), request.query.get("weiter", "")
    return _form(request, note=note, target=target, logins=await _demo_logins(request))


async def _demo_logins(request: web.Request) -> Sequence[tuple[str, str, str]]:
    """In the demo, where nobody is real: which login belongs to whom. Nowhere else is a login ever shown."""
    if not request.app[SETTINGS].demo:
        return ()
    home = request.app[DOOR].home
    everybody = await request.app[DATABASE].read(lambda uow: uow.staff.all(None))
    words = request.app[WORDS]
    return [
        (staff.login, ROLE_NAMES[Role(staff.role)], words.traeger_name(staff.traeger or ""))
        for staff in everybody
        if Role(staff.role) in home
    ]


def _form(
    request: web.Request, *, note: str = "", problem: str = "", login: str = "", target: str = "", status: int = 200,
    logins: Sequence[tuple[str, str, str]] = (),
) -> web.Response:
    name = _form_cookie(request.app)
    token = _brought_token(request) or secrets.token_urlsafe(32)
    page = render(
        request, "login.html", status=status, token=token, note=note, problem=problem, login=login,
        target=_own_page(target) or "", demo_logins=logins,
    )  # fmt: skip
    sessions.set_cookie(request, page, name, token)
    return page


@public
async def submit(request: web.Request) -> web.StreamResponse:
    form = await read_fields(request)
    login = form.get("login", "").strip()[:100]
    target = form.get("weiter", "")
    cookie = _brought_token(request)
    if not cookie or not hmac.compare_digest(cookie.encode(), form.get("form", "").encode()):
        problem = "Die Seite war zu alt. Bitte noch einmal. (Der Browser muss Cookies erlauben.)"
        return _form(request, problem=problem, login=login, target=target, status=403)

    database = request.app[DATABASE]
    may_try, staff = await database.write(lambda uow: _try(uow, login))
    if not may_try:
        problem = "Zu viele Versuche. Bitte warten Sie eine Minute."
        page = _form(request, problem=problem, login=login, target=target, status=429)
        page.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
        return page

    known = staff if staff is not None and not staff.disabled else None
    fits, better = await request.app[PASSWORDS].check(known.password_hash if known else None, form.get("password", ""))
    if known is None or not fits:
        return _form(request, problem="Name oder Passwort stimmt nicht.", login=login, target=target, status=403)
    usable: Staff = known
    home = request.app[DOOR].home.get(Role(usable.role))
    if home is None:
        problem = "Dieses Konto ist für eine andere Anwendung. Bitte fragen Sie Ihre Leitung nach der richtigen Adresse."
        return _form(request, problem=problem, login=login, status=403)
    token = await database.write(lambda uow: _begin(uow, usable, better))
    answer = web.HTTPSeeOther((_own_page(target) if home == "/" else None) or home)
    sessions.set_cookie(request, answer, sessions.cookie_name(request.app), token)
    sessions.drop_cookie(request, answer, _form_cookie(request.app))
    return answer


def _try(uow: UnitOfWork, login: str) -> tuple[bool, Staff | None]:
    """Counted before the password is looked at, so that many tries at the same moment are no way around the limit."""
    folded = login.casefold()
    if uow.staff.recent_failures(folded, uow.now - WINDOW) >= FAILURES:
        return False, None
    uow.staff.note_login_failure(folded)
    return True, uow.staff.by_login(login) or uow.staff.by_login(folded)


def _begin(uow: UnitOfWork, staff: Staff, better_hash: str | None) -> str:
    if better_hash is not None:
        uow.staff.set_password_hash(staff.id, better_hash)
    return sessions.begin(uow, staff)


@needs(*EVERYBODY)
async def sign_out(request: web.Request) -> web.StreamResponse:
    await sessions.end(request)
    staff = signed_in(request).staff
    await request.app[DATABASE].write(
        lambda uow: uow.audit.note(
            "signed_out", staff_id=staff.id, traeger=staff.traeger, object_type="staff", object_id=staff.id
        )
    )
    answer = web.HTTPSeeOther(f"{SIGN_IN}?grund=ende")
    sessions.drop_cookie(request, answer, sessions.cookie_name(request.app))
    return answer


@needs(*EVERYBODY)
async def stay(request: web.Request) -> web.StreamResponse:
    """The person said that she is still there."""
    return web.Response(status=204)
