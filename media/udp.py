"""A UDP socket that moves several datagrams per system call where the kernel can.

Driven by `media.port`. System calls are most of what a forwarded packet costs, so on Linux the
socket asks for, and uses each that it gets:

- UDP_GRO: datagrams of one sender that came together are read as one, with their size beside it,
  and handed on where they lie;
- UDP_SEGMENT (GSO): a burst to one address is handed over as one, and cut up by the kernel;
- SO_TIMESTAMPNS: when the kernel took a datagram, so that our own delay does not look like the
  network's to those who measure it.

Each has its plain way beside it, taken when the kernel does not know the option, and for GSO also
when it refuses a burst (no checksum offload, a path of a smaller MTU). On the wire there is no
difference. Linux: udp(7), socket(7); numbers from its uapi headers, as Python does not name them.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog

from media.adapter import PacketBuffer
from media.stun import Address

__all__ = ["BATCH", "UdpSocket"]

log = structlog.get_logger(__name__)

BATCH: Final = 64  # datagrams per wake-up; the loop must come round to the signalling as well
KERNEL_BUFFER: Final = 4 * 1024 * 1024  # bytes asked for; the kernel may give less
LARGEST: Final = 0x10000  # bytes; what the kernel joins is at most one IP packet

SOL_UDP: Final = socket.IPPROTO_UDP
UDP_SEGMENT: Final = 103
UDP_GRO: Final = 104
SO_TIMESTAMPNS: Final = 35
SO_MEMINFO: Final = 55
MEMINFO: Final = struct.Struct("@9I")  # the last is the count of what did not fit
ANCILLARY: Final = socket.CMSG_SPACE(16) + socket.CMSG_SPACE(4)  # a timespec and a size
TIMESPEC: Final = struct.Struct("@ll")
SEGMENT: Final = struct.Struct("@H")

OLDEST: Final = 1.0  # seconds; a datagram "older" than this was stamped by a clock since set
NEWEST: Final = 0.1  # seconds that datagrams may come after the wake-up that reads them

# What the kernel says when it cannot cut a burst: no checksum offload, a segment above the MTU, no
# such option. The plain way may still be open.
REFUSALS: Final = frozenset(
    {errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.EOPNOTSUPP, errno.ENOPROTOOPT}
)
PATIENCE: Final = 16  # refusals in a row after which bursts are no longer tried

Take = Callable[[int, int, Address, float, float], None]
"""(offset and size in the receive buffer, sender, our time, time of arrival)"""


class UdpSocket:
    """A bound, non-blocking UDP socket with its receive buffer and counters."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        segment: bool = True,
        coalesce: bool = True,
        timestamps: bool = True,
    ) -> None:
        """Bind; ask the kernel for what is not declined.

        Raises:
            OSError: the port is taken, or the host is not this machine's.
        """
        self.rx = PacketBuffer(LARGEST)
        self.packets_in = 0
        self.packets_out = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.dropped: Counter[str] = Counter()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
            self.segments = segment and _gives(opened, SOL_UDP, UDP_SEGMENT, 0)
            """Whether bursts leave in one call."""
            self.coalesces = coalesce and _gives(opened, SOL_UDP, UDP_GRO, 1)
            """Whether the kernel joins what came together."""
            self.stamps = timestamps and _gives(opened, socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            """Whether the kernel tells when a datagram came."""
            opened.bind((host, port))
        except OSError:
            opened.close()
            raise
        self.socket = opened
        self._refused = 0
        self._controls: dict[int, list[tuple[int, int, bytes]]] = {}

    @property
    def number(self) -> int:
        """The port."""
        return int(self.socket.getsockname()[1])

    @property
    def overflowed(self) -> int:
        """How many datagrams the kernel threw away because its buffer was full."""
        if self.closed or sys.platform != "linux":
            return 0
        return int(MEMINFO.unpack(self._socket_memory())[8])

    def _socket_memory(self) -> bytes:
        with contextlib.suppress(OSError):
            told = self.socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size)
            if len(told) == MEMINFO.size:
                return told
        return bytes(MEMINFO.size)

    @property
    def closed(self) -> bool:
        """Whether the port was given back."""
        return self.socket.fileno() < 0

    def close(self) -> None:
        """Give the port back."""
        self.socket.close()

    # -- in -----------------------------------------------------------------------------------

    def drain(self, take: Take) -> None:
        """Hand every datagram that waits to `take`, one by one, at most about `BATCH` of them."""
        receive, views = self.socket.recvmsg_into, [self.rx.view]
        now = time.monotonic()
        ahead = time.time() - now  # of the kernel's clock before ours
        left = BATCH
        while left > 0:
            try:
                size, controls, _, address = receive(views, ANCILLARY)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error for something we sent
                left -= 1
                continue
            step, arrival = size, now
            for _, kind, data in controls:
                if kind == SO_TIMESTAMPNS:
                    seconds, nanoseconds = TIMESPEC.unpack(data)
                    arrival = seconds + nanoseconds * 1e-9 - ahead
                    if not -OLDEST < arrival - now < NEWEST:
                        arrival = now
                elif kind == UDP_GRO:
                    step = int.from_bytes(data, sys.byteorder)
            self.bytes_in += size
            if step >= size:
                self.packets_in += 1
                left -= 1
                take(0, size, address, now, arrival)
                continue
            for at in range(0, size, step):
                self.packets_in += 1
                left -= 1
                take(at, min(step, size - at), address, now, arrival)

    # -- out ----------------------------------------------------------------------------------

    def send(self, data: bytes | memoryview, address: Address) -> None:
        """Send a datagram."""
        try:
            self.socket.sendto(data, address)
        except OSError as refused:
            self._lose(refused, 1)
        else:
            self.packets_out += 1
            self.bytes_out += len(data)

    def send_burst(self, data: memoryview, segment: int, address: Address) -> None:
        """Send `data` as datagrams of `segment` bytes, of which the last may be shorter."""
        size = len(data)
        if size <= segment:
            self.send(data, address)
            return
        refusal: OSError | None = None
        if self.segments:
            control = self._controls.get(segment)
            if control is None:
                control = [(SOL_UDP, UDP_SEGMENT, SEGMENT.pack(segment))]
                self._controls[segment] = control
            count = -(-size // segment)
            try:
                self.socket.sendmsg([data], control, 0, address)
            except OSError as refused:
                if refused.errno not in REFUSALS:
                    self._lose(refused, count)
                    return
                refusal = refused
            else:
                self._refused = 0
                self.packets_out += count
                self.bytes_out += size
                return
        before = self.packets_out
        for at in range(0, size, segment):
            self.send(data[at : at + segment], address)
        if refusal is not None and self.packets_out > before:
            self._note_refusal(refusal)

    def _note_refusal(self, refused: OSError) -> None:
        """Count a burst that was refused although its datagrams were not."""
        self._refused += 1
        if self._refused == PATIENCE:
            self.segments = False
            log.info("media.bursts_refused", error=refused.strerror)

    def _lose(self, refused: OSError, count: int) -> None:
        full = isinstance(refused, BlockingIOError)
        self.dropped["send-buffer-full" if full else "unreachable"] += count


def _gives(opened: socket.socket, level: int, option: int, value: int) -> bool:
    """Set an option that other kernels may not know."""
    if sys.platform != "linux":
        return False
    with contextlib.suppress(OSError):
        opened.setsockopt(level, option, value)
        return True
    return False
