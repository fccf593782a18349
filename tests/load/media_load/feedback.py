"""What a receiving browser says of the packets that come: RTCP by the book.

Pure. Transport-wide feedback: draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1;
receiver reports: RFC 3550 section 6.4 and appendix A; NACK: RFC 4585 section 6.2.1; REMB:
draft-alvestrand-rmcat-remb-03.
"""

from __future__ import annotations

import struct
from typing import Final

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRtpfbPacket,
    pack_remb_fci,
)

__all__ = ["Arrivals", "Numbers", "after", "nack", "remb"]

DELTA: Final = 250_000  # ns; the unit of a delta
REFERENCE: Final = 64_000_000  # ns; the unit of the reference time
MOST: Final = 400  # packets told in one message
RETRY: Final = 0.1  # seconds between requests for the same packet
REORDERING: Final = 0.005  # seconds that a packet may be late before it is asked for
TRIES: Final = 10


def after(a: int, b: int) -> int:
    """Return how far sequence number `a` is after `b`, in -32768..32767."""
    return ((a - b + 0x8000) & 0xFFFF) - 0x8000


def nack(sender: int, media: int, numbers: list[int]) -> bytes:
    """Ask for packets again."""
    return bytes(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=sender, media_ssrc=media, lost=numbers))


def remb(sender: int, bitrate: int, media: list[int]) -> bytes:
    """Say how much could come, in bit/s."""
    fci = pack_remb_fci(bitrate, media)
    return bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=sender, media_ssrc=0, fci=fci))


class Arrivals:
    """When each packet of one transport came, until it was told."""

    def __init__(self) -> None:
        self.messages = 0
        self._times: dict[int, int] = {}
        self._next: int | None = None

    def record(self, number: int, at: int) -> None:
        """Note that the packet with this transport-wide number came at `at` (ns)."""
        if self._next is None:
            self._next = number + 0x10000
        extended = self._next + after(number, self._next & 0xFFFF)
        if extended >= self._next:
            self._times.setdefault(extended, at)

    def message(self, sender: int, media: int) -> bytes:
        """Return the feedback on what came since the last; empty when nothing did."""
        if not self._times or self._next is None:
            return b""
        base = self._next
        last = min(max(self._times), base + MOST - 1)
        told = [n for n in sorted(self._times) if n <= last]
        if not told:
            self._next = min(self._times)  # a jump: what was between is nobody's loss
            return self.message(sender, media)
        reference = self._times[told[0]] // REFERENCE
        clock = reference * (REFERENCE // DELTA)
        symbols: list[int] = []
        deltas = bytearray()
        for number in range(base, last + 1):
            at = self._times.pop(number, None)
            if at is None:
                symbols.append(0)
                continue
            delta = max(-0x8000, min(at // DELTA - clock, 0x7FFF))
            clock += delta
            if 0 <= delta <= 0xFF:
                symbols.append(1)
                deltas.append(delta)
            else:
                symbols.append(2)
                deltas += struct.pack("!h", delta)
        self._next = last + 1
        body = struct.pack("!HH", base & 0xFFFF, len(symbols))
        body += struct.pack("!I", (reference & 0xFFFFFF) << 8 | self.messages & 0xFF)
        for at in range(0, len(symbols), 7):  # two-bit vectors of seven
            word = 0xC000
            for index, symbol in enumerate(symbols[at : at + 7]):
                word |= symbol << 12 - 2 * index
            body += struct.pack("!H", word)
        body += deltas
        body += bytes(-len(body) & 3)
        self.messages += 1
        return struct.pack("!BBHII", 0x8F, 205, 2 + len(body) // 4, sender, media) + body


class Numbers:
    """The sequence numbers of one SSRC: what is missing, and the report."""

    def __init__(self, clock_rate: int) -> None:
        self.received = 0
        self._clock_rate = clock_rate
        self._base = 0
        self._highest = -1
        self._missing: dict[int, tuple[float, int]] = {}  # number -> (when to ask, times asked)
        self._prior = (0, 0)
        self._jitter = 0.0
        self._transit: tuple[int, int] | None = None  # (timestamp, transit)
        self._report: tuple[int, float] = (0, 0.0)

    def take(self, number: int, timestamp: int, now: float) -> None:
        """Count a packet that is no repetition."""
        self.received += 1
        if self._highest < 0:
            self._base = self._highest = number
            return
        step = after(number, self._highest & 0xFFFF)
        if step <= 0:
            self._missing.pop(self._highest + step, None)
            return
        for lost in range(self._highest + 1, self._highest + min(step, 256)):
            self._missing[lost] = (now + REORDERING, 0)
        self._highest += step
        transit = int(now * self._clock_rate) - timestamp
        if self._transit is not None and self._transit[0] != timestamp:
            change = (transit - self._transit[1] + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            self._jitter += (abs(change) - self._jitter) / 16
        self._transit = (timestamp, transit)

    def repaired(self, number: int) -> None:
        """Note that a lost packet came by retransmission."""
        if self._highest >= 0:
            self._missing.pop(self._highest + after(number, self._highest & 0xFFFF), None)

    def wanted(self, now: float) -> list[int]:
        """Return the numbers to ask for now."""
        due = [n for n, (at, _) in self._missing.items() if now >= at]
        for number in due:
            times = self._missing[number][1] + 1
            if times > TRIES:
                del self._missing[number]
            else:
                self._missing[number] = (now + RETRY, times)
        return [n & 0xFFFF for n in due if n in self._missing]

    def sender_report(self, ntp: int, now: float) -> None:
        """Note a sender report, for the sender's round trip."""
        self._report = (ntp >> 16 & 0xFFFFFFFF, now)

    def block(self, ssrc: int, now: float) -> RtcpReceiverInfo | None:
        """Return the report block since the last one; None before the first packet."""
        if self._highest < 0:
            return None
        expected = self._highest - self._base + 1
        interval, came = expected - self._prior[0], self.received - self._prior[1]
        self._prior = (expected, self.received)
        lost = max(0, interval - came)
        lsr, at = self._report
        return RtcpReceiverInfo(
            ssrc=ssrc,
            fraction_lost=min(255, 256 * lost // interval) if interval > 0 else 0,
            packets_lost=max(0, expected - self.received),
            highest_sequence=self._highest & 0xFFFFFFFF,
            jitter=int(self._jitter) & 0xFFFFFFFF,
            lsr=lsr,
            dlsr=int((now - at) * 65536) & 0xFFFFFFFF if lsr else 0,
        )
