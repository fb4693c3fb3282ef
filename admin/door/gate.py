"""The one gate before every view: who is it, may this role, did our own page ask?"""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from admin.door import csrf, sessions
from admin.door.keys import SESSION
from admin.door.policy import PUBLIC, Role, is_passive, largest_of, policy_of

SIGN_IN = "/anmelden"


def for_programs(request: web.Request) -> bool:
    return request.path.startswith("/api/")


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.match_info.http_exception is not None:
        raise request.match_info.http_exception
    policy = policy_of(request.match_info.handler)
    largest = largest_of(request.match_info.handler)
    if largest is not None:
        request = request.clone(client_max_size=largest)
    changes = request.method not in (hdrs.METH_GET, hdrs.METH_HEAD)
    if changes:
        csrf.refuse_other_sites(request)
    if policy is PUBLIC:
        return await handler(request)
    session = await sessions.find(request, passive=is_passive(request.match_info.handler))
    if session is None:
        return _sign_in_first(request, changes)
    request[SESSION] = session
    if session.staff.role not in policy:
        raise web.HTTPForbidden
    if changes:
        await csrf.refuse_wrong_token(request, session.csrf)
    return await handler(request)


def _sign_in_first(request: web.Request, changes: bool) -> web.StreamResponse:
    if for_programs(request) or is_passive(request.match_info.handler):
        raise web.HTTPUnauthorized
    if changes:
        return web.HTTPSeeOther(f"{SIGN_IN}?grund=zeit")
    target = f"?weiter={quote(request.path)}" if request.path != "/" else ""
    return web.HTTPSeeOther(SIGN_IN + target)


def role_of(request: web.Request) -> Role:
    return Role(request[SESSION].staff.role)
