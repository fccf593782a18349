"""Passive ICE-TCP: browsers whose network lets no UDP through connect to the port's TCP twin.

An asyncio shell around `media.framing`. A connection is nobody until the port says that its
address is somebody's, which takes an authentic connectivity check on it; until then it may bring
a handful of checks within a few seconds and gets nothing that was not asked for. From then on it
is an address like any other: `StreamAddress` is the key of its ICE pair, and what the port sends
there goes into the connection.

    accepted ──authentic check──► proven ──silent, refused by the port, or closed──► gone
        └──── too long, too much, not a check, or pushed out by newcomers ───────────┘

TCP has no packet to lose, so a slow way shows as a queue. It is kept short: what does not fit is
dropped as a router would, big packets (pictures) before small ones (sound, feedback, checks).

Rules: RFC 6544 (ICE-TCP; we only wait to be connected to), RFC 4571 (framing).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any, Final, cast

from media.framing import MAX_FRAME, Deframer, FrameTooLong, framed
from media.limits import Waiting
from media.stun import MAX_CHECK_SIZE

__all__ = ["StreamAddress", "TcpListener"]

BACKLOG: Final = 128
PER_NETWORK: Final = 32  # unproven connections of one address: an office behind a translator
TOTAL: Final = 256  # unproven connections in all; each is a file descriptor and 8 KiB
PROOF_TIME: Final = 5.0  # seconds that a connection may stay unproven
PROOF_BYTES: Final = 2048  # bytes that it may bring until then: a few checks
SILENCE: Final = 30.0  # seconds without a byte; browsers check every pair that they keep
LINGER: Final = 3.0  # seconds that last words may take
REAP: Final = 0.5  # seconds between looks for the silent
UNACKNOWLEDGED: Final = 15_000  # ms without an acknowledgement; the consent timeout
UNSENT: Final = 16 * 1024  # bytes that the kernel may hold back unsent
QUEUE_BIG: Final = 32 * 1024  # bytes waiting here above which big packets are dropped
QUEUE_ALL: Final = 64 * 1024  # and above which all are; 0.2 s of 2.5 Mbit/s
BIG: Final = 400  # bytes; sound, even sent twice over, feedback and checks are smaller

_serials = count(1)

Deliver = Callable[[memoryview, "StreamAddress", float], bool]
"""Take a datagram at a time; return whether its address is somebody's now."""


class StreamAddress(tuple[Any, ...]):
    """The address of a connection's peer: host, port, and what makes it no UDP address.

    No two connections share one, even of the same host and port.
    """

    connection: TcpConnection

    @classmethod
    def of(cls, connection: TcpConnection, host: str, port: int) -> StreamAddress:
        """Return the address of a connection."""
        made = cls((host, port, "tcp", next(_serials)))
        made.connection = connection
        return made


