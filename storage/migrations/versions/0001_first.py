"""The first tables: everything personal is ciphertext from the start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations import append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=True),
        sa.Column("traeger", sa.String(), nullable=True),
        sa.Column("object_type", sa.String(), nullable=True),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("keyed", sa.Boolean(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "chat",
        _id(),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_bi", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_locale", sa.LargeBinary(), nullable=True),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("active_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat"),
        sa.UniqueConstraint("channel", "address_bi", name="uq_chat_channel_address_bi"),
    )
    op.create_index("ix_chat_active_at", "chat", ["active_at"])
    op.create_index("ix_chat_session_id", "chat", ["session_id"])
    op.create_table(
        "consent",
        _id(),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("text_id", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("sealed_detail", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_at", "consent", ["at"])
    op.create_index("ix_consent_person_id", "consent", ["person_id"])
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("kreis", sa.String(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "day", "kreis", name="pk_counter"),
    )
    op.create_index("ix_counter_day", "counter", ["day"])
    op.create_table(
        "data_key",
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("gen", sa.SmallInteger(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "gen", name="pk_data_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_data_key_epoch", "data_key", ["epoch"])
    op.create_table(
        "erasure",
        _id(),
        sa.Column("subject_mac", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_table(
        "inbound",
        sa.Column("event_bi", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_bi", name="pk_inbound"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_inbound_at", "inbound", ["at"])
    op.create_table(
        "key_check",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_key_check"),
    )
    op.create_table(
        "login_failure",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False),
        sa.Column("login_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_login_failure"),
    )
    op.create_index("ix_login_failure_at", "login_failure", ["at"])
    op.create_index("ix_login_failure_login_hash_at", "login_failure", ["login_hash", "at"])
    op.create_table(
        "person",
        _id(),
        sa.Column("kreis", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_table(
        "referral",
        _id(),
        sa.Column("traeger", sa.String(), nullable=False),
        sa.Column("stelle", sa.String(), nullable=False),
        sa.Column("dienst", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("chat_id", sa.String(), nullable=True),
        sa.Column("consent_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("code_bi", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_brief", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_case", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("waiting_since", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
    )
    op.create_index("ix_referral_chat_id", "referral", ["chat_id"])
    op.create_index("ix_referral_code_bi", "referral", ["code_bi"])
    op.create_index("ix_referral_person_id", "referral", ["person_id"])
    op.create_index("ix_referral_status_moved_at", "referral", ["status", "moved_at"])
    op.create_index(
        "ix_referral_traeger_status_rank_waiting_since_id_stelle",
        "referral",
        ["traeger", "status", "rank", "waiting_since", "id", "stelle"],
        unique=False,
    )
    op.create_index(
        "uq_referral_session_id_stelle",
        "referral",
        ["session_id", "stelle"],
        unique=True,
        sqlite_where=sa.text("status <> 'withdrawn'"),
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )
    op.create_table(
        "slip",
        _id(),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kreis", sa.String(), nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("used_by", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slip"),
        sa.UniqueConstraint("code_hash", name="uq_slip_code_hash"),
        sa.UniqueConstraint("token_hash", name="uq_slip_token_hash"),
    )
    op.create_index("ix_slip_issued_at", "slip", ["issued_at"])
    op.create_index("ix_slip_staff_id_issued_at", "slip", ["staff_id", "issued_at"])
    op.create_table(
        "slip_series",
        sa.Column("kreis", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kreis", "day", name="pk_slip_series"),
    )
    op.create_table(
        "staff",
        _id(),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("traeger", sa.String(), nullable=True),
        sa.Column("stellen", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("login", name="uq_staff_login"),
    )
    op.create_index("ix_staff_traeger", "staff", ["traeger"])
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False),
        _id(),
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("key_bi", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed_effect", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name="fk_outbox_chat_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sa.UniqueConstraint("key_bi", name="uq_outbox_key_bi"),
    )
    op.create_index("ix_outbox_chat_id_state_seq", "outbox", ["chat_id", "state", "seq"])
    done = sa.text("done_at IS NOT NULL")
    op.create_index("ix_outbox_done", "outbox", ["state", "done_at"], sqlite_where=done, postgresql_where=done)
    due = sa.text("state = 'due'")
    op.create_index("ix_outbox_due", "outbox", ["seq", "not_before"], sqlite_where=due, postgresql_where=due)
    owned = sa.text("person_id IS NOT NULL")
    op.create_index("ix_outbox_person_id", "outbox", ["person_id"], sqlite_where=owned, postgresql_where=owned)
    op.create_table(
        "referral_move",
        _id(),
        sa.Column("referral_id", sa.String(), nullable=False),
        sa.Column("traeger", sa.String(), nullable=False),
        sa.Column("move", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_referral_move_referral_id"),
        sa.PrimaryKeyConstraint("id", name="pk_referral_move"),
    )
    op.create_index("ix_referral_move_referral_id_id", "referral_move", ["referral_id", "id"])
    op.create_table(
        "session",
        _id(),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("slip_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code_bi", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_state", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name="fk_session_chat_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_session_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("code_bi", name="uq_session_code_bi"),
    )
    op.create_index("ix_session_chat_id", "session", ["chat_id"])
    op.create_index("ix_session_person_id", "session", ["person_id"])
    op.create_index("ix_session_updated_at", "session", ["updated_at"])
    op.create_table(
        "staff_session",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("absolute_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_session_staff_id"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_staff_session"),
    )
    op.create_index("ix_staff_session_absolute_until", "staff_session", ["absolute_until"])
    op.create_index("ix_staff_session_staff_id", "staff_session", ["staff_id"])
    append_only.impose()


def downgrade() -> None:
    append_only.lift()
    tables = """
        staff_session session referral_move outbox staff slip_series slip referral
        person login_failure key_check inbound erasure data_key counter consent
        chat audit
    """
    for table in tables.split():
        op.drop_table(table)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(), nullable=False)
