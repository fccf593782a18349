"""The load's clock: every source's bursts at their times, and how late they were.

Each source has a phase of its own, from a seed, so that bursts of different people fall together
as often as they do in a crowd, in the same way for every server. A burst that is late goes at once
and moves no later one: the rate stays what was claimed, or the lateness shows that it could not.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections.abc import Sequence
from typing import Final

from tests.load.media_load.source import Source

__all__ = ["Pacer"]

SEED: Final = 6


class Pacer:
    """Lets sources send until it is stopped."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.late: list[float] = []
        """Seconds that each burst was sent too late."""
        self._loop = asyncio.get_running_loop()
        chance = random.Random(SEED)
        start = time.monotonic() + 0.05  # uvloop's own clock stands still within a turn
        self._due = [
            (start + chance.uniform(0, s.content.interval), index, s)
            for index, s in enumerate(sources)
        ]
        heapq.heapify(self._due)
        self._timer = self._loop.call_later(0.05, self._run)

    def _run(self) -> None:
        due, now = self._due, time.monotonic()
        while due[0][0] <= now:
            at, index, source = due[0]
            source.send(time.time_ns())
            self.late.append(now - at)
            heapq.heapreplace(due, (at + source.content.interval, index, source))
            now = time.monotonic()
        self._timer = self._loop.call_later(due[0][0] - now, self._run)

    def stop(self) -> None:
        """Send nothing more."""
        self._timer.cancel()
