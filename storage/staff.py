"""Staff: accounts, their roles and Stellen, their sessions, and failed logins."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import bindparam, delete, func, select, true, update

from storage.errors import StorageError
from storage.instants import moment, stamp
from storage.office_models import login_failure, staff, staff_session
from storage.statements import Row, Statement, adding, adding_if_new
from storage.transaction import Transaction

ROLES: Final = ("case_manager", "coordinator", "desk", "admin")
# A session is touched at most this often: reading a page need not cost a write each time.
_TOUCH_EVERY: Final = 30_000_000

_STAFF = (
    staff.c.id,
    staff.c.login,
    staff.c.name,
    staff.c.role,
    staff.c.traeger,
    staff.c.stellen,
    staff.c.password_hash,
    staff.c.disabled,
)
_ADD = adding_if_new(staff)
_BY_LOGIN = Statement(select(*_STAFF).where(staff.c.login == bindparam("login")))
_GET = Statement(select(*_STAFF).where(staff.c.id == bindparam("for_id")))
_ALL = Statement(select(*_STAFF).order_by(staff.c.login))
_OF_TRAEGER = Statement(select(*_STAFF).where(staff.c.traeger == bindparam("traeger")).order_by(staff.c.login))
_PASSWORD = Statement(update(staff).where(staff.c.id == bindparam("for_id")).values(password_hash=bindparam("new_hash")))
_DISABLE = Statement(update(staff).where(staff.c.id == bindparam("for_id")).values(disabled=true()))
_OPEN = adding(staff_session)
_SESSION = Statement(
    select(
        staff_session.c.csrf,
        staff_session.c.created_at,
        staff_session.c.last_seen,
        staff_session.c.absolute_until,
        *_STAFF,
    )
    .join(staff, staff.c.id == staff_session.c.staff_id)
    .where(staff_session.c.token_sha256 == bindparam("token"), staff_session.c.absolute_until > bindparam("at"))
)
_TOUCH = Statement(
    update(staff_session).where(staff_session.c.token_sha256 == bindparam("token")).values(last_seen=bindparam("new_seen"))
)
_END = Statement(delete(staff_session).where(staff_session.c.token_sha256 == bindparam("token")))
_END_ALL = Statement(delete(staff_session).where(staff_session.c.staff_id == bindparam("staff")))
_FAILED = adding(login_failure)
_FAILURES = Statement(
    select(func.count())
    .select_from(login_failure)
    .where(login_failure.c.login_hash == bindparam("login_hash"), login_failure.c.at >= bindparam("since"))
)


class LoginTaken(StorageError):
    """There is an account with this login already."""


@dataclass(frozen=True, slots=True)
class Staff:
    id: str
    login: str
    name: str
    role: str
    traeger: str | None
    stellen: tuple[str, ...]
    password_hash: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A signed-in member of staff. Whether she has been idle for too long, the door decides by `last_seen`."""

    staff: Staff
    csrf: str
    created_at: dt.datetime
    last_seen: dt.datetime
    absolute_until: dt.datetime

    @property
    def staff_id(self) -> str:
        return self.staff.id


class StaffAccounts:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, *, login: str, name: str, role: str, traeger: str | None, stellen: Collection[str], password_hash: str) -> str:
        """The new account's id. Raises LoginTaken."""
        if role not in ROLES:
            raise ValueError(f"a role is one of {', '.join(ROLES)}")
        staff_id = self._tx.new_id()
        added = self._tx.run(
            _ADD,
            id=staff_id,
            login=login,
            name=name,
            role=role,
            traeger=traeger,
            stellen=orjson.dumps(list(stellen)).decode(),
            password_hash=password_hash,
            disabled=False,
            created_at=self._tx.at,
        )
        if added == 0:
            raise LoginTaken("there is an account with this login already")
        return staff_id

    def by_login(self, login: str) -> Staff | None:
        """None also for words that can be nobody's login: they come from a form."""
        row = None if "\0" in login or not _is_text(login) else self._tx.one(_BY_LOGIN, login=login)
        return None if row is None else _staff(row)

    def get(self, staff_id: str) -> Staff | None:
        row = self._tx.one(_GET, for_id=staff_id)
        return None if row is None else _staff(row)

    def all(self, traeger: str | None) -> tuple[Staff, ...]:
        """Of one Träger, or (None) everybody."""
        rows = self._tx.all(_ALL) if traeger is None else self._tx.all(_OF_TRAEGER, traeger=traeger)
        return tuple(_staff(row) for row in rows)

    def set_password_hash(self, staff_id: str, password_hash: str) -> None:
        self._tx.run(_PASSWORD, for_id=staff_id, new_hash=password_hash)

    def disable(self, staff_id: str) -> None:
        """Lock the account; its sessions end with it."""
        self._tx.run(_DISABLE, for_id=staff_id)
        self.end_all(staff_id)

    # -- sessions ----------------------------------------------------------------------------------------------------

    def open_session(self, staff_id: str, token_sha256: str, csrf: str, absolute_until: dt.datetime) -> None:
        self._tx.run(
            _OPEN,
            token_sha256=bytes.fromhex(token_sha256),
            staff_id=staff_id,
            csrf=csrf,
            created_at=self._tx.at,
            last_seen=self._tx.at,
            absolute_until=stamp(absolute_until),
        )

    def session(self, token_sha256: str, *, touch: bool = True) -> StaffSession | None:
        """None if it has ended or the account is disabled. In a writing step it notes that she is here."""
        token = bytes.fromhex(token_sha256)
        row = self._tx.one(_SESSION, token=token, at=self._tx.at)
        if row is None:
            return None
        csrf, created_at, last_seen, until, *account = row
        found = _staff(account)
        if found.disabled:
            return None
        if touch and self._tx.writing and self._tx.at - last_seen >= _TOUCH_EVERY:
            self._tx.run(_TOUCH, token=token, new_seen=self._tx.at)
        return StaffSession(found, csrf, moment(created_at), moment(last_seen), moment(until))

    def end_session(self, token_sha256: str) -> None:
        self._tx.run(_END, token=bytes.fromhex(token_sha256))

    def end_all(self, staff_id: str) -> None:
        self._tx.run(_END_ALL, staff=staff_id)

    # -- failed logins -----------------------------------------------------------------------------------------------

    def note_login_failure(self, login: str) -> None:
        """Kept as a hash: people type passwords into the wrong field."""
        self._tx.run(_FAILED, login_hash=_login_hash(login), at=self._tx.at)

    def recent_failures(self, login: str, since: dt.datetime) -> int:
        row = self._tx.one(_FAILURES, login_hash=_login_hash(login), since=stamp(since))
        return 0 if row is None else int(row[0])


def _login_hash(login: str) -> bytes:
    return hashlib.sha256(login.encode(errors="replace")).digest()[:16]


def _is_text(login: str) -> bool:
    try:
        login.encode()
    except UnicodeEncodeError:
        return False
    return True


def _staff(row: Row | list[object]) -> Staff:
    staff_id, login, name, role, traeger, stellen, password_hash, disabled = row
    return Staff(
        str(staff_id),
        str(login),
        str(name),
        str(role),
        None if traeger is None else str(traeger),
        tuple(orjson.loads(str(stellen))),
        str(password_hash),
        bool(disabled),
    )
