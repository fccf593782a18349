"""Co-browsing: its rows, the rules of sites, and longer names of events and audited things."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("cobrowse", sa.Text(), nullable=True))
    op.add_column("conversation", sa.Column("cobrowse_due_at", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_conversation_cobrowse_due_at"), "conversation", ["cobrowse_due_at"], unique=False
    )
    _widen("event", "kind", 24, 40)
    _widen("audit", "object", 60, 300)
    op.create_table(
        "cobrowse",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("consent", sa.String(length=40), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("masking", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=True),
        sa.Column("resume", sa.String(length=64), nullable=True),
        sa.Column("resume_before", sa.String(length=64), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("sharer_due_at", sa.BigInteger(), nullable=True),
        sa.Column("controller_due_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_cobrowse_conversation")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_cobrowse_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cobrowse")),
    )
    op.create_index(op.f("ix_cobrowse_conversation"), "cobrowse", ["conversation"], unique=False)
    for column in ("sharer_due_at", "controller_due_at"):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_cobrowse_{column}",
            "cobrowse",
            [column],
            unique=False,
            sqlite_where=there,
            postgresql_where=there,
        )
    op.create_table(
        "cobrowse_page",
        sa.Column("cobrowse", sa.String(length=26), nullable=False),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["cobrowse"], ["cobrowse.id"], name=op.f("fk_cobrowse_page_cobrowse")
        ),
        sa.PrimaryKeyConstraint("cobrowse", "path", name=op.f("pk_cobrowse_page")),
    )


def downgrade() -> None:
    op.drop_table("cobrowse_page")
    for column in ("controller_due_at", "sharer_due_at"):
        op.drop_index(f"ix_cobrowse_{column}", table_name="cobrowse")
    op.drop_index(op.f("ix_cobrowse_conversation"), table_name="cobrowse")
    op.drop_table("cobrowse")
    _widen("audit", "object", 300, 60)
    _widen("event", "kind", 40, 24)
    op.drop_index(op.f("ix_conversation_cobrowse_due_at"), table_name="conversation")
    op.drop_column("conversation", "cobrowse_due_at")
    op.drop_column("site", "cobrowse")


def _widen(table: str, column: str, before: int, after: int) -> None:
    """Change the length of a text; SQLite makes the table anew for that."""
    with op.batch_alter_table(table) as batch:
        batch.alter_column(
            column,
            existing_type=sa.String(length=before),
            type_=sa.String(length=after),
            existing_nullable=False,
        )
