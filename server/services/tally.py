"""Keeps the figures of the queue for whoever scrapes them: looked up then, and no more often."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from server.store import queue_figures
from server.store.database import Database

__all__ = ["QueueStats", "Tally"]


@dataclass(frozen=True, slots=True)
class QueueStats:
    """The queue of all sites, the same on every node. `longest`: ms.

    `offers`: since this process was first asked, by what became of them.
    """

    waiting: int = 0
    longest: int = 0
    agents: dict[str, int] = field(default_factory=dict)
    offers: dict[str, int] = field(default_factory=dict)


class Tally:
    """The newest look at the queue. `look` before `stats`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stats = QueueStats()
        self._last: int | None = None  # event of a task that was counted
        self._offers: Counter[str] = Counter(made=0, accepted=0, missed=0, rejected=0, withdrawn=0)
        self._looking = asyncio.Lock()

    def stats(self) -> QueueStats:
        """Return what the last look saw."""
        return self._stats

    async def look(self) -> None:
        """Look in SQL; offers are counted from the first look on."""
        async with self._looking, self._db.read() as tx:
            waits = await queue_figures.waits(tx)
            agents = await queue_figures.agents(tx)
            if self._last is None:
                self._last = await queue_figures.newest(tx)
            self._last, found = await queue_figures.offers(tx, self._last)
            self._offers.update(found)
            self._stats = QueueStats(waits.tasks, waits.longest, agents, dict(self._offers))
