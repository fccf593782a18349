"""Reading RTP headers: what is there, and that nothing escapes on what is not."""

from __future__ import annotations

import struct

from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket
from hypothesis import example, given
from hypothesis import strategies as st

from media.rtp import FIXED_HEADER, MALFORMED, extensions_of, is_rtcp, payload_bounds, seq_delta

BEFORE = b"\xff" * 7  # what lies before the packet in the buffer, and behind it


def read(data: bytes) -> tuple[tuple[int, int, int], list[tuple[int, bytes]]]:
    view = memoryview(BEFORE + data + BEFORE)
    start, at, end = payload_bounds(view, len(BEFORE), len(data))
    if start < 0:
        return (start, at, end), []
    found = [(n, bytes(view[w : w + size])) for n, w, size in extensions_of(view, start, at)]
    return (start - len(BEFORE), at - len(BEFORE), end - len(BEFORE)), found


def test_extensions_and_payload_of_a_packet_by_another_implementation() -> None:
    numbers = HeaderExtensionsMap()
    numbers.configure(
        RTCRtpParameters(
            headerExtensions=[
                RTCRtpHeaderExtensionParameters(4, "urn:ietf:params:rtp-hdrext:sdes:mid"),
                RTCRtpHeaderExtensionParameters(1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
            ]
        )
    )
    packet = RtpPacket(payload_type=111, sequence_number=7, ssrc=9, payload=b"sound")
    packet.extensions.mid = "12"
    packet.extensions.audio_level = (True, 33)
    packet.padding_size = 3
    packet.csrc = [1, 2]
    data = packet.serialize(numbers)
    (_, at, end), extensions = read(data)
    assert data[at:end] == b"sound"
    assert dict(extensions) == {4: b"12", 1: bytes([0x80 | 33])}


def test_two_byte_extensions_are_read() -> None:
    block = struct.pack("!HH", 0x1000, 2) + bytes([5, 3, 1, 2, 3, 0, 9, 0])
    data = FIXED_HEADER.pack(0x90, 96, 1, 2, 3) + block + b"x"
    assert read(data)[1] == [(5, b"\1\2\3"), (9, b"")]


def test_an_extension_that_runs_over_the_end_is_left_out() -> None:
    block = struct.pack("!HH", 0xBEDE, 1) + bytes([0x10, 0x7F, 0x2F, 0])
    data = FIXED_HEADER.pack(0x90, 96, 1, 2, 3) + block
    assert read(data)[1] == [(1, b"\x7f")]


def test_padding_with_a_length_ends_the_reading() -> None:
    block = struct.pack("!HH", 0xBEDE, 2) + bytes([0x10, 0x7F, 0, 0x02, 1, 2, 0x20, 9])
    data = FIXED_HEADER.pack(0x90, 96, 1, 2, 3) + block
    assert read(data)[1] == [(1, b"\x7f")]


def test_lengths_over_the_end_are_malformed() -> None:
    header = FIXED_HEADER.pack(0x90, 96, 1, 2, 3)
    assert read(header)[0] == MALFORMED
    assert read(header + b"\xbe\xde\x00\x09")[0] == MALFORMED
    assert read(FIXED_HEADER.pack(0x8F, 96, 1, 2, 3))[0] == MALFORMED
    assert read(FIXED_HEADER.pack(0xA0, 96, 1, 2, 3) + b"\x05")[0] == MALFORMED
    assert read(FIXED_HEADER.pack(0x40, 96, 1, 2, 3))[0] == MALFORMED


@given(st.binary(min_size=12, max_size=200))
@example(b"\x9f" + bytes(11))
def test_no_bytes_make_the_reader_raise_or_leave_the_packet(data: bytes) -> None:
    (start, at, end), _ = read(data)
    assert (start, at, end) == MALFORMED or 12 <= start <= at <= end <= len(data)


@given(st.integers(0, 0xFFFF), st.integers(-0x8000, 0x7FFF))
def test_sequence_distance_survives_the_wrap(seq: int, step: int) -> None:
    assert seq_delta(seq + step & 0xFFFF, seq) == step


def test_rtcp_is_told_from_rtp_by_its_second_byte() -> None:
    assert is_rtcp(200)
    assert is_rtcp(206)
    assert not is_rtcp(0x80 | 111)
    assert not is_rtcp(96)
