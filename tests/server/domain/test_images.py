"""The size of a picture is read from its first bytes, and lies give none."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.images import dimensions

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 640, 480)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x11\x08" + struct.pack(">HH", 480, 640) + b"\x03"
)
WEBP_X = b"RIFF....WEBPVP8X........" + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")
WEBP_LOSSY = b"RIFF....WEBPVP8 ....\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 480)
WEBP_LOSSLESS = b"RIFF....WEBPVP8L....\x2f" + struct.pack("<I", 639 | 479 << 14)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (GIF, "image/gif"),
        (JPEG, "image/jpeg"),
        (WEBP_X, "image/webp"),
        (WEBP_LOSSY, "image/webp"),
        (WEBP_LOSSLESS, "image/webp"),
    ],
)
def test_width_and_height_are_read(data: bytes, kind: str) -> None:
    assert dimensions(data, kind) == (640, 480)


@pytest.mark.parametrize(
    "kind", ["image/png", "image/gif", "image/jpeg", "image/webp", "text/plain"]
)
@given(data=st.binary(max_size=64))
def test_garbage_never_breaks_the_reading(kind: str, data: bytes) -> None:
    width, height = dimensions(data, kind)
    assert width >= 0
    assert height >= 0


@pytest.mark.parametrize(
    ("data", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP_X, "image/webp")]
)
def test_a_picture_that_breaks_off_has_no_size(data: bytes, kind: str) -> None:
    assert dimensions(data[:14], kind) == (0, 0)
