"""An application with everything both doors need. The views are added by `admin/app.py` and `admin/desk/app.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from aiohttp import web

from admin.door import faults, gate, headers, health, login, pages, static
from admin.door.keys import DATABASE, DOOR, PASSWORDS, SETTINGS, TEMPLATES, WORDS, Door
from admin.door.policy import refuse_routes_without_policy
from admin.passwords import PasswordCheck
from admin.settings import OfficeSettings
from admin.words import Words
from storage import Database

LARGEST_FORM = 64 * 1024


def build(
    database: Database, words: Words, settings: OfficeSettings, door: Door,
    templates: Iterable[str], routes: Iterable[web.AbstractRouteDef],
) -> web.Application:  # fmt: skip
    app = web.Application(client_max_size=LARGEST_FORM, middlewares=[faults.faults, gate.gate])
    app[DATABASE] = database
    app[WORDS] = words
    app[SETTINGS] = settings
    app[DOOR] = door
    app[TEMPLATES] = pages.environment(*templates)
    app[PASSWORDS] = PasswordCheck()
    app.router.add_routes(
        [
            web.get(gate.SIGN_IN, login.show),
            web.post(gate.SIGN_IN, login.submit),
            web.post("/abmelden", login.sign_out),
            web.get("/wach", login.stay),
            web.get("/static/{version}/{name}", static.static_file),
            web.get("/healthz", health.healthz),
            web.get("/readyz", health.readyz),
            web.get("/metrics", health.metrics),
            *routes,
        ]
    )
    refuse_routes_without_policy(app)
    app.on_response_prepare.append(headers.set_headers)
    app.cleanup_ctx.append(_passwords)
    return app


async def _passwords(app: web.Application) -> AsyncIterator[None]:
    yield
    app[PASSWORDS].close()
