"""The dashboard for case managers, put together."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from admin import account, api, case, decisions, lookup, referrals
from admin.door.build import build
from admin.door.keys import Door
from admin.door.policy import Role
from admin.settings import OfficeSettings
from admin.words import Words
from storage import Database

DASHBOARD = Door(
    name="dashboard",
    title="Eingang und Fälle",
    cookie="kim",
    idle=timedelta(minutes=20),
    home={Role.CASE_MANAGER: "/", Role.COORDINATOR: "/konto", Role.ADMIN: "/konto"},
)


def build_admin(database: Database, words: Words, settings: OfficeSettings) -> web.Application:
    """The application behind ADMIN_PORT. It never imports the bot, nor the desk."""
    routes = [
        web.get("/", referrals.index),
        web.get("/fall/{id:[0-9a-f]+}", case.show),
        web.post("/fall/{id:[0-9a-f]+}/{move}", decisions.decide),
        web.get("/nummer", lookup.form),
        web.post("/nummer", lookup.find),
        web.get("/konto", account.show),
        web.post("/konto/passwort", account.change_password),
        web.get("/api/v1/referrals", api.referrals),
        web.get("/api/v1/referrals/{id:[0-9a-f]+}", api.referral),
        web.get("/api/v1/openapi.json", api.description),
    ]
    return build(database, words, settings, DASHBOARD, ["templates"], routes)
