"""What several bot processes tell one another: that one of them is alive, and how fast Telegram may be written to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeat"),
    )
    op.create_table(
        "pace",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_pace"),
    )
    op.add_column("chat", sa.Column("paced_until", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("chat", "paced_until")
    op.drop_table("pace")
    op.drop_table("heartbeat")
