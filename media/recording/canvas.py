"""Paints the pictures of one take side by side: a grid, and a shared screen large.

Pictures are I420 planes; a tile is scaled once per picture of its source, and rows are copied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import av
from av.video.reformatter import VideoReformatter

from media.recording.decoded import Decoded
from media.recording.sealed import SealedReader

__all__ = ["HEIGHT", "WIDTH", "Canvas", "PictureTrack", "Tile", "arrange"]

WIDTH: Final = 1280
HEIGHT: Final = 720
_STRIP: Final = 320  # pixels for the people beside a screen
_CAMERA_OFF: Final = 1.5  # seconds without a picture after which a camera is off
_SCREEN_OFF: Final = 10.0  # a screen that stands still sends seldom
_BLACK: Final = (16, 128, 128)


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a picture goes; all even, as chroma has half the pixels."""

    x: int
    y: int
    width: int
    height: int


def arrange(screens: int, cameras: int) -> list[Tile]:
    """Return a tile for each picture, screens first."""
    if screens == 0:
        return _grid(0, 0, WIDTH, HEIGHT, cameras)
    if cameras == 0:
        return _grid(0, 0, WIDTH, HEIGHT, screens)
    large = _grid(0, 0, WIDTH - _STRIP, HEIGHT, screens)
    height = min(_even(HEIGHT / cameras), _STRIP * 3 // 4)
    strip = [Tile(WIDTH - _STRIP, n * height, _STRIP, height) for n in range(cameras)]
    return [*large, *strip]


def _grid(x: int, y: int, width: int, height: int, count: int) -> list[Tile]:
    if count == 0:
        return []
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    across, down = _even(width / columns), _even(height / rows)
    return [
        Tile(x + n % columns * across, y + n // columns * down, across, down) for n in range(count)
    ]


def _even(value: float) -> int:
    return int(value) // 2 * 2


class PictureTrack:
    """The decoded pictures of one file, taken as time goes on."""

    def __init__(self, file: SealedReader, source: str) -> None:
        """`file` is read, and closed by whoever opened it.

        Raises:
            FFmpegError, ValueError: nothing in it can be decoded.
        """
        self.screen = source == "screen"
        self.decoded = Decoded(file)
        self._frames = ((float(frame.time or 0), frame) for frame in self.decoded.pictures())
        self._scaler = VideoReformatter()  # keeps its tables from picture to picture
        self._next = next(self._frames, None)
        if self._next is None:
            raise ValueError("there is no picture in it")
        self._shown: av.VideoFrame | None = None
        self._since = 0.0
        self._scaled: tuple[Tile, av.VideoFrame] | None = None

    def begin(self, time: float) -> None:
        """Leave out what was before `time` (seconds of the take)."""
        while self._next is not None and self._next[0] < time:
            self._next = next(self._frames, None)
        self._shown = self._scaled = None

    def at(self, time: float) -> bool:
        """Go on to `time` (seconds of the take); tell whether there is a picture then."""
        while self._next is not None and self._next[0] <= time:
            self._since, self._shown = self._next
            self._scaled = None
            self._next = next(self._frames, None)
        off = _SCREEN_OFF if self.screen else _CAMERA_OFF
        return self._shown is not None and time - self._since <= off

    def scaled(self, tile: Tile) -> av.VideoFrame:
        """Return the picture as large as it fits into a tile."""
        if self._scaled is None or self._scaled[0] != tile:
            shown = self._shown
            if shown is None:
                raise ValueError("there is no picture at this time")
            scale = min(tile.width / shown.width, tile.height / shown.height)
            width, height = max(2, _even(shown.width * scale)), max(2, _even(shown.height * scale))
            self._scaled = (tile, self._scaler.reformat(shown, width, height, "yuv420p"))
        return self._scaled[1]


class Canvas:
    """The picture that is painted."""

    def __init__(self) -> None:
        self._planes = [bytearray(WIDTH * HEIGHT), *(bytearray(WIDTH * HEIGHT // 4) for _ in "uv")]
        self._painted: list[tuple[Tile, av.VideoFrame]] = []

    def paint(self, tracks: list[PictureTrack]) -> av.VideoFrame:
        """Return a frame with the present pictures of `tracks`, screens first."""
        tracks = sorted(tracks, key=lambda track: not track.screen)
        screens = sum(track.screen for track in tracks)
        tiles = arrange(screens, len(tracks) - screens)
        pictures = [(tile, track.scaled(tile)) for tile, track in zip(tiles, tracks, strict=True)]
        if [tile for tile, _ in pictures] != [tile for tile, _ in self._painted]:
            for plane, value in zip(self._planes, _BLACK, strict=True):
                plane[:] = bytes((value,)) * len(plane)
            self._painted = []
        for place, picture in enumerate(pictures):
            if place >= len(self._painted) or self._painted[place][1] is not picture[1]:
                self._copy(*picture)
        self._painted = pictures
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for number, into in enumerate(frame.planes):
            _fill(into, self._planes[number], WIDTH if number == 0 else WIDTH // 2)
        return frame

    def _copy(self, tile: Tile, picture: av.VideoFrame) -> None:
        left = tile.x + _even((tile.width - picture.width) / 2)
        top = tile.y + _even((tile.height - picture.height) / 2)
        for number, plane in enumerate(picture.planes):
            half = 1 if number == 0 else 2
            source, into = memoryview(plane), self._planes[number]
            width, across = picture.width // half, WIDTH // half
            at = top // half * across + left // half
            for row in range(picture.height // half):
                start = row * plane.line_size
                into[at : at + width] = source[start : start + width]
                at += across


def _fill(plane: av.video.plane.VideoPlane, rows: bytearray, width: int) -> None:
    if plane.line_size == width:
        plane.update(bytes(rows))
        return
    padding = bytes(plane.line_size - width)
    lines = (rows[at : at + width] + padding for at in range(0, len(rows), width))
    plane.update(b"".join(lines))
