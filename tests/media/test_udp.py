"""The socket's quick ways put the same on the wire, and read the same, as its plain ones."""

from __future__ import annotations

import select
import socket
import struct
import sys
import time
from collections.abc import Iterator
from itertools import product

import pytest

from media.stun import Address
from media.udp import BATCH, PATIENCE, SOL_UDP, UDP_SEGMENT, UdpSocket

SO_NO_CHECK = 11  # the kernel sends no checksums, and so cuts no bursts

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these options")

Taken = list[tuple[bytes, Address, float, float]]

BURSTS = [
    [b"a" * 700],
    [bytes([n]) * 1100 for n in range(6)],
    [bytes([n]) * 1100 for n in range(4)] + [b"short"],
    [bytes([n]) * 200 for n in range(64)],
    [b"x" * 1201, b"y" * 1201, b"z"],
]


@pytest.fixture
def outside() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        opened.settimeout(2)
        yield opened


@pytest.fixture
def quick() -> Iterator[UdpSocket]:
    made = UdpSocket("127.0.0.1", 0)
    yield made
    made.close()


@pytest.fixture
def plain() -> Iterator[UdpSocket]:
    made = UdpSocket("127.0.0.1", 0, segment=False, coalesce=False, timestamps=False)
    yield made
    made.close()


def drained(udp: UdpSocket, count: int) -> Taken:
    """Return `count` datagrams of the socket as they are handed on."""
    taken: Taken = []

    def take(at: int, size: int, address: Address, now: float, arrival: float) -> None:
        taken.append((bytes(udp.rx.view[at : at + size]), address, now, arrival))

    while len(taken) < count:
        ready, _, _ = select.select([udp.socket], [], [], 2)
        assert ready, f"{len(taken)} of {count} came"
        udp.drain(take)
    return taken


def send(udp: UdpSocket, burst: list[bytes], address: Address) -> None:
    udp.send_burst(memoryview(b"".join(burst)), len(burst[0]), address)


def cut_by_kernel(sender: socket.socket, burst: list[bytes], address: Address) -> None:
    control = [(SOL_UDP, UDP_SEGMENT, struct.pack("@H", len(burst[0])))]
    sender.sendmsg([b"".join(burst)], control, 0, address)


@linux
def test_this_kernel_gives_everything(quick: UdpSocket, plain: UdpSocket) -> None:
    assert (quick.segments, quick.coalesces, quick.stamps) == (True, True, True)
    assert (plain.segments, plain.coalesces, plain.stamps) == (False, False, False)


@pytest.mark.parametrize("burst", BURSTS)
def test_bursts_are_the_same_datagrams_by_every_way(
    quick: UdpSocket, plain: UdpSocket, outside: socket.socket, burst: list[bytes]
) -> None:
    for udp in (quick, plain):
        send(udp, burst, outside.getsockname())
        assert [outside.recv(4096) for _ in burst] == burst
        assert udp.packets_out == len(burst)
        assert udp.bytes_out == sum(map(len, burst))
        assert not udp.dropped


@linux
@pytest.mark.parametrize("burst", BURSTS)
def test_what_came_together_is_handed_on_apart(
    quick: UdpSocket, plain: UdpSocket, outside: socket.socket, burst: list[bytes]
) -> None:
    for udp in (quick, plain):
        cut_by_kernel(outside, burst, ("127.0.0.1", udp.number))
        taken = drained(udp, len(burst))
        assert [data for data, *_ in taken] == burst
        assert {address for _, address, *_ in taken} == {outside.getsockname()}
        assert udp.packets_in == len(burst)
        assert udp.bytes_in == sum(map(len, burst))


@linux
def test_datagrams_that_came_together_are_read_by_one_call(
    quick: UdpSocket, outside: socket.socket
) -> None:
    cut_by_kernel(outside, [b"x" * 1000] * 10, ("127.0.0.1", quick.number))
    select.select([quick.socket], [], [], 2)
    size, _, _, _ = quick.socket.recvmsg_into([quick.rx.view], 128)
    assert size == 10_000


def test_a_wake_up_takes_a_bounded_number(quick: UdpSocket, outside: socket.socket) -> None:
    for _ in range(3 * BATCH):
        outside.sendto(b"x", ("127.0.0.1", quick.number))
    counts: list[int] = []
    while sum(counts) < 3 * BATCH:
        taken: list[int] = []
        quick.drain(lambda at, size, *rest, taken=taken: taken.append(size))
        counts.append(len(taken))
    assert counts == [BATCH] * 3


