"""Where key frames start, and VP8's counters."""

from __future__ import annotations

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from media.codecs import red_primary, starts_keyframe, vp8_counters


def vp8(
    *, start: int = 1, partition: int = 0, picture: int | None = 300, key: bool = True
) -> bytes:
    descriptor = VpxPayloadDescriptor(
        partition_start=start, partition_id=partition, picture_id=picture
    )
    return bytes(descriptor) + bytes([0x10 if key else 0x11, 0, 0])


def test_vp8_key_frame_starts_in_its_first_packet_only() -> None:
    assert starts_keyframe("VP8", vp8())
    assert starts_keyframe("VP8", vp8(picture=None))
    assert starts_keyframe("VP8", vp8(picture=5))
    assert not starts_keyframe("VP8", vp8(key=False))
    assert not starts_keyframe("VP8", vp8(start=0))
    assert not starts_keyframe("VP8", vp8(partition=3))


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        (bytes([0x65, 1]), True),  # IDR slice
        (bytes([0x67, 1]), True),  # SPS
        (bytes([0x41, 1]), False),
        (bytes([0x78, 0, 2, 0x67, 1, 0, 1, 0x68]), True),  # STAP-A with an SPS first
        (bytes([0x78, 0, 1, 0x09, 0, 2, 0x65, 1]), True),  # STAP-A, IDR second
        (bytes([0x78, 0, 1, 0x41]), False),
        (bytes([0x7C, 0x85, 1]), True),  # FU-A, first fragment of an IDR
        (bytes([0x7C, 0x05, 1]), False),
        (b"", False),
        (bytes([0x78, 0xFF]), False),
        (bytes([0x7C]), False),
    ],
)
def test_h264_key_frames(payload: bytes, key: bool) -> None:
    assert starts_keyframe("H264", payload) is key


def test_sound_has_no_key_frames() -> None:
    assert not starts_keyframe("opus", b"\x78\x65")


def test_the_newest_block_of_red_is_found() -> None:
    assert red_primary(bytes([111]) + b"now") == b"now"
    assert red_primary(bytes([0x80 | 111, 0x0F, 0x00, 3, 111]) + b"oldnow") == b"now"
    twice = bytes([0x80 | 111, 0, 0, 2, 0x80 | 111, 0, 0, 3, 111])
    assert red_primary(twice + b"aabbbnow") == b"now"
    assert red_primary(twice[:3]) == b""
    assert red_primary(b"") == b""


@given(st.binary(max_size=20))
def test_no_red_payload_makes_the_reader_raise(payload: bytes) -> None:
    assert len(red_primary(payload)) <= len(payload)


@given(st.integers(0, 0x7FFF), st.integers(0, 255))
def test_vp8_counters_are_where_another_implementation_puts_them(picture: int, tl0: int) -> None:
    payload = bytes(
        VpxPayloadDescriptor(
            partition_start=1, partition_id=0, picture_id=picture, tl0picidx=tl0, tid=(1, 0)
        )
    )
    counters = vp8_counters(payload)
    assert counters is not None
    at, size, tl0_at, end = counters
    if size == 2:
        assert (payload[at] & 0x7F) << 8 | payload[at + 1] == picture
    else:
        assert payload[at] == picture
    assert payload[tl0_at] == tl0
    assert end == len(payload)


@given(st.binary(max_size=12), st.sampled_from(["VP8", "H264", "opus"]))
def test_no_payload_makes_the_readers_raise(payload: bytes, codec: str) -> None:
    starts_keyframe(codec, payload)
    counters = vp8_counters(payload)
    assert counters is None or counters[3] <= len(payload)
