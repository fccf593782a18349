"""Reads and writes departments, their members, and the hours and routing of sites.

Whoever changes any of a site's departments locks them all first (`of_site(..., lock=True)`), so
that what was checked over all of them still holds when it is written. The lock lets tasks come
and go meanwhile (FOR NO KEY UPDATE); removing a department waits for those that name it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.departments import DepartmentSettings
from server.domain.hours import ALWAYS, Hours
from server.domain.routing import Routing
from server.domain.sla import Targets
from server.store.clock import database_now
from server.store.leases import is_online
from server.store.queue_tables import (
    agent_capacity,
    agent_department,
    department,
    service_clock,
    task,
)
from server.store.tables import agent, site

__all__ = [
    "Department",
    "Schedule",
    "add",
    "hours_of_site",
    "live_tasks",
    "lock_tasks",
    "of_site",
    "remove",
    "routing_of_site",
    "save",
    "schedules",
    "set_hours",
    "set_members",
    "set_overflow",
    "set_routing",
    "set_usual",
    "staffed",
    "take_over",
    "waiting_in",
]

_encoder = msgspec.json.Encoder()
_targets: Final = msgspec.json.Decoder(Targets)
_routing: Final = msgspec.json.Decoder(Routing)


@dataclass(frozen=True, slots=True)
class Department:
    """A department of a site. `members` of its settings are in the order of their names."""

    id: str
    site: str
    settings: DepartmentSettings


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a department is open: its own hours, or those of its site."""

    id: str
    site: str
    name: str
    hours: Hours


@lru_cache(256)
def _hours(kept: str) -> Hours:
    """Return hours; the same text gives the same object, which the caches of hours know fast."""
    return msgspec.json.decode(kept, type=Hours)


def _text(value: object) -> str:
    return _encoder.encode(value).decode()


def _settings(row: Any) -> DepartmentSettings:
    return DepartmentSettings(
        name=row.name,
        usual=bool(row.usual),
        assignment=row.assignment,
        offer_seconds=row.offer_seconds,
        wrapup_seconds=row.wrapup_seconds,
        overflow_seconds=row.overflow_seconds,
        overflow_to=row.overflow_to,
        hours=None if row.hours is None else _hours(row.hours),
        targets=Targets() if row.targets is None else _targets.decode(row.targets),
    )


def _columns(settings: DepartmentSettings) -> dict[str, Any]:
    return {
        "name": settings.name,
        "assignment": settings.assignment,
        "offer_seconds": settings.offer_seconds,
        "wrapup_seconds": settings.wrapup_seconds,
        "overflow_seconds": settings.overflow_seconds,
        "overflow_to": settings.overflow_to,
        "hours": None if settings.hours is None else _text(settings.hours),
        "targets": None if settings.targets == Targets() else _text(settings.targets),
    }


async def of_site(tx: AsyncConnection, key: str, *, lock: bool = False) -> dict[str, Department]:
    """Return the departments of a site by their ids: the usual one first, then by name."""
    query = select(department).where(department.c.site == key)
    if lock:
        # In one order, whoever asks; then read again what came while this waited.
        order = query.order_by(department.c.id)
        await tx.execute(order.with_for_update(key_share=True))
    rows = (
        await tx.execute(query.order_by(department.c.usual.desc(), department.c.name))
    ).fetchall()
    members: dict[str, list[str]] = {row.id: [] for row in rows}
    belongs = (
        select(agent_department)
        .join(agent, agent.c.id == agent_department.c.agent)
        .where(agent_department.c.department.in_(list(members)))
        .order_by(agent.c.name, agent.c.id)
    )
    for one in await tx.execute(belongs):
        members[one.department].append(one.agent)
    return {
        row.id: Department(
            row.id, row.site, replace(_settings(row), members=tuple(members[row.id]))
        )
        for row in rows
    }


_schedules: Final = (
    select(
        department.c.id,
        department.c.site,
        department.c.name,
        func.coalesce(department.c.hours, site.c.hours).label("hours"),
    )
    .join(site, site.c.id == department.c.site)
    .order_by(department.c.site, department.c.usual.desc(), department.c.name)
)


async def schedules(tx: AsyncConnection, site_id: str | None = None) -> list[Schedule]:
    """Return when the departments of a site, or of all sites, are open; the usual one first."""
    query = _schedules if site_id is None else _schedules.where(department.c.site == site_id)
    return [
        Schedule(row.id, row.site, row.name, ALWAYS if row.hours is None else _hours(row.hours))
        for row in await tx.execute(query)
    ]


_member: Final[Select[Any]] = (
    select(
        agent_department.c.department,
        agent_department.c.agent,
        agent.c.name,
        agent.c.role,
        ((agent_capacity.c.state == "available") & is_online(agent.c.id)).label("serves"),
    )
    .join(agent, agent.c.id == agent_department.c.agent)
    .join(agent_capacity, agent_capacity.c.agent == agent.c.id)
    .order_by(agent.c.name, agent.c.id)
)


