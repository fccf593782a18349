"""What a supervisor sees of a site's queue: who waits, who serves whom, what was done today.

Times are the database's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.record import Record
from server.domain.routing import Task
from server.store.clock import database_now
from server.store.conversations import decode_record
from server.store.queue_tables import agent_capacity, department, task, task_event
from server.store.tables import agent, conversation
from server.store.tasks import LIVE, read, reads
from signaling.queue import AgentState

__all__ = ["Queued", "Taken", "Who", "missed", "queued", "served", "staff", "taken", "waits"]

MOST: Final = 300  # who wait are listed; of more a supervisor sees the number
_SERVED: Final = ("served", "transferred")
_MISSED: Final = ("missed", "unanswered")


@dataclass(frozen=True, slots=True)
class Taken:
    """A task and its conversation."""

    task: Task
    record: Record


_of_site = task.c.site == bindparam("site")
_whole = (
    reads.add_columns(conversation.c.body)
    .join(conversation, conversation.c.id == task.c.conversation)
    .where(LIVE, task.c.kind == "service", _of_site)
)
_waits = (
    _whole.where(task.c.state.in_(("waiting", "offered")))
    .order_by(task.c.front.desc(), task.c.enqueued_at, task.c.id)
    .limit(MOST)
)
_taken = _whole.where(task.c.state.in_(("accepted", "connected", "wrapup"))).order_by(
    task.c.accepted_at, task.c.id
)


async def waits(tx: AsyncConnection, site: str) -> list[Taken]:
    """Return who waits on a site or is being offered, in the order of the router."""
    rows = await tx.execute(_waits, {"site": site})
    return [Taken(read(row), decode_record(row.body)) for row in rows]


async def taken(tx: AsyncConnection, site: str) -> list[Taken]:
    """Return what agents of a site serve and wrap up, the oldest first."""
    rows = await tx.execute(_taken, {"site": site})
    return [Taken(read(row), decode_record(row.body)) for row in rows]


class Queued(NamedTuple):
    """How many wait in a department and are being offered, and since when the first."""

    waiting: int
    offered: int
    since: int | None


_offered = task.c.state == "offered"
_ready = or_(task.c.not_before.is_(None), task.c.not_before <= database_now())
_queued = (
    select(
        task.c.department,
        func.sum(case((_offered, 0), else_=1)).label("waiting"),
        func.sum(case((_offered, 1), else_=0)).label("offered"),
        func.min(case((_ready, task.c.enqueued_at))).label("since"),
    )
    .where(LIVE, task.c.kind == "service", task.c.state.in_(("waiting", "offered")), _of_site)
    .group_by(task.c.department)
)


async def queued(tx: AsyncConnection, site: str) -> dict[str, Queued]:
    """Return the numbers of each department in which somebody waits.

    Who is to be called back later has not waited long, however long ago they came.
    """
    rows = await tx.execute(_queued, {"site": site})
    return {row.department: Queued(int(row.waiting), int(row.offered), row.since) for row in rows}


class Who(NamedTuple):
    """An account and how it is set."""

    id: str
    name: str
    state: AgentState
    reason: str
    since: int


_row = agent_capacity.c
_staff = (
    select(agent.c.id, agent.c.name, _row.state, _row.reason, _row.since)
    .join(agent_capacity, _row.agent == agent.c.id)
    .where(agent.c.site == bindparam("site"))
    .order_by(agent.c.name, agent.c.id)
)


async def staff(tx: AsyncConnection, site: str) -> list[Who]:
    """Return the staff of a site by name."""
    return [Who(*row) for row in await tx.execute(_staff, {"site": site})]


_done = (
    select(task.c.department, task.c.agent, func.count().label("tasks"))
    .where(
        task.c.department.in_(
            select(department.c.id).where(department.c.site == bindparam("site"))
        ),
        task.c.ended_at >= bindparam("since"),
        task.c.outcome.in_(_SERVED),
    )
    .group_by(task.c.department, task.c.agent)
)


async def served(tx: AsyncConnection, site: str, since: int) -> list[tuple[str, str, int]]:
    """Return how many tasks were served since then, as (department, agent, number)."""
    rows = await tx.execute(_done, {"site": site, "since": since})
    return [(row.department, row.agent or "", row.tasks) for row in rows]


_lost = (
    select(task_event.c.agent, func.count().label("offers"))
    .where(
        task_event.c.site == bindparam("site"),
        task_event.c.at >= bindparam("since"),
        and_(task_event.c.before == "offered", task_event.c.reason.in_(_MISSED)),
        task_event.c.agent.is_not(None),
    )
    .group_by(task_event.c.agent)
)


async def missed(tx: AsyncConnection, site: str, since: int) -> dict[str, int]:
    """Return how many offers each agent has let ring since then."""
    rows = await tx.execute(_lost, {"site": site, "since": since})
    return {row.agent: row.offers for row in rows}
