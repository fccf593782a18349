"""The header in front of what the recorder saw: read it, write it, stamp it. Pure.

The layout is drawn in `signaling/cobrowse/frames.py`. Reading looks at the header alone, so a
frame that is to be dropped costs nothing; stamping copies the payload once, and all viewers
share that copy.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from signaling.cobrowse.frames import FLAG_GZIP, HEADER, MAX_PAYLOAD, VERSION

__all__ = ["DELTA", "SNAPSHOT", "Header", "Malformed", "decode", "encode", "stamp"]

SNAPSHOT: Final = 1
DELTA: Final = 2

_LAYOUT: Final = struct.Struct(">BBBxIId")
_AT: Final = 12  # where the time is
_TIME: Final = struct.Struct(">d")


class Malformed(Exception):  # noqa: N818 — the peer's doing, an answer
    """This is no frame of the wire. The message says why and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before a payload. `at`: UTC milliseconds by the server's clock, or 0."""

    kind: int
    flags: int
    epoch: int
    seq: int
    at: float = 0.0

    @property
    def gzipped(self) -> bool:
        """Whether the payload is packed."""
        return bool(self.flags & FLAG_GZIP)


def decode(data: bytes) -> Header:
    """Return the header of a whole binary frame.

    Raises:
        Malformed: too short or long, another version or kind, unknown flags, a snapshot that
            does not begin its epoch or a delta that does.
    """
    if not HEADER < len(data) <= HEADER + MAX_PAYLOAD:
        raise Malformed("A frame has a header and up to 8 MiB of payload.")
    version, kind, flags, epoch, seq, at = _LAYOUT.unpack_from(data)
    if version != VERSION:
        raise Malformed("This server reads version 1.")
    if kind not in (SNAPSHOT, DELTA):
        raise Malformed("A frame is a snapshot or a delta.")
    if flags & ~FLAG_GZIP:
        raise Malformed("Only bit 0 of the flags has a meaning.")
    if (seq == 0) != (kind == SNAPSHOT):
        raise Malformed("A snapshot has sequence number 0, and nothing else has.")
    return Header(kind, flags, epoch, seq, at)


def encode(header: Header, payload: bytes) -> bytes:
    """Return the frame."""
    fields = header.kind, header.flags, header.epoch, header.seq, header.at
    return _LAYOUT.pack(VERSION, *fields) + payload


def stamp(data: bytes, at: float) -> bytes:
    """Return the frame `data` with the time `at` in it."""
    view = memoryview(data)
    return b"".join((view[:_AT], _TIME.pack(at), view[HEADER:]))
