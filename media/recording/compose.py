"""Composes one recording: its takes one after the other, everybody side by side, sound mixed.

A program of its own (`python -m media.recording.compose`), so that it never holds up anything:
it gets its job with the keys as one line of JSON on standard input, tells its progress in lines on
standard output, and ends when either is closed. What was paused is absent: takes, and the parts of
one, follow each other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import msgspec
from av.error import FFmpegError

from media.recording.canvas import HEIGHT, WIDTH, Canvas, PictureTrack
from media.recording.composed import ComposedWriter
from media.recording.mixing import RATE, SoundTrack, mix
from media.recording.sealed import Damaged, SealedReader, file_key

__all__ = ["FPS", "Job", "Made", "TakeJob", "TrackJob", "compose"]

FPS: Final = 25
_NICE: Final = 10  # calls come first; among much else it still gets on
_PICTURE_RATE: Final = 1_200_000  # bit/s
_SOUND_RATE: Final = 64_000
_GOP: Final = FPS * 4  # frames; where a player can begin
_SOUND_MS: Final = 20  # Opus's own; parts are so many of them, so that none is cut in two
_SOUND_FRAME: Final = RATE * _SOUND_MS // 1000  # samples


class TrackJob(msgspec.Struct, frozen=True):
    """One file of a take."""

    file: str
    source: str
    codec: str


class TakeJob(msgspec.Struct, frozen=True):
    """A take. `parts`: from when until when it is played, in ms, in their order; the rest is not.

    `key` opens its files.
    """

    folder: str
    parts: list[tuple[int, int]]
    key: bytes
    tracks: list[TrackJob]


class Job(msgspec.Struct, frozen=True):
    """What is to be composed, and where to."""

    folder: str
    key: bytes
    takes: list[TakeJob]


class Made(msgspec.Struct, frozen=True):
    """What came of it: ms and bytes; `skipped` files could not be read, or not to their end."""

    duration: int
    size: int
    skipped: int


class _Output:
    """The WebM file that is written."""

    def __init__(self, job: Job) -> None:
        self.file = ComposedWriter(Path(job.folder), job.key)
        self._container = av.open(self.file, "w", format="webm")
        video = self._container.add_stream("libvpx", rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.bit_rate = _PICTURE_RATE
        video.gop_size = _GOP
        video.codec_context.time_base = Fraction(1, FPS)
        # Several threads for one small picture cost five times the processor, and win nothing.
        video.codec_context.thread_count = 1
        video.codec_context.options = {
            "deadline": "realtime",
            "cpu-used": "8",
            "lag-in-frames": "0",
        }
        self._video = video
        self._audio = self._container.add_stream("libopus", rate=RATE, layout="mono")
        self._audio.bit_rate = _SOUND_RATE
        self._canvas = Canvas()
        self._pictures = self._samples = 0

    def fill(
        self, start: int, until: int, pictures: list[PictureTrack], sounds: list[SoundTrack]
    ) -> None:
        """Write what is missing up to `until`, of a take that begins at `start` (both in ms).

        A take of which the beginning is left out may begin before there was anything.
        """
        while self._pictures * 1000 < until * FPS:
            time = self._pictures / FPS - start / 1000
            self._picture(self._canvas.paint([one for one in pictures if one.at(time)]))
        while self._samples * 1000 < until * RATE:
            begin = self._samples - start * RATE // 1000
            self._sound(mix(sounds, begin, _SOUND_FRAME))

    def _picture(self, frame: av.VideoFrame) -> None:
        frame.pts, frame.time_base = self._pictures, Fraction(1, FPS)
        self._pictures += 1
        self._container.mux(self._video.encode(frame))

    def _sound(self, samples: bytes) -> None:
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
        frame.planes[0].update(samples)
        frame.sample_rate = RATE
        frame.pts, frame.time_base = self._samples, Fraction(1, RATE)
        self._samples += frame.samples
        self._container.mux(self._audio.encode(frame))

    def close(self) -> int:
        """End the file; return how long it is, in ms."""
        self._container.mux(self._video.encode(None))
        self._container.mux(self._audio.encode(None))
        self._container.close()
        self.file.close()
        return self._samples * 1000 // RATE


def compose(job: Job, tell: Callable[[int], None]) -> Made:
    """Compose; `tell` gets the per cent that is done.

    Raises:
        ValueError: none of the files can be read.
    """
    total = max(1, sum(_length(part) for take in job.takes for part in take.parts))
    output = _Output(job)
    done = skipped = readable = 0
    for take in job.takes:
        with ExitStack() as stack:
            pictures: list[PictureTrack] = []
            sounds: list[SoundTrack] = []
            for track in take.tracks:
                try:
                    _open(take, track, stack, pictures, sounds)
                    readable += 1
                except (Damaged, FFmpegError, OSError, ValueError):
                    skipped += 1
            for part in take.parts:
                length, start = _length(part), done - part[0]
                for picture in pictures:
                    picture.begin(part[0] / 1000)
                for limit in [*range(1000, length, 1000), length]:
                    output.fill(start, done + limit, pictures, sounds)
                    tell((done + limit) * 100 // total)
                done += length
            files = [*(one.decoded for one in pictures), *(one.decoded for one in sounds)]
            skipped += sum(file.cut for file in files)
    duration = output.close()
    if not readable:
        raise ValueError("none of the files can be read")
    return Made(duration, output.file.size, skipped)


def _length(part: tuple[int, int]) -> int:
    """Return how long a part is played, in ms."""
    begin, until = part
    return (until - begin) // _SOUND_MS * _SOUND_MS


def _open(
    take: TakeJob,
    track: TrackJob,
    stack: ExitStack,
    pictures: list[PictureTrack],
    sounds: list[SoundTrack],
) -> None:
    path = Path(take.folder) / track.file
    file = SealedReader(
        stack.enter_context(path.open("rb", buffering=0)), file_key(take.key, track.file)
    )
    if track.codec == "opus":
        sounds.append(SoundTrack(file))
    else:
        pictures.append(PictureTrack(file, track.source))


def main() -> int:
    """Compose the job of standard input."""
    os.nice(_NICE)
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    told = -1

    def tell(percent: int) -> None:
        nonlocal told
        if percent != told:
            told = percent
            print(percent, flush=True)  # noqa: T201 - whoever started this reads it

    try:
        made = compose(job, tell)
    except BrokenPipeError:  # nobody waits for it any more
        return 1
    except (Damaged, FFmpegError, OSError, ValueError) as error:
        print(msgspec.json.encode({"error": str(error)}).decode(), flush=True)  # noqa: T201
        return 1
    print(msgspec.json.encode(made).decode(), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
