"""Signed-in people: a random token in a cookie, its hash and everything else in the database.

The cookie says nothing by itself, so that disabling an account or signing out ends a session at once, on every process.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from aiohttp import web

from admin.door.keys import DATABASE, DOOR, SETTINGS
from storage import Database, Staff, StaffSession, UnitOfWork

ABSOLUTE = timedelta(hours=8)
TOUCH_AFTER = timedelta(seconds=30)


def cookie_name(app: web.Application) -> str:
    """`__Host-` binds the cookie to this very host over TLS; on loopback (demo) there is no TLS."""
    plain = app[DOOR].cookie
    return f"__Host-{plain}" if app[SETTINGS].secure_cookies else plain


def fingerprint(token: str) -> str:
    # A cookie may hold any bytes; aiohttp hands over those that are no UTF-8 as halves of surrogate pairs.
    return sha256(token.encode(errors="surrogatepass")).hexdigest()


def set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", httponly=True, samesite="Strict", secure=request.app[SETTINGS].secure_cookies)


def drop_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    response.del_cookie(name, path="/", httponly=True, samesite="Strict", secure=request.app[SETTINGS].secure_cookies)


def begin(uow: UnitOfWork, staff: Staff) -> str:
    """A new session; returns the token for the cookie. Never re-uses one that a browser brought along."""
    token = secrets.token_urlsafe(32)
    uow.staff.open_session(staff.id, fingerprint(token), secrets.token_urlsafe(32), uow.now + ABSOLUTE)
    uow.audit.note("signed_in", staff_id=staff.id, traeger=staff.traeger, object_type="staff", object_id=staff.id)
    return token


async def find(request: web.Request, *, passive: bool) -> StaffSession | None:
    """The session of this request, if it is still good."""
    token = request.cookies.get(cookie_name(request.app))
    if not token or len(token) > 100:
        return None
    return await look_up(request.app[DATABASE], fingerprint(token), request.app[DOOR].idle, passive=passive)


async def look_up(database: Database, token_sha256: str, idle: timedelta, *, passive: bool) -> StaffSession | None:
    """Most requests only read; being awake is written down at most every half minute."""
    session, now = await database.read(lambda uow: (uow.staff.session(token_sha256), uow.now))
    if session is None:
        return None
    if now - session.last_seen > idle:
        await database.write(lambda uow: uow.staff.end_session(token_sha256))
        return None
    if not passive and now - session.last_seen > TOUCH_AFTER:
        await database.write(lambda uow: uow.staff.session(token_sha256))
    return session


async def end(request: web.Request) -> None:
    token = request.cookies.get(cookie_name(request.app))
    if token:
        digest = fingerprint(token)
        await request.app[DATABASE].write(lambda uow: uow.staff.end_session(digest))