def test_datagrams_of_every_size_come_whole(quick: UdpSocket, outside: socket.socket) -> None:
    for size in (0, 1, 1500, 65_507):
        outside.sendto(b"q" * size, ("127.0.0.1", quick.number))
    assert [len(data) for data, *_ in drained(quick, 4)] == [0, 1, 1500, 65_507]


@linux
def test_the_kernel_tells_when_a_datagram_came_not_when_it_was_read(
    quick: UdpSocket, plain: UdpSocket, outside: socket.socket
) -> None:
    for udp in (quick, plain):
        outside.sendto(b"early", ("127.0.0.1", udp.number))
    sent = time.monotonic()
    while time.monotonic() < sent + 0.05:  # something else keeps the process busy
        sum(range(1000))
    ((_, _, now, arrival),) = drained(quick, 1)
    assert now - sent >= 0.05
    assert abs(arrival - sent) < 0.02
    ((_, _, now, arrival),) = drained(plain, 1)
    assert arrival == now


@linux
def test_a_kernel_clock_that_was_set_is_not_believed(
    quick: UdpSocket, outside: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    for wrong in (-3600.0, 3600.0):
        outside.sendto(b"x", ("127.0.0.1", quick.number))
        monkeypatch.setattr(time, "time", lambda wrong=wrong: real() + wrong)
        ((_, _, now, arrival),) = drained(quick, 1)
        assert arrival == now


@linux
def test_a_kernel_that_refuses_bursts_gets_single_datagrams_and_is_soon_left_in_peace(
    quick: UdpSocket, outside: socket.socket
) -> None:
    quick.socket.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    burst = [b"a" * 1000, b"b" * 1000, b"c" * 10]
    with pytest.raises(OSError, match="Invalid argument"):
        cut_by_kernel(quick.socket, burst, outside.getsockname())
    for index in range(PATIENCE):
        assert quick.segments, index
        send(quick, burst, outside.getsockname())
        assert [outside.recv(4096) for _ in burst] == burst
    assert not quick.segments
    send(quick, burst, outside.getsockname())
    assert [outside.recv(4096) for _ in burst] == burst
    assert quick.packets_out == 3 * (PATIENCE + 1)
    assert not quick.dropped


@linux
def test_a_refusal_now_and_then_does_not_end_bursts(
    quick: UdpSocket, outside: socket.socket
) -> None:
    burst = [b"a" * 1000, b"b" * 1000]
    for refuse in [1, 1, 1, 0] * PATIENCE:
        quick.socket.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, refuse)
        send(quick, burst, outside.getsockname())
        assert [outside.recv(4096) for _ in burst] == burst
    assert quick.segments


@linux
def test_an_address_that_takes_nothing_does_not_end_bursts(quick: UdpSocket) -> None:
    for _ in range(2 * PATIENCE):
        send(quick, [b"a" * 100] * 3, ("127.0.0.1", 0))
    assert quick.segments
    assert quick.dropped == {"unreachable": 6 * PATIENCE}


@linux
def test_what_did_not_fit_the_kernels_buffer_is_counted(
    quick: UdpSocket, outside: socket.socket
) -> None:
    assert quick.overflowed == 0
    quick.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(200):
        outside.sendto(bytes(1000), ("127.0.0.1", quick.number))
    lost = quick.overflowed
    assert 0 < lost < 200
    assert len(drained(quick, 200 - lost)) == 200 - lost
    quick.close()
    assert quick.overflowed == 0


@pytest.mark.parametrize("segment", [True, False])
def test_what_cannot_leave_is_counted(segment: bool) -> None:
    udp = UdpSocket("127.0.0.1", 0, segment=segment)
    send(udp, [b"a" * 100] * 3, ("192.0.2.1", 9))  # from loopback nothing else is reached
    send(udp, [b"a"], ("192.0.2.1", 9))
    udp.close()
    assert udp.dropped == {"unreachable": 4}
    assert udp.packets_out == udp.bytes_out == 0


@pytest.mark.parametrize(("segment", "coalesce"), list(product([True, False], repeat=2)))
def test_one_socket_serves_both_families(segment: bool, coalesce: bool) -> None:
    udp = UdpSocket("::", 0, segment=segment, coalesce=coalesce)
    burst = [b"a" * 1000, b"b" * 1000, b"c"]
    try:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_DGRAM) as peer:
                peer.settimeout(2)
                peer.bind((host, 0))
                peer.sendto(b"hello", (host, udp.number))
                ((_, address, _, _),) = drained(udp, 1)
                send(udp, burst, address)
                assert [peer.recv(4096) for _ in burst] == burst
    finally:
        udp.close()
