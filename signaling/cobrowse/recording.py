"""What the sharer records, as it arrives: epochs, gaps, limits, wishes for snapshots. Pure.

An epoch begins with a snapshot and goes on with deltas 1, 2, 3 ... When one is missing, what
follows is dropped until the snapshot that is wished for begins the next epoch. Times are
seconds of a monotonic clock.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal

from signaling.cobrowse.binary import SNAPSHOT, Header
from signaling.rate import Limit, TokenBucket

__all__ = ["Loss", "Recording"]

ASK_EVERY: Final = 2.0  # seconds between wishes for a snapshot
ASK_AGAIN: Final = 10.0  # seconds for a large snapshot to arrive over a slow line

_MIB: Final = 1024 * 1024
PACKED: Final = Limit(per_minute=2 * _MIB * 60, burst=16 * _MIB)
UNPACKED: Final = Limit(per_minute=16 * _MIB * 60, burst=64 * _MIB)
FRAMES: Final = Limit(per_minute=100 * 60, burst=400)

#: Why a binary frame is dropped.
Loss = Literal["not_shown", "stale", "gap", "too_much"]


class Recording:
    """The newest epoch, how far it has come, and whether another is wished for."""

    __slots__ = ("_asked", "_frames", "_from", "_packed", "_unpacked", "dropped", "epoch", "seq")

    def __init__(self, now: float, dropped: Counter[str] | None = None) -> None:
        self.epoch = 0  # the newest that was seen
        self.seq: int | None = None  # the newest of it that passed; None: something is missing
        self.dropped: Counter[str] = Counter() if dropped is None else dropped
        self._asked = float("-inf")
        self.begin(now)

    def begin(self, now: float) -> None:
        """Expect another sharer: with limits of their own, and a snapshot first."""
        self.seq = None
        self._frames = TokenBucket(FRAMES, now)
        self._packed = TokenBucket(PACKED, now)
        self._unpacked = TokenBucket(UNPACKED, now)
        self._from = now

    # --- what arrives -----------------------------------------------------------------------

    def offered(self, header: Header, size: int, now: float, *, shown: bool) -> Loss | None:
        """Count a frame of `size` bytes. Return why it is dropped, or None: look into it.

        `shown`: somebody may see it.
        """
        # Both are counted, whatever the other says.
        excess = self._frames.take(now), self._packed.take(now, size)
        if any(excess):
            return self._lost(header, "too_much")
        if not shown:
            return self._lost(header, "not_shown")
        return self._discontinuity(header)

    def accepted(self, header: Header, unpacked: int, now: float, *, shown: bool) -> Loss | None:
        """Go on with a frame that was looked into. Return why it is dropped after all, or None."""
        if not shown:
            return self._lost(header, "not_shown")
        if self._unpacked.take(now, unpacked):
            return self._lost(header, "too_much")
        if loss := self._discontinuity(header):
            return loss
        self.epoch, self.seq = header.epoch, header.seq
        if header.kind == SNAPSHOT:
            self._from = self._asked + ASK_EVERY
        return None

    def _discontinuity(self, header: Header) -> Loss | None:
        begun = header.epoch - self.epoch
        known = self.seq is not None and begun == 0 and header.seq <= self.seq
        if begun < 0 or known or (header.kind == SNAPSHOT and begun == 0):
            self.dropped["stale"] += 1
            return "stale"
        if header.kind == SNAPSHOT:
            return None
        if begun or self.seq is None or header.seq != self.seq + 1:
            return self._lost(header, "gap")
        return None

    def _lost(self, header: Header, why: Loss) -> Loss:
        self.dropped[why] += 1
        self.epoch = max(self.epoch, header.epoch)
        self.seq = None
        if header.kind == SNAPSHOT:
            self._from = self._asked + ASK_EVERY  # it is not on its way any more
        return why

    @property
    def flooded(self) -> bool:
        """Whether the sharer goes on and on above the limits."""
        buckets = self._frames, self._packed, self._unpacked
        return any(bucket.exhausted for bucket in buckets)

    # --- what is wished for -----------------------------------------------------------------

    @property
    def due(self) -> float:
        """When the next wish for a snapshot may go out."""
        return self._from

    def expect(self, until: float) -> None:
        """Leave the page until then to send a snapshot by itself; no other is on its way."""
        self._from = max(self._asked + ASK_EVERY, until)

    def wish(self, now: float) -> bool:
        """Tell whether a snapshot is to be asked for now, and count on it."""
        if now < self._from:
            return False
        self._asked = now
        self._from = now + ASK_AGAIN
        return True
