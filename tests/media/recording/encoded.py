"""Packets as browsers send them: pictures and sound encoded and cut up by aiortc's encoders."""

from __future__ import annotations

import fractions
import math
import struct
from dataclasses import dataclass

import av
from aiortc.codecs.base import Encoder
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.opus import OpusEncoder
from aiortc.codecs.vpx import Vp8Encoder

__all__ = ["PICTURE_RATE", "Packet", "flat_picture", "pictures", "sound"]

PICTURE_RATE = 90_000
SOUND_RATE = 48_000


@dataclass(frozen=True)
class Packet:
    """`at`: seconds after the first."""

    seq: int
    timestamp: int
    marker: int
    payload: bytes
    at: float


def flat_picture(level: int, width: int = 160, height: int = 120) -> av.VideoFrame:
    """Return a picture of one grey level."""
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, value in zip(frame.planes, (level, 128, 128), strict=True):
        plane.update(bytes((value,)) * plane.buffer_size)
    return frame


def pictures(
    codec: str, levels: list[int], *, fps: int = 20, keys: frozenset[int] = frozenset()
) -> list[Packet]:
    """Return the packets of pictures with these grey levels; those of `keys` are key frames."""
    encoder: Encoder = Vp8Encoder() if codec == "VP8" else H264Encoder()
    found: list[Packet] = []
    for number, level in enumerate(levels):
        frame = flat_picture(level)
        frame.pts = number * (PICTURE_RATE // fps)
        frame.time_base = fractions.Fraction(1, PICTURE_RATE)
        payloads, timestamp = encoder.encode(frame, number == 0 or number in keys)
        for place, payload in enumerate(payloads):
            marker = 0x80 if place == len(payloads) - 1 else 0
            found.append(Packet(len(found), timestamp, marker, payload, number / fps))
    return found


def sound(seconds: float, *, tone: float = 440.0, silent: float = 0.0) -> list[Packet]:
    """Return packets of a tone that begins after `silent` seconds."""
    encoder = OpusEncoder()
    found: list[Packet] = []
    for number in range(int(seconds * 50)):
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        start = number * 960
        loud = 12_000 if number / 50 >= silent else 0
        samples = (
            int(loud * math.sin(2 * math.pi * tone * (start + i) / SOUND_RATE)) for i in range(960)
        )
        frame.planes[0].update(struct.pack("<960h", *samples))
        frame.sample_rate = SOUND_RATE
        frame.pts = start
        frame.time_base = fractions.Fraction(1, SOUND_RATE)
        payloads, timestamp = encoder.encode(frame)
        found += [Packet(number, timestamp, 0, payload, number / 50) for payload in payloads]
    return found
