"""Reads and writes what agents can do: role, capacity, languages, departments, skills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.departments import AgentSettings, SkillLevel
from server.store.leases import is_online
from server.store.queue_tables import (
    agent_capacity,
    agent_department,
    agent_skill,
    department,
    skill,
)
from server.store.tables import agent

__all__ = [
    "Profile",
    "Skill",
    "add_skill",
    "of_site",
    "remove_skill",
    "save",
    "skills",
]

_langs: msgspec.json.Decoder[tuple[str, ...]] = msgspec.json.Decoder(tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Skill:
    """Something that agents can be good at; `agents`: how many are."""

    id: str
    name: str
    agents: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """An agent as supervisors and colleagues see them."""

    id: str
    email: str
    settings: AgentSettings
    state: str
    reason: str
    since: int
    used: int
    online: bool


_rows = (
    select(agent, agent_capacity, is_online(agent.c.id).label("online"))
    .join(agent_capacity, agent_capacity.c.agent == agent.c.id)
    .order_by(agent.c.name, agent.c.id)
)
_belongs = select(agent_department).join(
    department, department.c.id == agent_department.c.department
)
_knows = select(agent_skill.c.agent, skill.c.name, agent_skill.c.level).join(
    skill, skill.c.id == agent_skill.c.skill
)


async def of_site(tx: AsyncConnection, site: str) -> dict[str, Profile]:
    """Return the staff of a site by their ids, in the order of their names."""
    departments: dict[str, list[str]] = {}
    belongs = _belongs.where(department.c.site == site)
    usual_first = belongs.order_by(department.c.usual.desc(), department.c.name)
    for row in await tx.execute(usual_first):
        departments.setdefault(row.agent, []).append(row.department)
    known: dict[str, list[SkillLevel]] = {}
    for row in await tx.execute(_knows.where(skill.c.site == site).order_by(skill.c.name)):
        known.setdefault(row.agent, []).append(SkillLevel(row.name, row.level))
    return {
        row.id: _profile(row, departments.get(row.id, []), known.get(row.id, []))
        for row in await tx.execute(_rows.where(agent.c.site == site))
    }


def _profile(row: Any, departments: list[str], known: list[SkillLevel]) -> Profile:
    return Profile(
        id=row.id,
        email=row.email,
        settings=AgentSettings(
            name=row.name,
            role=row.role,
            capacity=row.capacity,
            max_calls=row.max_calls,
            langs=_langs.decode(row.langs),
            departments=tuple(departments),
            skills=tuple(known),
        ),
        state=row.state,
        reason=row.reason,
        since=row.since,
        used=row.used,
        online=bool(row.online),
    )


async def save(tx: AsyncConnection, key: str, settings: AgentSettings, site: str) -> None:
    """Store what may change of an agent; departments and skills are known ones of the site."""
    # The capacity row first: everybody who locks it has locked nothing of the agent's before.
    await tx.execute(
        update(agent_capacity)
        .where(agent_capacity.c.agent == key)
        .values(capacity=settings.capacity, max_calls=settings.max_calls)
    )
    langs = msgspec.json.encode(settings.langs).decode()
    await tx.execute(
        update(agent)
        .where(agent.c.id == key)
        .values(name=settings.name, role=settings.role, langs=langs)
    )
    await tx.execute(delete(agent_department).where(agent_department.c.agent == key))
    if settings.departments:
        belongs = [{"agent": key, "department": one} for one in settings.departments]
        await tx.execute(insert(agent_department), belongs)
    await tx.execute(delete(agent_skill).where(agent_skill.c.agent == key))
    ids = {one.name: one.id for one in await skills(tx, site)}
    knows = [{"agent": key, "skill": ids[one.skill], "level": one.level} for one in settings.skills]
    if knows:
        await tx.execute(insert(agent_skill), knows)


# --- skills -----------------------------------------------------------------------------------


async def skills(tx: AsyncConnection, site: str) -> list[Skill]:
    """Return the skills of a site by name."""
    query = (
        select(skill.c.id, skill.c.name, func.count(agent_skill.c.agent).label("agents"))
        .outerjoin(agent_skill, agent_skill.c.skill == skill.c.id)
        .where(skill.c.site == site)
        .group_by(skill.c.id, skill.c.name)
        .order_by(skill.c.name)
    )
    return [Skill(row.id, row.name, row.agents) for row in await tx.execute(query)]


async def add_skill(tx: AsyncConnection, new: Skill, site: str) -> None:
    await tx.execute(insert(skill).values(id=new.id, site=site, name=new.name))


async def remove_skill(tx: AsyncConnection, key: str) -> None:
    """Remove a skill, and it from every agent who had it."""
    await tx.execute(delete(agent_skill).where(agent_skill.c.skill == key))
    await tx.execute(delete(skill).where(skill.c.id == key))
