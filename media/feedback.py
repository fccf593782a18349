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
HEADER: Final = struct.Struct("!BBHIIHH")

LOST: Final = 0
SMALL: Final = 1
LARGE: Final = 2


class ArrivalLog:
    """Arrival times of one peer's packets, until they are told."""

    __slots__ = ("_arrivals", "_count", "_highest", "_next")

    def __init__(self) -> None:
        self._arrivals: dict[int, int] = {}
        self._highest = -1
        self._next = 0  # the first sequence number not yet reported as received or lost
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._arrivals)

    def record(self, seq: int, now: float) -> None:
        """Note that the packet with transport-wide number `seq` came at `now` (seconds)."""
        if self._highest < 0:
            # One cycle up, so that a reordered first packet does not go below zero.
            extended = seq + 0x10000
            self._highest, self._next = extended, extended
        else:
            extended = self._highest + seq_delta(seq, self._highest & 0xFFFF)
            if extended > self._highest:
                if extended - self._highest > MAX_SPAN:
                    self._arrivals.clear()
                    self._next = extended
                self._highest = extended
        self._arrivals.setdefault(extended, int(now / TICK))

    def build(self, sender_ssrc: int, media_ssrc: int) -> list[bytes]:
        """Return the RTCP messages for everything recorded since the last call."""
        messages = []
        while self._arrivals:
            messages.append(self._message(sender_ssrc, media_ssrc))
        return messages

    def _message(self, sender_ssrc: int, media_ssrc: int) -> bytes:
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
        body = (
            struct.pack("!I", (reference & 0xFFFFFF) << 8 | self._count)
            + _chunks(statuses)
            + deltas
        )
        body += bytes(-len(body) & 3)
        self._count = self._count + 1 & 0xFF
        words = (HEADER.size + len(body)) // 4 - 1
        head = HEADER.pack(
            0x80 | 15, 205, words, sender_ssrc, media_ssrc, base & 0xFFFF, len(statuses)
        )
        return head + body


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
