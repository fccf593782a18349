"""Which way the calls of a site may go: through our server, as those that are there now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    policy = sa.Column("media_policy", sa.String(10), server_default="server", nullable=False)
    op.add_column("site", policy)


def downgrade() -> None:
    op.drop_column("site", "media_policy")
