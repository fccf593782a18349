"""What the load's people send: pictures of a given rate, sound that can be timed.

Pure. A picture packet ends in a stamp (who, which), by which the receiver counts and times
it; it looks like VP8 as far as a forwarder reads (RFC 7741 section 4.2, RFC 6386 section 9.1).
Sound is real Opus, for a server that decodes: packets of silence are small, so the first loud one
after silence tells the way's delay without a stamp.
"""

from __future__ import annotations

import math
import random
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import av

__all__ = [
    "FRAMES",
    "STAMP",
    "Content",
    "Picture",
    "Sound",
    "fill",
    "is_untouched",
    "read_stamp",
    "sound",
]

STAMP: Final = struct.Struct("!IIQ")
"""Magic, source, packet number."""
MAGIC: Final = 0x7E57_10AD
FRAMES: Final = 30
"""Frames a second."""
KEY_HEADER: Final = bytes.fromhex("10 02 00 9d 01 2a 00 05 d0 02")  # 1280 x 720
INTER_HEADER: Final = bytes.fromhex("31 02 00")
DESCRIPTOR: Final = 6  # bytes
_FILL: Final = random.Random(6).randbytes(2048)


class Content(Protocol):
    """A stream to send, burst by burst."""

    kind: str
    rate: float
    """Packets a second."""
    clock_rate: int
    interval: float
    """Seconds between bursts."""
    step: int
    """Timestamp units between bursts."""
    stamped: bool

    def burst(self, *, key: bool) -> Sequence[tuple[bytes, int]]:
        """Return the next packets: what is in them without the stamp, and their size in bytes.

        The size is of the whole RTP packet, and 0 when the content decides. `key` asks for a
        picture that can be decoded by itself.
        """


@dataclass(slots=True)
class Picture:
    """A camera of `rate` packets a second in 30 frames, each packet `size` bytes of RTP.

    The packets of a frame leave together. With `split`, a frame is cut as browsers cut it: into
    parts that differ by a byte, the longer ones last, so `size` is their mean.
    """

    rate: float
    size: int
    split: bool = False
    kind: str = "video"
    clock_rate: int = 90_000
    interval: float = 1 / FRAMES
    step: int = 90_000 // FRAMES
    stamped: bool = True
    _frame: int = 0
    _packets: int = 0
    _key_frames: int = 0

    def burst(self, *, key: bool) -> list[tuple[bytes, int]]:
        """Return the next frame."""
        self._frame += 1
        count = int(self.rate * self._frame / FRAMES) - self._packets
        self._packets += count
        self._key_frames += key
        picture = self._frame & 0x7FFF
        # X; I, L and T; 15 bits of picture id; TL0PICIDX; one layer that all others need
        tail = struct.pack("!BBHBB", 0x80, 0xE0, 0x8000 | picture, picture & 0xFF, 0x20)
        first = bytes([0x90]) + tail[1:] + (KEY_HEADER if key else INTER_HEADER)
        whole = count * self.size
        if self.split:
            whole += self._frame * 37 % (2 * count + 1) - count  # pictures vary
        shorter = count - whole % count if count else 0
        return [
            (tail if index else first, whole // count + (index >= shorter))
            for index in range(count)
        ]


@dataclass(slots=True)
class Sound:
    """A microphone: Opus packets of 20 ms, again and again."""

    packets: Sequence[bytes]
    kind: str = "audio"
    rate: float = 50.0
    clock_rate: int = 48_000
    interval: float = 0.02
    step: int = 960
    stamped: bool = False
    _at: int = 0

    def burst(self, *, key: bool) -> list[tuple[bytes, int]]:
        """Return the next packet."""
        packet = self.packets[self._at % len(self.packets)]
        self._at += 1
        return [(packet, 0)]


def sound(seconds: float = 0.5) -> list[bytes]:
    """Encode half that time of a tone and half of silence as Opus packets."""
    count = round(seconds / 0.02)
    tone = array("h")
    for at in range(960):
        tone.extend([round(12_000 * math.sin(2 * math.pi * 500 * at / 48_000))] * 2)
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, av.AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format = 48_000, "stereo", "s16"
    codec.bit_rate = 96_000
    codec.options = {"application": "voip"}  # lets silence be three bytes
    packets: list[bytes] = []
    for index in range(count):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        frame.planes[0].update(tone.tobytes() if index < count // 2 else bytes(3840))
        frame.sample_rate, frame.pts = 48_000, index * 960
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return packets


def fill(body: bytes, size: int, source: int, number: int) -> bytes:
    """Return a payload of `size` bytes that begins with `body` and ends with its stamp."""
    return body + _FILL[len(body) : size - STAMP.size] + STAMP.pack(MAGIC, source, number)


def read_stamp(packet: bytes) -> tuple[int, int] | None:
    """Return (source, packet number) of a stamped packet; None without."""
    if len(packet) < 12 + STAMP.size:
        return None
    magic, source, number = STAMP.unpack_from(packet, len(packet) - STAMP.size)
    return (source, number) if magic == MAGIC else None


def is_untouched(payload: bytes) -> bool:
    """Tell whether a stamped payload came as it was sent, from behind the picture's headers."""
    start = DESCRIPTOR + len(KEY_HEADER)
    return payload[start : -STAMP.size] == _FILL[start : len(payload) - STAMP.size]
