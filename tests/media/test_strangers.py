"""What strangers get from the media port: nothing, and never more than they sent."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from aioice import stun

from media import MediaConfig, MediaServer
from media.limits import Allowance, CheckLimits
from media.port import TAKEOVER
from tests.media.browser import eventually
from tests.media.strangers import ROOM, Checker, Silent, admitted, connected

ADDRESS = ("127.0.0.1", 5555)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MediaServer]:
    made = MediaServer(MediaConfig(host="127.0.0.1"), Silent())
    await made.start()
    try:
        yield made
    finally:
        await made.aclose()


class Source:
    """One unvalidated address that counts what it sends and gets."""

    def __init__(self, server: MediaServer) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.connect(("127.0.0.1", server.port))
        self.sent = 0
        self.answers: list[bytes] = []

    def send(self, datagram: bytes) -> None:
        self.sent += len(datagram)
        self.socket.send(datagram)

    def received(self) -> int:
        """Take what has come; return how many bytes have come in all."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.answers.append(self.socket.recv(4096))
        return sum(map(len, self.answers))


@pytest.fixture
def sources(server: MediaServer) -> Iterator[list[Source]]:
    made = [Source(server) for _ in range(12)]
    yield made
    for source in made:
        source.socket.close()


async def arrived(server: MediaServer, packets: int) -> None:
    async def all_in() -> bool:
        return server.stats().packets_in >= packets

    await eventually(f"{packets} datagrams arrive", all_in, 3)


def bare(method: int, attributes: bytes) -> bytes:
    """Write a STUN request by hand."""
    return struct.pack("!HHI12s", method, len(attributes), 0x2112A442, bytes(12)) + attributes


def unproven(checker: Checker) -> list[bytes]:
    """Return datagrams of every kind that proves nothing."""
    username = f"{checker.ufrag}:+yQj".encode()
    named = struct.pack("!HH", 6, len(username)) + username + bytes(-len(username) & 3)
    fingerprinted = stun.Message(
        stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": username.decode()}
    )
    fingerprinted.add_fingerprint()
    return [
        bare(1, b""),  # what STUN servers answer
        bare(1, named),
        bare(1, named + struct.pack("!HH", 8, 20) + bytes(20)),
        bare(1, named + struct.pack("!HH", 8, 0)),
        bare(3, named),  # TURN's Allocate
        bare(0x11, named),
        bytes(fingerprinted),
        checker.check(password="x" * 24),
        checker.check()[:-1],
        b"\x16\xfe\xfd" + bytes(200),
        b"\x80\x60" + bytes(60),
        random.Random(3).randbytes(1200),
    ]


def take(server: MediaServer, datagram: bytes, now: float) -> str | None:
    """Let a datagram arrive from `ADDRESS`; return why it was dropped."""
    udp = server._port.udp
    assert udp is not None
    udp.rx.view[: len(datagram)] = datagram
    return server._port._take(0, len(datagram), ADDRESS, now, now)


async def test_nothing_that_proves_nothing_is_answered(
    server: MediaServer, sources: list[Source]
) -> None:
    shots = unproven(await admitted(server))
    for source, shot in zip(sources, shots, strict=True):
        source.send(shot)
    await arrived(server, len(shots))
    assert [source.received() for source in sources] == [0] * len(sources)
    assert server.stats().packets_out == 0


async def test_an_unvalidated_address_never_gets_more_than_it_sent(
    server: MediaServer, sources: list[Source]
) -> None:
    checker = await admitted(server)
    for number, source in enumerate(sources):
        for shot in unproven(checker)[: number + 1]:
            source.send(shot)
        source.send(checker.check(nominate=number % 2 == 0))
    await arrived(server, sum(n + 2 for n in range(len(sources))))
    await asyncio.sleep(0)  # the last answer is out when its check has been counted
    for number, source in enumerate(sources):
        assert 0 < source.received() <= source.sent
        assert len(source.answers[0]) <= len(checker.check(nominate=number % 2 == 0))


async def test_a_tcp_stranger_never_gets_more_than_it_sent(server: MediaServer) -> None:
    checker = await admitted(server)
    for shot in unproven(checker):
        async with connected(server) as stream:
            stream.send(shot)
            stream.writer.write_eof()
            assert await stream.ended() == b""
    async with connected(server) as stream:
        stream.send(checker.check())
        assert len(await stream.receive()) + 2 <= stream.sent


async def test_a_flood_of_wrong_passwords_from_one_address_keeps_nobody_else_out(
    server: MediaServer,
) -> None:
    checker = await admitted(server)
    wrong = checker.check(password="x" * 24)
    flooder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    honest = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with flooder, honest:
        flooder.bind(("127.0.0.2", 0))
        honest.setblocking(False)
        honest.connect(("127.0.0.1", server.port))
        for _ in range(3 * CheckLimits.PER_NETWORK):
            flooder.sendto(wrong, ("127.0.0.1", server.port))
        await arrived(server, 3 * CheckLimits.PER_NETWORK)
        assert server.stats().dropped["check-limit"] > 0
        honest.send(checker.check(nominate=True))
        async with asyncio.timeout(3):
            answer = await asyncio.get_running_loop().sock_recv(honest, 2048)
        assert stun.parse_message(answer).message_class is stun.Class.RESPONSE
        peer = server._rooms[ROOM].seats["a"].peer
        assert peer is not None
        assert peer.ice.selected == honest.getsockname()


async def test_who_lost_an_address_to_another_gets_it_back_when_they_left(
    server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, first, second = server._port, await admitted(server, "a"), await admitted(server, "b")
    anna, bert = (server._rooms[ROOM].seats[who].peer for who in "ab")
    assert anna is not None
    assert bert is not None
    monkeypatch.setattr(port, "send", lambda data, address: None)
    start = time.monotonic()
    assert take(server, first.check(nominate=True), start) is None
    assert take(server, second.check(), start + TAKEOVER / 2) == "stun"  # its owner is heard
    assert port._peers[ADDRESS] is anna
    assert take(server, second.check(), start + TAKEOVER + 1) is None  # a translator reused it
    assert port._peers[ADDRESS] is bert
    assert anna.burst.address is None  # what is hers must not go to him
    port.unregister(bert)
    assert take(server, first.check(), start + TAKEOVER + 2) is None
    assert port._peers[ADDRESS] is anna
    assert anna.burst.address == ADDRESS
    port.unregister(anna)
    assert not port._crowd._counts


async def test_good_checks_are_bounded_and_leave_room_for_media(
    server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    checker = await admitted(server)
    peer = server._rooms[ROOM].seats["a"].peer
    assert peer is not None
    monkeypatch.setattr(server._port, "send", lambda data, address: None)
    good, wrong, now = checker.check(), checker.check(password="x" * 24), time.monotonic()
    peer.allowance = Allowance(now)
    outcomes = Counter(take(server, good, now) for _ in range(1000))
    assert outcomes[None] <= Allowance.BURST / Allowance.CHECK
    assert outcomes["too-many"] == 1000 - outcomes[None]
    assert peer.allowance.left >= Allowance.MEDIA - Allowance.CHECK
    peer.allowance = Allowance(now)
    for _ in range(1000):  # which anybody can send under the participant's address
        assert take(server, wrong, now) == "stun"
    assert peer.allowance.left == Allowance.BURST
