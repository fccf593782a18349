"""Cutting a stream into datagrams: whatever the cuts, the frames are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.framing import MAX_FRAME, Deframer, FrameTooLong, framed


def write(deframer: Deframer, data: bytes) -> list[bytes]:
    """Bring bytes as a socket does: as much as there is room for at a time."""
    frames: list[bytes] = []
    while data:
        room = deframer.room()
        part, data = data[: len(room)], data[len(room) :]
        room[: len(part)] = part
        frames += [bytes(frame) for frame in deframer.advance(len(part))]
    return frames


@given(
    st.lists(st.binary(max_size=MAX_FRAME), max_size=12),
    st.lists(st.integers(1, 4000), min_size=1, max_size=20),
)
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    datagrams: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(framed(d) for d in datagrams)
    deframer = Deframer()
    found: list[bytes] = []
    index = 0
    while stream:
        size = cuts[index % len(cuts)]
        part, stream = stream[:size], stream[size:]
        found += write(deframer, part)
        index += 1
    assert found == [d for d in datagrams if d]


@given(st.binary(max_size=20_000))
def test_any_bytes_are_frames_or_an_end(data: bytes) -> None:
    deframer = Deframer(longest=300)
    try:
        frames = write(deframer, data)
    except FrameTooLong:
        return
    assert all(0 < len(frame) <= 300 for frame in frames)
    assert sum(len(frame) + 2 for frame in frames) <= len(data)


def test_there_is_always_room_for_more() -> None:
    deframer = Deframer(memory=2 * (MAX_FRAME + 2))
    for _ in range(50):
        assert write(deframer, framed(bytes(MAX_FRAME))[:-1]) == []
        assert len(deframer.room()) > 0
        assert write(deframer, b"\0") == [bytes(MAX_FRAME)]


def test_a_frame_that_is_too_long_ends_the_reading_before_it_has_come() -> None:
    deframer = Deframer(longest=100)
    with pytest.raises(FrameTooLong):
        write(deframer, framed(bytes(101))[:2])


def test_the_length_may_be_raised_between_two_frames_of_one_read() -> None:
    deframer = Deframer(longest=100)
    assert write(deframer, framed(b"small") + framed(bytes(1200))[:1]) == [b"small"]
    deframer.longest = MAX_FRAME
    assert write(deframer, framed(bytes(1200))[1:]) == [bytes(1200)]


def test_memory_that_cannot_hold_a_frame_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="must fit"):
        Deframer(memory=MAX_FRAME)
