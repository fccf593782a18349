"""What the router looks at: who waits where, who could serve, what is due.

Reads only, on one snapshot; what is decided on it is checked again when it is written
(`store/tasks.py`). Times are the database's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import (
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.routing import Agent, Task
from server.store.clock import database_now
from server.store.leases import is_online
from server.store.queue_tables import (
    agent_capacity,
    agent_department,
    agent_skill,
    department,
    skill,
    task,
)
from server.store.tables import agent
from server.store.tasks import LIVE, read, reads

__all__ = [
    "Found",
    "Waited",
    "back",
    "due",
    "gone",
    "is_there",
    "last_agents",
    "offered_to",
    "one_agent",
    "team",
    "waited_for",
    "waiting",
]

_BATCH: Final = 100
_langs: msgspec.json.Decoder[list[str]] = msgspec.json.Decoder(list[str])


@dataclass(frozen=True, slots=True)
class Waited:
    """A department in which somebody waits."""

    site: str
    department: str
    auto: bool  # the router offers; else agents take by hand
    offer_seconds: int
    hours: str | None  # its own, as JSON


_ready = or_(task.c.not_before.is_(None), task.c.not_before <= database_now())
_waits = and_(task.c.state == "waiting", task.c.only.is_(None))
_waited = (
    select(
        department.c.site,
        department.c.id,
        department.c.assignment,
        department.c.offer_seconds,
        department.c.hours,
    )
    .where(select(task.c.id).where(task.c.department == department.c.id, _waits).exists())
    .order_by(department.c.id)
)
_waited_of_site = _waited.where(department.c.site == bindparam("site"))


async def waited_for(tx: AsyncConnection, site: str | None = None) -> list[Waited]:
    """Return the departments in which somebody waits, of one site or of all."""
    rows = await (
        tx.execute(_waited) if site is None else tx.execute(_waited_of_site, {"site": site})
    )
    return [
        Waited(row.site, row.id, row.assignment == "auto", row.offer_seconds, row.hours)
        for row in rows
    ]


_page = (
    reads.where(
        task.c.department == bindparam("department"),
        _waits,
        _ready,
    )
    .order_by(task.c.front.desc(), task.c.enqueued_at, task.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)


async def waiting(tx: AsyncConnection, where: str, *, most: int, skip: int = 0) -> list[Task]:
    """Return who waits in a department and whose time has come, in their order."""
    rows = await tx.execute(_page, {"department": where, "most": most, "skip": skip})
    return [read(row) for row in rows]


# --- agents -----------------------------------------------------------------------------------

_row = agent_capacity.c
_agents = select(
    _row.agent,
    _row.state,
    _row.capacity,
    _row.used,
    _row.max_calls,
    _row.calls,
    _row.idle_since,
    agent.c.langs,
    is_online(_row.agent).label("online"),
).join(agent, agent.c.id == _row.agent)
_members = select(agent_department.c.agent).where(
    agent_department.c.department == bindparam("department")
)
_team = _agents.where(_row.agent.in_(_members))
_one = _agents.where(_row.agent == bindparam("agent"))
_skills = select(agent_skill.c.agent, skill.c.name, agent_skill.c.level).join(
    skill, skill.c.id == agent_skill.c.skill
)
_team_skills = _skills.where(agent_skill.c.agent.in_(_members))
_one_skills = _skills.where(agent_skill.c.agent == bindparam("agent"))
_departments = select(agent_department.c.department).where(
    agent_department.c.agent == bindparam("agent")
)


def _agent(row: Any, departments: frozenset[str], skills: dict[str, int]) -> Agent:
    return Agent(
        id=row.agent,
        state=row.state,
        online=bool(row.online),
        departments=departments,
        langs=frozenset(_langs.decode(row.langs)),
        skills=skills,
        capacity=row.capacity,
        used=row.used,
        max_calls=row.max_calls,
        calls=row.calls,
        idle_since=row.idle_since,
    )


async def team(tx: AsyncConnection, where: str) -> list[Agent]:
    """Return the members of a department, online or not; of their departments, this one."""
    skills: dict[str, dict[str, int]] = {}
    for row in await tx.execute(_team_skills, {"department": where}):
        skills.setdefault(row.agent, {})[row.name] = row.level
    here = frozenset((where,))
    rows = await tx.execute(_team, {"department": where})
    return [_agent(row, here, skills.get(row.agent, {})) for row in rows]


async def one_agent(tx: AsyncConnection, key: str) -> Agent | None:
    """Return an agent with all their departments."""
    row = (await tx.execute(_one, {"agent": key})).first()
    if row is None:
        return None
    departments = frozenset((await tx.execute(_departments, {"agent": key})).scalars())
    skills = {one.name: one.level for one in await tx.execute(_one_skills, {"agent": key})}
    return _agent(row, departments, skills)


_served = (
    select(task.c.visitor, task.c.agent)
    .where(
        task.c.visitor.in_(bindparam("visitors", expanding=True)),
        task.c.kind == "service",
        task.c.agent.is_not(None),
        task.c.ended_at.is_not(None),
    )
    .order_by(task.c.ended_at)
)


async def last_agents(tx: AsyncConnection, visitors: Sequence[str]) -> dict[str, str]:
    """Return who served each of these visitors last, of those who were served before."""
    if not visitors:
        return {}
    rows = await tx.execute(_served, {"visitors": list(visitors)})
    return {row.visitor: row.agent for row in rows}


# --- what is due ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A task that the sweep has to look at again, under its locks."""

    site: str
    task: Task


