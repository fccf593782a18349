"""Mixes the sound of one take: each track's samples at their place, added and limited.

Decoded frames are put one behind the other as long as their times say so within `SLACK`: files
count in milliseconds, and a gap of half of one would be heard as a click.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from operator import add
from typing import Final

import av

from media.recording.decoded import Decoded
from media.recording.sealed import SealedReader

__all__ = ["RATE", "SLACK", "SoundTrack", "mix"]

RATE: Final = 48_000  # samples per second
SLACK: Final = RATE * 30 // 1000  # samples; well under what an ear takes for out of sync
_LOUD: Final = 32_767


class SoundTrack:
    """The decoded samples of one file, in the order of their times."""

    def __init__(self, file: SealedReader) -> None:
        """`file` is read, and closed by whoever opened it.

        Raises:
            FFmpegError, ValueError: nothing in it can be decoded.
        """
        self.decoded = Decoded(file)
        self._frames = _samples(self.decoded)
        self._next = next(self._frames, None)
        if self._next is None:
            raise ValueError("there is no sound in it")
        self._cursor = 0  # where the last frame ended

    def add_to(self, buffer: array[int], start: int) -> None:
        """Add what belongs to `start` and the `len(buffer)` samples from there."""
        end = start + len(buffer)
        while self._next is not None:
            at, samples = self._next
            if abs(at - self._cursor) <= SLACK:
                at = self._cursor
            if at >= end:
                return
            fits = samples[max(0, start - at) : end - at]
            place = max(0, at - start)
            buffer[place : place + len(fits)] = array(
                "i", map(add, buffer[place : place + len(fits)], fits)
            )
            if at + len(samples) > end:  # the rest belongs to the next buffer
                self._next = (end, samples[end - at :])
                self._cursor = end
                return
            self._cursor = at + len(samples)
            self._next = next(self._frames, None)


def _samples(decoded: Decoded) -> Iterator[tuple[int, array[int]]]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    for frame in decoded.sounds():
        at = round(float(frame.time or 0) * RATE)
        frame.pts = None
        for mono in resampler.resample(frame):
            yield at, array("h", bytes(mono.planes[0])[: mono.samples * 2])
            at += mono.samples


def mix(tracks: list[SoundTrack], start: int, samples: int) -> bytes:
    """Return `samples` of 16-bit sound from `start` on, of all tracks together."""
    buffer = array("i", bytes(4 * samples))
    for track in tracks:
        track.add_to(buffer, start)
    if len(tracks) > 1:
        buffer = array("i", (max(-_LOUD, min(_LOUD, one)) for one in buffer))
    return array("h", buffer).tobytes()
