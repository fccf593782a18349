"""The sweep looks through the links that are open, which are few, not all there ever were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = sa.text("outcome = 'open'")


def upgrade() -> None:
    op.drop_index(op.f("ix_invite_expires_at"), table_name="invite")
    op.create_index(
        "ix_invite_open",
        "invite",
        ["expires_at"],
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_invite_open", table_name="invite")
    op.create_index(op.f("ix_invite_expires_at"), "invite", ["expires_at"], unique=False)
