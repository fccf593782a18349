"""Carries out what happens to tasks without their conversations: offers, rejections, wrap-ups.

Each is one transaction: load, decide (`server/domain/routing.py`), compare and set, with the
hints for whoever it concerns. When somebody else was first it is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain import routing
from server.domain.routing import Change, State, Task
from server.services.outbox import Outbox, Owed, owed
from server.store import tasks
from server.store.database import Database
from server.store.matching import Waited
from server.store.tasks import Stale, Step
from signaling.errors import Refusal
from signaling.hints import StandingChanged, person_topic, site_topic
from signaling.queue import Reason

__all__ = ["Offers", "standing_hints"]

log = structlog.get_logger(__name__)

TRIES: Final = 4  # of a transition that others were faster with

#: Decides on a task as it is now; None: nothing is to be done any more.
Decide = Callable[[Task, int], Change | None]


def standing_hints(site: str, agents: Iterable[str]) -> Owed:
    """Return the hints that places changed on a site, and desks of agents."""
    topics = [site_topic(site), *(person_topic(agent) for agent in sorted(set(agents)))]
    return owed([(topic, StandingChanged()) for topic in topics])


class Offers:
    """The transitions of one process."""

    def __init__(self, db: Database, outbox: Outbox) -> None:
        self._db = db
        self._outbox = outbox

    async def make(self, where: Waited, task: Task, agent: str, why: Reason, now: int) -> bool:
        """Offer a waiting task to an agent; tell whether neither has changed meanwhile."""
        change = routing.offer(task, agent, why, now, where.offer_seconds)
        hints = standing_hints(where.site, [agent])

        async def job(tx: AsyncConnection) -> str:
            await tasks.apply(tx, where.site, [Step(task, change)], now, claim=True)
            return await self._outbox.owe(tx, hints)

        try:
            key = await self._db.run(job)
        except Stale:
            return False
        await self._outbox.publish(key, hints)
        log.info("task offered", task=task.id, agent=agent, fence=change.task.fence, why=why.kind)
        return True

    async def change(self, site: str, key: str, decide: Decide) -> Task | None:
        """Do what `decide` makes of a task; return it after that, None if nothing was done.

        Raises:
            Refusal: others were faster again and again; the same may go through a moment later.
        """

        async def job(tx: AsyncConnection) -> tuple[str, Owed, Task, Change] | None:
            found = await tasks.by_id(tx, key)
            if found is None:
                return None
            now = await self._db.moment(tx)
            change = decide(found, now)
            if change is None:
                return None
            await tasks.apply(tx, site, [Step(found, change)], now)
            agents = {one for one in (found.agent, change.task.agent) if one is not None}
            hints = standing_hints(site, agents)
            return await self._outbox.owe(tx, hints), hints, found, change

        for _ in range(TRIES):
            try:
                done = await self._db.run(job)
            except Stale:
                continue
            if done is None:
                return None
            owed_key, hints, before, change = done
            await self._outbox.publish(owed_key, hints)
            _tell(before, change)
            return change.task
        raise busy()


def busy() -> Refusal:
    """Return the refusal of what others were faster with again and again."""
    return Refusal(
        "unavailable",
        "Others change this at the same time: try again.",
        temporary=True,
        retry_after=0.5,
    )


def _tell(before: Task, change: Change) -> None:
    log.info(
        "task changed",
        task=before.id,
        conversation=before.conversation,
        agent=before.agent,
        before=before.state.value,
        after=change.task.state.value,
        reason=change.reason,
    )
