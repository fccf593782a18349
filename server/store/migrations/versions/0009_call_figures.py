"""The figures of calls: how each went for each person, as their browser and the server saw it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_figures",
        sa.Column("call", sa.String(length=26), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("leg", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversation.id"],
            name=op.f("fk_call_figures_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("call", "person", "leg", name=op.f("pk_call_figures")),
    )
    op.create_index(op.f("ix_call_figures_conversation"), "call_figures", ["conversation"])
    op.create_index(op.f("ix_call_figures_began_at"), "call_figures", ["began_at"])


def downgrade() -> None:
    op.drop_table("call_figures")
