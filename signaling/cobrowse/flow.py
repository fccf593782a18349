"""What one viewer has got of the recording, and whether they keep up. Pure.

```
            snapshot                 over 1 MB unsent, or an
  WAITING ───────────► FOLLOWING ─── acknowledgement over 2 s late ──► BEHIND
     ▲                    │                                              │
     │   gap, curtain,    │           all sent and acknowledged,         │
     ├────────────────────┘           or 10 s without a word             │
     └───────────────────────────────────────────────────────────────────┘
```
Only a viewer who FOLLOWS gets deltas, and each of them continues what they have. One who is
WAITING wants a snapshot; one who is BEHIND gets nothing at all, so that what waits for them
cannot grow. A large snapshot alone makes nobody late: it may wait besides the 1 MB, and it has
the time of a slow line to arrive. Times are seconds of a monotonic clock.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Final

__all__ = ["MAX_UNSENT", "Flow", "Pace"]

MAX_UNSENT: Final = 1024 * 1024  # bytes that may wait for a viewer's socket
MAX_LAG: Final = 2.0  # seconds from sending to the acknowledgement
SLOW: Final = 125_000  # bytes a second of a line that is still worth following on
PATIENCE: Final = 10.0  # seconds; the acknowledgement itself may have been lost between nodes


class Pace(Enum):
    """Where a viewer is."""

    WAITING = "waiting"
    FOLLOWING = "following"
    BEHIND = "behind"


class Flow:
    """One viewer's share of the recording."""

    __slots__ = ("_arrives", "_fell_behind", "_outstanding", "_room", "_unsent", "pace")

    def __init__(self) -> None:
        self.pace = Pace.WAITING
        self._unsent = 0
        self._outstanding: deque[tuple[int, int, float]] = deque()  # epoch, seq, since when
        self._room = MAX_UNSENT  # bytes that may wait now
        self._arrives = 0.0  # when the last snapshot has, at the latest
        self._fell_behind = 0.0

    def restart(self) -> None:
        """What they have is not continued: they want a snapshot, once they keep up."""
        if self.pace is Pace.FOLLOWING:
            self._outstanding.clear()
            self.pace = Pace.WAITING

    def resync(self) -> None:
        """They say themselves that they want a snapshot: they have read what was sent."""
        self._outstanding.clear()
        if self._unsent <= MAX_UNSENT:
            self.pace = Pace.WAITING

    def snapshot(self, epoch: int, size: int, now: float) -> bool:
        """Tell whether they get the snapshot of `size` bytes that begins `epoch`."""
        if self.late(now):
            return False
        self._room = MAX_UNSENT + size
        self._arrives = now + size / SLOW
        self._outstanding.append((epoch, 0, self._arrives))
        self.pace = Pace.FOLLOWING
        return True

    def delta(self, epoch: int, seq: int, now: float) -> bool:
        """Tell whether they get this delta."""
        if self.late(now) or self.pace is not Pace.FOLLOWING:
            return False
        self._outstanding.append((epoch, seq, max(now, self._arrives)))
        return True

    def late(self, now: float) -> bool:
        """Tell whether they are behind, having looked at the time."""
        lagging = bool(self._outstanding) and now - self._outstanding[0][2] > MAX_LAG
        if self.pace is not Pace.BEHIND and (lagging or self._unsent > self._room):
            self.pace = Pace.BEHIND
            self._fell_behind = now
        return self.pace is Pace.BEHIND

    def shown(self, epoch: int, seq: int) -> None:
        """Take an acknowledgement of everything up to and with `seq`."""
        while self._outstanding and self._outstanding[0][:2] <= (epoch, seq):
            self._outstanding.popleft()
        self._drained()

    def unsent(self, size: int, now: float) -> None:
        """Take note of how many bytes wait for their socket."""
        self._unsent = size
        if size == 0:
            self._room = MAX_UNSENT
        self.late(now)
        self._drained()

    def tick(self, now: float) -> None:
        """Look at the time."""
        if self.late(now) and self._unsent == 0 and now >= self._fell_behind + PATIENCE:
            self._outstanding.clear()
            self._drained()

    @property
    def deadline(self) -> float:
        """When `tick` is due."""
        # While something is unsent, the news that it has gone is what matters.
        waits = self.pace is Pace.BEHIND and self._unsent == 0
        return self._fell_behind + PATIENCE if waits else float("inf")

    def _drained(self) -> None:
        if self.pace is Pace.BEHIND and self._unsent == 0 and not self._outstanding:
            self.pace = Pace.WAITING
