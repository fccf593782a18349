"""Carries out what happens to tasks without their conversations: offers, rejections, wrap-ups.

Each is one transaction: load, decide (`server/domain/routing.py`), compare and set, with the
hints for whoever it concerns. When somebody else was first it is looked at again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.following import Step
from server.domain.matching import Match
from server.domain.routing import Change, Task
from server.domain.transitions import offer
from server.services.announcing import standing_changed
from server.services.outbox import Outbox, Owed
from server.services.tasks import TRIES, busy, tell
from server.store import tasks
from server.store.database import Database
from server.store.matching import Waited
from server.store.tasks import Stale

__all__ = ["Decide", "Offers", "Within"]

log = structlog.get_logger(__name__)

#: Decides on a task as it is now; None: nothing is to be done any more.
Decide = Callable[[AsyncConnection, Task, int], Awaitable[Change | None]]
#: More work in the transaction of a change, after it.
Within = Callable[[AsyncConnection], Awaitable[None]]


class Offers:
    """The transitions of one process."""

    def __init__(self, db: Database, outbox: Outbox) -> None:
        self._db = db
        self._outbox = outbox

    async def make(self, where: Waited, matches: Sequence[Match], now: int) -> int:
        """Offer waiting tasks to agents; return to how many of them, as others may be faster."""
        steps = [
            Step(one.task, offer(one.task, one.agent, one.why, now, where.offer_seconds))
            for one in matches
        ]

        async def job(tx: AsyncConnection) -> tuple[list[Step], str, Owed]:
            made = await tasks.claim(tx, where.site, where.department, steps, now)
            if not made:
                return made, "", []
            agents = {step.change.charges[0].agent for step in made}
            hints = standing_changed(where.site, agents)
            return made, await self._outbox.owe(tx, hints), hints

        made, key, hints = await self._db.run(job)
        if made:
            await self._outbox.publish(key, hints)
            tell(made)
        return len(made)

    async def change(
        self, site: str, key: str, decide: Decide, within: Within | None = None
    ) -> Task | None:
        """Do what `decide` makes of a task; return it after that, None if nothing was done.

        `within` is done too then, in the same transaction: what it locks comes after tasks.

        Raises:
            Refusal: others were faster again and again; the same may go through a moment later.
        """

        async def job(tx: AsyncConnection) -> tuple[str, Owed, Task, Change] | None:
            found = await tasks.by_id(tx, key)
            if found is None:
                return None
            now = await self._db.moment(tx)
            change = await decide(tx, found, now)
            if change is None:
                return None
            await tasks.apply(tx, site, [Step(found, change)], now)
            if within is not None:
                await within(tx)
            agents = {one for one in (found.agent, change.task.agent) if one is not None}
            hints = standing_changed(site, agents)
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
            tell([Step(before, change)])
            return change.task
        raise busy()
