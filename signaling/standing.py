"""How somebody stands in the queue: when to look, and what is news to a connection. Pure.

SQL says how an agent's desk looks and which place a visitor has; a hint only says to look
soon. So everybody whom it may concern is looked up each `EVERY` seconds, also when the bus
is silent, and those whom a hint names within `SOON`. A look that takes long is followed by
a pause in proportion, so that looking never takes more than a quarter of the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from signaling.queue import Desk, QueuePlace

__all__ = ["EVERY", "SOON", "Rounds", "Told"]

EVERY = 1.0  # seconds between looks at everybody: an offer shows so soon without any hint
SOON = 0.05  # seconds over which hints are gathered
_PAUSE = 3.0  # times as long as a look took, nothing is looked up

_T = TypeVar("_T")


class Told:
    """What a connection has been told of its standing."""

    __slots__ = ("_dropped", "_last")

    def __init__(self) -> None:
        self._last: Desk | QueuePlace | None = None
        self._dropped = 0

    @property
    def waits(self) -> bool:
        """Whether it was told of a desk or of a place, which others may change."""
        return isinstance(self._last, Desk) or (self._last is not None and self._last.place > 0)

    def news(self, found: Desk | QueuePlace | None, dropped: int) -> Desk | QueuePlace | None:
        """Return what to tell, if anything; `found` None: there is nothing to be waited for.

        `dropped`: how many ephemeral frames the connection has lost so far; what was told
        before one of them was lost may have been that one.
        """
        if found is None:
            if not isinstance(self._last, QueuePlace):
                return None
            found = QueuePlace(conv=self._last.conv)
        if found == self._last and dropped == self._dropped:
            return None
        self._last, self._dropped = found, dropped
        return found


class Rounds(Generic[_T]):
    """When to look at whom. Times are seconds of a monotonic clock."""

    def __init__(self, now: float) -> None:
        self._round = now + EVERY
        self._soon = float("inf")
        self._rested = now
        self._woken: dict[_T, None] = {}

    @property
    def deadline(self) -> float:
        """When `take` has something to give."""
        return max(self._rested, min(self._round, self._soon))

    def wake(self, one: _T, now: float) -> None:
        """Look at `one` soon."""
        self._woken[one] = None
        self._soon = min(self._soon, now + SOON)

    def take(self, everybody: Iterable[_T], now: float) -> list[_T]:
        """Return whom to look at now: all of `everybody`, or those who were woken."""
        if now < self.deadline:
            return []
        due = list(self._woken)
        if now >= self._round:
            due = list(everybody)
            self._round = now + EVERY
        self._woken = {}
        self._soon = float("inf")
        return due

    def looked(self, began: float, ended: float) -> None:
        """Note how long a look took."""
        self._rested = ended + _PAUSE * (ended - began)
