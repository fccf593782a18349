"""Offers what waits to whom it fits: the router of one process.

Any process offers and sweeps; there is no leader. The one whose commit freed a slot, put
somebody in a queue or made an agent available wakes its own router at once (`wake`). What a
lost wake-up missed the sweep finds, every half second, without any bus. Two routers that
look at the same queue choose the same; the second finds the rows locked or changed and
passes them over (`server/store/tasks.py`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from server.domain.matching import Match, match
from server.domain.routing import Agent, Task, calls_of
from server.services.audit import Audit
from server.services.conversations import Conversations
from server.services.desks import Desks
from server.services.offers import Offers
from server.services.outbox import Outbox
from server.services.sweeping import Sweeping
from server.store import matching
from server.store.database import Database
from server.store.matching import Waited

__all__ = ["Router"]

log = structlog.get_logger(__name__)

_EVERY: Final = 0.5  # seconds between sweeps
_DEBOUNCE: Final = 0.003  # seconds; commits that come together wake once
_PAGE: Final = 100  # tasks looked at together
_LOT: Final = 16  # offers that share a transaction; their rows are locked for its time
_AT_ONCE: Final = 4  # transactions of offers at the same time by one process
_AGAIN: Final = 3  # looks at a queue of which others took all
_MOST: Final = 256  # offers of one look, about; what is decided on it is soon old
_BESIDES: Final = 16  # tasks looked at besides those that there are slots for


class Router:
    """The router of one process. `run` until cancelled, or call `match` and `sweep`."""

    def __init__(
        self, db: Database, conversations: Conversations, outbox: Outbox, audit: Audit
    ) -> None:
        self._db = db
        self._offers = Offers(db, outbox)
        self._sweeping = Sweeping(db, conversations, self._offers)
        #: What agents do with what is offered to them, and with their own state.
        self.desks = Desks(db, conversations, self._offers, outbox, audit, self.wake)
        conversations.freed = self.wake
        self._woken: set[str] = set()
        self._wake = asyncio.Event()
        self._writing = asyncio.Semaphore(_AT_ONCE)

    def wake(self, site: str) -> None:
        """Look at the queues of a site soon: something changed there."""
        self._woken.add(site)
        self._wake.set()

    async def run(self) -> None:
        """Offer and sweep until cancelled; what fails is logged and tried again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._match_woken())
            group.create_task(self._sweep_on())

    async def _match_woken(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(_DEBOUNCE)
            self._wake.clear()
            woken, self._woken = self._woken, set()
            for site in sorted(woken):
                try:
                    await self.match(site)
                except Exception:
                    log.exception("matching failed", site=site)

    async def _sweep_on(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("sweep of the queue failed")
            # Nodes that were started together do not sweep together for ever.
            await asyncio.sleep(_EVERY * random.uniform(0.8, 1.0))

    async def sweep(self) -> None:
        """Do what is due, then offer what waits, on all sites."""
        await self._sweeping.sweep()
        await self.match()

    async def returned(self, site: str, agent: str) -> None:
        """An agent is there again: give them what they had, then what waits."""
        await self._sweeping.returned(agent)
        self.wake(site)

    async def gone(self, agents: Sequence[tuple[str, str]]) -> None:
        """Agents (site, agent) have no lease any more: find others for what they had."""
        await self._sweeping.gone()
        for site, _ in agents:
            self.wake(site)

    async def match(self, site: str | None = None) -> int:
        """Offer what waits on a site, or on all; return how many offers were made."""
        made = 0
        async with self._db.read() as tx:
            queues = await matching.waited_for(tx, site)
        for queue in queues:
            if not queue.auto:
                continue
            try:
                made += await self._match(queue)
            except Exception:  # one that cannot be dealt with stops no other
                log.exception("matching failed", department=queue.department)
        return made

    async def _match(self, queue: Waited) -> int:
        """Offer what waits in one department, as long as somebody is free."""
        made = beaten = 0
        while beaten < _AGAIN:
            found, now = await self._matches(queue)
            lots = _lots(found)
            done = sum(await asyncio.gather(*(self._make(queue, lot, now) for lot in lots)))
            made += done
            if done < len(found):
                # Another node is at it: what it leaves is looked at when it is done.
                beaten = 0 if done else beaten + 1
                await asyncio.sleep(random.uniform(0.005, 0.02))
            elif done < _MOST:
                break
        return made

    async def _make(self, queue: Waited, lot: Sequence[Match], now: int) -> int:
        async with self._writing:
            return await self._offers.make(queue, lot, now)

    async def _matches(self, queue: Waited) -> tuple[list[Match], int]:
        found: list[Match] = []
        async with self._db.read() as tx:
            now = await self._db.moment(tx)
            team = await matching.team(tx, queue.department)
            skip = 0
            saved: set[str] = set()
            while len(found) < _MOST and (slots := sum(_slots(agent) for agent in team)):
                most = min(_PAGE, _BESIDES + slots)
                tasks = await matching.waiting(tx, queue.department, most=most, skip=skip)
                last = await matching.last_agents(tx, [task.visitor for task in tasks])
                page = match(tasks, team, last, now, saved)
                found += page
                if len(tasks) < most:
                    break
                team = _after(team, page, now)
                skip += most
        return found, now


def _slots(agent: Agent) -> int:
    """Return how many units an agent may be offered."""
    there = agent.online and agent.state == "available"
    return max(0, agent.capacity - agent.used) if there else 0


def _lots(found: Sequence[Match]) -> list[list[Match]]:
    """Part offers into transactions, all of one agent in the same: others' would find them locked.

    In no order, so that nodes that found the same share it.
    """
    by_agent: dict[str, list[Match]] = {}
    for one in found:
        by_agent.setdefault(one.agent, []).append(one)
    lots: list[list[Match]] = []
    for mine in by_agent.values():
        if lots and len(lots[-1]) < _LOT:
            lots[-1] += mine
        else:
            lots.append(mine)
    random.shuffle(lots)
    return lots


def _after(team: list[Agent], made: list[Match], now: int) -> list[Agent]:
    """Return the team as it will be when the offers are made."""
    charges: dict[str, list[Task]] = {}
    for one in made:
        charges.setdefault(one.agent, []).append(one.task)
    return [
        replace(
            agent,
            used=agent.used + sum(task.weight for task in charges[agent.id]),
            calls=agent.calls + sum(calls_of(task.mode) for task in charges[agent.id]),
            idle_since=now,
        )
        if agent.id in charges
        else agent
        for agent in team
    ]
