"""Says when the packets of one track were sampled, by our clock.

Pure. The sender's reports say it (`Track.timestamp_at`, RFC 3550 section 6.4.1): all tracks of a
browser by one offset, so lips stay in sync; between browsers what is left is half a round trip.
Before the first report the least delayed packet says it.
"""

from __future__ import annotations

__all__ = ["TrackClock"]


class TrackClock:
    """The clock of one track."""

    def __init__(self, rate: int) -> None:
        """`rate`: timestamp units per second."""
        self._rate = rate
        self._first: int | None = None
        self._newest = 0  # timestamp, extended
        self._offset = 0.0  # seconds: our clock minus the track's

    def at(self, timestamp: int, now: float, reported: int | None) -> float:
        """Return when a packet that came at `now` was sampled.

        `reported`: the timestamp of something sampled at `now`, by the sender's reports.
        """
        if self._first is None:
            self._first = self._newest = timestamp
            self._offset = now - timestamp / self._rate
        extended = self._newest + _delta(timestamp, self._newest)
        self._newest = max(self._newest, extended)
        if reported is not None:
            return now - _delta(reported, timestamp) / self._rate
        self._offset = min(self._offset, now - extended / self._rate)
        return extended / self._rate + self._offset


def _delta(a: int, b: int) -> int:
    """Return how far timestamp `a` is after `b`, in -2^31..2^31-1."""
    return ((a - b + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000
