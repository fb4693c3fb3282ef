"""What the dashboard and the person see of a referral: frozen rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows, and where to go on (`after`), if there is more."""

    rows: tuple[R, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class OpenReferral:
    """One line of the inbox. What was taken back or has run out is empty: kommune, locale, because and rule are ''."""

    id: str
    status: str
    stelle: str
    dienst: str
    urgent: bool
    condition: str | None
    kommune: str
    locale: str
    because: str
    rule: str
    rules_version: str
    waiting_since: dt.datetime
    version: int


@dataclass(frozen=True, slots=True)
class ReferralCase(OpenReferral):
    """Everything that the person has agreed to hand over. `payload` is empty when it was taken back or has run out."""

    payload: Mapping[str, Any]
    person_id: str | None
    session_id: str | None
    chat_id: str | None
    code_hint: str
    created_at: dt.datetime
    mode: str
    consent_id: str | None
    reason: str | None
    moved_at: dt.datetime
    moved_by: str


@dataclass(frozen=True, slots=True)
class ReferralState:
    """What became of it, for the person."""

    id: str
    status: str
    dienst: str
    stelle: str
    reason: str | None
    moved_at: dt.datetime


@dataclass(frozen=True, slots=True)
class MoveRow:
    """Who did what, when. `by` is a staff id, 'person' or 'retention'."""

    move: str
    status: str
    by: str
    at: dt.datetime
    reason: str | None
