"""Reads the size of a picture from the first bytes of its file.

PNG (W3C, section 11.2.2), GIF (89a, section 18), JPEG (ITU T.81, annex B) and WebP
(RFC 9649). A file that lies or breaks off gives no size.
"""

from __future__ import annotations

import struct
from typing import Final

__all__ = ["dimensions"]

_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length


def dimensions(data: bytes, kind: str) -> tuple[int, int]:
    """Return width and height in pixels of the picture `data` begins with, or (0, 0)."""
    try:
        match kind:
            case "image/png":
                return _big(data, 16) if data[12:16] == b"IHDR" else (0, 0)
            case "image/gif":
                width, height = struct.unpack_from("<HH", data, 6)
                return width, height
            case "image/jpeg":
                return _jpeg(data)
            case "image/webp":
                return _webp(data)
            case _:
                return 0, 0
    except (struct.error, IndexError):
        return 0, 0


def _big(data: bytes, at: int) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, at)
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width = int.from_bytes(data[24:27], "little") + 1
            height = int.from_bytes(data[27:30], "little") + 1
            return width, height
        case _:
            return 0, 0
