"""Datagrams over a stream: two bytes of length before each (RFC 4571, RFC 6544 section 3).

Pure. A `Deframer` owns the memory that a socket reads into and hands out views of the whole
frames in it; nothing is copied but the beginning of a frame that is cut by the end of the memory.
"""

from __future__ import annotations

from typing import Final

__all__ = ["MAX_FRAME", "Deframer", "FrameTooLong", "framed"]

MAX_FRAME: Final = 2048  # bytes; the port's buffer for one datagram
LENGTH: Final = 2  # bytes of length before each frame


class FrameTooLong(Exception):  # noqa: N818 - what it is
    """The peer announced a frame that is longer than any of ours: the stream is of no use."""


def framed(datagram: bytes | memoryview) -> bytes:
    """Return a datagram with its length before it."""
    return b"".join((len(datagram).to_bytes(LENGTH, "big"), datagram))


class Deframer:
    """Cuts what a stream brings into frames of at most `longest` bytes."""

    __slots__ = ("_end", "_memory", "_start", "longest")

    def __init__(self, longest: int = MAX_FRAME, memory: int = 4 * MAX_FRAME) -> None:
        if memory < 2 * (LENGTH + MAX_FRAME):
            raise ValueError("a frame and its beginning must fit the memory")
        self.longest = longest
        """May be raised while frames come, up to `MAX_FRAME`."""
        self._memory = memoryview(bytearray(memory))
        self._start = 0  # of what has come and was not handed out yet
        self._end = 0

    def room(self) -> memoryview:
        """Return where the next bytes go; frames handed out before are no longer valid."""
        if self._start == self._end:
            self._start = self._end = 0
        elif len(self._memory) - self._end < LENGTH + MAX_FRAME:
            rest = bytes(self._memory[self._start : self._end])
            self._memory[: len(rest)] = rest
            self._start, self._end = 0, len(rest)
        return self._memory[self._end :]

    def advance(self, count: int) -> list[memoryview]:
        """Take `count` bytes that were written into `room()`; return the frames now whole.

        Frames without content, which RFC 4571 has a receiver ignore, are left out.

        Raises:
            FrameTooLong: one is longer than `longest`; the stream cannot be read on.
        """
        self._end += count
        memory, at, frames = self._memory, self._start, []
        while self._end - at >= LENGTH:
            size = memory[at] << 8 | memory[at + 1]
            if size > self.longest:
                raise FrameTooLong
            if self._end - at - LENGTH < size:
                break
            at += LENGTH
            if size:
                frames.append(memory[at : at + size])
            at += size
        self._start = at
        return frames
