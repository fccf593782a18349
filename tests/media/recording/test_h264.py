"""What is read of an H264 key frame, against what a decoder says, and whatever it holds."""

from __future__ import annotations

import random
from fractions import Fraction

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.recording.h264 import configuration, picture_size

START = b"\x00\x00\x00\x01"


def keyframe(width: int, height: int, colours: str = "yuv420p", **options: str) -> bytes:
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, colours
    encoder.time_base = Fraction(1, 30)
    encoder.thread_count = 1
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", **options}
    packets = encoder.encode(av.VideoFrame(width, height, colours))
    # Units begin with three bytes or four in annex B; with four when they come from RTP.
    return (
        b"".join(bytes(packet) for packet in packets)
        .replace(START, START[1:])
        .replace(START[1:], START)
    )


@pytest.mark.parametrize(
    ("width", "height", "colours", "options"),
    [
        (160, 120, "yuv420p", {"profile": "baseline"}),
        (162, 122, "yuv420p", {"profile": "baseline"}),
        (1920, 1080, "yuv420p", {"profile": "high", "preset": "medium"}),
        (1920, 1080, "yuv420p", {"x264-params": "interlaced=1:cqm=jvt"}),
        (162, 122, "yuv422p", {}),
        (161, 121, "yuv444p", {"x264-params": "cqm=jvt"}),
        (163, 121, "gray", {}),
    ],
)
def test_the_size_is_what_a_decoder_says(
    width: int, height: int, colours: str, options: dict[str, str]
) -> None:
    frame = keyframe(width, height, colours, **options)
    decoder = av.VideoCodecContext.create("h264", "r")
    pictures = [*decoder.decode(av.Packet(frame)), *decoder.decode(None)]
    assert [(p.width, p.height) for p in pictures] == [(width, height)]
    assert picture_size(frame) == (width, height)


@settings(deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=5))
def test_no_parameter_set_is_more_than_refused(sps: bytes, pps: bytes) -> None:
    frame = START + b"\x67" + sps + START + b"\x68" + pps
    size = picture_size(frame)
    assert size is None or min(size) > 0
    configuration(frame)


def test_a_changed_parameter_set_is_read_or_refused() -> None:
    frame = keyframe(320, 180, "yuv444p", **{"x264-params": "cqm=jvt"})
    draw = random.Random(3)
    for _ in range(2000):
        changed = bytearray(frame[:80])
        changed[draw.randrange(5, 80)] = draw.randrange(256)
        size = picture_size(bytes(changed))
        assert size is None or min(size) > 0


@pytest.mark.parametrize(
    "units",
    [
        [b"\x67\x42\xe0\x1f"] * 32 + [b"\x68\xce"],
        [b"\x67\x42\xe0\x1f"] + [b"\x68\xce"] * 256,
        [b"\x67\x42\xe0\x1f" + b"\x01" * 65_536, b"\x68\xce"],
        [b"\x67\x42\xe0\x1f", b"\x68" + b"\x01" * 65_536],
        [b"\x67\x42\xe0", b"\x68\xce"],
        [b"\x67\x42\xe0\x1f"],
    ],
)
def test_more_than_a_configuration_can_hold_is_none(units: list[bytes]) -> None:
    assert configuration(START + START.join(units)) is None
