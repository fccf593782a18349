"""Makes frames of the packets of one track: what a file wants, not what a network wants.

Pure. Opus: a packet is a frame (RFC 7587). VP8: RFC 7741. H264: RFC 6184, by aiortc's reader.
A frame that lost a packet is thrown away, and so is everything until the next key frame: what
would be decoded on top of it is garbage. `wants_keyframe` says so to whoever can ask for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiortc.codecs.h264 import H264PayloadDescriptor

from media.codecs import starts_keyframe, vp8_counters
from media.recording.order import Heard

__all__ = ["Frame", "Frames", "vp8_size"]

_VP8_START: Final = b"\x9d\x01\x2a"  # RFC 6386, section 9.1
_MAX_FRAME: Final = 4 * 1024 * 1024  # bytes; a 4k screen's key frame is under one


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `at`: seconds of our clock when it was sampled."""

    data: bytes
    at: float
    key: bool


class Frames:
    """The assembler of one track."""

    def __init__(self, codec: str) -> None:
        """`codec` is `opus`, `VP8` or `H264`."""
        self._codec = codec
        self._video = codec != "opus"
        self._parts: list[bytes] = []
        self._size = 0
        self._timestamp = -1
        self._key = False
        self._whole = False  # its beginning was seen, and nothing of it is lost
        self.wants_keyframe = self._video
        """Nothing can be written before a key frame; whoever asks for one leaves it set."""

    def refuse(self) -> None:
        """Begin anew: the last frame was not taken, so what builds on it is of no use."""
        self.wants_keyframe = self._video

    def feed(self, packet: Heard, lost: bool) -> Frame | None:
        """Take the next packet in order; return the frame that it ends, if it does.

        `lost`: packets before it are missing.
        """
        if not self._video:
            return Frame(packet.payload, packet.at, True) if packet.payload else None
        if lost:
            self._drop()
        if packet.timestamp != self._timestamp:
            self._begin(packet)
        data = self._open(packet.payload)
        if data is None or self._size + len(data) > _MAX_FRAME:
            self._drop()
        elif self._whole:
            self._parts.append(data)
            self._size += len(data)
        return self._end(packet) if packet.marker else None

    def _begin(self, packet: Heard) -> None:
        if self._parts:  # the one before never ended: its last packet is lost
            self._drop()
        self._timestamp = packet.timestamp
        self._key = starts_keyframe(self._codec, packet.payload)
        self._whole = self._key or not self.wants_keyframe

    def _drop(self) -> None:
        self._parts.clear()
        self._size = 0
        self._whole = False
        self.wants_keyframe = True

    def _end(self, packet: Heard) -> Frame | None:
        data, whole = b"".join(self._parts), self._whole
        self._parts.clear()
        self._size = 0
        self._whole = False
        if not whole or not data:
            return None
        if self._key:
            self.wants_keyframe = False
        return Frame(data, packet.at, self._key)

    def _open(self, payload: bytes) -> bytes | None:
        """Return the codec's own bytes in a payload; None when it is malformed."""
        if self._codec == "VP8":
            counters = vp8_counters(payload)
            return None if counters is None else payload[counters[3] :]
        try:
            return H264PayloadDescriptor.parse(payload)[1]
        except ValueError:
            return None


def vp8_size(frame: bytes) -> tuple[int, int] | None:
    """Return width and height of a VP8 key frame (RFC 6386, section 9.1)."""
    if len(frame) < 10 or frame[0] & 1 or frame[3:6] != _VP8_START:
        return None
    width, height = int.from_bytes(frame[6:8], "little"), int.from_bytes(frame[8:10], "little")
    return width & 0x3FFF, height & 0x3FFF
