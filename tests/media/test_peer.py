"""A peer reads the usual packet in its own quick way; what it finds is what `media.rtp` finds."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from media.adapter import PacketBuffer, new_certificate
from media.intake import MAX_OTHERS, Ids, Inlet, Intake
from media.interface import MediaConfig
from media.offer import parse_offer
from media.peer import MAX_PAYLOAD, NO_LEVEL, Peer
from media.port import MediaPort
from media.rtp import extensions_of, payload_bounds

OFFER = parse_offer(
    (Path(__file__).parents[1] / "data" / "sdp" / "chromium-156.sdp").read_bytes().decode()
)
SSRC, RTX, LEVEL, TRANSPORT = 7, 8, 1, 3


class Opened:
    """A cipher that leaves packets as they are, and remembers the streams of those it opened."""

    def __init__(self) -> None:
        self.streams: set[int] = set()
        self.authentic = True

    def rtp(self, buffer: PacketBuffer, at: int, size: int) -> int:
        return self._opened(buffer.view[at + 8 : at + 12], size)

    def rtcp(self, buffer: PacketBuffer, at: int, size: int) -> int:
        return self._opened(buffer.view[at + 4 : at + 8], size)

    def _opened(self, ssrc: memoryview, size: int) -> int:
        if not self.authentic:
            return -1
        self.streams.add(int.from_bytes(ssrc))
        return size


class Taken:
    """Stands for a track and for the arrivals: notes what it is given."""

    def __init__(self) -> None:
        self.packets: list[tuple[Any, ...]] = []
        self.arrivals: list[tuple[int, float]] = []

    def receive(self, *packet: Any) -> None:
        self.packets.append(packet)

    def record(self, seq: int, at: float) -> None:
        self.arrivals.append((seq, at))


@pytest_asyncio.fixture
async def peer() -> Any:
    made = Peer(
        MediaPort(MediaConfig()),  # not opened: nothing leaves
        new_certificate(),
        OFFER,
        0.0,
        on_connected=lambda: None,
        label="a",
    )
    made._reader = Opened()  # type: ignore[assignment]
    yield made
    made.close()


def feed(
    peer: Peer, packet: bytes, level_id: int = LEVEL, transport_id: int = TRANSPORT
) -> tuple[str | None, Taken]:
    """Give the peer a packet that lies somewhere in the buffer, among other bytes."""
    taken = Taken()
    inlet = Inlet(taken, 111, 97, 63, level_id)  # type: ignore[arg-type]
    intake = Intake()
    intake.routes = {SSRC: (inlet, 0), RTX: (inlet, SSRC)}
    intake.ids = Ids(mid=4, transport=transport_id)
    peer.route(intake)
    peer._arrivals = taken  # type: ignore[assignment]
    buffer = PacketBuffer(4096)
    buffer.view[:] = b"\x31" * 4096
    buffer.view[100 : 100 + len(packet)] = packet
    return peer.on_rtp(buffer, 100, len(packet), 5.0, 4.5), taken


def feed_rtcp(peer: Peer, ssrc: int) -> str | None:
    """Give the peer an empty receiver report."""
    buffer = PacketBuffer(4096)
    buffer.view[100:108] = struct.pack("!BBHI", 0x80, 201, 1, ssrc)
    return peer.on_rtcp(buffer, 100, 8, 5.0)


def expected(packet: bytes) -> tuple[str | None, list[int], int, bytes]:
    """Return (why it is dropped, transport-wide numbers, level, payload), by `media.rtp`."""
    view = memoryview(packet)
    start, at, end = payload_bounds(view, 0, len(packet))
    if start < 0 or end - at > MAX_PAYLOAD:
        return "malformed", [], NO_LEVEL, b""
    numbers, level = [], NO_LEVEL
    for number, where, length in extensions_of(view, start, at):
        if number == TRANSPORT and length >= 2:
            numbers.append(view[where] << 8 | view[where + 1])
        elif number == LEVEL and length:
            level = view[where] & 0x7F
    return None, numbers, level, packet[at:end]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([0x90, 0x90, 0x90, 0xB0, 0x91, 0x80, 0xA0, 0x50]),
    st.sampled_from([0xBEDE, 0xBEDE, 0xBEDE, 0x1000, 0x1234]),
    st.one_of(st.integers(0, 4), st.integers(0, 0xFFFF)),
    st.lists(
        st.sampled_from([0, 5, 0x10, 0x12, 0x22, 0x30, 0x31, 0x32, 0x40, 0xF1, 0x7F, 0xAA]),
        max_size=24,
    ),
)
@example(0x90, 0xBEDE, 1, [0x10, 0x85, 0, 0x31])  # the last element runs over the end
@example(0x90, 0xBEDE, 9, [])  # the block runs over the end, into what lies behind
@example(0x90, 0xBEDE, 9, [0x10, 5, 0, 0])
@example(0x90, 0xBEDE, 0xFFFF, [0] * 16)  # and this one over the end of the buffer
@example(0x90, 0xBEDE, 1, [0, 0, 0, 0x10, 5])
@example(0x90, 0xBEDE, 1, [0xF0, 0, 0x10, 5])  # what follows the reserved id is not read
@example(0x90, 0xBEDE, 1, [2, 0, 0x10, 5])  # nor what follows padding with a length
@example(0x90, 0xBEDE, 1, [0x30, 1, 0, 0])  # too short for a transport-wide number
@example(0xB0, 0xBEDE, 0, [5] * 5)
async def test_quick_and_careful_reading_find_the_same(
    peer: Peer, first: int, profile: int, words: int, rest: list[int]
) -> None:
    packet = struct.pack("!BBHIIHH", first, 0x80 | 111, 9, 960, SSRC, profile, words) + bytes(rest)
    reason, numbers, level, payload = expected(packet)
    dropped, taken = feed(peer, packet)
    assert dropped == reason
    assert taken.arrivals == [(number, 4.5) for number in numbers]
    if reason is None:
        assert taken.packets == [(SSRC, 9, 960, 0x80, payload, level, 5.0, False, 4.5)]
    else:
        assert taken.packets == []


def packet(payload_type: int, ssrc: int, payload: bytes) -> bytes:
    head = struct.pack("!BBHIIHH", 0x90, payload_type, 9, 960, ssrc, 0xBEDE, 1)
    return head + b"\x10\x05\0\0" + payload


async def test_a_repaired_packet_is_given_under_the_number_it_was_lost_by(peer: Peer) -> None:
    dropped, taken = feed(peer, packet(97, RTX, b"\x12\x34body"))
    assert dropped is None
    assert taken.packets == [(SSRC, 0x1234, 960, 0, b"body", 5, 5.0, True)]
    assert feed(peer, packet(97, RTX, b"\x12"))[0] is None  # a probe for bandwidth
    assert feed(peer, packet(111, RTX, b"\x12\x34body"))[0] == "payload-type"


async def test_redundant_sound_is_marked_and_unknown_payloads_are_refused(peer: Peer) -> None:
    dropped, taken = feed(peer, packet(0x80 | 63, SSRC, b"red"))
    assert dropped is None
    assert taken.packets == [(SSRC, 9, 960, 0x81, b"red", 5, 5.0, False, 4.5)]
    assert feed(peer, packet(0, SSRC, b"x"))[0] == "payload-type"
    assert feed(peer, packet(111, 99, b"x"))[0] == "unknown-ssrc"


@pytest.mark.parametrize("first", [0x90, 0xB0], ids=["quick", "careful"])
@pytest.mark.parametrize("transport", [TRANSPORT, 0])
@pytest.mark.parametrize("block", [b"\0\x08\0\0", b"\x02\x12\x34\0"])
async def test_padding_is_no_extension_when_none_is_agreed_on(
    peer: Peer, first: int, transport: int, block: bytes
) -> None:
    head = struct.pack("!BBHIIHH", first, 111, 9, 960, SSRC, 0xBEDE, 1)
    dropped, taken = feed(peer, head + block + b"\x05opus\x01", 0, transport)
    assert dropped is None
    assert taken.arrivals == []
    assert taken.packets[0][5] == NO_LEVEL


async def test_a_participant_cannot_make_libsrtp_keep_more_than_so_many_streams(
    peer: Peer,
) -> None:
    cipher = peer._reader = Opened()  # type: ignore[assignment]
    cipher.authentic = False
    for ssrc in range(1000, 2000):
        assert feed(peer, packet(111, ssrc, b"forged"))[0] == "not-authentic"
        assert feed_rtcp(peer, ssrc) == "not-authentic"
    cipher.authentic = True
    for ssrc in range(2000, 3000):
        assert feed(peer, packet(111, 2 * ssrc, b"x"))[0] == "unknown-ssrc"
        feed_rtcp(peer, 2 * ssrc + 1)
    assert len(cipher.streams) == MAX_OTHERS
    assert feed_rtcp(peer, 9999) == "unknown-ssrc"
    assert feed_rtcp(peer, 4001) is None  # the early ones are still heard
    assert feed_rtcp(peer, SSRC) is None
    assert feed(peer, packet(111, SSRC, b"x"))[0] is None
    assert len(cipher.streams) == MAX_OTHERS + 1


async def test_what_is_over_the_allowance_counts_among_the_streams(peer: Peer) -> None:
    cipher = peer._reader = Opened()  # type: ignore[assignment]
    peer.allowance.left = 0
    for ssrc in range(1000, 2000):
        feed(peer, packet(111, ssrc, b"x"))
    assert len(cipher.streams) == MAX_OTHERS


async def test_what_is_too_long_for_the_way_out_is_refused(peer: Peer) -> None:
    assert feed(peer, packet(111, SSRC, bytes(MAX_PAYLOAD)))[0] is None
    assert feed(peer, packet(111, SSRC, bytes(MAX_PAYLOAD + 1)))[0] == "malformed"


async def test_the_port_answers_nothing_before_it_is_open() -> None:
    port = MediaPort(MediaConfig(host="127.0.0.1"))
    port.send(b"x", ("127.0.0.1", 9))
    port.send_burst(memoryview(b"xx"), 1, ("127.0.0.1", 9))
    port.take(0, 10, ("127.0.0.1", 9), 0.0, 0.0)
    assert port.dropped == {"malformed": 1}


async def test_a_storm_of_faults_writes_a_traceback_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = MediaPort(MediaConfig(host="127.0.0.1"))

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(port, "_take", fail)
    with capture_logs() as lines:
        for index in range(250):
            port.take(0, 10, ("127.0.0.1", 9), index / 100, 0.0)
    assert port.dropped == {"fault": 250}
    assert [line["before"] for line in lines] == [0, 100, 200]
    assert all(line["exc_info"] for line in lines)
