"""What forwarding must know of a codec's payload: where a key frame starts, VP8's counters.

Pure. VP8: RFC 7741, section 4.2 (payload descriptor). H264: RFC 6184, sections 5.2 to 5.8.
RED (each packet carries the one before it again): RFC 2198.
Nothing is decoded.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = [
    "RED",
    "CounterShift",
    "Marks",
    "Vp8Counters",
    "marks_of",
    "red_blocks",
    "red_primary",
    "starts_keyframe",
    "vp8_counters",
]

Vp8Counters = tuple[int, int, int, int]
"""(offset of the picture id or -1, its bytes, offset of TL0PICIDX or -1, descriptor's size)."""

RED: Final = 0x01
"""Beside the marker bit (0x80) of a packet inside the server: its payload is RED."""


class Marks(NamedTuple):
    """What choosing among layers must know of one packet's payload."""

    picture: int = -1
    """VP8's picture id; -1 when there is none."""
    picture_at: int = -1
    picture_bytes: int = 0
    tl0: int = 0
    """VP8's TL0PICIDX, when `tl0_at` is not -1."""
    tl0_at: int = -1
    temporal: int = 0
    """The temporal layer that the frame belongs to."""
    sync: bool = False
    """Whether the frame needs nothing but the base layer (VP8's Y bit)."""
    starts: bool = False
    """Whether the packet is the first of its frame."""
    key: bool = False
    """Whether the packet is the first of a frame that can be decoded on its own."""


H264_IDR: Final = 5
H264_SPS: Final = 7
H264_STAP_A: Final = 24
H264_FU_A: Final = 28


def vp8_counters(payload: bytes | bytearray) -> Vp8Counters | None:
    """Find the counters of a VP8 payload descriptor; None when it is cut short."""
    size = len(payload)
    if size < 1:
        return None
    if not payload[0] & 0x80:  # X: no extension octet
        return (-1, 0, -1, 1)
    if size < 2:
        return None
    flags = payload[1]
    at = 2
    picture, picture_bytes, tl0 = -1, 0, -1
    if flags & 0x80:  # I
        if size <= at:
            return None
        picture = at
        picture_bytes = 2 if payload[at] & 0x80 else 1
        at += picture_bytes
    if flags & 0x40:  # L
        tl0 = at
        at += 1
    if flags & 0x30:  # T or K share one octet
        at += 1
    return (picture, picture_bytes, tl0, at) if at <= size else None


class CounterShift:
    """What lets the counters of a new VP8 stream go on where those of the one before ended."""

    __slots__ = ("_picture", "_tl0")

    def __init__(self, picture: int, tl0: int) -> None:
        self._picture = picture
        self._tl0 = tl0

    @classmethod
    def between(cls, before: bytes, after: bytes) -> CounterShift | None:
        """Return the shift from the last payload before to the first after; None without any."""
        old, new = vp8_counters(before), vp8_counters(after)
        if old is None or new is None:
            return None
        picture = tl0 = 0
        if old[0] >= 0 and new[0] >= 0:
            mask = 0x7FFF if new[1] == 2 else 0x7F
            picture = _picture(before, old) + 1 - _picture(after, new) & mask
        if old[2] >= 0 and new[2] >= 0:
            tl0 = before[old[2]] + 1 - after[new[2]] & 0xFF
        return cls(picture, tl0) if picture or tl0 else None

    def apply(self, payload: bytes) -> bytes:
        """Return a payload with its counters shifted."""
        counters = vp8_counters(payload)
        if counters is None:
            return payload
        changed = bytearray(payload)
        at, size, tl0, _ = counters
        if at >= 0:
            picture = _picture(payload, counters) + self._picture
            if size == 2:
                changed[at] = 0x80 | picture >> 8 & 0x7F
                changed[at + 1] = picture & 0xFF
            else:
                changed[at] = picture & 0x7F
        if tl0 >= 0:
            changed[tl0] = changed[tl0] + self._tl0 & 0xFF
        return bytes(changed)


def _picture(payload: bytes, counters: Vp8Counters) -> int:
    at, size, _, _ = counters
    return (payload[at] & 0x7F) << 8 | payload[at + 1] if size == 2 else payload[at] & 0x7F


def marks_of(codec: str, payload: bytes) -> Marks:
    """Read what choosing among layers must know; for codecs without layers only `key`."""
    if codec != "VP8":
        key = starts_keyframe(codec, payload)
        return Marks(starts=key, key=key)
    counters = vp8_counters(payload)
    if counters is None:
        return Marks()
    at, size, tl0_at, end = counters
    picture = -1
    if at >= 0:
        picture = (payload[at] & 0x7F) << 8 | payload[at + 1] if size == 2 else payload[at] & 0x7F
    flags = payload[1] if payload[0] & 0x80 else 0
    octet = payload[end - 1] if flags & 0x20 else 0  # T: TID, Y, KEYIDX share the last octet
    starts = payload[0] & 0x17 == 0x10  # S set, partition index 0
    return Marks(
        picture,
        at,
        size,
        payload[tl0_at] if tl0_at >= 0 else 0,
        tl0_at,
        octet >> 6,
        bool(octet & 0x20),
        starts,
        starts and len(payload) > end and not payload[end] & 0x01,
    )


def red_primary(payload: bytes) -> bytes:
    """Return the newest block of a RED payload (RFC 2198 section 3); empty when malformed."""
    at = skipped = 0
    while at < len(payload):
        if not payload[at] & 0x80:  # the last header, of the primary block
            return payload[at + 1 + skipped :]
        if at + 4 > len(payload):
            break
        skipped += (payload[at + 2] & 0x03) << 8 | payload[at + 3]
        at += 4
    return b""


def red_blocks(payload: bytes) -> list[tuple[int, bytes]]:
    """Return every block of a RED payload, oldest first, with how much earlier it was sampled.

    The last is the packet's own. Empty when malformed.
    """
    heads: list[tuple[int, int]] = []
    at = 0
    while at < len(payload) and payload[at] & 0x80:
        if at + 4 > len(payload):
            return []
        offset = payload[at + 1] << 6 | payload[at + 2] >> 2
        heads.append((offset, (payload[at + 2] & 0x03) << 8 | payload[at + 3]))
        at += 4
    at += 1  # the primary block's head
    if at + sum(size for _, size in heads) > len(payload):
        return []
    blocks: list[tuple[int, bytes]] = []
    for offset, size in heads:
        blocks.append((offset, payload[at : at + size]))
        at += size
    return [*blocks, (0, payload[at:])]


def starts_keyframe(codec: str, payload: bytes) -> bool:
    """Tell whether a payload is the first of a frame that can be decoded on its own."""
    if codec == "VP8":
        counters = vp8_counters(payload)
        if counters is None or len(payload) <= counters[3]:
            return False
        starts_first_partition = payload[0] & 0x17 == 0x10  # S set, partition index 0
        return starts_first_partition and not payload[counters[3]] & 0x01  # P: inter frame
    if codec == "H264":
        return _h264_starts_keyframe(payload)
    return False


def _h264_starts_keyframe(payload: bytes) -> bool:
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind in (H264_IDR, H264_SPS):
        return True
    if kind == H264_STAP_A:
        at = 1
        while at + 2 < len(payload):
            if payload[at + 2] & 0x1F in (H264_IDR, H264_SPS):
                return True
            at += 2 + (payload[at] << 8 | payload[at + 1])
        return False
    if kind == H264_FU_A and len(payload) > 1:
        return bool(payload[1] & 0x80) and payload[1] & 0x1F in (H264_IDR, H264_SPS)
    return False
