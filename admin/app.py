"""The dashboard for case managers and coordinators, put together."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from admin import account, api, case, decisions, lookup, referrals
from admin.door.build import build
from admin.door.keys import Door
from admin.door.policy import Role
from admin.rulebook import changes, rules
from admin.rulebook.shelf import SHELF, Shelf
from admin.settings import OfficeSettings
from admin.words import Words
from storage import Database

DASHBOARD = Door(
    name="dashboard",
    title="Eingang und Fälle",
    cookie="kim",
    idle=timedelta(minutes=20),
    home={Role.CASE_MANAGER: "/", Role.COORDINATOR: "/regeln", Role.ADMIN: "/konto"},
)


def build_admin(database: Database, words: Words, settings: OfficeSettings) -> web.Application:
    """The application behind ADMIN_PORT. It never imports the bot, nor the desk."""
    routes = [
        web.get("/", referrals.index),
        web.get("/fall/{id:[0-9a-f]+}", case.show),
        web.post("/fall/{id:[0-9a-f]+}/{move}", decisions.decide),
        web.get("/nummer", lookup.form),
        web.post("/nummer", lookup.find),
        web.get("/regeln", rules.show),
        web.get("/regeln/datei", rules.download),
        web.get("/regeln/aenderung", changes.index),
        web.post("/regeln/aenderung", changes.upload),
        web.get("/regeln/aenderung/{id:[0-9a-f]+}", changes.show),
        web.get("/regeln/aenderung/{id:[0-9a-f]+}/datei", changes.file),
        web.post("/regeln/aenderung/{id:[0-9a-f]+}/{move}", changes.act),
        web.get("/konto", account.show),
        web.post("/konto/passwort", account.change_password),
        web.get("/api/v1/referrals", api.referrals),
        web.get("/api/v1/referrals/{id:[0-9a-f]+}", api.referral),
        web.get("/api/v1/openapi.json", api.description),
    ]
    folders = ["templates", "rulebook/templates"]
    app = build(database, words, settings, DASHBOARD, folders, routes)
    app[SHELF] = Shelf(settings.kreis)
    return app
