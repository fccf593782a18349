"""Writes one track as Matroska, in clusters that are whole when they are given out.

Pure: bytes come back, nothing is kept but the open cluster. A muxer of a library keeps the open
cluster until the next frame starts another; a screen that stands still has none for minutes, and
a crash would lose what it showed. Here whoever writes says when a cluster ends.

RFC 9559 (Matroska), RFC 8794 (EBML); codec mappings of Opus (RFC 7845 for its head), VP8 and
H264 as in RFC 9559's registry. The segment has no known
size, as for live streams, so that a file that was cut short is one still.
"""

from __future__ import annotations

import struct
from typing import Final

__all__ = ["TAG_STRING", "MatroskaTrack"]

TAG_STRING: Final = bytes.fromhex("4487")
"""The element that follows a tag's name: its value."""

_EBML: Final = 0x1A45DFA3
_SEGMENT: Final = bytes.fromhex("1853806701ffffffffffffff")
_INFO: Final = 0x1549A966
_TRACKS: Final = 0x1654AE6B
_TAGS: Final = 0x1254C367
_CLUSTER: Final = 0x1F43B675
_TIMESTAMP: Final = 0xE7
_SIMPLE_BLOCK: Final = 0xA3
_TRACK: Final = b"\x81"  # number 1 as a vint
_KEYFRAME: Final = 0x80
_MAX_REACH: Final = 32_000  # ms that a block may be after its cluster's start (int16)

_PRESKIP: Final = 312  # samples: what browsers' Opus encoders need to start
_OPUS_HEAD: Final = b"OpusHead" + struct.pack("<BBHIHB", 1, 2, _PRESKIP, 48_000, 0, 0)
_PREROLL: Final = 80_000_000  # ns: RFC 7845 section 4.6
_CODECS: Final = {"opus": "A_OPUS", "VP8": "V_VP8", "H264": "V_MPEG4/ISO/AVC"}


def _size(length: int) -> bytes:
    width = 1
    while length >= (1 << 7 * width) - 1:  # all ones mean "unknown"
        width += 1
    return (length | 1 << 7 * width).to_bytes(width)


def _element(name: int, content: bytes) -> bytes:
    return name.to_bytes((name.bit_length() + 7) // 8) + _size(len(content)) + content


def _number(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def _text(name: int, value: str) -> bytes:
    return _element(name, value.encode())


class MatroskaTrack:
    """One track: a head, then clusters. Times are whole milliseconds and never go back."""

    def __init__(
        self,
        codec: str,
        tags: dict[str, str],
        *,
        size: tuple[int, int] = (0, 0),
        private: bytes = b"",
    ) -> None:
        """`size` and `private` (`h264.configuration`) are those of the first picture."""
        self._head: bytes | None = _head(codec, tags, size, private)
        self._start = 0
        self._last = 0
        self._blocks: list[bytes] = []

    def add(self, at: int, data: bytes, *, key: bool) -> bytes:
        """Take a frame; return a cluster that had to end before it, or nothing."""
        at = max(at, self._last)
        ended = self.cluster() if self._blocks and at - self._start > _MAX_REACH else b""
        if not self._blocks:
            self._start = at
        self._last = at
        flags = _KEYFRAME if key else 0
        head = _TRACK + struct.pack(">hB", at - self._start, flags)
        self._blocks.append(_element(_SIMPLE_BLOCK, head + data))
        return ended

    @property
    def open_since(self) -> int | None:
        """The time of the first frame that was not given out yet."""
        return self._start if self._blocks else None

    @property
    def last(self) -> int:
        """The time of the newest frame."""
        return self._last

    def cluster(self) -> bytes:
        """End the open cluster and return it, with the head before the first."""
        head, self._head = self._head or b"", None
        if not self._blocks:
            return head
        content = _number(_TIMESTAMP, self._start) + b"".join(self._blocks)
        self._blocks.clear()
        return head + _element(_CLUSTER, content)


def _head(codec: str, tags: dict[str, str], size: tuple[int, int], private: bytes) -> bytes:
    ebml = (
        _number(0x4286, 1)  # EBMLVersion
        + _number(0x42F7, 1)  # EBMLReadVersion
        + _number(0x42F2, 4)  # EBMLMaxIDLength
        + _number(0x42F3, 8)  # EBMLMaxSizeLength
        + _text(0x4282, "matroska")  # DocType
        + _number(0x4287, 4)  # DocTypeVersion
        + _number(0x4285, 2)  # DocTypeReadVersion
    )
    info = (
        _number(0x2AD7B1, 1_000_000)  # TimestampScale: ms
        + _text(0x4D80, "Tiski")  # MuxingApp
        + _text(0x5741, "Tiski")  # WritingApp
    )
    entry = (
        _number(0xD7, 1)  # TrackNumber
        + _number(0x73C5, 1)  # TrackUID
        + _number(0x83, 2 if codec == "opus" else 1)  # TrackType
        + _number(0x9C, 0)  # FlagLacing
        + _text(0x86, _CODECS[codec])  # CodecID
    )
    if codec == "opus":
        entry += _element(0x63A2, _OPUS_HEAD)  # CodecPrivate
        entry += _number(0x56BB, _PREROLL)  # SeekPreRoll
        entry += _element(0xE1, _element(0xB5, struct.pack(">d", 48_000.0)) + _number(0x9F, 2))
    else:
        if private:
            entry += _element(0x63A2, private)
        entry += _element(0xE0, _number(0xB0, size[0]) + _number(0xBA, size[1]))
    simple = b"".join(
        _element(0x67C8, _text(0x45A3, name) + _text(int.from_bytes(TAG_STRING), value))
        for name, value in tags.items()
    )
    tag = _element(0x7373, _element(0x63C0, b"") + simple)
    return (
        _element(_EBML, ebml)
        + _SEGMENT
        + _element(_INFO, info)
        + _element(_TRACKS, _element(0xAE, entry))
        + _element(_TAGS, tag)
    )