_now = database_now()
_held = task.c.state.in_(("offered", "accepted", "connected"))
_queued = task.c.state.in_(("waiting", "offered"))
# In no order: some that fail again and again are never all that is looked at.
_found = reads.add_columns(task.c.site).where(LIVE).order_by(func.random()).limit(_BATCH)
_due = _found.where(
    or_(
        task.c.deadline_at <= _now,
        and_(_queued, task.c.visitor_due_at <= _now),
        and_(_queued, task.c.overflow_due_at <= _now),
    )
).order_by(  # when more is due than one sweep does, nothing is left for ever
    func.coalesce(task.c.deadline_at, task.c.visitor_due_at, task.c.overflow_due_at)
)
_gone = _found.where(_held, task.c.agent.is_not(None), ~is_online(task.c.agent))
_back = _found.where(
    _queued, task.c.former.is_not(None), task.c.kind == "service", is_online(task.c.former)
)
_back_of = _back.where(task.c.former == bindparam("agent"))
_offered_to = _found.where(task.c.state == "offered", task.c.agent == bindparam("agent"))


async def _all(tx: AsyncConnection, query: Select[Any], values: dict[str, str]) -> list[Found]:
    return [Found(row.site, read(row)) for row in await tx.execute(query, values)]


async def due(tx: AsyncConnection) -> list[Found]:
    """Return tasks of which some deadline has passed."""
    return await _all(tx, _due, {})


async def gone(tx: AsyncConnection) -> list[Found]:
    """Return tasks that are offered to or served by somebody without a lease."""
    return await _all(tx, _gone, {})


async def back(tx: AsyncConnection, agent_id: str | None = None) -> list[Found]:
    """Return tasks that wait, or are offered, while who lost them is there again."""
    if agent_id is None:
        return await _all(tx, _back, {})
    return await _all(tx, _back_of, {"agent": agent_id})


async def offered_to(tx: AsyncConnection, agent_id: str) -> list[Found]:
    """Return what is offered to an agent."""
    return await _all(tx, _offered_to, {"agent": agent_id})


async def is_there(tx: AsyncConnection, agent_id: str) -> bool:
    """Tell whether an agent has a live lease."""
    return bool((await tx.execute(_there, {"agent": agent_id})).scalar_one())


_there = select(is_online(bindparam("agent")))