class TcpConnection(asyncio.BufferedProtocol):
    """One accepted connection."""

    def __init__(self, listener: TcpListener) -> None:
        self.address = StreamAddress.of(self, "", 0)
        self.proven = False
        self.since = self.heard = time.monotonic()
        """When it came, and when it last brought anything."""
        self.closing_since: float | None = None
        self._listener = listener
        self._frames = Deframer(longest=MAX_CHECK_SIZE)
        self._brought = 0
        self._transport: asyncio.Transport | None = None

    # -- asyncio -------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for its proof, if there is room to."""
        opened = cast(asyncio.Transport, transport)
        name = opened.get_extra_info("peername")
        if name is None:  # it has gone again
            opened.abort()
            return
        self._transport = opened
        self.address = StreamAddress.of(self, str(name[0]), int(name[1]))
        _tune(opened.get_extra_info("socket"))
        self._listener.arrived(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes go."""
        return self._frames.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Hand what has come to the port, frame by frame."""
        now = time.monotonic()
        self.heard = now
        try:
            frames = self._frames.advance(nbytes)
        except FrameTooLong:
            self.refuse("tcp-frame")
            return
        self._listener.packets_in += len(frames)
        self._listener.bytes_in += nbytes
        for frame in frames:
            if not self.proven and frame[0] >= 4:  # RFC 7983: no connectivity check
                self.refuse("tcp-stranger")
                return
            known = self._listener.deliver(frame, self.address, now)
            if known and not self.proven:
                self.proven = True
                self._frames.longest = MAX_FRAME
                self._listener.proved(self)
            elif self.proven and not known:  # its peer was closed, or uses other pairs
                self.close()
                return
        if not self.proven:
            self._brought += nbytes
            if self._brought > PROOF_BYTES:
                self.refuse("tcp-stranger")

    def eof_received(self) -> bool:
        """Close our half as well: nobody reads it."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._transport = None
        self._listener.lost(self)

    # -- the port ------------------------------------------------------------------------------

    def send(self, data: bytes | memoryview, segment: int) -> None:
        """Send `data` as datagrams of `segment` bytes, of which the last may be shorter.

        What the queue has no room for is dropped and counted.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        queued = transport.get_write_buffer_size()
        frames = []
        for at in range(0, len(data), segment):
            datagram = data[at : at + segment]
            if queued > (QUEUE_BIG if len(datagram) > BIG else QUEUE_ALL):
                self._listener.dropped["tcp-queue-full"] += 1
                continue
            frames.append(framed(datagram))
            queued += len(frames[-1])
        if frames:
            self._listener.packets_out += len(frames)
            self._listener.bytes_out += sum(map(len, frames))
            transport.write(b"".join(frames))

    def close(self) -> None:
        """Close when what waits has been sent."""
        if self._transport is not None and self.closing_since is None:
            self.closing_since = time.monotonic()
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def refuse(self, reason: str) -> None:
        """Close at once, and count why."""
        self._listener.dropped[reason] += 1
        self.abort()


class TcpListener:
    """The listening socket and its connections. `bind`, `start`, `aclose`."""

    def __init__(
        self,
        deliver: Deliver,
        forget: Callable[[StreamAddress], None],
        dropped: Counter[str],
    ) -> None:
        """`forget` is told of addresses that have gone; `dropped` counts reasons."""
        self.deliver = deliver
        self.dropped = dropped
        self.packets_in = self.packets_out = 0
        self.bytes_in = self.bytes_out = 0
        self._forget = forget
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[TcpConnection] = set()
        self._unproven: Waiting[TcpConnection] = Waiting(PER_NETWORK, TOTAL)
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._connections)

    def bind(self, host: str, port: int) -> None:
        """Take the port, without listening yet.

        Raises:
            OSError: it is taken, or the host is not this machine's.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.setblocking(False)
            # Connections of an earlier process, in TIME_WAIT, do not keep the port.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            opened.bind((host, port))
        except OSError:
            opened.close()
            raise
        self._socket = opened

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: another program listens there.
        """
        if self._socket is None:
            raise RuntimeError("the port is bound first")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: TcpConnection(self), sock=self._socket, backlog=BACKLOG
        )
        self._timer = loop.call_later(REAP, self._reap)

    async def aclose(self) -> None:
        """Close the socket and every connection. Safe to call twice, or before `start`."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._server is not None:
            self._server.close()
            for connection in list(self._connections):
                connection.abort()
            await self._server.wait_closed()
            self._server = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # -- connections ---------------------------------------------------------------------------

    def arrived(self, connection: TcpConnection) -> None:
        """Let a connection wait for its proof."""
        self._connections.add(connection)
        pushed_out = self._unproven.add(connection, str(connection.address[0]))
        if pushed_out is not None:
            pushed_out.refuse("tcp-crowd")

    def proved(self, connection: TcpConnection) -> None:
        """Note that a connection is somebody's."""
        self._unproven.discard(connection)

    def lost(self, connection: TcpConnection) -> None:
        """Forget a connection that has gone."""
        self._connections.discard(connection)
        self._unproven.discard(connection)
        self._forget(connection.address)

    def _reap(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(REAP, self._reap)
        now = time.monotonic()
        for connection in list(self._connections):
            closing = connection.closing_since
            if closing is not None:
                if now - closing > LINGER:
                    connection.abort()
            elif not connection.proven and now - connection.since > PROOF_TIME:
                connection.refuse("tcp-unproven")
            elif now - connection.heard > SILENCE:
                connection.refuse("tcp-silent")


def _tune(opened: Any) -> None:
    """Send at once, queue little, and notice a peer that no longer acknowledges."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for name, value in (("TCP_NOTSENT_LOWAT", UNSENT), ("TCP_USER_TIMEOUT", UNACKNOWLEDGED)):
        option = getattr(socket, name, None)
        if option is not None:  # not every system has both
            with contextlib.suppress(OSError):
                opened.setsockopt(socket.IPPROTO_TCP, option, value)
