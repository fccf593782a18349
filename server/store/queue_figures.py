"""What an operator watches of the queue, over all sites: numbers, no names."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.clock import database_now
from server.store.leases import is_online
from server.store.queue_tables import agent_capacity, task, task_event
from server.store.tasks import LIVE

__all__ = ["Waits", "agents", "newest", "offers", "waits"]

_SETTLED: Final = 5_000  # ms after which no transaction that is under way adds events before
_ready = or_(task.c.not_before.is_(None), task.c.not_before <= database_now())


class Waits(NamedTuple):
    """How many wait or are being offered, and for how many ms the one longest."""

    tasks: int
    longest: int


_waits = select(
    func.count().label("tasks"),
    func.max(case((_ready, database_now() - task.c.enqueued_at))).label("longest"),
).where(LIVE, task.c.kind == "service", task.c.state.in_(("waiting", "offered")))


async def waits(tx: AsyncConnection) -> Waits:
    """Return who waits; who is to be called back later has not waited long."""
    row = (await tx.execute(_waits)).one()
    return Waits(row.tasks, row.longest or 0)


_there = is_online(agent_capacity.c.agent)
_state = case((_there, agent_capacity.c.state), else_="offline").label("state")
_agents = select(_state, func.count().label("agents")).group_by(_state)


async def agents(tx: AsyncConnection) -> dict[str, int]:
    """Return how many agents are in each state; without a lease they are offline."""
    return {row.state: row.agents for row in await tx.execute(_agents)}


_newest = select(func.max(task_event.c.id))
_outcome = case(
    (task_event.c.reason.in_(("offered", "transfer")), "made"),
    (task_event.c.reason == "accepted", "accepted"),
    (task_event.c.reason.in_(("missed", "unanswered")), "missed"),
    (task_event.c.reason.in_(("rejected", "declined")), "rejected"),
    else_="withdrawn",
).label("outcome")
_offers = (
    select(_outcome, func.count().label("offers"), func.max(task_event.c.id).label("last"))
    .where(
        task_event.c.id > bindparam("after"),
        task_event.c.at <= database_now() - _SETTLED,
        # Into the offer, or out of it; what raises its mode is neither.
        (task_event.c.before == "offered") != (task_event.c.after == "offered"),
    )
    .group_by(_outcome)
)


async def newest(tx: AsyncConnection) -> int:
    """Return the number of the newest event of a task."""
    return (await tx.execute(_newest)).scalar_one() or 0


async def offers(tx: AsyncConnection, after: int) -> tuple[int, dict[str, int]]:
    """Return what became of offers since the event `after`, and the last event of that."""
    rows = (await tx.execute(_offers, {"after": after})).all()
    last = max((row.last for row in rows), default=after)
    return last, {row.outcome: row.offers for row in rows}
