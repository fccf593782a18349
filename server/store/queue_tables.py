"""The tables of the queue: departments, skills, capacities, tasks, clocks.

Times are UTC milliseconds of the database's clock (`store/clock.py`), unlike those of events,
which are of the node's.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from server.store.identity_tables import metadata
from server.store.tables import ID, NUMBER

__all__ = ["metadata"]

#: Who answers together. `hours` null: the site's. `overflow_to` null: the task becomes a message.
#: `targets`: domain.sla.Targets as JSON. `assignment`: auto (the router offers), manual (by hand).
department = Table(
    "department",
    metadata,
    Column("id", ID, primary_key=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("usual", Boolean, nullable=False, server_default=false()),  # where all else goes
    Column("assignment", String(10), nullable=False, server_default="auto"),
    Column("offer_seconds", Integer, nullable=False, server_default="15"),
    Column("wrapup_seconds", Integer, nullable=False, server_default="0"),
    Column("overflow_seconds", Integer),  # of waiting; none: never
    Column("overflow_to", ID),
    Column("hours", Text),
    Column("targets", Text),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("site", "name"),
)

agent_department = Table(
    "agent_department",
    metadata,
    Column("agent", ID, ForeignKey("agent.id"), primary_key=True),
    Column("department", ID, ForeignKey("department.id"), primary_key=True, index=True),
)

skill = Table(
    "skill",
    metadata,
    Column("id", ID, primary_key=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("name", String(40), nullable=False),
    UniqueConstraint("site", "name"),
)

agent_skill = Table(
    "agent_skill",
    metadata,
    Column("agent", ID, ForeignKey("agent.id"), primary_key=True),
    Column("skill", ID, ForeignKey("skill.id"), primary_key=True, index=True),
    Column("level", Integer, nullable=False),  # 1 to 5
)

#: How much an agent takes on, and has taken. Locked before any task. `used`: units of all tasks
#: that are offered to or served by them; `calls`: how many of those are calls.
agent_capacity = Table(
    "agent_capacity",
    metadata,
    Column("agent", ID, ForeignKey("agent.id"), primary_key=True),
    Column("site", ID, nullable=False, index=True),
    Column("state", String(20), nullable=False),  # signaling.queue.AgentState
    Column("reason", String(20), nullable=False, server_default=""),
    Column("since", BigInteger, nullable=False),
    Column("capacity", Integer, nullable=False, server_default="4"),
    Column("used", Integer, nullable=False, server_default="0"),
    Column("max_calls", Integer, nullable=False, server_default="1"),
    Column("calls", Integer, nullable=False, server_default="0"),
    Column("idle_since", BigInteger, nullable=False),  # a task was last taken or finished
)

#: Work that waits, is offered or is done: domain.routing.Task. Times are the database's clock.
#: One live service task for each conversation, and one live transfer beside it.
task = Table(
    "task",
    metadata,
    Column("id", ID, primary_key=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("conversation", ID, ForeignKey("conversation.id"), nullable=False),
    Column("visitor", ID, nullable=False),
    Column("department", ID, ForeignKey("department.id"), nullable=False),
    Column("kind", String(10), nullable=False),  # service, transfer
    Column("state", String(12), nullable=False),
    Column("mode", String(10), nullable=False),
    Column("weight", Integer, nullable=False),
    Column("lang", String(8), nullable=False),
    Column("needs", Text, nullable=False),  # JSON list of signaling.queue.Need
    Column("fence", BigInteger, nullable=False),
    Column("front", Boolean, nullable=False),  # before those that came earlier
    Column("enqueued_at", BigInteger, nullable=False),
    Column("not_before", BigInteger),  # a callback's time
    Column("agent", ID),
    Column("only", ID),  # nobody else may have it
    Column("former", ID),  # had it when their connection was lost; theirs if they come back first
    Column("missed", Text, nullable=False),  # JSON list of agents who missed or rejected it
    Column("visited", Text, nullable=False, server_default="[]"),  # JSON list: overflowed from
    Column("why", Text),  # signaling.queue.Reason as JSON
    Column("deadline_at", BigInteger),  # of the state it is in
    Column("visitor_due_at", BigInteger),  # abandoned then, unless the visitor is seen
    Column("overflow_due_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("offered_at", BigInteger),
    Column("accepted_at", BigInteger),
    Column("connected_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("outcome", String(12)),
)
_waits = task.c.state == "waiting"
Index(
    "ix_task_waiting",
    task.c.department,
    task.c.front.desc(),
    task.c.enqueued_at,
    sqlite_where=_waits,
    postgresql_where=_waits,
)
_live = task.c.ended_at.is_(None)
Index(
    "uq_task_live",
    task.c.conversation,
    task.c.kind,
    unique=True,
    sqlite_where=_live,
    postgresql_where=_live,
)
for _name in ("agent", "former", "deadline_at", "visitor_due_at", "overflow_due_at"):
    Index(f"ix_task_{_name}", task.c[_name], sqlite_where=_live, postgresql_where=_live)
Index("ix_task_visitor", task.c.visitor, task.c.ended_at)  # also who served them before
Index("ix_task_ended", task.c.department, task.c.ended_at)

#: What happened to each task, for reports and for whoever asks why. Append-only.
task_event = Table(
    "task_event",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("site", ID, nullable=False),
    Column("task", ID, nullable=False, index=True),
    Column("fence", BigInteger, nullable=False),
    Column("before", String(12), nullable=False),  # "" when it was made
    Column("after", String(12), nullable=False),
    Column("agent", ID),
    Column("reason", String(20), nullable=False),
    Index("ix_task_event_site", "site", "at"),
)

#: The visitor's waits for a human answer and for somebody at all, against their targets.
service_clock = Table(
    "service_clock",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("site", ID, nullable=False),
    Column("conversation", ID, ForeignKey("conversation.id"), nullable=False),
    Column("department", ID, nullable=False),
    Column("kind", String(10), nullable=False),  # first, next, wait
    Column("started_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("stopped_at", BigInteger),
    Column("outcome", String(10)),  # achieved, breached, cancelled
    Index("ix_service_clock_site", "site", "started_at"),
)
_running = service_clock.c.stopped_at.is_(None)
Index(
    "ix_service_clock_running",
    service_clock.c.conversation,
    sqlite_where=_running,
    postgresql_where=_running,
)

#: Who of the staff looks in on a conversation; without a lease they do no longer.
observer = Table(
    "observer",
    metadata,
    Column("conversation", ID, ForeignKey("conversation.id"), primary_key=True),
    Column("agent", ID, ForeignKey("agent.id"), primary_key=True),
)
