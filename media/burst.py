"""What goes to one participant in one wake-up: packets sealed one behind the other, sent together.

No I/O of its own; `media.subscription` writes a packet at `end` of `view`, `add` seals it there,
and the port calls `flush` at the end of the wake-up at the latest, so that nothing waits for what
may not come.
The kernel cuts a burst into datagrams of one size, only the last may be shorter (UDP_SEGMENT, see
`media.udp`): a packet that does not fit that rule lets those before it leave and begins a burst of
its own.

    empty ──add──► open ──a packet as long──► open ──a shorter one──► closed
      ▲              └──────────── a longer one, no room, flush ──────────┘ leaves ─► empty or open
"""

from __future__ import annotations

from typing import Final, Protocol

from media.adapter import BUFFER_SIZE, PacketBuffer, SrtpWriter
from media.stun import Address

__all__ = ["MAX_SEGMENTS", "Burst", "Exit"]

MAX_SEGMENTS: Final = 64  # datagrams; what every kernel with UDP_SEGMENT takes (UDP_MAX_SEGMENTS)
ROOM: Final = 16 * BUFFER_SIZE  # bytes; a wake-up's worth of packets, within one UDP payload


class Exit(Protocol):
    """The way out to the network, as a burst needs it."""

    def expect(self, burst: Burst) -> None:
        """Call the burst's `flush` soon: it is no longer empty."""

    def send_burst(self, data: memoryview, segment: int, address: Address) -> None:
        """Send `data` as datagrams of `segment` bytes, of which the last may be shorter."""


class Burst:
    """The outgoing packets of one connection."""

    __slots__ = (
        "_closed",
        "_count",
        "_exit",
        "_segment",
        "_start",
        "address",
        "buffer",
        "end",
        "octets",
        "view",
        "writer",
    )

    def __init__(self, way_out: Exit) -> None:
        self.buffer = PacketBuffer(ROOM)
        self.view = self.buffer.view
        self.end = 0
        """Where in `view` the next packet is to be written; there is room for one."""
        self.octets = 0
        """Bytes handed over to be sent, since the start."""
        self.writer: SrtpWriter | None = None
        """The cipher; None while nothing may be sent."""
        self.address: Address | None = None
        """Where to; None before any address is proven."""
        self._exit = way_out
        self._start = 0
        self._count = 0
        self._segment = 0
        self._closed = False

    def add(self, size: int) -> None:
        """Seal the packet of `size` bytes that was written at `end`, and keep it until `flush`."""
        writer, at = self.writer, self.end
        if writer is None:
            return
        sealed = writer.rtp(self.buffer, at, size)
        if sealed < 0:
            return
        count = self._count
        if count == 0:
            self._segment = sealed
            self._exit.expect(self)
        elif sealed > self._segment or self._closed or count == MAX_SEGMENTS:
            self._leave()
            self._start, self._segment, self._closed = at, sealed, False
            count = 0
        elif sealed < self._segment:
            self._closed = True
        self._count = count + 1
        self.end = at = at + sealed
        if at > ROOM - BUFFER_SIZE:
            self._leave()
            self._start = self.end = self._count = 0
            self._closed = False

    def flush(self) -> None:
        """Send what is kept."""
        if self._count:
            self._leave()
        self._start = self.end = self._count = 0
        self._closed = False

    def _leave(self) -> None:
        address = self.address
        if address is not None:
            self.octets += self.end - self._start
            self._exit.send_burst(self.view[self._start : self.end], self._segment, address)
