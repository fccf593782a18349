"""What gateways ask again and again: agents' desks, visitors' places, who is there to serve.

Everybody is asked about at once, so that a look costs the same few statements for two hundred
people as for one. Times are the database's clock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import BigInteger, and_, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.record import Record
from server.domain.routing import Agent, State, Task
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
from signaling.queue import AgentState, Need

__all__ = [
    "Held",
    "Load",
    "Place",
    "Served",
    "crew",
    "held",
    "keep",
    "loads",
    "places",
    "served",
    "waiting",
]

_RECENT: Final = 3_600_000  # ms of which waits and handling are looked at
_SAMPLE: Final = 100  # tasks of a department, on average
_langs: msgspec.json.Decoder[frozenset[str]] = msgspec.json.Decoder(frozenset[str])
_needs: msgspec.json.Decoder[tuple[Need, ...]] = msgspec.json.Decoder(tuple[Need, ...])
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
_waits = and_(task.c.state == "waiting", task.c.only.is_(None), _ready)
_alike = (
    task.c.department,
    task.c.lang,
    task.c.needs,
    task.c.mode,
    task.c.weight,
    task.c.kind,
    task.c.former,
)
_waiting = (
    select(*_alike, func.count().label("tasks"))
    .where(task.c.site.in_(_some("sites")), _waits)
    .group_by(*_alike)
)


async def waiting(tx: AsyncConnection, sites: Collection[str]) -> list[tuple[Task, int]]:
    """Return what waits on the sites: of tasks that are alike to agents one, and how many."""
    return [
        (
            Task(
                id="",
                conversation="",
                visitor="",
                department=row.department,
                kind=row.kind,
                state=State.WAITING,
                mode=row.mode,
                weight=row.weight,
                lang=row.lang,
                needs=_needs.decode(row.needs),
                fence=0,
                enqueued_at=0,
                former=row.former,
            ),
            row.tasks,
        )
        for row in await tx.execute(_waiting, {"sites": list(sites)})
    ]


# --- visitors ---------------------------------------------------------------------------------


class Place(NamedTuple):
    """A task that waits or is being offered, and its place in its department."""

    now: int
    task: Task
    place: int


_queued = and_(LIVE, task.c.state.in_(("waiting", "offered")))
_mine = reads.add_columns(_now.label("now")).where(
    _queued, task.c.kind == "service", task.c.visitor.in_(_some("visitors"))
)
_order = (
    func.row_number()
    .over(
        partition_by=task.c.department,
        order_by=(task.c.front.desc(), task.c.enqueued_at, task.c.id),
    )
    .label("place")
)
_numbered = (
    select(task.c.id, _order)
    .where(_queued, task.c.department.in_(_some("departments")), task.c.only.is_(None), _ready)
    .subquery()
)
_places = select(_numbered.c.id, _numbered.c.place).where(_numbered.c.id.in_(_some("tasks")))


async def places(tx: AsyncConnection, visitors: Collection[str]) -> dict[str, Place]:
    """Return, by visitor, where those stand who wait.

    Who wants to be called back later is not before anybody until then, and will be the first.
    """
    rows = await tx.execute(_mine, {"visitors": list(visitors)})
    mine = {row.visitor: (row.now, read(row)) for row in rows}
    if not mine:
        return {}
    values = {
        "departments": list({one.department for _, one in mine.values()}),
        "tasks": [one.id for _, one in mine.values()],
    }
    found = {row.id: row.place for row in await tx.execute(_places, values)}
    return {visitor: Place(now, one, found.get(one.id, 1)) for visitor, (now, one) in mine.items()}


_due = (
    select(task.c.id)
    .where(_queued, task.c.visitor.in_(_some("visitors")), task.c.visitor_due_at.is_not(None))
    .order_by(task.c.id)  # several nodes may renew the same at once
    .with_for_update()
)
_keep = (
    update(task)
    .where(task.c.id.in_(_due))
    .values(visitor_due_at=_now + bindparam("ms", type_=BigInteger))
)


async def keep(tx: AsyncConnection, visitors: Collection[str], ms: int) -> None:
    """Let the places of those who wait be kept for `ms` from now; a callback's is anyway."""
    await tx.execute(_keep, {"visitors": list(visitors), "ms": ms})


# --- departments ------------------------------------------------------------------------------

_crew = (
    select(agent_capacity, agent.c.langs, is_online(_row.agent).label("online"))
    .join(agent, agent.c.id == _row.agent)
    .where(_row.site.in_(_some("sites")))
    .order_by(_row.agent)
)
_of_sites = select(_row.agent).where(_row.site.in_(_some("sites")))
_members = select(agent_department).where(agent_department.c.agent.in_(_of_sites))
_skills = (
    select(agent_skill.c.agent, skill.c.name, agent_skill.c.level)
    .join(skill, skill.c.id == agent_skill.c.skill)
    .where(agent_skill.c.agent.in_(_of_sites))
)


async def crew(tx: AsyncConnection, sites: Collection[str]) -> dict[str, list[Agent]]:
    """Return the agents of each site, online or not."""
    values = {"sites": list(sites)}
    departments: dict[str, set[str]] = {}
    for row in await tx.execute(_members, values):
        departments.setdefault(row.agent, set()).add(row.department)
    skills: dict[str, dict[str, int]] = {}
    for row in await tx.execute(_skills, values):
        skills.setdefault(row.agent, {})[row.name] = row.level
    found: dict[str, list[Agent]] = {site: [] for site in sites}
    for row in await tx.execute(_crew, values):
        found[row.site].append(
            Agent(
                id=row.agent,
                state=row.state,
                online=bool(row.online),
                departments=frozenset(departments.get(row.agent, ())),
                langs=_langs.decode(row.langs),
                skills=skills.get(row.agent, {}),
                capacity=row.capacity,
                used=row.used,
                max_calls=row.max_calls,
                calls=row.calls,
                idle_since=row.idle_since,
            )
        )
    return found


class Served(NamedTuple):
    """A task that left the queue lately: to an agent, or for good. `ended_at` None: it goes on."""

    department: str
    enqueued_at: int
    offered_at: int | None
    accepted_at: int | None
    ended_at: int | None


_left = func.coalesce(task.c.accepted_at, task.c.ended_at)
_served = (
    select(
        task.c.department,
        task.c.enqueued_at,
        task.c.offered_at,
        task.c.accepted_at,
        task.c.ended_at,
    )
    .where(
        task.c.department.in_(_some("departments")),
        or_(LIVE, task.c.ended_at >= _now - _RECENT),
        _left >= _now - _RECENT,
    )
    .order_by(_left.desc())
    .limit(bindparam("most"))
)


async def served(tx: AsyncConnection, departments: Collection[str]) -> list[Served]:
    """Return what left the queues of departments within the last hour, the newest first."""
    values = {"departments": list(departments), "most": _SAMPLE * len(departments)}
    return [Served(*row) for row in await tx.execute(_served, values)]
