"""What was done with one thing is found in the audit log without reading all of it."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_object"), "audit", ["object"])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_object"), table_name="audit")
