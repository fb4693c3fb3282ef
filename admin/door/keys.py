"""The typed places where an application and a request keep what they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web
from jinja2 import Environment

from admin.door.policy import Role
from admin.passwords import PasswordCheck
from admin.settings import OfficeSettings
from admin.words import Words
from storage import Database, StaffSession


@dataclass(frozen=True, slots=True)
class Door:
    """What makes the two applications different. `home`: where each role lands; a role without one can't sign in here."""

    name: str
    title: str
    cookie: str
    idle: timedelta
    home: Mapping[Role, str] = field(default_factory=dict)


DATABASE: web.AppKey[Database] = web.AppKey("database")
WORDS: web.AppKey[Words] = web.AppKey("words")
SETTINGS: web.AppKey[OfficeSettings] = web.AppKey("settings")
DOOR: web.AppKey[Door] = web.AppKey("door")
TEMPLATES: web.AppKey[Environment] = web.AppKey("templates")
PASSWORDS: web.AppKey[PasswordCheck] = web.AppKey("passwords")

SESSION: web.RequestKey[StaffSession] = web.RequestKey("session")


def signed_in(request: web.Request) -> StaffSession:
    """The session of a request that has come through a policy which names roles."""
    return request[SESSION]
