"""Where the microseconds of a forwarded packet go, stage by stage.

One packet of 1,100 bytes is taken from one participant and given to another, in frames of seven as
a camera sends them. Each stage runs by itself on what the stage before would give it, everything
else standing still; what is counted is processor time, so that the figures are of the code and of
the kernel on this machine, not of waiting. `whole` is all but `feedback` and `loop` in one, from
the datagrams in the socket to those that left. The last line is the result, in µs per packet:

    {"receive": …, "unprotect": …, …, "sum": …, "whole": …}
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import uvloop
from pylibsrtp import Policy, Session

from media.adapter import PacketBuffer, SrtpReader, SrtpWriter
from media.burst import Burst
from media.feedback import ArrivalLog
from media.interface import Grant, MediaConfig, Publication, Quality
from media.offer import parse_offer
from media.peer import Peer
from media.server import MediaServer
from media.subscription import Subscription
from media.track import RepairCounts, Track
from media.udp import UdpSocket

OFFER: Final = (
    (Path(__file__).parents[1] / "data" / "sdp" / "chromium-156.sdp").read_bytes().decode()
)
PICTURE: Final = parse_offer(OFFER).sections[3]
SSRC: Final = 3070657873  # the offer's camera
FRAME: Final = 7  # packets
SIZE: Final = 1100  # bytes of RTP
KEYS: Final = (bytes(range(28)), bytes(range(1, 29)))
HEAD: Final = struct.Struct("!BBHIIHHII")
WINDOWS: Final = 50
NOBODY: Final[Any] = None

Timed = Iterator[tuple[Callable[[], None], int]]
"""A stage: what to time, and how many packets it handles, again and again."""


def cipher(key: bytes, kind: int) -> Session:
    """Return one direction's SRTP."""
    return Session(
        Policy(key=key, ssrc_type=kind, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    )


def reader(key: bytes) -> SrtpReader:
    """Return what opens packets."""
    return SrtpReader(cipher(key, Policy.SSRC_ANY_INBOUND))


def writer(key: bytes) -> SrtpWriter:
    """Return what seals packets."""
    return SrtpWriter(cipher(key, Policy.SSRC_ANY_OUTBOUND))


def packet(number: int) -> bytes:
    """Return a camera's packet in the clear, with a send time and a transport-wide number."""
    frame, index = divmod(number, FRAME)
    marker = 0x80 if index == FRAME - 1 else 0
    words = 0x22 << 24 | number & 0xFFFFFF, 0x31 << 24 | (number & 0xFFFF) << 8
    head = HEAD.pack(
        0x90, marker | 96, number & 0xFFFF, 3000 * frame, SSRC, 0xBEDE, 2, *words
    )  # payload: VP8, the first packet starts a key frame
    start = b"\x10\x10" if number == 0 else b"\x00\x11"
    return head + start + bytes(SIZE - HEAD.size - 2)


class Nothing:
    """Takes what a stage gives on, and does nothing."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(4096))
        self.end = 0

    def add(self, size: int) -> None: ...
    def expect(self, burst: Burst) -> None: ...
    def send_burst(self, *given: object) -> None: ...
    def receive(self, *given: object) -> None: ...
    def publications_changed(self, room: str) -> None: ...
    def participant_connected(self, room: str, participant: str) -> None: ...
    def participant_lost(self, room: str, participant: str) -> None: ...
    def speaking(self, room: str, levels: object) -> None: ...
    def quality(self, room: str, participant: str, quality: Quality) -> None: ...


class Opened:
    """A reader of packets that are in the clear."""

    def rtp(self, buffer: PacketBuffer, at: int, size: int) -> int:
        return size


class Endless:
    """An allowance of packets that no bench uses up."""

    left = 1e18

    def fill(self, now: float) -> None: ...


class Call:
    """A media server and its two participants, whose handshakes are left out."""

    def __init__(self) -> None:
        self.server = MediaServer(MediaConfig(host="127.0.0.1", consent_timeout=3600.0), Nothing())
        self.ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for end in self.ends:
            end.bind(("127.0.0.1", 0))
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)

    async def open(self) -> None:
        """Start and let one publish what the other takes."""
        await self.server.start()
        server, both = self.server, frozenset({"audio", "camera"})
        server.grant("r", "a", Grant(both, {}))
        server.grant("r", "b", Grant(both, {"a": both}))
        await server.offer("r", "a", 1, OFFER, {"1": "camera"}, {})
        (camera,) = server.visible("r", "b")
        await server.offer("r", "b", 1, OFFER.replace("D6:17", "D6:18"), {}, {"3": camera.id})
        self.peers = server._rooms["r"].peers
        for peer, end in zip(self.peers, self.ends, strict=True):
            peer.allowance = Endless()  # type: ignore[assignment]
            peer._reader = reader(KEYS[0])
            peer.burst.writer = writer(KEYS[1])
            peer.burst.address = end.getsockname()
            server._port._peers[end.getsockname()] = peer
        server._rooms["r"].seats["b"].connected()
        asyncio.get_running_loop().remove_reader(self.port.udp.socket)

    @property
    def port(self) -> Any:
        """The server's port."""
        return self.server._port

    def send(self, datagrams: list[bytes]) -> None:
        """Send from the publisher, one by one, as browsers do."""
        for datagram in datagrams:
            self.ends[0].sendto(datagram, ("127.0.0.1", self.port.number))

    def empty(self) -> None:
        """Throw away what the receiver got."""
        try:
            while True:
                self.ends[1].recv(2048)
        except BlockingIOError:
            return


def frames(seal: bool) -> Iterator[list[bytes]]:
    """Return frame after frame, sealed or in the clear."""
    session = cipher(KEYS[0], Policy.SSRC_ANY_OUTBOUND)
    number = 0
    while True:
        clear = [packet(number + index) for index in range(FRAME)]
        yield [session.protect(p) for p in clear] if seal else clear
        number += FRAME


def receive(call: Call) -> Timed:
    udp: UdpSocket = call.port.udp
    for sealed in frames(seal=True):
        call.send(sealed)
        yield lambda: udp.drain(Nothing().receive), FRAME


def laid(buffer: PacketBuffer, datagrams: list[bytes]) -> list[tuple[int, int]]:
    """Put datagrams one behind the other; return (offset, size) of each."""
    at, places = 0, []
    for datagram in datagrams:
        buffer.view[at : at + len(datagram)] = datagram
        places.append((at, len(datagram)))
        at += len(datagram)
    return places


def unprotect(call: Call) -> Timed:
    buffer, opening = PacketBuffer(1 << 16), reader(KEYS[0])
    for sealed in frames(seal=True):
        places = laid(buffer, sealed)

        def run(places: list[tuple[int, int]] = places) -> None:
            for at, size in places:
                opening.rtp(buffer, at, size)

        yield run, FRAME


def parse(call: Call) -> Timed:
    peer: Peer = call.peers[0]
    peer._reader, kept = Opened(), peer._reader  # type: ignore[assignment]
    (inlet, repairs) = peer._routes[SSRC]
    silent = type(inlet)(NOBODY, *[getattr(inlet, n) for n in inlet.__slots__[1:]])
    object.__setattr__(silent, "track", Nothing())
    peer._routes[SSRC] = (silent, repairs)
    buffer, now = call.port.udp.rx, time.monotonic()
    try:
        for clear in frames(seal=False):
            places = laid(buffer, clear)

            def run(places: list[tuple[int, int]] = places) -> None:
                for at, size in places:
                    peer.on_rtp(buffer, at, size, now, now)

            yield run, FRAME
            peer._arrivals = ArrivalLog()
    finally:
        peer._reader = kept
        peer._routes[SSRC] = (inlet, repairs)


def track() -> Track:
    """Return a track that is being published."""
    made = Track(Publication("p", "a", "camera"), RepairCounts())
    made.bind(Nothing(), PICTURE.codecs[0])  # type: ignore[arg-type]
    return made


def bookkeeping(call: Call) -> Timed:
    alone = track()
    payloads = [packet(index)[HEAD.size :] for index in range(FRAME)]
    number = 0
    while True:

        def run(first: int = number) -> None:
            for index, payload in enumerate(payloads):
                alone.receive(7, first + index & 0xFFFF, first, 0, payload, 0xFF, 1.0, False, 1.0)

        yield run, FRAME
        number += FRAME


def rewrite(call: Call) -> Timed:
    codec = PICTURE.codecs[0]
    subscription = Subscription(PICTURE, codec, codec, Nothing())
    payload = packet(1)[HEAD.size :]
    number = 0
    while True:

        def run(first: int = number) -> None:
            for index in range(first, first + FRAME):
                subscription.forward(index & 0xFFFF, first, 0, payload, 0xFF, 77)

        yield run, FRAME
        number += FRAME


def protect(call: Call) -> Timed:
    burst = Burst(Nothing())
    burst.writer, burst.address = writer(KEYS[1]), ("127.0.0.1", 9)
    for clear in frames(seal=False):

        def run(clear: list[bytes] = clear) -> None:
            for data in clear:
                burst.view[burst.end : burst.end + SIZE] = data
                burst.add(SIZE)
            burst.flush()

        yield run, FRAME


def send(call: Call) -> Timed:
    udp: UdpSocket = call.port.udp
    data, address = memoryview(bytes(FRAME * SIZE)), call.ends[1].getsockname()
    while True:
        yield lambda: udp.send_burst(data, SIZE, address), FRAME
        call.empty()


def feedback(call: Call) -> Timed:
    """What is told to the sender about its packets, once in 90 ms."""
    log, every = ArrivalLog(), 3 * FRAME
    address, number = call.ends[0].getsockname(), 0
    seal, buffer = writer(KEYS[1]), PacketBuffer()
    while True:

        def run(first: int = number) -> None:
            for index in range(first, first + every):
                log.record(index & 0xFFFF, 0.005 * index)
            for message in log.build(1, 2):
                buffer.view[: len(message)] = message
                size = seal.rtcp(buffer, 0, len(message))
                call.port.send(buffer.view[:size], address)

        yield run, every
        number += every


def whole(call: Call) -> Timed:
    call.port.udp.drain(Nothing().receive)  # what another stage left
    for sealed in frames(seal=True):
        call.send(sealed)
        yield call.port._on_readable, FRAME
        call.empty()


def cost(stage: Timed, seconds: float) -> float:
    """Return µs per packet: the least of many means, as what disturbs only ever adds."""
    means = []
    for _ in range(WINDOWS):
        spent = packets = 0
        while spent < seconds * 1e9 / WINDOWS:
            run, count = next(stage)
            began = time.thread_time_ns()
            run()
            spent += time.thread_time_ns() - began
            packets += count
        means.append(spent / packets / 1000)
    return min(means)


async def wake_up(seconds: float) -> float:
    """Return µs that the loop itself needs to notice a datagram and call us."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.setblocking(False)
        count, began, end = 0, time.thread_time_ns(), time.monotonic() + seconds

        def again() -> None:
            nonlocal count
            ours.recv(16)
            count += 1
            if time.monotonic() > end:
                done.set()
            theirs.send(b"x")

        loop.add_reader(ours.fileno(), again)
        theirs.send(b"x")
        await done.wait()
        loop.remove_reader(ours.fileno())
        took = (time.thread_time_ns() - began) / count
        began = time.thread_time_ns()
        for _ in range(count):
            ours.recv(16)
            theirs.send(b"x")
        return (took - (time.thread_time_ns() - began) / count) / 1000


async def measure(seconds: float) -> dict[str, float]:
    """Measure every stage for about `seconds`."""
    call = Call()
    await call.open()
    result: dict[str, float] = {}
    stages = (receive, unprotect, parse, bookkeeping, rewrite, protect, send, feedback)
    for stage in stages:
        result[stage.__name__] = round(cost(stage(call), seconds), 2)
    result["loop"] = round(await wake_up(seconds) / FRAME, 2)
    result["sum"] = round(sum(result.values()), 2)
    result["whole"] = round(cost(whole(call), seconds), 2)
    forwarded = call.peers[1].octets_out
    await call.server.aclose()
    for end in call.ends:
        end.close()
    if not forwarded:
        raise RuntimeError("nothing was forwarded")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="of each stage")
    arguments = parser.parse_args()
    result = uvloop.run(measure(arguments.seconds))
    for name, value in result.items():
        print(f"{name:12} {value:6.2f} µs", file=sys.stderr)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
