"""The shipped coturn configuration, in a real coturn: whom it relays to and whom it refuses."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aioice import stun
from aioice.turn import TurnClientUdpProtocol

from tests.services.turn import TurnServer, turn_running

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "coturn" / "turnserver.conf"
MEDIA_SERVER = "127.0.0.1"  # the single address that the operator allows in this test

# IANA IPv4 and IPv6 Special-Purpose Address Registries, every row; then multicast (RFC 5771,
# RFC 4291) and the ranges that were taken out of use.
SPECIAL = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "::1/128",
    "::/128",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "224.0.0.0/4",
    "ff00::/8",
    "::/96",
    "fec0::/10",
)


def _denied() -> list[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...]]:
    prefix = "denied-peer-ip="
    return [
        tuple(ipaddress.ip_address(end) for end in line.removeprefix(prefix).split("-"))
        for line in CONFIGURATION.read_text().splitlines()
        if line.startswith(prefix)
    ]


@pytest.mark.parametrize("network", SPECIAL)
def test_every_special_purpose_range_is_denied(network: str) -> None:
    wanted = ipaddress.ip_network(network)
    assert any(
        first.version == wanted.version
        and int(first) <= int(wanted[0])
        and int(wanted[-1]) <= int(last)
        for first, last in _denied()
    )


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2a00:1450:4026:804::200e"])
def test_public_addresses_are_not_denied(address: str) -> None:
    peer = ipaddress.ip_address(address)
    assert not any(
        first.version == peer.version and int(first) <= int(peer) <= int(last)
        for first, last in _denied()
    )


@pytest.fixture(scope="module")
def shipped() -> Iterator[TurnServer]:
    """Run coturn with the shipped file; of loopback, it may reach one address."""
    extra = ("--allow-loopback-peers", f"--allowed-peer-ip={MEDIA_SERVER}")
    with turn_running(CONFIGURATION.read_text(), extra) as server:
        yield server


@contextlib.asynccontextmanager
async def _allocation(
    server: TurnServer, lifetime: float = 600
) -> AsyncIterator[TurnClientUdpProtocol]:
    user, password = server.credentials(lifetime=lifetime)
    address = ("127.0.0.1", server.port)
    transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: TurnClientUdpProtocol(
            address, username=user, password=password, lifetime=600, channel_refresh_time=500
        ),
        remote_addr=address,
    )
    try:
        await client.connect()
        yield client
        await client.delete()
    finally:
        transport.close()


async def test_the_allowed_media_server_gets_what_is_relayed(shipped: TurnServer) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media:
        media.setblocking(False)
        media.bind((MEDIA_SERVER, 0))
        peer = media.getsockname()
        async with asyncio.timeout(10), _allocation(shipped) as client:
            await client.send_data(b"a datagram of a call", peer)
            data, source = await loop.sock_recvfrom(media, 1500)
            assert data == b"a datagram of a call"
            assert source == client.relayed_address


@pytest.mark.parametrize(
    "peer",
    [
        "127.0.0.2",
        "10.0.0.1",
        "172.17.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",  # where clouds keep the machine's credentials
        "0.0.0.0",
        "224.0.0.251",
        "255.255.255.255",
    ],
)
async def test_addresses_inside_are_refused(shipped: TurnServer, peer: str) -> None:
    async with asyncio.timeout(10), _allocation(shipped) as client:
        with pytest.raises(stun.TransactionFailed) as refused:
            await client.channel_bind(0x4000, (peer, 443))
    assert refused.value.response.attributes["ERROR-CODE"][0] == 403


async def test_a_credential_that_ended_is_refused(shipped: TurnServer) -> None:
    with pytest.raises(stun.TransactionFailed) as refused:
        async with asyncio.timeout(10), _allocation(shipped, lifetime=-5):
            pytest.fail("an ended credential was taken")
    assert refused.value.response.attributes["ERROR-CODE"][0] == 401
