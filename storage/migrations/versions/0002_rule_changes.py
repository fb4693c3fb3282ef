"""Rule changes: tried, proposed by one coordinator, confirmed by another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "rule_change",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kreis", sa.String(), nullable=False),
        sa.Column("traeger", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rule_change"),
        sa.CheckConstraint("confirmed_by <> proposed_by", name="ck_rule_change_two_people"),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_by IS NOT NULL)", name="ck_rule_change_confirmed_by"),
    )
    op.create_index("ix_rule_change_kreis_state", "rule_change", ["kreis", "state"])
    tried = sa.text("state <> 'draft'")
    op.create_index(
        "uq_rule_change_kreis_version",
        "rule_change",
        ["kreis", "version"],
        unique=True,
        sqlite_where=tried,
        postgresql_where=tried,
    )


def downgrade() -> None:
    op.drop_table("rule_change")
