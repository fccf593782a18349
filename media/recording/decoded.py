"""Decodes one file of a take as far as it can be: what is in it was sent by anybody.

A packet that cannot be decoded is left out. Where a file is damaged it ends, and `cut` says so;
one lost second is no reason to lose the call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import av
from av.error import FFmpegError

from media.recording.sealed import Damaged, SealedReader

__all__ = ["Decoded", "UpToDamage"]

_Item = TypeVar("_Item")


class Decoded:
    """The decoded frames of one file, in their order."""

    def __init__(self, file: SealedReader) -> None:
        """`file` is read, and closed by whoever opened it."""
        self._file = UpToDamage(file)

    @property
    def cut(self) -> bool:
        """Whether it was read up to some damage only."""
        return self._file.cut

    def pictures(self) -> Iterator[av.VideoFrame]:
        """Decode the pictures.

        Raises:
            FFmpegError: not even the beginning can be read.
        """
        with av.open(self._file, "r") as container:
            for packet in self._whole(container.demux(video=0)):
                try:
                    frames = packet.decode()
                except FFmpegError:
                    continue
                yield from frames

    def sounds(self) -> Iterator[av.AudioFrame]:
        """Decode the sound.

        Raises:
            FFmpegError: not even the beginning can be read.
        """
        with av.open(self._file, "r") as container:
            for packet in self._whole(container.demux(audio=0)):
                try:
                    frames = packet.decode()
                except FFmpegError:
                    continue
                yield from frames

    def _whole(self, packets: Iterator[_Item]) -> Iterator[_Item]:
        try:
            yield from packets
        except FFmpegError:
            self._file.cut = True


class UpToDamage:
    """A sealed file that ends where it is damaged, so that what is before that is had.

    An exception would not do: libav may read on after one, as if nothing was.
    """

    def __init__(self, file: SealedReader) -> None:
        self.cut = False
        self.seek = file.seek
        self.tell = file.tell
        self._file = file

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; nothing at the end, or where it is damaged."""
        try:
            return self._file.read_chunk(size)
        except Damaged:
            self.cut = True
            return b""
