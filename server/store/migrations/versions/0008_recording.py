"""Recordings of calls: what was agreed to, taken and composed; how a site records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("recording", sa.Text(), nullable=True))
    op.create_table(
        "recording",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("call", sa.String(length=26), nullable=False),
        sa.Column("asked_by", sa.String(length=26), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("erase_at", sa.BigInteger(), nullable=True),
        sa.Column("composed", sa.String(length=20), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("duration", sa.BigInteger(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_recording_conversation")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_recording_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
    )
    op.create_index(op.f("ix_recording_conversation"), "recording", ["conversation"], unique=False)
    op.create_index(op.f("ix_recording_erase_at"), "recording", ["erase_at"], unique=False)
    op.create_index(op.f("ix_recording_composed"), "recording", ["composed"], unique=False)
    op.create_table(
        "recording_consent",
        sa.Column("recording", sa.String(length=26), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("consent", sa.String(length=40), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording"], ["recording.id"], name=op.f("fk_recording_consent_recording")
        ),
        sa.PrimaryKeyConstraint("recording", "person", name=op.f("pk_recording_consent")),
    )
    op.create_table(
        "recording_pause",
        sa.Column("recording", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording"], ["recording.id"], name=op.f("fk_recording_pause_recording")
        ),
        sa.PrimaryKeyConstraint("recording", "seq", name=op.f("pk_recording_pause")),
    )
    op.create_table(
        "recording_take",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("recording", sa.String(length=26), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording"], ["recording.id"], name=op.f("fk_recording_take_recording")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_take")),
    )
    op.create_index(op.f("ix_recording_take_recording"), "recording_take", ["recording"])
    op.create_table(
        "recording_track",
        sa.Column("take", sa.String(length=26), nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("participant", sa.String(length=26), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("codec", sa.String(length=10), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["take"], ["recording_take.id"], name=op.f("fk_recording_track_take")
        ),
        sa.PrimaryKeyConstraint("take", "file", name=op.f("pk_recording_track")),
    )


def downgrade() -> None:
    for table in (
        "recording_track",
        "recording_take",
        "recording_pause",
        "recording_consent",
        "recording",
    ):
        op.drop_table(table)
    op.drop_column("site", "recording")
