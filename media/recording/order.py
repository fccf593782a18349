"""Puts the packets of one track into their order, with time for lost ones to be repaired.

Pure. The media server asks for lost packets again for up to a second (`media/reception.py`);
most are there after one round trip. Who waits longer loses more in a crash, so `HOLD` is half of
the second that a recording may lose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from media.rtp import seq_delta

__all__ = ["HOLD", "Heard", "Reorder"]

HOLD: Final = 0.5  # seconds that a gap may stay open


@dataclass(frozen=True, slots=True)
class Heard:
    """One packet of a track. `at`: seconds of our clock when it was sampled."""

    timestamp: int
    marker: bool
    payload: bytes
    at: float


class Reorder:
    """The packets between the newest and the oldest that is still awaited."""

    def __init__(self) -> None:
        self._next: int | None = None  # extended sequence number
        self._newest = 0
        self._kept: dict[int, tuple[Heard, float]] = {}

    def push(self, seq: int, packet: Heard, now: float) -> None:
        """Take a packet; one that came before, or too late, is passed over."""
        if self._next is None:
            self._next = self._newest = seq
        number = self._newest + seq_delta(seq, self._newest & 0xFFFF)
        if number < self._next or number in self._kept:
            return
        self._newest = max(self._newest, number)
        self._kept[number] = (packet, now)

    def missing(self, seq: int) -> bool:
        """Tell whether a packet is awaited, so that a copy of it is of use."""
        if self._next is None:
            return False
        number = self._newest + seq_delta(seq, self._newest & 0xFFFF)
        return number >= self._next and number not in self._kept

    def due(self, now: float, *, end: bool = False) -> Iterator[tuple[Heard, bool]]:
        """Give what is in order, each with whether packets before it are lost for good.

        `end`: nothing more comes; wait for nothing.
        """
        while self._next is not None and self._kept:
            entry = self._kept.pop(self._next, None)
            if entry is not None:
                self._next += 1
                yield entry[0], False
                continue
            first = min(self._kept)
            packet, since = self._kept[first]
            if not end and now - since < HOLD:
                return
            del self._kept[first]
            self._next = first + 1
            yield packet, True
