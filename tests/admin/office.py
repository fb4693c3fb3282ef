"""A whole office for a test: both applications on a real server, one real database, people and their referrals."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from admin.app import build_admin
from admin.desk.app import build_desk
from admin.door.sessions import begin, cookie_name
from admin.words import Words
from storage import AuditRow, Database, Staff, UnitOfWork

PASSWORD = "vier zufällige wörter reichen"
# Cheap on purpose: signing in makes it a real one (`passwords.py`), which one test looks at.
CHEAP_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

ROWS: list[list[object]] = [
    ["S02_city", "velbert"],
    ["S03_age", "a27"],
    ["S04_status", "p104c"],
    ["S05_valid_until", "2027-03-15"],
    ["S07_identity", "na"],
    ["S08_german", "d1"],
    ["S15_needs", ["residence", "lid", "work"]],
    ["S16_kind", ["long", "actors"]],
    ["S17_contact", ["phone"]],
]

# What `dialogs.bridge.to_hand_over` makes of a holder of § 104c who is 26.
BRIDGE: Mapping[str, object] = {
    "on": "2026-11-21",
    "dates": {"D1": "2027-03-15", "D2": "2026-09-15", "D3": "2027-03-15", "D7": "2026-12-31", "D9": "2027-06-30"},
    "lines": [
        ["25b", "title", "met", ""], ["25b", "german", "open", "SPRACHKURS"], ["25b", "identity", "unknown", "FF_CARITAS"],
        ["25a", "age", "met", ""],
    ],
    "remarks": ["waiver"],
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    public_url: str = "https://wegweiser.example"
    secure_cookies: bool = False
    desk_telegram_url: str | None = "https://t.me/wegweiser_bot?start="
    kreis: str = "mettmann"
    kreis_name: str = "Kreis Mettmann"
    demo: bool = True


@dataclass(frozen=True)
class DialogSession:
    """What storage keeps as one dialogue. Opaque to it, and to the office."""

    id: str
    status: str = "finished"
    locale: str | None = "ar"

    def to_dict(self) -> dict[str, object]:
        return {"id": self.id, "status": self.status, "locale": self.locale}


@dataclass
class Office:
    database: Database
    desk_database: Database
    words: Words
    settings: Settings
    servers: list[TestClient[web.Request, web.Application]] = field(default_factory=list)

    async def dashboard(self) -> Door:
        return await self._open(build_admin(self.database, self.words, self.settings))

    async def desk(self) -> Door:
        return await self._open(build_desk(self.desk_database, self.words, self.settings))

    async def _open(self, app: web.Application) -> Door:
        client = TestClient(TestServer(app))
        await client.start_server()
        self.servers.append(client)
        return Door(client, app, self.database)

    async def close(self) -> None:
        for client in self.servers:
            await client.close()

    async def hire(
        self, login: str = "amina", role: str = "case_manager", traeger: str | None = "kreis-mettmann",
        stellen: tuple[str, ...] = ("kim-velbert-kreis",), name: str = "Amina Yildiz",
    ) -> Staff:  # fmt: skip
        def step(uow: UnitOfWork) -> Staff:
            uow.staff.add(login=login, name=name, role=role, traeger=traeger, stellen=stellen, password_hash=CHEAP_HASH)
            found = uow.staff.by_login(login)
            assert found is not None
            return found

        return await self.database.write(step)

    async def audit_rows(self) -> tuple[AuditRow, ...]:
        return await self.database.read(lambda uow: uow.audit.rows())

    async def offer(self, **changes: Any) -> str:
        return await self.database.write(lambda uow: offer(uow, **changes))


def offer(
    uow: UnitOfWork, *, traeger: str = "kreis-mettmann", stelle: str = "kim-velbert-kreis",
    locale: str = "ar", code: str | None = None,
    kommune: str = "velbert", urgent: bool = False, condition: str | None = None, rule: str = "M09",
    rows: list[list[object]] | None = None, contact: str | None = "0151 2345678, Hanan",
    decision: Mapping[str, object] | None = None,
    bridge: Mapping[str, object] | None = None,
) -> str:  # fmt: skip
    """A person has answered, agreed, and is handed over."""
    code = code or secrets.token_hex(3).upper()
    person = uow.persons.add("mettmann")
    chat = uow.chats.open("web", secrets.token_hex(8), locale)
    session = DialogSession(secrets.token_hex(4))
    uow.sessions.add(session, person_id=person, chat_id=chat.id, code=code)
    for purpose, recipient in (("C1", None), ("C3", stelle), ("C3", "jmd")):
        consent = uow.consents.keep(
            person, purpose=purpose, given=True, recipient=recipient, text_id="scr.S18_handover",
            text_version="scr-2026-11", text_sha256="0" * 64, locale=locale, channel="web",
        )  # fmt: skip
    decision = decision or {
        "dienst": "KIM_CM", "mode": "referral", "rule": rule, "also": [], "open": ["S08_german"],
        "source": "Vorlage 50/014/2024", "on": "2026-11-21", "decided_from": "facts",
        "decided_by": {"komplex": True, "zielgruppe": True, "titel_dringend": False, "jung": False},
        "changes": [
            {"when": "2027-02-01", "event": "days_left", "days": 42, "question": "S05_valid_until", "dienst": "KIM_CM",
             "urgent": True},
            {"fact": "komplex", "value": False, "dienst": "KIM_KURZ"},
        ],
    }  # fmt: skip
    return uow.referrals.offer(
        person_id=person, session_id=session.id, consent_id=consent, traeger=traeger, stelle=stelle, dienst="KIM_CM",
        rule=rule, rules_version="route-me-2026-11", mode="referral", urgent=urgent, condition=condition,
        kommune=kommune, locale=locale, because=f"mettmann.{rule}", code=code,
        payload={
            "rows": ROWS if rows is None else rows, "decision": decision, "contact": contact,
            "bridge": BRIDGE if bridge is None else bridge,
        },
    )  # fmt: skip


_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_FORM = re.compile(r'name="form" value="([^"]+)"')


@dataclass
class Door:
    """A browser in front of one of the two applications."""

    client: TestClient[web.Request, web.Application]
    app: web.Application
    database: Database
    csrf: str = ""

    @property
    def url(self) -> str:
        return str(self.client.make_url("/"))

    async def signed_in_as(self, staff: Staff) -> Door:
        """Straight to a session, past the password (which is slow by design)."""
        token = await self.database.write(lambda uow: begin(uow, staff))
        self.client.session.cookie_jar.clear()
        self.client.session.cookie_jar.update_cookies({cookie_name(self.app): token}, self.client.make_url("/"))
        return self

    async def get(self, path: str, **more: Any) -> tuple[int, str]:
        async with self.client.get(path, allow_redirects=False, **more) as answer:
            text = await answer.text()
        if found := _CSRF.search(text):
            self.csrf = found[1]
        return answer.status, text

    async def post(self, path: str, fields: Mapping[str, str] | None = None, **more: Any) -> ClientResponse:
        """A form, with the token of the page seen last."""
        data = {"csrf": self.csrf, **(fields or {})}
        answer = await self.client.post(path, data=data, allow_redirects=False, **more)
        await answer.read()
        return answer

    async def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> ClientResponse:
        _, page = await self.get("/anmelden")
        token = _FORM.search(page)
        assert token is not None
        return await self.post("/anmelden", {"form": token[1], "login": login, "password": password, **more})
