"""Passive ICE-TCP: who is believed, for how long, and what a slow reader gets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aioice import stun

from media import MediaConfig, MediaServer, tcp
from media.tcp import QUEUE_ALL, QUEUE_BIG, StreamAddress
from tests.media.browser import eventually
from tests.media.strangers import ROOM, Silent, admitted, candidates, connected


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MediaServer]:
    made = MediaServer(MediaConfig(host="127.0.0.1"), Silent())
    await made.start()
    try:
        yield made
    finally:
        await made.aclose()


def selected(server: MediaServer, participant: str = "a") -> object:
    peer = server._rooms[ROOM].seats[participant].peer
    assert peer is not None
    return peer.ice.selected


async def dropped(server: MediaServer, reason: str, times: int = 1) -> None:
    async def counted() -> bool:
        return server.stats().dropped.get(reason, 0) >= times

    await eventually(f"{times} × {reason} is counted", counted, 3)


async def test_answers_offer_tcp_on_the_same_number_below_every_udp_candidate(
    server: MediaServer,
) -> None:
    found = [line.split() for line in candidates((await admitted(server)).answer)]
    assert {line[5] for line in found} == {str(server.port)}
    udp = [line for line in found if line[2] == "udp"]
    over_tcp = [line for line in found if line[2] == "tcp"]
    assert len(udp) == len(over_tcp) == 1
    assert int(over_tcp[0][3]) < int(udp[0][3])
    assert over_tcp[0][-2:] == ["tcptype", "passive"]
    assert over_tcp[0][0] != udp[0][0]  # another foundation (RFC 8445 section 5.1.1.3)


async def test_addresses_that_lead_to_the_port_are_announced_first() -> None:
    config = MediaConfig(
        host="127.0.0.1", announce=("192.0.2.1",), tcp_announce=(("192.0.2.2", 443),)
    )
    server = MediaServer(config, Silent())
    await server.start()
    try:
        found = [line.split() for line in candidates((await admitted(server)).answer)]
    finally:
        await server.aclose()
    over_tcp = sorted((line for line in found if line[2] == "tcp"), key=lambda c: -int(c[3]))
    assert [(line[4], line[5]) for line in over_tcp] == [
        ("192.0.2.2", "443"),
        ("192.0.2.1", over_tcp[1][5]),
    ]


async def test_without_tcp_nothing_listens_and_nothing_is_announced() -> None:
    server = MediaServer(MediaConfig(host="127.0.0.1", tcp=False), Silent())
    await server.start()
    try:
        assert " tcp " not in (await admitted(server)).answer
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
    finally:
        await server.aclose()


async def test_a_number_taken_for_tcp_alone_is_told_and_nothing_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        server = MediaServer(MediaConfig(host="127.0.0.1", port=number), Silent())
        with pytest.raises(OSError, match="in use"):
            await server.start()
        await server.aclose()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", number))


async def test_an_authentic_check_proves_a_connection_and_is_answered(server: MediaServer) -> None:
    checker = await admitted(server)
    async with connected(server) as stream:
        stream.send(checker.check(nominate=True))
        response = stun.parse_message(await stream.receive())
        assert response.message_class is stun.Class.RESPONSE
        assert response.check_message_integrity(checker.password.encode())
        assert response.attributes["XOR-MAPPED-ADDRESS"] == stream.writer.get_extra_info("sockname")
        address = selected(server)
        assert isinstance(address, StreamAddress)


@pytest.mark.parametrize("datagram", [b"\x16\xfe\xfd" + bytes(40), b"\x80\x60" + bytes(40)])
async def test_a_stranger_who_sends_no_check_is_cut_off_unanswered(
    server: MediaServer, datagram: bytes
) -> None:
    await admitted(server)
    async with connected(server) as stream:
        stream.send(datagram)
        assert await stream.ended() == b""
    assert server.stats().dropped["tcp-stranger"] == 1


async def test_a_stranger_with_a_wrong_password_is_cut_off_unanswered_after_a_few_checks(
    server: MediaServer,
) -> None:
    checker = await admitted(server)
    async with connected(server) as stream:
        for _ in range(40):
            stream.send(checker.check(password="x" * 24))
        assert await stream.ended() == b""
    assert server.stats().dropped["tcp-stranger"] == 1
    assert selected(server) is None


async def test_a_stranger_who_announces_a_long_frame_is_cut_off(server: MediaServer) -> None:
    async with connected(server) as stream:
        stream.raw(b"GET / HTTP/1.1\r\n\r\n")
        assert await stream.ended() == b""
    assert server.stats().dropped["tcp-frame"] == 1


async def test_a_stranger_who_says_nothing_is_cut_off_at_the_deadline(
    server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "PROOF_TIME", 0.1)
    async with connected(server) as stream:
        assert await stream.ended() == b""
    assert server.stats().dropped["tcp-unproven"] == 1


async def test_a_proven_connection_that_falls_silent_is_reaped(
    server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "SILENCE", 0.1)
    checker = await admitted(server)
    async with connected(server) as stream:
        stream.send(checker.check(nominate=True))
        await stream.receive()
        await stream.ended()
    assert server.stats().dropped["tcp-silent"] == 1
    assert selected(server) is None


async def test_newcomers_push_out_the_longest_waiting_and_leave_the_proven(
    server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    checker = await admitted(server)
    async with connected(server) as proven:
        proven.send(checker.check(nominate=True))
        await proven.receive()
        opened = [
            await asyncio.open_connection("127.0.0.1", server.port)
            for _ in range(tcp.PER_NETWORK + 3)
        ]
        await dropped(server, "tcp-crowd", 3)
        proven.send(checker.check())
        await proven.receive()
        late, writer = opened[-1]
        writer.write(len(check := checker.check()).to_bytes(2, "big") + check)
        async with asyncio.timeout(5):
            assert await late.readexactly(2)
        for _, writer in opened:
            writer.transport.abort()


async def test_the_pair_in_use_moves_between_udp_and_tcp_as_the_browser_nominates(
    server: MediaServer,
) -> None:
    checker = await admitted(server)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        udp.connect(("127.0.0.1", server.port))
        async with connected(server) as stream, asyncio.timeout(5):
            stream.send(checker.check(nominate=True))
            await stream.receive()
            assert isinstance(selected(server), StreamAddress)
            await loop.sock_sendall(udp, checker.check(nominate=True))
            await loop.sock_recv(udp, 2048)
            assert selected(server) == udp.getsockname()
            stream.send(checker.check(nominate=True))
            await stream.receive()
            assert isinstance(selected(server), StreamAddress)

        async def moved() -> bool:
            return selected(server) == udp.getsockname()

        await eventually("what is left is used when the connection is gone", moved, 3)


async def test_a_participant_who_leaves_takes_the_connection_along(server: MediaServer) -> None:
    checker = await admitted(server)
    async with connected(server) as stream:
        stream.send(checker.check(nominate=True))
        await stream.receive()
        server.leave(ROOM, "a")
        await stream.ended()

    async def gone() -> bool:
        tcp_end = server._port.tcp
        return tcp_end is not None and len(tcp_end) == 0

    await eventually("no connection is left", gone, 3)


async def test_one_who_does_not_read_loses_pictures_before_sound_and_blocks_nobody(
    server: MediaServer,
) -> None:
    checker = await admitted(server)
    async with connected(server) as stream:
        stream.send(checker.check(nominate=True))
        await stream.receive()
        address = selected(server)
        assert isinstance(address, StreamAddress)
        queue = address.connection
        transport = queue._transport
        assert transport is not None
        lost = server._port.dropped
        while not lost["tcp-queue-full"]:
            queue.send(bytes(5 * 1200), 1200)
        assert QUEUE_BIG < transport.get_write_buffer_size() <= QUEUE_BIG + 1300
        lost.clear()
        queue.send(bytes(100), 100)
        assert not lost
        while not lost["tcp-queue-full"]:
            server._port.send(bytes(100), address)
        assert QUEUE_ALL < transport.get_write_buffer_size() <= QUEUE_ALL + 102


async def test_closing_the_server_closes_every_connection(server: MediaServer) -> None:
    checker = await admitted(server)
    async with connected(server) as stream, connected(server) as stranger:
        stream.send(checker.check(nominate=True))
        await stream.receive()
        await server.aclose()
        await stream.ended()
        await stranger.ended()
