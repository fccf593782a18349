"""Keeps tasks and what they take from agents; every transition is a compare-and-set.

`apply` writes transitions of `server/domain/routing.py`: first what they take from or give
back to agents (rows in the order of their ids), then the tasks, each only if its state and
fence are still what the transition was decided on. A row that does not match raises `Stale`,
which undoes the transaction: whoever was first has won. `claim` does the same for offers, many
at once: rows that another node is just deciding on are passed over instead of waited for
(PostgreSQL's SKIP LOCKED), and of the rest those that are still as they were are written.

Whoever locks the conversation too has done so before; nobody takes these locks in another
order (docs/queue.md), so nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.following import Step
from server.domain.routing import Agent, Charge, State, Task, charged, has_room
from server.store import leases
from server.store.queue_tables import (
    agent_capacity,
    agent_department,
    agent_skill,
    skill,
    task,
    task_event,
)
from server.store.tables import agent
from server.store.task_rows import columns, read, reads

__all__ = [
    "LIVE",
    "Stale",
    "apply",
    "by_id",
    "live_of",
    "read",
    "reads",
]

_langs: msgspec.json.Decoder[list[str]] = msgspec.json.Decoder(list[str])

LIVE: Final = task.c.ended_at.is_(None)


class Stale(Exception):  # noqa: N818 — somebody else was first; look again
    """A row is not any more what the transition was decided on: nothing of it may happen."""


_by_id = reads.add_columns(task.c.site).where(task.c.id == bindparam("which"))
_live_of = reads.where(task.c.conversation == bindparam("conv"), LIVE)


async def by_id(tx: AsyncConnection, key: str, *, site: str | None = None) -> Task | None:
    """Return a task; `site`: only if it is one of that site."""
    row = (await tx.execute(_by_id, {"which": key})).first()
    return None if row is None or site not in (None, row.site) else read(row)


async def live_of(tx: AsyncConnection, conv: str) -> dict[str, Task]:
    """Return the live tasks of a conversation by their kind."""
    return {row.kind: read(row) for row in await tx.execute(_live_of, {"conv": conv})}


# --- what transitions do to agents ------------------------------------------------------------

_units = bindparam("units", type_=Integer)
_calls = bindparam("more_calls", type_=Integer)
_state: ColumnElement[str] = bindparam("new_state", type_=String)
_idle = bindparam("idle_at", type_=BigInteger)
_since = bindparam("state_at", type_=BigInteger)
_row = agent_capacity.c
_available = _row.state == "available"
_charge = update(agent_capacity).values(
    used=_row.used + _units,
    calls=_row.calls + _calls,
    idle_since=func.coalesce(_idle, _row.idle_since),
    # Who is away stays so: that they missed an offer changes nothing.
    state=case((_available, func.coalesce(_state, _row.state)), else_=_row.state),
    since=case((_available, func.coalesce(_since, _row.since)), else_=_row.since),
)


_which = _row.agent == bindparam("which")
_room = and_(
    # As `routing.has_room` says it.
    or_(_row.used <= 0, _row.used + _units <= _row.capacity),
    or_(_calls <= 0, _row.calls + _calls <= _row.max_calls),
)
_there = and_(_available, leases.is_online(_row.agent))
_charge_any = _charge.where(_which)
_charge_room = _charge.where(_which, _room)
_charge_fits = _charge.where(_which, _room, _there)


async def _take(tx: AsyncConnection, charge: Charge, now: int, *, own: bool) -> None:
    statement = _charge_any if not charge.fits else _charge_room if own else _charge_fits
    if (await tx.execute(statement, _charged(charge, now))).rowcount != 1:
        raise Stale


def _charged(charge: Charge, now: int) -> dict[str, Any]:
    return {
        "which": charge.agent,
        "units": charge.units,
        "more_calls": charge.calls,
        "new_state": charge.state,
        "idle_at": now if charge.idle else None,
        "state_at": None if charge.state is None else now,
    }


# --- the tasks themselves ---------------------------------------------------------------------

_same = and_(
    task.c.id == bindparam("which"),
    task.c.state == bindparam("state_before"),
    task.c.fence == bindparam("fence_before"),
    # These change without raising the fence (`serving.raise_mode`).
    task.c.weight == bindparam("weight_before"),
    task.c.mode == bindparam("mode_before"),
)
_set = update(task).where(_same)
# Gateways renew it, as long as the visitor is there.
_set_unless_seen = _set.where(task.c.visitor_due_at == bindparam("due_before"))
_insert = insert(task)
_tell = insert(task_event)


async def apply(tx: AsyncConnection, site: str, steps: Sequence[Step], now: int) -> None:
    """Write transitions, all in the same transaction: what they charge first, in one order.

    Args:
        tx: the transaction.
        site: whose tasks they are.
        steps: each on the row that the one before it left.
        now: UTC milliseconds of the database's clock.

    Raises:
        Stale: a row is not what was decided on; the caller's transaction must be undone.
    """
    charges = [(charge, step.own) for step in steps for charge in step.change.charges]
    for charge, own in sorted(charges, key=_order):
        await _take(tx, charge, now, own=own)
    for step in steps:
        await _write(tx, site, step)
    await tx.execute(_tell, [_told(site, step, now) for step in steps])


def _order(one: tuple[Charge, bool]) -> tuple[str, int]:
    """Agents in the order of their ids; of one agent, what is given back comes first."""
    charge, _ = one
    return charge.agent, charge.units


async def _write(tx: AsyncConnection, site: str, step: Step) -> None:
    before, after = step.before, step.change.task
    if before is None:
        new = {
            "id": after.id,
            "site": site,
            "conversation": after.conversation,
            "visitor": after.visitor,
            "lang": after.lang,
            "created_at": after.created_at,
            "visitor_due_at": after.visitor_due_at,
        }
        await tx.execute(_insert, columns(after) | new)
        return
    statement, values = _set, _changed(before, after)
    if after.visitor_due_at != before.visitor_due_at:
        values["visitor_due_at"] = after.visitor_due_at
    if after.state is State.ABANDONED:
        statement = _set_unless_seen
        values["due_before"] = before.visitor_due_at
    if (await tx.execute(statement, values)).rowcount != 1:
        raise Stale


def _changed(before: Task, after: Task) -> dict[str, Any]:
    return columns(after) | {
        "which": before.id,
        "state_before": before.state.value,
        "fence_before": before.fence,
        "weight_before": before.weight,
        "mode_before": before.mode,
    }


def _told(site: str, step: Step, now: int) -> dict[str, Any]:
    before, after = step.before, step.change.task
    return {
        "at": now,
        "site": site,
        "task": after.id,
        "fence": after.fence,
        "before": "" if before is None else before.state.value,
        "after": after.state.value,
        # Whoever lost it is as much of interest as whoever has it.
        "agent": after.agent or (None if before is None else before.agent),
        "reason": step.change.reason,
    }


# --- offers -----------------------------------------------------------------------------------

_free_agents = (
    select(_row.agent, _row.capacity, _row.used, _row.max_calls, _row.calls, agent.c.langs)
    .join(agent, agent.c.id == _row.agent)
    .where(
        _row.agent.in_(bindparam("agents", expanding=True)),
        _there,
        exists().where(
            agent_department.c.agent == _row.agent,
            agent_department.c.department == bindparam("department"),
        ),
    )
    .order_by(_row.agent)
    .with_for_update(of=agent_capacity, skip_locked=True)
)
_skills = (
    select(agent_skill.c.agent, skill.c.name, agent_skill.c.level)
    .join(skill, skill.c.id == agent_skill.c.skill)
    .where(agent_skill.c.agent.in_(bindparam("agents", expanding=True)))
)
_free_tasks = (
    select(task.c.id, task.c.state, task.c.fence, task.c.weight, task.c.mode)
    .where(task.c.id.in_(bindparam("tasks", expanding=True)))
    .order_by(task.c.id)
    .with_for_update(skip_locked=True)
)


def _knows(agent: Agent, offered: Task) -> bool:
    """Tell whether an agent still speaks and knows what they were chosen for."""
    waived = () if offered.why is None else offered.why.waived
    return (offered.lang in agent.langs or offered.lang in waived) and all(
        agent.skills.get(need.skill, 0) >= need.level or need.skill in waived
        for need in offered.needs
    )


async def claim(
    tx: AsyncConnection, site: str, department: str, offers: Sequence[Step], now: int
) -> list[Step]:
    """Write offers of tasks that wait in a department, each with one charge that fits.

    Returns:
        those that were made. The others are passed over: somebody decides on their task or agent
        just now, or has; or the agent is not whom it was decided for any more.
    """
    rooms = await _rooms(tx, department, offers)
    kept = [step.before.id for step in offers if step.before is not None]
    free = {
        row.id: (row.state, row.fence, row.weight, row.mode)
        for row in await tx.execute(_free_tasks, {"tasks": kept})
    }
    made = []
    for step in offers:
        before, charge = step.before, step.change.charges[0]
        agent = rooms.get(charge.agent)
        if before is None or agent is None or not has_room(agent, charge):
            continue
        same = (before.state.value, before.fence, before.weight, before.mode)
        if _knows(agent, step.change.task) and free.pop(before.id, None) == same:
            rooms[charge.agent] = charged(agent, charge, now)
            made.append(step)
    if made:
        charges = [_charged(step.change.charges[0], now) for step in made]
        await tx.execute(_charge_any, charges)
        changes = [
            _changed(step.before, step.change.task) for step in made if step.before is not None
        ]
        await tx.execute(_set, changes)
        await tx.execute(_tell, [_told(site, step, now) for step in made])
    return made


async def _rooms(tx: AsyncConnection, department: str, offers: Sequence[Step]) -> dict[str, Agent]:
    """Lock the agents of offers; return those who are free and of the department."""
    keys = sorted({step.change.charges[0].agent for step in offers})
    rooms = {
        row.agent: Agent(
            row.agent,
            "available",
            online=True,
            departments=frozenset({department}),
            langs=frozenset(_langs.decode(row.langs)),
            capacity=row.capacity,
            used=row.used,
            max_calls=row.max_calls,
            calls=row.calls,
        )
        for row in await tx.execute(_free_agents, {"agents": keys, "department": department})
    }
    if any(step.change.task.needs for step in offers):
        for row in await tx.execute(_skills, {"agents": keys}):
            if row.agent in rooms:
                rooms[row.agent].skills[row.name] = row.level
    return rooms
