"""The queue: departments, skills, capacities, tasks, clocks; hours and routing of a site."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("task", sa.String(length=26), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("after", sa.String(length=12), nullable=False),
        sa.Column("agent", sa.String(length=26), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_event")),
    )
    with op.batch_alter_table("task_event", schema=None) as batch_op:
        batch_op.create_index("ix_task_event_site", ["site", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_event_task"), ["task"], unique=False)

    op.create_table(
        "department",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("usual", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("assignment", sa.String(length=10), server_default="auto", nullable=False),
        sa.Column("offer_seconds", sa.Integer(), server_default="15", nullable=False),
        sa.Column("wrapup_seconds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("overflow_seconds", sa.Integer(), nullable=True),
        sa.Column("overflow_to", sa.String(length=26), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("targets", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_department_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("site", "name", name=op.f("uq_department_site")),
    )
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_department_site"), ["site"], unique=False)

    op.create_table(
        "skill",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_skill_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill")),
        sa.UniqueConstraint("site", "name", name=op.f("uq_skill_site")),
    )
    op.create_table(
        "agent_capacity",
        sa.Column("agent", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), server_default="", nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.Integer(), server_default="4", nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_calls", sa.Integer(), server_default="1", nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("idle_since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agent.id"], name=op.f("fk_agent_capacity_agent")),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_agent_capacity")),
    )
    with op.batch_alter_table("agent_capacity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agent_capacity_site"), ["site"], unique=False)

    op.create_table(
        "agent_department",
        sa.Column("agent", sa.String(length=26), nullable=False),
        sa.Column("department", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agent.id"], name=op.f("fk_agent_department_agent")),
        sa.ForeignKeyConstraint(
            ["department"], ["department.id"], name=op.f("fk_agent_department_department")
        ),
        sa.PrimaryKeyConstraint("agent", "department", name=op.f("pk_agent_department")),
    )
    with op.batch_alter_table("agent_department", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_agent_department_department"), ["department"], unique=False
        )

    op.create_table(
        "agent_skill",
        sa.Column("agent", sa.String(length=26), nullable=False),
        sa.Column("skill", sa.String(length=26), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agent.id"], name=op.f("fk_agent_skill_agent")),
        sa.ForeignKeyConstraint(["skill"], ["skill.id"], name=op.f("fk_agent_skill_skill")),
        sa.PrimaryKeyConstraint("agent", "skill", name=op.f("pk_agent_skill")),
    )
    with op.batch_alter_table("agent_skill", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agent_skill_skill"), ["skill"], unique=False)

    op.create_table(
        "service_clock",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("department", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_service_clock_conversation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_clock")),
    )
    with op.batch_alter_table("service_clock", schema=None) as batch_op:
        batch_op.create_index(
            "ix_service_clock_running",
            ["conversation"],
            unique=False,
            sqlite_where=sa.text("stopped_at IS NULL"),
            postgresql_where=sa.text("stopped_at IS NULL"),
        )
        batch_op.create_index("ix_service_clock_site", ["site", "started_at"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("visitor", sa.String(length=26), nullable=False),
        sa.Column("department", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("front", sa.Boolean(), nullable=False),
        sa.Column("enqueued_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("agent", sa.String(length=26), nullable=True),
        sa.Column("only", sa.String(length=26), nullable=True),
        sa.Column("former", sa.String(length=26), nullable=True),
        sa.Column("missed", sa.Text(), nullable=False),
        sa.Column("visited", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("visitor_due_at", sa.BigInteger(), nullable=True),
        sa.Column("overflow_due_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("connected_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_task_conversation")
        ),
        sa.ForeignKeyConstraint(["department"], ["department.id"], name=op.f("fk_task_department")),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_task_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_task_agent",
            ["agent"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "ix_task_deadline_at",
            ["deadline_at"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index("ix_task_ended", ["department", "ended_at"], unique=False)
        batch_op.create_index(
            "ix_task_former",
            ["former"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "ix_task_overflow_due_at",
            ["overflow_due_at"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "ix_task_visitor",
            ["visitor"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "ix_task_visitor_due_at",
            ["visitor_due_at"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "ix_task_waiting",
            ["department", sa.literal_column("front DESC"), "enqueued_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "uq_task_live",
            ["conversation", "kind"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("langs", sa.Text(), server_default='["fi","sv","en"]', nullable=False)
        )
        batch_op.drop_column("available")

    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hours", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("routing", sa.Text(), nullable=True))
