"""Tell a sender when each of its packets arrived: transport-wide congestion control feedback.

Pure; `media.peer` records every packet that carries a transport-wide sequence number and sends
what `build` returns. `read_feedback` reads the same from a receiver of ours. Format:
draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1.
"""

from __future__ import annotations

import struct
from typing import Final

from media.rtp import seq_delta

__all__ = ["TICK", "ArrivalLog", "read_feedback"]

TICK: Final = 0.00025  # seconds; the unit of deltas
REFERENCE: Final = 256  # ticks; the unit of the reference time (64 ms)
MAX_STATUSES: Final = 800  # packets per message, to stay within a datagram
MAX_READ: Final = 2048  # packets taken from one message; browsers tell of some hundred at most
MAX_SPAN: Final = 4000  # packets; a longer jump starts anew

LOST: Final = 0
SMALL: Final = 1
LARGE: Final = 2


class ArrivalLog:
    """Arrival times of one peer's packets, until they are told."""

    __slots__ = ("_arrivals", "_count", "_highest", "_next", "_numbers", "_times")

    def __init__(self) -> None:
        self._numbers: list[int] = []  # as they came
        self._times: list[float] = []
        self._arrivals: dict[int, int] = {}  # extended sequence number -> ticks
        self._highest = -1
        self._next = 0  # the first sequence number not yet reported as received or lost
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def record(self, seq: int, now: float) -> None:
        """Note that the packet with transport-wide number `seq` came at `now` (seconds)."""
        self._numbers.append(seq)
        self._times.append(now)

    def build(self, sender_ssrc: int, media_ssrc: int) -> list[bytes]:
        """Return the RTCP messages for everything recorded since the last call."""
        if not self._numbers:
            return []
        numbers, self._numbers = self._numbers, []
        ticks, self._times = [int(time / TICK) for time in self._times], []
        head = struct.pack("!II", sender_ssrc, media_ssrc)
        steady = self._steady(numbers, ticks)
        if steady is not None:
            return [_framed(head + steady)]
        for number, tick in zip(numbers, ticks, strict=True):
            self._place(number, tick)
        messages = []
        while self._arrivals:
            messages.append(_framed(head + self._message()))
        return messages

    def _steady(self, numbers: list[int], ticks: list[int]) -> bytes | None:
        """Return what to tell when all came in order and none was lost, which is the rule."""
        count, first = len(numbers), numbers[0]
        if self._highest < 0:
            self._highest = self._next = first + 0x10000
        elif first != self._next & 0xFFFF:
            return None
        if count > MAX_STATUSES or numbers != list(range(first, first + count)):
            return None
        reference = ticks[0] // REFERENCE
        deltas = [b - a for a, b in zip([reference * REFERENCE, *ticks], ticks, strict=False)]
        if min(deltas) < 0 or max(deltas) > 0xFF:
            return None
        self._highest = self._next + count - 1
        self._next = self._highest + 1
        body = self._opening(first, count, reference) + struct.pack("!H", SMALL << 13 | count)
        return body + bytes(deltas)

    def _place(self, seq: int, tick: int) -> None:
        """Put an arrival where it belongs in the order of numbers."""
        extended = self._highest + seq_delta(seq, self._highest & 0xFFFF)
        if extended > self._highest:
            if extended - self._highest > MAX_SPAN:
                self._arrivals.clear()
                self._next = extended
            self._highest = extended
        self._arrivals.setdefault(extended, tick)

    def _opening(self, base: int, count: int, reference: int) -> bytes:
        """Return the fixed part: base, status count, reference time, message count."""
        word = (reference & 0xFFFFFF) << 8 | self._count
        self._count = self._count + 1 & 0xFF
        return struct.pack("!HHI", base & 0xFFFF, count, word)

    def _message(self) -> bytes:
        received = sorted(self._arrivals)
        base = min(self._next, received[0])
        if received[0] - base > MAX_STATUSES - 1:
            base = received[0]
        reference = self._arrivals[received[0]] // REFERENCE
        last = reference * REFERENCE
        statuses: list[int] = []
        deltas = bytearray()
        for seq in received:
            delta = self._arrivals[seq] - last
            if seq - base >= MAX_STATUSES or not -0x8000 <= delta <= 0x7FFF:
                break
            statuses.extend([LOST] * (seq - base - len(statuses)))
            if 0 <= delta <= 0xFF:
                statuses.append(SMALL)
                deltas.append(delta)
            else:
                statuses.append(LARGE)
                deltas += struct.pack("!h", delta)
            last += delta
            del self._arrivals[seq]
        self._next = max(self._next, base + len(statuses))
        return self._opening(base, len(statuses), reference) + _chunks(statuses) + deltas


def _framed(body: bytes) -> bytes:
    """Put the RTCP header before a body that begins with the two SSRCs, and pad it."""
    body += bytes(-len(body) & 3)
    return struct.pack("!BBH", 0x80 | 15, 205, len(body) // 4) + body


def _chunks(statuses: list[int]) -> bytes:
    """Encode statuses as run lengths where they repeat, else as two-bit vectors of seven."""
    chunks = bytearray()
    at = 0
    while at < len(statuses):
        status = statuses[at]
        run = at + 1
        while run < len(statuses) and statuses[run] == status and run - at < 0x1FFF:
            run += 1
        if run - at >= 7 or run == len(statuses):
            chunks += struct.pack("!H", status << 13 | run - at)
            at = run
            continue
        word = 0xC000
        for index, symbol in enumerate(statuses[at : at + 7]):
            word |= symbol << 12 - 2 * index
        chunks += struct.pack("!H", word)
        at += 7
    return bytes(chunks)


def read_feedback(fci: bytes) -> tuple[int, list[int]] | None:
    """Return the first number and the arrival of each packet from there on, in ticks; -1: lost.

    The arrivals are on the receiver's clock, which starts anew every 12 days. None when the
    message is malformed.
    """
    if len(fci) < 8:
        return None
    base, count, head = struct.unpack_from("!HHI", fci)
    if not 0 < count <= MAX_READ:
        return None
    at = 8
    statuses: list[int] = []
    while len(statuses) < count:
        if at + 2 > len(fci):
            return None
        chunk = fci[at] << 8 | fci[at + 1]
        at += 2
        if not chunk & 0x8000:  # a run length; an empty one would not end
            if not chunk & 0x1FFF:
                return None
            statuses += [chunk >> 13] * min(chunk & 0x1FFF, count - len(statuses))
        elif chunk & 0x4000:
            statuses += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            statuses += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    tick = (head >> 8) * REFERENCE
    arrivals: list[int] = []
    try:
        for status in statuses[:count]:
            if status == SMALL:
                tick += fci[at]
                at += 1
            elif status == LARGE:
                delta = fci[at] << 8 | fci[at + 1]
                tick += (delta ^ 0x8000) - 0x8000
                at += 2
            elif status != LOST:
                return None
            arrivals.append(tick if status else -1)
    except IndexError:
        return None
    return base, arrivals
