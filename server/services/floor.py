"""The floor as a supervisor sees it: departments, who waits, agents and their load. Only reads.

All of it is read in one transaction, so that numbers and lists belong together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.crew import Crew
from server.domain.hours import closes_at, day_starts, is_open, next_open
from server.domain.routing import Agent, State
from server.services import levels
from server.services.levels import Level
from server.store import departments, floor, standing
from server.store.database import Database
from server.store.departments import Schedule
from server.store.floor import Queued, Taken, Who
from signaling.events import Visitor
from signaling.queue import AgentState, Mode, Need, ServiceClock

__all__ = ["Floor", "FloorAgent", "FloorDepartment", "Serving", "Waiting", "look"]

_NOBODY = Queued(0, 0, None)


class FloorDepartment(msgspec.Struct, frozen=True):
    """A department now. `level`: of waits that began today; `served`: today."""

    id: str
    name: str
    open: bool
    closes_at: int | None
    opens_at: int | None
    waiting: int
    longest_since: int | None
    offered: int
    staffed: bool  # somebody is there and takes work, full or not
    served: int
    level: Level


class Waiting(msgspec.Struct, frozen=True):
    """A visitor who waits, or is being offered to `agent`. `place` 0: a callback later."""

    conv: str
    task: str
    visitor: Visitor
    department: str
    place: int
    since: int
    mode: Mode
    needs: tuple[Need, ...]
    lang: str
    state: str
    agent: str | None
    callback_at: int | None
    due_at: int | None


class Serving(msgspec.Struct, frozen=True):
    """A conversation that an agent has, or wraps up. `clock`: of the answer that is awaited."""

    conv: str
    visitor: Visitor
    mode: Mode
    state: str
    since: int
    clock: ServiceClock | None


class FloorAgent(msgspec.Struct, frozen=True):
    """An agent now. `departments`: ids. `skills`: levels by name."""

    id: str
    name: str
    state: AgentState
    reason: str
    since: int
    online: bool
    capacity: int
    used: int
    departments: list[str]
    skills: dict[str, int]
    langs: list[str]
    serving: list[Serving]
    missed_today: int
    served_today: int


class Floor(msgspec.Struct, frozen=True):
    """A site's queue at `now`."""

    now: int
    departments: list[FloorDepartment]
    waiting: list[Waiting]
    agents: list[FloorAgent]


async def look(db: Database, site: str) -> Floor:
    """Return the floor of a site; the day is that of its time zone."""
    async with db.read() as tx:
        now = await db.moment(tx)
        today = day_starts(await departments.hours_of_site(tx, site), now)
        served = await floor.served(tx, site, today)
        crew = (await standing.crew(tx, [site]))[site]
        return Floor(
            now=now,
            departments=await _departments(tx, site, now, today, Crew(crew), served),
            waiting=_waiting(await floor.waits(tx, site), now),
            agents=await _agents(tx, site, today, crew, served),
        )


async def _departments(
    tx: AsyncConnection,
    site: str,
    now: int,
    today: int,
    crew: Crew,
    served: Iterable[tuple[str, str, int]],
) -> list[FloorDepartment]:
    queued = await floor.queued(tx, site)
    scores = await levels.today(tx, site, today)
    done: Counter[str] = Counter()
    for department, _, count in served:
        done[department] += count
    return [
        _department(
            rules,
            now,
            queued.get(rules.id, _NOBODY),
            staffed=bool(crew.there(rules.id)),
            served=done[rules.id],
            level=scores.get(rules.id) or Level(),
        )
        for rules in await departments.schedules(tx, site)
    ]


def _department(
    rules: Schedule, now: int, queued: Queued, *, staffed: bool, served: int, level: Level
) -> FloorDepartment:
    is_there = is_open(rules.hours, now)
    return FloorDepartment(
        id=rules.id,
        name=rules.name,
        open=is_there,
        closes_at=closes_at(rules.hours, now),
        opens_at=None if is_there else next_open(rules.hours, now),
        waiting=queued.waiting,
        longest_since=queued.since,
        offered=queued.offered,
        staffed=staffed,
        served=served,
        level=level,
    )


def _waiting(found: Iterable[Taken], now: int) -> list[Waiting]:
    before: Counter[str] = Counter()
    lines = []
    for one in found:
        task, state = one.task, one.record.state
        later = task.not_before is not None and task.not_before > now
        if not later:
            before[task.department] += 1
        lines.append(
            Waiting(
                conv=task.conversation,
                task=task.id,
                visitor=state.visitor,
                department=task.department,
                place=0 if later else before[task.department],
                since=task.enqueued_at,
                mode=task.mode,
                needs=task.needs,
                lang=task.lang,
                state=task.state.value,
                agent=task.agent,
                callback_at=task.not_before,
                due_at=None if state.queue is None else state.queue.due_at,
            )
        )
    return lines


async def _agents(
    tx: AsyncConnection,
    site: str,
    today: int,
    crew: Sequence[Agent],
    served: Iterable[tuple[str, str, int]],
) -> list[FloorAgent]:
    has: dict[str, list[Serving]] = {}
    for one in await floor.taken(tx, site):
        has.setdefault(one.task.agent or "", []).append(_serving(one))
    missed = await floor.missed(tx, site, today)
    done: Counter[str] = Counter()
    for _, agent, count in served:
        done[agent] += count
    known = {agent.id: agent for agent in crew}
    return [
        _agent(
            who,
            known[who.id],
            has.get(who.id, []),
            missed=missed.get(who.id, 0),
            served=done[who.id],
        )
        for who in await floor.staff(tx, site)
    ]


def _agent(
    who: Who, agent: Agent, serving: list[Serving], *, missed: int, served: int
) -> FloorAgent:
    return FloorAgent(
        id=who.id,
        name=who.name,
        state=who.state,
        reason=who.reason,
        since=who.since,
        online=agent.online,
        capacity=agent.capacity,
        used=agent.used,
        departments=sorted(agent.departments),
        skills=agent.skills,
        langs=sorted(agent.langs),
        serving=serving,
        missed_today=missed,
        served_today=served,
    )


def _serving(one: Taken) -> Serving:
    task, state = one.task, one.record.state
    return Serving(
        conv=task.conversation,
        visitor=state.visitor,
        mode=task.mode,
        state=task.state.value,
        since=task.accepted_at or task.enqueued_at,
        clock=None if task.state is State.WRAPUP else state.clock,
    )
