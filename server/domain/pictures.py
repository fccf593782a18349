"""Tells pictures and fonts by how they begin; what they are called decides nothing.

Each mark is at the very beginning, as a browser looks for it (MIME Sniffing standard,
sections 6.1 and 6.3), so that nothing else can pass for a picture.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["HEAD", "SVG", "picture_type"]

HEAD: Final = 1_024  # bytes that are looked at
SVG: Final = "image/svg+xml"
_MARKS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"wOF2", "font/woff2"),
    (b"wOFF", "font/woff"),
    (b"OTTO", "font/otf"),
    (b"\x00\x01\x00\x00", "font/ttf"),
)
_AVIF: Final = (b"avif", b"avis")
_PROLOG: Final = re.compile(
    # A comment ends at its first "-->": one that could reach further takes exponential time.
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\b[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*"
    rb"(?:<!DOCTYPE\s+svg\b[^>\[]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<svg[\s>]",
    re.DOTALL,
)


def picture_type(head: bytes) -> str | None:
    """Return the type of the picture or font that begins with `head`, or None."""
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _AVIF:
        return "image/avif"
    return SVG if _PROLOG.match(head[:HEAD]) is not None else None
