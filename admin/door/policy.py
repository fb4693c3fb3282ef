"""Who may call what: every view names its policy, and an application with a view that does not can't be built."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

from aiohttp import web

View = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Role(StrEnum):
    CASE_MANAGER = "case_manager"
    COORDINATOR = "coordinator"
    DESK = "desk"
    ADMIN = "admin"


ROLE_NAMES: Final = {
    Role.CASE_MANAGER: "Case Management",
    Role.COORDINATOR: "Koordination",
    Role.DESK: "Ausgabestelle",
    Role.ADMIN: "Technik",
}

EVERYBODY: Final = frozenset(Role)
PUBLIC: Final[frozenset[Role]] = frozenset()

_policies: dict[object, frozenset[Role]] = {}
_passive: set[object] = set()
_largest: dict[object, int] = {}


class PolicyMissing(Exception):
    """A route without a policy. The application is not built."""


def needs(*roles: Role, passive: bool = False, largest: int | None = None) -> Callable[[View], View]:
    """Only these roles. `passive`: a call the page makes by itself, which must not keep a session awake.

    `largest`: so many bytes of a form, where a file may come with it; without it what every form may have.
    """
    if not roles:
        raise PolicyMissing("needs() without a role; use public()")

    def named(view: View) -> View:
        _policies[view] = frozenset(roles)
        if passive:
            _passive.add(view)
        if largest is not None:
            _largest[view] = largest
        return view

    return named


def public(view: View) -> View:
    """Anybody, also without signing in."""
    _policies[view] = PUBLIC
    return view


def policy_of(view: object) -> frozenset[Role]:
    try:
        return _policies[view]
    except KeyError:
        raise PolicyMissing(f"{view!r} has no policy") from None


def is_passive(view: object) -> bool:
    return view in _passive


def largest_of(view: object) -> int | None:
    return _largest.get(view)


def refuse_routes_without_policy(app: web.Application) -> None:
    for route in app.router.routes():
        policy_of(route.handler)
