"""Bank ID: keys, attempts, persons, proofs; gates, customers, permissions, confidential files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_key",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("use", sa.String(length=10), nullable=False),
        sa.Column("algorithm", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("active_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_key")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("match", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_person_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("site", "match", name=op.f("uq_person_site")),
    )
    op.create_index(op.f("ix_person_key"), "person", ["key"], unique=False)
    op.create_table(
        "identity_attempt",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("verification", sa.String(length=26), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("visitor", sa.String(length=26), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("handle", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=True),
        sa.Column("cookie", sa.String(length=64), nullable=True),
        sa.Column("return_url", sa.Text(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("order", sa.LargeBinary(), nullable=True),
        sa.Column("hint", sa.String(length=40), nullable=True),
        sa.Column("collect_due_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_identity_attempt_conversation")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_identity_attempt_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_attempt")),
        sa.UniqueConstraint("handle", name=op.f("uq_identity_attempt_handle")),
        sa.UniqueConstraint("state", name=op.f("uq_identity_attempt_state")),
    )
    op.create_index(
        op.f("ix_identity_attempt_collect_due_at"),
        "identity_attempt",
        ["collect_due_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_identity_attempt_conversation"), "identity_attempt", ["conversation"], unique=False
    )
    op.create_index(
        op.f("ix_identity_attempt_expires_at"), "identity_attempt", ["expires_at"], unique=False
    )
    op.create_table(
        "proof",
        sa.Column("verification", sa.String(length=26), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_proof_conversation")
        ),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_proof_person")),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_proof_site")),
        sa.PrimaryKeyConstraint("verification", name=op.f("pk_proof")),
    )
    op.create_index(op.f("ix_proof_conversation"), "proof", ["conversation"], unique=False)
    op.create_index(op.f("ix_proof_person"), "proof", ["person"], unique=False)
    op.add_column("agent", sa.Column("permissions", sa.Text(), server_default="[]", nullable=False))
    op.add_column("conversation", sa.Column("identity_due_at", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_conversation_identity_due_at"), "conversation", ["identity_due_at"], unique=False
    )
    op.add_column(
        "file", sa.Column("confidential", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("site", sa.Column("gates", sa.Text(), nullable=True))
    op.add_column("site", sa.Column("identify", sa.LargeBinary(), nullable=True))
    op.add_column("visitor", sa.Column("customer", sa.String(length=120), nullable=True))
    op.create_index("ix_visitor_customer", "visitor", ["site", "customer"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_visitor_customer", table_name="visitor")
    op.drop_column("visitor", "customer")
    op.drop_column("site", "identify")
    op.drop_column("site", "gates")
    op.drop_column("file", "confidential")
    op.drop_index(op.f("ix_conversation_identity_due_at"), table_name="conversation")
    op.drop_column("conversation", "identity_due_at")
    op.drop_column("agent", "permissions")
    op.drop_index(op.f("ix_proof_person"), table_name="proof")
    op.drop_index(op.f("ix_proof_conversation"), table_name="proof")
    op.drop_table("proof")
    op.drop_index(op.f("ix_identity_attempt_expires_at"), table_name="identity_attempt")
    op.drop_index(op.f("ix_identity_attempt_conversation"), table_name="identity_attempt")
    op.drop_index(op.f("ix_identity_attempt_collect_due_at"), table_name="identity_attempt")
    op.drop_table("identity_attempt")
    op.drop_index(op.f("ix_person_key"), table_name="person")
    op.drop_table("person")
    op.drop_table("provider_key")
