"""One stream on one connection: how far it has been sent, and what to do with live frames. Pure.

```
  OPENING ──result──► LIVE ──a frame or a head beyond the next──► READING ──result──► LIVE
```
While a result is being read from SQL, live frames wait in a short ring. What the result
covered is dropped by its position; what the ring lost shows as a gap and is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

import msgspec

from signaling.messages import Event, InboxChanges

__all__ = ["LiveFrame", "Position", "Stream"]

HELD = 64  # live frames kept while a result is read; more show as a gap

_decoder: msgspec.json.Decoder[Event | InboxChanges] = msgspec.json.Decoder(Event | InboxChanges)


class LiveFrame(NamedTuple):
    """An encoded frame that moves a stream from `prev` to `seq`; shared by many connections."""

    seq: int
    prev: int
    data: bytes


class Position(Enum):
    """Where the stream's truth comes from now."""

    OPENING = "opening"
    LIVE = "live"
    READING = "reading"


class Stream:
    """How far a stream has been sent on one connection."""

    __slots__ = ("_again", "_checked", "_held", "cursor", "position")

    def __init__(self, cursor: int) -> None:
        self.position = Position.OPENING
        self.cursor = cursor  # seq of the newest event sent
        self._checked = 0  # newest head that was looked up, though nothing of it may be visible
        self._again = False
        self._held: list[LiveFrame] = []

    def offer(self, frame: LiveFrame) -> Iterator[bytes]:
        """Take a live frame; yield what to send. `position` may become READING: then read."""
        if self.position is not Position.LIVE:
            self._held.append(frame)
            del self._held[:-HELD]
            return
        if frame.seq <= self.cursor:
            return
        if frame.prev > self.cursor:
            self.position = Position.READING
            self._held.append(frame)
            return
        yield frame.data if frame.prev == self.cursor else self._restated(frame)
        self.cursor = frame.seq

    def head(self, seq: int) -> None:
        """Learn that `seq` exists. `position` may become READING: then read."""
        if seq <= self.cursor or seq <= self._checked:
            return
        if self.position is not Position.LIVE:
            self._again = True
            return
        self._checked = seq
        self.position = Position.READING

    def settle(self) -> Iterator[bytes]:
        """Go live from `cursor` after a result; yield the held frames that still matter.

        `position` may be READING afterwards: then read again.
        """
        self.position = Position.LIVE
        held, self._held = self._held, []
        for frame in held:
            yield from self.offer(frame)
        again, self._again = self._again, False
        if again and self.position is Position.LIVE:
            self.position = Position.READING

    def give_up(self) -> None:
        """Go live although the result did not come; what is missing will show as a gap."""
        self.position = Position.LIVE
        self._held = []
        self._checked = 0
        self._again = False

    def _restated(self, frame: LiveFrame) -> bytes:
        """Return the frame as following on this connection's cursor.

        A snapshot may end after the audience's last visible event; `prev` on the wire is
        what this client has.
        """
        return msgspec.json.encode(
            msgspec.structs.replace(_decoder.decode(frame.data), prev=self.cursor)
        )
