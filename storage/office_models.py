"""The tables of the office: the desk reads and writes these without any key.

No row of them says anything about a person who came for advice.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    text,
)

from storage.columns import blob, counted, id_, metadata, time, word

slip = Table(
    "slip",
    metadata,
    id_(key=True),
    word("number"),
    blob("token_hash"),
    blob("code_hash"),
    word("kreis"),
    word("entry"),
    word("locale", empty=True),
    word("staff_id"),
    word("state"),
    blob("used_by", empty=True),
    time("issued_at"),
    UniqueConstraint("token_hash"),
    UniqueConstraint("code_hash"),
    Index(None, "staff_id", "issued_at"),
    Index(None, "issued_at"),
)

slip_series = Table(
    "slip_series",
    metadata,
    word("kreis", key=True),
    word("day", key=True),
    Column("last", Integer, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    id_(key=True),
    word("login"),
    word("name"),
    word("role"),
    word("traeger", empty=True),
    word("stellen"),
    word("password_hash"),
    Column("disabled", Boolean, nullable=False),
    time("created_at"),
    UniqueConstraint("login"),
    Index(None, "traeger"),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    id_("staff_id", of="staff"),
    word("csrf"),
    time("created_at"),
    time("last_seen"),
    time("absolute_until"),
    Index(None, "staff_id"),
    Index(None, "absolute_until"),
)

login_failure = Table(
    "login_failure",
    metadata,
    Column("seq", counted, Identity(), primary_key=True),
    blob("login_hash"),
    time("at"),
    Index(None, "login_hash", "at"),
    Index(None, "at"),
)

counter = Table(
    "counter",
    metadata,
    word("name", key=True),
    word("day", key=True),
    word("kreis", key=True),
    Column("n", BigInteger, nullable=False),
    Index(None, "day"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", counted, Identity(), primary_key=True),
    time("at"),
    word("action"),
    id_("staff_id", empty=True),
    word("traeger", empty=True),
    word("object_type", empty=True),
    word("object_id", empty=True),
    Column("keyed", Boolean, nullable=False),
    blob("mac"),
    Index(None, "at"),
)

# A changed rule book on its way: tried, proposed by one, confirmed by another. The desk has nothing to do with it.
# That the two are different people is said here once more, so that no program can forget it.
rule_change = Table(
    "rule_change",
    metadata,
    id_(key=True),
    word("kreis"),
    word("traeger"),
    word("version"),
    word("valid_from"),
    word("rules"),
    word("sha256"),
    word("words"),
    word("note"),
    word("state"),
    id_("proposed_by"),
    time("proposed_at"),
    id_("confirmed_by", empty=True),
    time("confirmed_at", empty=True),
    Index(None, "kreis", "state"),
    Index(
        "uq_rule_change_kreis_version",
        "kreis",
        "version",
        unique=True,
        sqlite_where=text("state <> 'draft'"),
        postgresql_where=text("state <> 'draft'"),
    ),
    CheckConstraint("confirmed_by <> proposed_by", name="ck_rule_change_two_people"),
    CheckConstraint("(state = 'confirmed') = (confirmed_by IS NOT NULL)", name="ck_rule_change_confirmed_by"),
)

# What the desk may touch. Everything else is refused to a connection without keys (`desk_walls.py`).
WITHOUT_KEYS: Final = frozenset(
    {"slip", "slip_series", "staff", "staff_session", "login_failure", "counter", "audit", "alembic_version"}
)
