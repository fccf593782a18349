"""Packets gathered for one address: what leaves together, and that nothing is lost or reordered."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from media.adapter import PacketBuffer, SrtpReader, SrtpWriter
from media.burst import MAX_SEGMENTS, Burst
from media.stun import Address

KEY = bytes(range(28))
PROFILE = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
ADDRESS = ("192.0.2.1", 4000)
TAG = 16


class Way:
    """A way out that notes each burst as the kernel would cut it."""

    def __init__(self) -> None:
        self.bursts: list[list[bytes]] = []
        self.open: list[Burst] = []

    def expect(self, burst: Burst) -> None:
        self.open.append(burst)

    def send_burst(self, data: memoryview, segment: int, address: Address) -> None:
        assert address == ADDRESS
        assert 0 < segment <= len(data) <= 65507
        cut = [bytes(data[at : at + segment]) for at in range(0, len(data), segment)]
        assert len(cut) <= MAX_SEGMENTS
        self.bursts.append(cut)


def burst_to(way: Way) -> Burst:
    burst = Burst(way)
    burst.writer = SrtpWriter(
        Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=PROFILE))
    )
    burst.address = ADDRESS
    return burst


def put(burst: Burst, seq: int, size: int) -> None:
    """Write a packet whose payload of `size` bytes tells its number."""
    struct.pack_into("!BBHII", burst.view, burst.end, 0x80, 96, seq, 0, 7)
    at = burst.end + 12
    burst.view[at : at + size] = bytes([seq & 0xFF]) * size
    burst.add(12 + size)


def opened(way: Way) -> list[tuple[int, int]]:
    """Decrypt what left; return (number, size of the payload) of each packet."""
    reader = SrtpReader(
        Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=PROFILE))
    )
    buffer = PacketBuffer()
    result = []
    for datagram in [d for burst in way.bursts for d in burst]:
        buffer.view[: len(datagram)] = datagram
        size = reader.rtp(buffer, 0, len(datagram))
        assert size >= 12
        (seq,) = struct.unpack_from("!H", buffer.view, 2)
        assert set(buffer.view[12:size]) <= {seq & 0xFF}
        result.append((seq, size - 12))
    return result


@pytest.mark.parametrize(
    ("sizes", "bursts"),
    [
        ([100], [1]),
        ([100, 100, 100], [3]),
        ([100, 100, 60], [3]),  # the last of a frame
        ([100, 60, 100, 100, 40], [2, 3]),
        ([60, 100, 100], [1, 2]),
        ([100, 60, 60], [2, 1]),
    ],
)
def test_only_the_last_packet_of_a_burst_is_shorter(sizes: list[int], bursts: list[int]) -> None:
    way = Way()
    burst = burst_to(way)
    for seq, size in enumerate(sizes):
        put(burst, seq, size)
    burst.flush()
    assert [len(b) for b in way.bursts] == bursts
    assert opened(way) == list(enumerate(sizes))


def test_nothing_leaves_before_the_flush_and_the_way_out_is_told_once() -> None:
    way = Way()
    burst = burst_to(way)
    for seq in range(5):
        put(burst, seq, 500)
    assert way.bursts == []
    assert way.open == [burst]
    burst.flush()
    burst.flush()
    assert burst.octets == 5 * (12 + 500 + TAG)
    assert len(way.bursts) == 1
    put(burst, 6, 500)
    assert way.open == [burst, burst]


@pytest.mark.parametrize("size", [1, 1100, 1500])
def test_a_burst_never_outgrows_the_kernels_limit_or_its_memory(size: int) -> None:
    way = Way()
    burst = burst_to(way)
    for seq in range(200):
        put(burst, seq, size)
    burst.flush()
    assert opened(way) == [(seq, size) for seq in range(200)]


def test_without_a_cipher_or_an_address_nothing_leaves() -> None:
    way = Way()
    burst = burst_to(way)
    burst.writer = None
    put(burst, 1, 100)
    burst.flush()
    burst = burst_to(way)
    burst.address = None
    put(burst, 1, 100)
    burst.flush()
    assert way.bursts == []
    assert burst.octets == 0


@settings(max_examples=60)
@given(st.lists(st.one_of(st.integers(0, 1500), st.just(-1)), max_size=120))
def test_every_packet_leaves_once_and_in_order(steps: list[int]) -> None:
    way = Way()
    burst = burst_to(way)
    put_in: list[tuple[int, int]] = []
    for step in steps:
        if step < 0:
            burst.flush()
        else:
            put(burst, len(put_in), step)
            put_in.append((len(put_in), step))
    burst.flush()
    assert opened(way) == put_in
