"""The load of the media bench counts what it says, and a real media server can be put under it."""

from __future__ import annotations

import ast
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from tests.load.media_load.account import Figures, Window, percentile
from tests.load.media_load.connection import Connection
from tests.load.media_load.content import Picture, fill
from tests.load.media_load.description import RemoteLine
from tests.load.media_load.feedback import Arrivals, Numbers
from tests.load.media_load.process import pick_cores
from tests.load.media_load.sink import Sink
from tests.load.media_load.source import Source
from tests.load.media_load.tiski import Tiski
from tests.load.media_load.trial import LoadError, Trial
from tests.media.browser import eventually

SSRC, RTX = 7000, 7001
HOST = "127.0.0.1"
LOAD = Path(__file__).parent / "media_load"
GOOD = Figures(
    claimed=800.0,
    sent=800,
    forwarded=800,
    expected=800,
    lost=0,
    doubled=0,
    foreign=0,
    repaired=0,
    processor_us=10.0,
    server_share=0.1,
    latency_p50_ms=0.1,
    latency_p99_ms=0.2,
    latencies=800,
    late_p99_ms=1.0,
    dropped=0,
)


class Wire:
    """Stands where a source expects its connection, and keeps what is sent."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def send_burst(self, packets: Sequence[bytes]) -> list[int]:
        self.packets += packets
        return [1] * len(packets)


def line(direction: str) -> RemoteLine:
    """Return an m-line of a server, with RTX and without header extensions."""
    return RemoteLine(
        "video",
        9,
        "UDP/TLS/RTP/SAVPF",
        ["96", "97"],
        direction=direction,
        codecs={96: "VP8/90000", 97: "rtx/90000"},
        repairs={97: 96},
        ssrcs=[SSRC, RTX],
        rtx={RTX: SSRC},
    )


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def source(wire: Wire) -> Source:
    made = Source(1, cast(Connection, wire), Picture(200, 1100), "0")
    made.accept(line("recvonly"))
    return made


@pytest.fixture
def sink(source: Source) -> Sink:
    return Sink(source, line("sendonly"), Arrivals())


def forwarded(packet: bytes, ssrc: int = SSRC) -> bytes:
    """Return a packet as a server sends it on: with an SSRC of its own."""
    return packet[:8] + ssrc.to_bytes(4, "big") + packet[12:]


def repair(packet: bytes) -> bytes:
    """Return the RTX packet for a packet (RFC 4588)."""
    return forwarded(packet[:12], RTX) + packet[2:4] + packet[12:]


def test_a_camera_sends_its_rate_in_frames_of_six_and_seven(source: Source, wire: Wire) -> None:
    for _ in range(30):
        source.send(time.time_ns())
    assert source.packets == len(wire.packets) == 200
    assert {len(packet) for packet in wire.packets} == {1100}
    assert sum(packet[1] >> 7 for packet in wire.packets) == 30  # markers: ends of frames
    assert wire.packets[0][18] & 0x01 == 0  # the first is a key frame, behind its descriptor


def test_split_frames_differ_by_a_byte_with_the_longer_parts_last() -> None:
    picture = Picture(200, 1100, split=True)
    frames = [[size for _, size in picture.burst(key=False)] for _ in range(300)]
    assert all(sizes == sorted(sizes) and sizes[-1] - sizes[0] <= 1 for sizes in frames)
    assert any(sizes[0] != sizes[-1] for sizes in frames)
    sizes = [size for frame in frames for size in frame]
    assert abs(sum(sizes) / len(sizes) - 1100) < 1


def test_lost_doubled_repaired_and_changed_packets_are_told_apart(
    source: Source, sink: Sink, wire: Wire
) -> None:
    for _ in range(30):
        source.send(time.time_ns())
    window = Window([source], [sink])
    source.packets = 0
    window.begin(0, 0, 0)
    source.packets = 200
    now = time.time_ns()
    for number, packet in enumerate(wire.packets):
        if number in (10, 20, 21):
            continue  # lost on the way; 10 is repaired
        sink.take(forwarded(packet), now)
        if number == 30:
            sink.take(forwarded(packet), now)
    sink.take(repair(wire.packets[10]), now)
    sink.take(forwarded(wire.packets[128][:500] + b"?" + wire.packets[128][501:]), now)
    sink.take(forwarded(wire.packets[0][:12] + fill(b"", 1000, 2, 5)), now)
    window.end(1_000_000_000, 2_000_000)
    figures = window.figures(200.0, [0.001], 0)
    assert (figures.sent, figures.expected, figures.forwarded) == (200, 200, 201)
    assert (figures.lost, figures.doubled, figures.repaired, figures.foreign) == (2, 1, 1, 2)
    assert figures.processor_us == pytest.approx(2000 / 201)
    assert figures.latencies == 198  # a repair tells of the repair, not of the way


def test_missing_packets_are_asked_for_until_they_come() -> None:
    numbers = Numbers(90_000)
    for number in (65_533, 65_534, 2, 3):
        numbers.take(number, 0, 1.0)
    assert numbers.wanted(1.001) == []  # they may only be late
    assert numbers.wanted(1.01) == [65_535, 0, 1]
    numbers.repaired(0)
    numbers.take(1, 0, 1.02)
    assert numbers.wanted(1.05) == []
    assert numbers.wanted(1.2) == [65_535]
    block = numbers.block(SSRC, 1.2)
    assert block is not None
    assert (block.packets_lost, block.highest_sequence) == (2, 65_536 + 3)


def test_transport_feedback_says_when_each_packet_came() -> None:
    arrivals = Arrivals()
    for number, at in ((65_534, 1_000_000_000), (65_535, 1_000_500_000), (1, 1_101_000_000)):
        arrivals.record(number, at)
    message = arrivals.message(1, 2)
    assert message[:4] == bytes([0x8F, 205, 0, len(message) // 4 - 1])
    assert message[12:16] == (65_534).to_bytes(2, "big") + (4).to_bytes(2, "big")
    assert message[16:19] == (15).to_bytes(3, "big")  # 960 ms in units of 64
    # received, received, lost, received with a long delta
    assert message[20:22] == (0xC000 | 1 << 12 | 1 << 10 | 0 << 8 | 2 << 6).to_bytes(2, "big")
    assert message[22:26] == bytes([160, 2]) + (402).to_bytes(2, "big")
    assert arrivals.message(1, 2) == b""


def test_a_load_that_is_late_or_short_or_deaf_is_not_what_it_claims() -> None:
    assert GOOD.delivered_as_claimed
    assert not replace(GOOD, sent=700).delivered_as_claimed
    assert not replace(GOOD, late_p99_ms=30.0).delivered_as_claimed
    assert not replace(GOOD, dropped=1).delivered_as_claimed


async def test_the_bench_stops_when_the_load_is_never_what_it_claims(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stage = Tiski(HOST, lambda: Picture(200, 1100), tmp_path)
    said: list[str] = []
    trial = Trial([stage], 1, 2, said.append)
    windows = iter([replace(GOOD, sent=600), GOOD, *[replace(GOOD, late_p99_ms=50.0)] * 6])

    async def window(*_: object) -> Figures:
        return next(windows)

    monkeypatch.setattr(trial, "window", window)
    with pytest.raises(LoadError, match=r"not what it claims, 6 times: .* 50\.0 ms late"):
        await trial.run(2, 1.0, 0.0)
    assert trial.windows["tiski"] == [GOOD]


def test_the_load_shares_nothing_with_the_server_that_it_measures() -> None:
    files = [p for p in LOAD.glob("*.py") if p.name != "tiski_process.py"]
    assert len(files) > 10
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [n for n in names if n.split(".")[0] in ("media", "server")], path


def test_a_percentile_is_the_nearest_rank() -> None:
    assert percentile([float(n) for n in range(1, 101)], 0.99) == 99.0
    assert percentile([], 0.5) == 0.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tiski(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tiski]:
    stage = Tiski(HOST, lambda: Picture(100, 600), tmp_path_factory.mktemp("tiski"))
    await stage.start(pick_cores().server)
    try:
        yield stage
    finally:
        await stage.aclose()


@pytest.mark.asyncio(loop_scope="module")
async def test_three_people_get_all_of_each_other_with_feedback(tiski: Tiski) -> None:
    said: list[str] = []
    trial = Trial([tiski], 1, 3, said.append)
    await trial.open()
    figures = await trial.window(tiski, 1.5, 0.5)
    assert figures.expected > 500
    assert figures.forwarded > figures.expected / 2  # the rest came after the window
    assert (figures.lost, figures.doubled, figures.foreign, figures.dropped) == (0, 0, 0, 0)
    assert figures.processor_us > 1
    assert 0 < figures.latency_p50_ms <= figures.latency_p99_ms
    (room,) = tiski.rooms

    async def all_have_reports() -> bool:
        return all(end.heard["rr"] and end.heard["sr"] for end in room.ends)

    await eventually("everybody is told how their packets came", all_have_reports)
    for end in room.ends:
        assert end.heard["transport-cc"] > 5
        assert end.unknown == end.connection.rejected == 0
        assert end.source is not None
        assert end.source.key_frames >= 1
    assert said[0] == "tiski: 1 x 3 people, SRTP_AEAD_AES_128_GCM"
    await trial.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_losses_are_repaired_on_both_sides_and_counted_when_they_are_not(
    tiski: Tiski,
) -> None:
    trial = Trial([tiski], 1, 2, print)
    await trial.open()
    (room,) = tiski.rooms
    speaker, listener = room.ends
    source, sink = speaker.source, room.sinks[1]
    assert source is not None
    assert sink.source is source
    deliver, send = listener.connection.on_rtp, speaker.connection.send_burst
    came = 0
    last = 250  # of some 300: what nothing comes after is missed by nobody

    def lossy_send(packets: Sequence[bytes]) -> list[int]:
        spare = source.packets > last
        kept = [p for p in packets if spare or int.from_bytes(p[2:4], "big") % 20]
        times = dict(zip(kept, send(kept), strict=True))
        return [times.get(packet, time.time_ns()) for packet in packets]

    def lossy_deliver(packet: bytes, at: int) -> None:
        nonlocal came
        came += 1
        if came % 50 == 0:
            deliver(packet, at)
        if came % 30 or came > last:
            deliver(packet, at)

    speaker.connection.send_burst = lossy_send  # type: ignore[method-assign]
    listener.connection.on_rtp = lossy_deliver
    figures = await trial.window(tiski, 1.5, 0.0)
    assert figures.lost == 0
    assert source.resent >= 3  # lost before the server, which asked
    assert figures.repaired >= 2  # lost behind it, and the listener asked
    assert figures.doubled >= 1
    assert 0 < figures.latency_p99_ms < 10_000

    last = 1 << 30
    source.resend = lambda numbers: None  # type: ignore[method-assign]
    figures = await trial.window(tiski, 1.0, 0.5)
    assert abs(figures.lost - figures.sent / 40) <= 2  # half is the speaker's, of that a twentieth
    assert figures.lost >= 2
    await trial.close()
