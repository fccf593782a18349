"""Read RTP headers without building objects: the forwarding path sees every packet.

Pure functions over buffers, called by `media.peer` for each packet that is not of the usual form,
which it reads itself: no padding, no contributing sources, one-byte extensions. RFC 3550 (RTP),
RFC 8285 (one-byte and two-byte header extensions), RFC 5761 (telling RTP from RTCP).
"""

from __future__ import annotations

import struct
from typing import Final

__all__ = [
    "FIXED_HEADER",
    "MALFORMED",
    "ONE_BYTE",
    "RTCP_HEADER",
    "USUAL",
    "USUAL_HEADER",
    "extensions_of",
    "is_rtcp",
    "payload_bounds",
    "seq_delta",
]

FIXED_HEADER: Final = struct.Struct("!BBHII")
"""V/P/X/CC, M/PT, sequence number, timestamp, SSRC."""

USUAL_HEADER: Final = struct.Struct("!BBHIIHH")
"""The fixed header without contributing sources, and what an extension block begins with."""

RTCP_HEADER: Final = struct.Struct("!BBHI")
"""V/P/count, packet type, length in words less one, SSRC of the sender."""

USUAL: Final = 0x90
"""The first byte of a packet with an extension block and nothing else beside its payload."""

MALFORMED: Final = (-1, -1, -1)
ONE_BYTE: Final = 0xBEDE
TWO_BYTE: Final = 0x1000  # the low four bits are "appbits"


def is_rtcp(second_byte: int) -> bool:
    """Tell RTCP from RTP by the second byte of a datagram (RFC 5761, section 4)."""
    return 192 <= second_byte <= 223


def seq_delta(a: int, b: int) -> int:
    """Return how far sequence number `a` is after `b`, in -32768..32767."""
    return ((a - b + 0x8000) & 0xFFFF) - 0x8000


def payload_bounds(view: memoryview, start: int, size: int) -> tuple[int, int, int]:
    """Return (start of the extension block, start of the payload, end of the payload).

    The packet lies at `start` in the buffer, and so count the results. The extension block's start
    points at its first element, and equals the payload's start when there is none. Padding is
    outside the payload. `MALFORMED` when a length runs over the end.
    """
    first = view[start]
    if first >> 6 != 2:
        return MALFORMED
    at = start + 12 + 4 * (first & 0x0F)
    end = start + size
    extension = at
    if first & 0x10:
        if at + 4 > end:
            return MALFORMED
        extension = at + 4
        at = extension + 4 * (view[at + 2] << 8 | view[at + 3])
    if at > end:
        return MALFORMED
    if first & 0x20:
        padding = view[end - 1]
        if padding == 0 or padding > end - at:
            return MALFORMED
        end -= padding
    return (extension, at, end)


def extensions_of(view: memoryview, start: int, end: int) -> list[tuple[int, int, int]]:
    """Return (id, offset, length) of each header extension between `start` and `end`.

    `start` and `end` come from `payload_bounds`. An element that runs over the end stops the
    reading; what came before it is returned (RFC 8285, section 4.2). No id is 0.
    """
    found: list[tuple[int, int, int]] = []
    if start == end:
        return found
    profile = view[start - 4] << 8 | view[start - 3]
    at = start
    if profile == ONE_BYTE:
        while at < end:
            byte = view[at]
            if byte == 0:  # padding
                at += 1
                continue
            if not 0 < byte >> 4 < 15:  # padding with a length, reserved: stop here
                break
            length = (byte & 0x0F) + 1
            if at + 1 + length > end:
                break
            found.append((byte >> 4, at + 1, length))
            at += 1 + length
    elif profile & 0xFFF0 == TWO_BYTE:
        while at + 1 < end:
            if view[at] == 0:
                at += 1
                continue
            length = view[at + 1]
            if at + 2 + length > end:
                break
            found.append((view[at], at + 2, length))
            at += 2 + length
    return found
