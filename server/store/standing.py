"""What gateways ask again and again: agents' desks, visitors' places, who is there to serve.

Everybody is asked about at once, so that a look costs the same few statements for two hundred
people as for one. Times are the database's clock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.record import Record
from server.domain.routing import Agent, Task
from server.store.clock import database_now
from server.store.conversations import decode_record
from server.store.leases import is_online
from server.store.queue_tables import (
    agent_capacity,
    agent_department,
    agent_skill,
    department,
    skill,
    task,
)
from server.store.tables import agent, conversation
from server.store.tasks import LIVE, read, reads
from signaling.queue import AgentState

__all__ = ["Held", "Load", "Place", "Served", "crew", "held", "keep", "loads", "places", "served"]

_RECENT: Final = 3_600_000  # ms of which waits and handling are looked at
_SAMPLE: Final = 200  # tasks of a department at most
_langs: msgspec.json.Decoder[frozenset[str]] = msgspec.json.Decoder(frozenset[str])
_now = database_now()


def _some(name: str) -> Any:
    return bindparam(name, expanding=True)


# --- agents -----------------------------------------------------------------------------------


class Load(NamedTuple):
    """How an agent is set, and how full. `now`: when that was read."""

    now: int
    agent: str
    state: AgentState
    reason: str
    since: int
    used: int
    capacity: int
    calls: int
    max_calls: int


_row = agent_capacity.c
_loads = select(
    _now.label("now"),
    _row.agent,
    _row.state,
    _row.reason,
    _row.since,
    _row.used,
    _row.capacity,
    _row.calls,
    _row.max_calls,
).where(_row.agent.in_(_some("agents")))


async def loads(tx: AsyncConnection, agents: Collection[str]) -> dict[str, Load]:
    """Return the state and load of each agent."""
    rows = await tx.execute(_loads, {"agents": list(agents)})
    return {row.agent: Load(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class Held:
    """A task that is offered to an agent, or wrapped up by them, and its conversation."""

    task: Task
    department: str  # its name
    record: Record


_held = (
    reads.add_columns(department.c.name.label("department_name"), conversation.c.body)
    .join(department, department.c.id == task.c.department)
    .join(conversation, conversation.c.id == task.c.conversation)
    .where(LIVE, task.c.agent.in_(_some("agents")), task.c.state.in_(("offered", "wrapup")))
    .order_by(task.c.deadline_at, task.c.id)
)


async def held(tx: AsyncConnection, agents: Collection[str]) -> list[Held]:
    """Return what is offered to agents, and what they wrap up, the most urgent first."""
    rows = await tx.execute(_held, {"agents": list(agents)})
    return [Held(read(row), row.department_name, decode_record(row.body)) for row in rows]


_ready = or_(task.c.not_before.is_(None), task.c.not_before <= _now)
_alike = (task.c.department, task.c.lang, task.c.needs, task.c.mode, task.c.weight, task.c.kind)
_waiting = (
    reads.with_only_columns(
        *(func.min(column).label(column.name) for column in task.c if column not in _alike),
        *_alike,
        func.count().label("count"),
    )
    .where(
        task.c.site.in_(_some("sites")),
        task.c.state == "waiting",
        task.c.only.is_(None),
        _ready,
    )
    .group_by(*_alike)
)


async def waiting(tx: AsyncConnection, sites: Collection[str]) -> list[tuple[Task, int]]:
    """Return a task of each kind that waits on the sites and is alike to agents, and how many."""
    rows = await tx.execute(_waiting, {"sites": list(sites)})
    return [(read(row), row.count) for row in rows]
