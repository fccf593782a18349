"""The bounded queue of frames that wait for one connection's socket. Pure.

Fan-out never waits for a socket: it puts frames here. A reader that is too slow costs a
bounded number of bytes: ephemeral frames coalesce and are the first to go; when those that
must not be lost exceed the limit, the connection ends with 4008 and the client resumes.

Replies that the client asked for (snapshots, replays) may be larger than the limit and are
not counted against it; the gateway takes no further command while they wait.
"""

from __future__ import annotations

from enum import Enum

__all__ = ["MAX_QUEUED", "OutgoingQueue", "Weight"]

MAX_QUEUED = 256 * 1024  # bytes of unasked frames waiting for one socket


class Weight(Enum):
    """How a frame counts."""

    LIVE = "live"  # must arrive; counts against the limit
    REPLY = "reply"  # must arrive; was asked for
    EPHEMERAL = "ephemeral"  # may be dropped


class OutgoingQueue:
    """Frames in the order in which they are to be sent."""

    __slots__ = ("_counter", "_frames", "_live", "dropped", "size")

    def __init__(self) -> None:
        # Most connections are idle: an empty dict is the smallest ordered container.
        self._frames: dict[str | int, tuple[bytes, Weight]] = {}
        self._counter = 0
        self._live = 0
        self.size = 0  # bytes of everything that waits
        self.dropped = 0  # ephemeral frames that were lost for want of room

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, data: bytes, weight: Weight = Weight.LIVE, key: str | None = None) -> bool:
        """Add a frame; one of the same `key` that still waits is dropped for it.

        Return whether the queue holds what it must: false when it overflowed.
        """
        if key is not None and key in self._frames:
            self._remove(key)
        if weight is Weight.EPHEMERAL and self._live + len(data) > MAX_QUEUED:
            self.dropped += 1
            return True
        if key is None:
            self._counter += 1
        self._frames[self._counter if key is None else key] = (data, weight)
        self.size += len(data)
        if weight is not Weight.REPLY:
            self._live += len(data)
        if self._live > MAX_QUEUED:
            self._drop_ephemeral()
        return self._live <= MAX_QUEUED

    def take(self) -> bytes | None:
        """Return the next frame to send, and forget it."""
        for first in self._frames:
            return self._remove(first)
        return None

    def clear(self) -> None:
        """Forget everything."""
        self._frames = {}
        self._live = self.size = 0

    def _remove(self, slot: str | int) -> bytes:
        data, weight = self._frames.pop(slot)
        self.size -= len(data)
        if weight is not Weight.REPLY:
            self._live -= len(data)
        if not self._frames:
            self._frames = {}  # a dict does not shrink by itself
        return data

    def _drop_ephemeral(self) -> None:
        doomed = [slot for slot, (_, weight) in self._frames.items() if weight is Weight.EPHEMERAL]
        for slot in doomed:
            self._remove(slot)
        self.dropped += len(doomed)