async def staffed(tx: AsyncConnection, site_id: str | None = None) -> list[Any]:
    """Return members of departments as rows: department, agent, name, role, serves.

    `serves`: they are online and take work, though they may have their hands full.
    """
    query = _member if site_id is None else _member.where(agent.c.site == site_id)
    return list(await tx.execute(query))


async def add(tx: AsyncConnection, new: Department) -> None:
    """Add a department with its members; it is not the usual one."""
    await tx.execute(
        insert(department).values(
            id=new.id, site=new.site, created_at=database_now(), **_columns(new.settings)
        )
    )
    await set_members(tx, new.id, new.settings.members)


async def save(tx: AsyncConnection, changed: Department) -> None:
    """Store what may change of a department; which is the usual one: `set_usual`."""
    values = _columns(changed.settings)
    await tx.execute(update(department).where(department.c.id == changed.id).values(values))
    await set_members(tx, changed.id, changed.settings.members)


async def set_members(tx: AsyncConnection, key: str, members: Sequence[str]) -> None:
    """Let a department have these members and no others."""
    mine = agent_department.c.department == key
    await tx.execute(delete(agent_department).where(mine, ~agent_department.c.agent.in_(members)))
    there = set((await tx.execute(select(agent_department.c.agent).where(mine))).scalars())
    rows = [{"agent": one, "department": key} for one in members if one not in there]
    if rows:
        await tx.execute(insert(agent_department), rows)


async def set_usual(tx: AsyncConnection, key: str, site_id: str) -> None:
    """Let a department be the usual one of its site, in the place of the other."""
    mine = department.c.site == site_id
    await tx.execute(update(department).where(mine).values(usual=department.c.id == key))


async def set_overflow(tx: AsyncConnection, key: str, to: str | None) -> None:
    await tx.execute(update(department).where(department.c.id == key).values(overflow_to=to))


async def live_tasks(tx: AsyncConnection, key: str) -> int:
    """Return how many tasks of a department are not at their end."""
    query = select(func.count()).where(task.c.department == key, task.c.ended_at.is_(None))
    return int((await tx.execute(query)).scalar_one())


async def waiting_in(tx: AsyncConnection, key: str) -> list[str]:
    """Return the conversations that wait in a department, or ring there."""
    query = (
        select(task.c.conversation)
        .where(
            task.c.department == key,
            task.c.kind == "service",
            task.c.state.in_(("waiting", "offered")),
        )
        .order_by(task.c.front.desc(), task.c.enqueued_at)
    )
    return list((await tx.execute(query)).scalars())


async def lock_tasks(tx: AsyncConnection, key: str) -> list[str]:
    """Lock the live tasks of a department, in one order with whoever else locks several."""
    mine = (task.c.department == key) & task.c.ended_at.is_(None)
    query = select(task.c.id).where(mine).order_by(task.c.id).with_for_update()
    return list((await tx.execute(query)).scalars())


async def take_over(tx: AsyncConnection, gone: str, heir: str, locked: Sequence[str]) -> None:
    """Let `heir` have the `locked` tasks and the clocks of `gone`, past ones too.

    A live task gets a new fence: who decides on what it was has lost. One that has come since
    stays, and stops the removal: its conversation says where it waits.
    """
    mine, live = task.c.department == gone, task.c.ended_at.is_(None)
    served = mine & live & task.c.id.in_(locked)
    await tx.execute(update(task).where(served).values(department=heir, fence=task.c.fence + 1))
    await tx.execute(update(task).where(mine, ~live).values(department=heir))
    clocks = update(service_clock).where(service_clock.c.department == gone)
    await tx.execute(clocks.values(department=heir))


async def remove(tx: AsyncConnection, key: str) -> None:
    """Remove a department that no task names (`take_over`).

    Raises:
        IntegrityError: one does by now.
    """
    await set_members(tx, key, ())
    await tx.execute(delete(department).where(department.c.id == key))


# --- of a whole site --------------------------------------------------------------------------


async def hours_of_site(tx: AsyncConnection, key: str) -> Hours:
    """Return the hours of a site; one that has said none is always open."""
    kept = (await tx.execute(select(site.c.hours).where(site.c.id == key))).scalar_one_or_none()
    return ALWAYS if kept is None else _hours(kept)


async def set_hours(tx: AsyncConnection, key: str, hours: Hours) -> None:
    await tx.execute(update(site).where(site.c.id == key).values(hours=_text(hours)))


async def routing_of_site(tx: AsyncConnection, key: str) -> Routing:
    """Return the weights and entry rules of a site."""
    kept = (await tx.execute(select(site.c.routing).where(site.c.id == key))).scalar_one_or_none()
    return Routing() if kept is None else _routing.decode(kept)


async def set_routing(tx: AsyncConnection, key: str, routing: Routing) -> None:
    await tx.execute(update(site).where(site.c.id == key).values(routing=_text(routing)))
