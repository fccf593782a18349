"""The queue: departments, skills, capacities, tasks, clocks; hours and routing of a site.

Sites that are there get their usual department with everybody in it, and conversations that
are live the tasks that they would have.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy as sa
from alembic import op
from ulid import ULID

from server.store.clock import database_now

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_USUAL: Final = {"fi": "Asiakaspalvelu", "sv": "Kundtjänst", "en": "Customer service"}
_AWAITED: Final = 180_000  # ms that visitors who wait have to be seen again
_CONVERSATION: Final = sa.table(
    "conversation",
    *(sa.column(name) for name in ("id", "site", "visitor", "state", "assignee", "opened_at")),
    sa.column("body", sa.LargeBinary),
)


def upgrade() -> None:
    department, membership, capacity = _departments()
    task, history = _tasks()
    _clocks()
    _observers()
    op.add_column("site", sa.Column("hours", sa.Text(), nullable=True))
    op.add_column("site", sa.Column("routing", sa.Text(), nullable=True))
    langs = sa.Column("langs", sa.Text(), server_default='["fi","sv","en"]', nullable=False)
    op.add_column("agent", langs)
    bind = op.get_bind()
    now: int = bind.execute(sa.select(database_now())).scalar_one()
    usual = _fill_departments(bind, now, department, membership, capacity)
    _fill_tasks(bind, now, usual, task, history, capacity)
    # SQLite's own: made anew and filled, the table would lose what refers to it.
    op.drop_column("agent", "available")


def downgrade() -> None:
    """Leave what is live as it is; nobody stands in a queue any more."""
    bind = op.get_bind()
    op.add_column(
        "agent", sa.Column("available", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    there = "SELECT agent FROM agent_capacity WHERE state = 'available'"
    bind.execute(sa.text(f"UPDATE agent SET available = (id IN ({there}))"))  # noqa: S608
    _empty_states(bind)
    op.drop_column("agent", "langs")
    op.drop_column("site", "routing")
    op.drop_column("site", "hours")
    for table in (
        "observer",
        "service_clock",
        "task_event",
        "task",
        "agent_capacity",
        "agent_skill",
        "skill",
        "agent_department",
        "department",
    ):
        op.drop_table(table)


def _departments() -> tuple[sa.Table, sa.Table, sa.Table]:
    department = op.create_table(
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
    op.create_index(op.f("ix_department_site"), "department", ["site"])
    membership = op.create_table(
        "agent_department",
        sa.Column("agent", sa.String(length=26), nullable=False),
        sa.Column("department", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agent.id"], name=op.f("fk_agent_department_agent")),
        sa.ForeignKeyConstraint(
            ["department"], ["department.id"], name=op.f("fk_agent_department_department")
        ),
        sa.PrimaryKeyConstraint("agent", "department", name=op.f("pk_agent_department")),
    )
    op.create_index(op.f("ix_agent_department_department"), "agent_department", ["department"])
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
        "agent_skill",
        sa.Column("agent", sa.String(length=26), nullable=False),
        sa.Column("skill", sa.String(length=26), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agent.id"], name=op.f("fk_agent_skill_agent")),
        sa.ForeignKeyConstraint(["skill"], ["skill.id"], name=op.f("fk_agent_skill_skill")),
        sa.PrimaryKeyConstraint("agent", "skill", name=op.f("pk_agent_skill")),
    )
    op.create_index(op.f("ix_agent_skill_skill"), "agent_skill", ["skill"])
    capacity = op.create_table(
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
    op.create_index(op.f("ix_agent_capacity_site"), "agent_capacity", ["site"])
    return department, membership, capacity


def _tasks() -> tuple[sa.Table, sa.Table]:
    task = op.create_table(
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
    waits = sa.text("state = 'waiting'")
    op.create_index(
        op.f("ix_task_waiting"),
        "task",
        ["department", sa.text("front DESC"), "enqueued_at"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    live = sa.text("ended_at IS NULL")
    op.create_index(
        op.f("uq_task_live"),
        "task",
        ["conversation", "kind"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    for name in ("agent", "former", "deadline_at", "visitor_due_at", "overflow_due_at"):
        op.create_index(f"ix_task_{name}", "task", [name], sqlite_where=live, postgresql_where=live)
    op.create_index(op.f("ix_task_visitor"), "task", ["visitor", "ended_at"])
    op.create_index(op.f("ix_task_ended"), "task", ["department", "ended_at"])
    history = op.create_table(
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
    op.create_index(op.f("ix_task_event_site"), "task_event", ["site", "at"])
    op.create_index(op.f("ix_task_event_task"), "task_event", ["task"])
    return task, history


def _clocks() -> None:
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
    op.create_index(op.f("ix_service_clock_site"), "service_clock", ["site", "started_at"])
    running = sa.text("stopped_at IS NULL")
    op.create_index(
        op.f("ix_service_clock_running"),
        "service_clock",
        ["conversation"],
        sqlite_where=running,
        postgresql_where=running,
    )


def _observers() -> None:
    op.create_table(
        "observer",
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("agent", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agent.id"], name=op.f("fk_observer_agent")),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_observer_conversation")
        ),
        sa.PrimaryKeyConstraint("conversation", "agent", name=op.f("pk_observer")),
    )


def _fill_departments(
    bind: sa.Connection,
    now: int,
    department: sa.Table,
    membership: sa.Table,
    capacity: sa.Table,
) -> dict[str, dict[str, str]]:
    """Give each site its usual department; return them by site, as states name them."""
    usual: dict[str, dict[str, str]] = {}
    for site in bind.execute(sa.text("SELECT id, langs FROM site")).all():
        first = next(iter(msgspec.json.decode(site.langs)), "en")
        made = {"id": str(ULID()), "name": _USUAL.get(first, _USUAL["en"])}
        usual[site.id] = made
        bind.execute(department.insert().values(**made, site=site.id, usual=True, created_at=now))
    for agent in bind.execute(sa.text("SELECT id, site, available FROM agent")).all():
        where = usual[agent.site]["id"]
        bind.execute(membership.insert().values(agent=agent.id, department=where))
        bind.execute(
            capacity.insert().values(
                agent=agent.id,
                site=agent.site,
                state="available" if agent.available else "away",
                reason="" if agent.available else "other",
                since=now,
                idle_since=now,
            )
        )
    return usual


def _fill_tasks(
    bind: sa.Connection,
    now: int,
    usual: dict[str, dict[str, str]],
    task: sa.Table,
    history: sa.Table,
    capacity: sa.Table,
) -> None:
    """Make the task of each live conversation; what was left offline is a message, not a task."""
    conversation = _CONVERSATION
    live = sa.select(conversation).where(conversation.c.state.in_(["waiting", "active"]))
    for row in bind.execute(live).all():
        record: dict[str, Any] = msgspec.json.decode(row.body)
        state: dict[str, Any] = record["state"]
        waits = row.state == "waiting"
        if waits and state.get("offline"):
            continue
        since = state.get("waiting_since") if waits else None
        since = row.opened_at if since is None else since
        made = str(ULID())
        bind.execute(
            task.insert().values(
                id=made,
                site=row.site,
                conversation=row.id,
                visitor=row.visitor,
                department=usual[row.site]["id"],
                kind="service",
                state="waiting" if waits else "connected",
                mode="chat",
                weight=1,
                lang=state["lang"],
                needs="[]",
                fence=0,
                front=False,
                enqueued_at=since,
                agent=None if waits else row.assignee,
                missed="[]",
                visitor_due_at=now + _AWAITED if waits else None,
                created_at=since,
                accepted_at=None if waits else now,
                connected_at=None if waits else now,
            )
        )
        bind.execute(
            history.insert().values(
                at=now,
                site=row.site,
                task=made,
                fence=0,
                before="",
                after="waiting" if waits else "connected",
                agent=None if waits else row.assignee,
                reason="migrated",
            )
        )
        if waits:
            state["queue"] = {"task": made, "department": usual[row.site], "since": since}
        else:
            charged = capacity.update().where(capacity.c.agent == row.assignee)
            bind.execute(charged.values(used=capacity.c.used + 1))
        state["department"] = usual[row.site]
        kept = conversation.update().where(conversation.c.id == row.id)
        bind.execute(kept.values(body=msgspec.json.encode(record)))


def _empty_states(bind: sa.Connection) -> None:
    """Take out of conversations' states what `_fill_tasks` and the queue put in."""
    for key, body in bind.execute(sa.select(_CONVERSATION.c.id, _CONVERSATION.c.body)).all():
        record: dict[str, Any] = msgspec.json.decode(body)
        state: dict[str, Any] = record["state"]
        if {"queue", "department"} & state.keys():
            record["state"] = {k: v for k, v in state.items() if k not in ("queue", "department")}
            kept = _CONVERSATION.update().where(_CONVERSATION.c.id == key)
            bind.execute(kept.values(body=msgspec.json.encode(record)))
