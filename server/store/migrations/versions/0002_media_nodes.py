"""Media nodes and how loaded they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_node",
        sa.Column("node", sa.String(length=26), nullable=False),
        sa.Column("load", sa.Integer(), nullable=False),
        sa.Column("accepting", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_media_node")),
    )


def downgrade() -> None:
    op.drop_table("media_node")
