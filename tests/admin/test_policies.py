"""Who may open what. Generated from the routers: a new route is in these tests before anybody thinks of it."""

from __future__ import annotations

import pytest
from aiohttp import web

from admin.door import policy
from admin.door.policy import PUBLIC, PolicyMissing, Role, policy_of
from tests.admin.office import Door, Office

TRAEGER = {
    Role.CASE_MANAGER: "kreis-mettmann",
    Role.COORDINATOR: "kreis-mettmann",
    Role.DESK: "kreis-mettmann",
    Role.ADMIN: "kreis-mettmann",
}


def routes(app: web.Application) -> list[tuple[str, str, frozenset[Role]]]:
    """(method, path with an id filled in, roles), HEAD left out: it is GET."""
    found = []
    for route in app.router.routes():
        if route.method == "HEAD":
            continue
        assert route.resource is not None
        path = (
            route.resource.canonical.format(id="0" * 32, move="annehmen", version="0", name="office.css")
            if "{" in route.resource.canonical
            else route.resource.canonical
        )
        found.append((route.method, path, policy_of(route.handler)))
    return found


async def test_every_route_names_its_policy(office: Office) -> None:
    for door in (await office.dashboard(), await office.desk()):
        assert len(routes(door.app)) > 8


def test_an_application_with_a_route_without_policy_is_not_built() -> None:
    async def forgotten(request: web.Request) -> web.StreamResponse:
        return web.Response()

    app = web.Application()
    app.router.add_get("/vergessen", forgotten)
    with pytest.raises(PolicyMissing):
        policy.refuse_routes_without_policy(app)


async def test_only_signing_in_files_and_health_are_public(office: Office) -> None:
    for door in (await office.dashboard(), await office.desk()):
        public = {path for _, path, roles in routes(door.app) if roles is PUBLIC}
        assert public == {"/anmelden", "/static/0/office.css", "/healthz", "/readyz", "/metrics"}


async def request_status(door: Door, method: str, path: str) -> int:
    if method == "GET":
        return (await door.get(path))[0]
    return (await door.post(path)).status


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("which", ["dashboard", "desk"])
async def test_each_role_reaches_exactly_the_routes_that_name_it(office: Office, role: Role, which: str) -> None:
    door = await (office.dashboard() if which == "dashboard" else office.desk())
    staff = await office.hire(login=role.value, role=role.value)
    session_csrf = await _csrf(await door.signed_in_as(staff))
    for method, path, roles in routes(door.app):
        if roles is PUBLIC or path == "/abmelden":
            continue
        door.csrf = session_csrf
        status = await request_status(door, method, path)
        if role in roles:
            assert status in (200, 204, 400, 404, 422), (method, path, status)
        else:
            assert status == 403, (method, path, status)


async def _csrf(door: Door) -> str:
    """Every signed-in page carries the token, a refusal too: its header has the button to sign out."""
    await door.get("/gibt-es-nicht")
    await door.get("/")
    return door.csrf


@pytest.mark.parametrize("which", ["dashboard", "desk"])
async def test_nobody_gets_in_without_signing_in(office: Office, which: str) -> None:
    door = await (office.dashboard() if which == "dashboard" else office.desk())
    for method, path, roles in routes(door.app):
        if roles is PUBLIC:
            continue
        assert await request_status(door, method, path) in (303, 401), (method, path)


async def test_another_traegers_case_does_not_exist(office: Office) -> None:
    theirs = await office.offer(traeger="caritas", stelle="kim-ratingen-caritas", kommune="ratingen", code="ABCDEFG")
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    await door.get("/nummer")
    for path in (f"/fall/{theirs}", f"/api/v1/referrals/{theirs}"):
        assert (await door.get(path))[0] == 404
    for move in ("annehmen", "zurueckgeben", "ablehnen"):
        answer = await door.post(f"/fall/{theirs}/{move}", {"version": "1", "grund": "nicht_erreicht"})
        assert answer.status == 404
    assert (await door.post("/nummer", {"nummer": "ABCDEFG"})).status == 404


async def test_a_colleagues_case_at_a_stelle_of_the_same_traeger_does_not_exist_either(office: Office) -> None:
    theirs = await office.offer(stelle="kim-ratingen-kreis")
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    assert (await door.get(f"/fall/{theirs}"))[0] == 404
    assert "Ratingen" not in (await door.get("/"))[1]


async def test_a_disabled_account_is_out_at_once(office: Office) -> None:
    staff = await office.hire()
    door = await (await office.dashboard()).signed_in_as(staff)
    assert (await door.get("/"))[0] == 200
    await office.database.write(lambda uow: uow.staff.disable(staff.id))
    assert (await door.get("/"))[0] == 303


async def test_the_desks_cookie_opens_nothing_at_the_dashboard(office: Office) -> None:
    staff = await office.hire(login="desk", role="desk")
    desk = await (await office.desk()).signed_in_as(staff)
    cookie = next(iter(desk.client.session.cookie_jar))
    dashboard = await office.dashboard()
    dashboard.client.session.cookie_jar.update_cookies({cookie.key: cookie.value}, dashboard.client.make_url("/"))
    assert (await dashboard.get("/"))[0] == 303
