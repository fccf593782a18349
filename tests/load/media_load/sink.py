"""One stream that the load takes: counted packet by packet, timed, asked for again when lost.

Pure; `end` gives it every authentic packet with the kernel's time of arrival. A packet
of a picture is known by its stamp, so a retransmission, a duplicate and a packet of another stream
are told apart without trusting the server's sequence numbers. Sound that a server has encoded anew
has no stamp: its packets are counted, and its delay is read from the first loud one.
"""

from __future__ import annotations

import struct
from typing import Final

from tests.load.media_load.content import is_untouched, read_stamp
from tests.load.media_load.description import TRANSPORT_CC, RemoteLine
from tests.load.media_load.feedback import Arrivals, Numbers
from tests.load.media_load.source import Source

__all__ = ["Sink"]

HEADER: Final = struct.Struct("!BBHII")
SAMPLE: Final = 64  # every so many packets, the whole payload is compared
PAGE: Final = 4096
LOUD: Final = 60  # bytes of an Opus packet with a tone; silence has less
LATEST: Final = 500_000_000  # ns; a sound that takes longer is taken for the next one


class Sink:
    """The receiving end of one stream, of which we know the source."""

    def __init__(self, source: Source, line: RemoteLine, arrivals: Arrivals) -> None:
        """Take what the server announces in `line`; `arrivals` are its connection's.

        Raises:
            ValueError: the line announces no stream.
        """
        if not line.ssrcs or line.direction not in ("sendonly", "sendrecv"):
            raise ValueError(f"the server sends nothing on this line: {line}")
        self.source = source
        self.rtx = dict(line.rtx)
        self.ssrc = next(s for s in line.ssrcs if s not in line.rtx)
        self.kind = line.kind
        self.numbers = Numbers(source.content.clock_rate)
        self.received = 0
        """Datagrams of this stream that came, repetitions included."""
        self.repaired = 0
        self.foreign = 0
        """Packets that are not of the source, or came changed."""
        self.latencies: list[int] = []
        """Of packets that came by themselves, in ns."""
        self.seen = bytearray(PAGE)
        """How often each of the source's packets came."""
        self._wide = line.extensions.get(TRANSPORT_CC, 0)
        self._arrivals = arrivals
        self._quiet = 0

    def take(self, packet: bytes, at: int) -> None:
        """Take an RTP packet in the clear that came at `at` (ns)."""
        _, _, number, timestamp, ssrc = HEADER.unpack_from(packet)
        start = self._read_header(packet, at)
        self.received += 1
        if len(packet) - start < 3:
            return  # padding that probes for bandwidth
        again = ssrc in self.rtx
        if again:
            self.numbers.repaired(packet[start] << 8 | packet[start + 1])
        else:
            self.numbers.take(number, timestamp, at / 1e9)
        if self.source.content.stamped:
            self._count(packet, start + 2 * again, at, again)
        else:
            self._hear(len(packet) - start, at)

    def _read_header(self, packet: bytes, at: int) -> int:
        """Note the transport-wide number; return where the payload begins."""
        start = 12 + 4 * (packet[0] & 0x0F)
        if not packet[0] & 0x10:
            return start
        profile, words = struct.unpack_from("!HH", packet, start)
        start += 4
        end: int = start + 4 * words
        if self._wide and profile == 0xBEDE:
            while start < end:
                number, length = packet[start] >> 4, (packet[start] & 0x0F) + 1
                if number == 0:
                    start += 1
                    continue
                if number == self._wide:
                    wide: int = struct.unpack_from("!H", packet, start + 1)[0]
                    self._arrivals.record(wide, at)
                    break
                start += 1 + length
        return end

    def _count(self, packet: bytes, start: int, at: int, again: bool) -> None:
        stamp = read_stamp(packet)
        if stamp is None or stamp[0] != self.source.number:
            self.foreign += 1
            return
        number = stamp[1]
        if number % SAMPLE == 0 and not is_untouched(packet[start:]):
            self.foreign += 1
            return
        if number >= len(self.seen):
            self.seen.extend(bytes(number - len(self.seen) + PAGE))
        if again:
            self.repaired += not self.seen[number]
        else:
            self.latencies.append(at - self.source.sent_at(number))
        self.seen[number] = min(255, self.seen[number] + 1)

    def _hear(self, size: int, at: int) -> None:
        if size <= LOUD:
            self._quiet += 1
            return
        if self._quiet >= 5:
            begun = [sent for sent in self.source.loud_at if 0 < at - sent < LATEST]
            if begun:
                self.latencies.append(at - begun[-1])
        self._quiet = 0

    def missing(self, first: int, end: int) -> int:
        """Count the source's packets from `first` up to `end` that did not come."""
        known = self.seen[first:end]
        return known.count(0) + (end - first - len(known))

    def doubled(self, first: int, end: int) -> int:
        """Count how many of those came more than once, each time over."""
        known = self.seen[first:end]
        return sum(known) - (len(known) - known.count(0))
