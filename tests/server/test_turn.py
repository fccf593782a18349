"""The relay's credentials that the API makes, at a real coturn: whose are taken, and until when."""

from __future__ import annotations

import asyncio
import time

import pytest
from aioice import stun
from aioice.turn import TurnClientUdpProtocol

from server.http.conversations import Turn
from tests.services.turn import TurnServer

HOUR = 3_600_000  # ms


@pytest.fixture
def turn(turn_server: TurnServer) -> Turn:
    return Turn((turn_server.url,), turn_server.secret)


def now() -> int:
    return int(time.time() * 1000)


async def allocate(server: TurnServer, name: str, password: str) -> None:
    """Ask the relay for an address, and give it back.

    Raises:
        TransactionFailed: the relay refused.
    """
    address = ("127.0.0.1", server.port)
    transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: TurnClientUdpProtocol(
            address, username=name, password=password, lifetime=600, channel_refresh_time=500
        ),
        remote_addr=address,
    )
    try:
        async with asyncio.timeout(10):
            await client.connect()
            await client.delete()
    finally:
        transport.close()


async def refused(server: TurnServer, name: str, password: str) -> bool:
    with pytest.raises(stun.TransactionFailed) as failure:
        await allocate(server, name, password)
    return bool(failure.value.response.attributes["ERROR-CODE"][0] == 401)


async def test_a_credential_of_the_api_is_taken(turn: Turn, turn_server: TurnServer) -> None:
    await allocate(turn_server, *turn.credentials("person-1", now()))


async def test_a_credential_of_the_api_ends_by_itself(turn: Turn, turn_server: TurnServer) -> None:
    assert await refused(turn_server, *turn.credentials("person-1", now() - HOUR - 5_000))


async def test_nobody_lengthens_a_credential_or_makes_it_anothers(
    turn: Turn, turn_server: TurnServer
) -> None:
    name, password = turn.credentials("person-1", now())
    until, _, person = name.partition(":")
    assert person == "person-1"
    assert abs(int(until) - time.time() - 3600) < 5
    assert await refused(turn_server, f"{int(until) + 3600}:{person}", password)
    assert await refused(turn_server, f"{until}:person-2", password)
    assert await refused(turn_server, name, password[::-1])
    _, stale = turn.credentials("person-1", now() - 2 * HOUR)
    assert await refused(turn_server, name, stale)
