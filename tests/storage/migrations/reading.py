"""Everything that the storage's own API says about a database, as JSON; and whether a later answer still says it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

from storage import Database, UnitOfWork
from tests.storage.migrations.filling import EVENT, KREIS, LOGIN, NOON, STELLE, TOKEN, TRAEGER
from tests.storage.raw import execute


def read_back(url: str, database: Database) -> dict[str, Any]:
    """Nothing is left out because it can't be read: then this raises."""
    ids = {
        table: [row[0] for row in execute(url, f"SELECT id FROM {table} ORDER BY id")]
        for table in ("chat", "person", "session", "referral", "staff")
    }
    found = database.read_now(lambda uow: _read(uow, ids))
    found["claimed"] = database.write_now(
        lambda uow: [
            {"channel": row.channel, "address": row.address, "effect": row.effect, "locale": row.locale, "attempts": row.attempts}
            for row in uow.outbox.claim("reader", lease=dt.timedelta(minutes=1))
        ]
    )
    found["event is new"] = database.write_now(lambda uow: uow.inbound.note(*EVENT))
    plain: dict[str, Any] = json.loads(json.dumps(found, default=_plain))
    return plain


def _read(uow: UnitOfWork, ids: dict[str, list[str]]) -> dict[str, Any]:
    sessions = {id_: uow.sessions.load(id_) for id_ in ids["session"]}
    found: dict[str, Any] = {
        "sessions": {
            id_: {"state": one.session.to_dict(), "person": one.person_id, "chat": one.chat_id, "version": one.version}
            for id_, one in sessions.items()
            if one is not None
        },
        "by code": {
            id_: found.session.id
            for id_, stored in sessions.items()
            if stored is not None and (found := uow.sessions.find_by_code(stored.session.code)) is not None
        },
        "chats": {},
        "consents": {id_: [_row(row) for row in uow.consents.of(id_)] for id_ in ids["person"]},
        "referrals": {id_: _row(uow.referrals.get(TRAEGER, [STELLE], id_)) for id_ in ids["referral"]},
        "histories": {id_: [_row(row) for row in uow.referrals.history(TRAEGER, id_)] for id_ in ids["referral"]},
        "inbox": [_row(row) for row in uow.referrals.open_for(TRAEGER, [STELLE]).rows],
        "audit": [_row(row) for row in uow.audit.rows()],
        "first bad row of the audit": uow.audit.first_bad(),
        "notices": {id_: [row.effect for row in uow.outbox.notices(id_)] for id_ in ids["chat"]},
        "dead": uow.outbox.dead_count(),
        "staff": [_row(row) for row in uow.staff.all(None)],
        "signed in": _row(uow.staff.session(TOKEN)),
        "failures": uow.staff.recent_failures(LOGIN, NOON - dt.timedelta(days=1)),
        "slips": [_row(row) for id_ in ids["staff"] for row in uow.slips.of(id_, NOON - dt.timedelta(days=1))],
        "counters": [_row(row) for row in uow.counters.between(dt.date(2026, 1, 1), dt.date(2026, 12, 31))],
    }
    for id_ in ids["chat"]:
        channel, address = uow.chats.address_of(id_)
        found["chats"][id_] = {"place": [channel, address], "found": _row(uow.chats.find(channel, address))}
    changes: Any = getattr(uow, "rule_changes", None)
    if changes is not None:
        found["rule changes"] = [_row(row) for row in changes.of(KREIS, TRAEGER)]
        found["released"] = [_row(row) for row in changes.confirmed(KREIS)]
    return found


def missing(before: Any, after: Any, place: str = "") -> list[str]:
    """Where `after` does not say what `before` said. More words about the same thing are no loss."""
    if isinstance(before, dict) and isinstance(after, dict):
        gone = [f"{place}/{key} is gone" for key in before if key not in after]
        return gone + [line for key in before if key in after for line in missing(before[key], after[key], f"{place}/{key}")]
    if isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            return [f"{place} has {len(after)} entries instead of {len(before)}"]
        return [line for n, one in enumerate(before) for line in missing(one, after[n], f"{place}/{n}")]
    return [] if before == after else [f"{place}: {before!r} became {after!r}"]


def _row(row: Any) -> Any:
    return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)} if row is not None else None


def _plain(value: object) -> Any:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if dataclasses.is_dataclass(value):
        return _row(value)
    return dict(value)  # type: ignore[call-overload]
