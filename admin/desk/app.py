"""The issuance desk, put together: an application of its own, with a database that was opened without keys."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from admin.desk import slips
from admin.door.build import build
from admin.door.keys import Door
from admin.door.policy import Role
from admin.settings import OfficeSettings
from admin.words import Words
from storage import Database

DESK = Door(
    name="desk",
    title="Zettel für die Ausgabe",
    cookie="kim-ausgabe",
    idle=timedelta(minutes=10),
    home={Role.DESK: "/"},
)


def build_desk(database: Database, words: Words, settings: OfficeSettings) -> web.Application:
    """The application behind DESK_PORT. `database` comes from `open_database(url, None)`."""
    routes = [
        web.get("/", slips.index),
        web.get("/zettel.json", slips.states),
        web.post("/zettel", slips.issue),
    ]
    return build(database, words, settings, DESK, ["desk/templates", "templates"], routes)
