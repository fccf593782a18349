"""What is held of a connection that ended: nothing, and at once.

The server seldom lets the collector look at what is old (`server/__main__.py`), so whatever refers
to itself stays for hours: a connection with its ciphers and a picture's history is near 1 MB.
"""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from media import Grant, MediaConfig, MediaServer
from tests.load.media_load.connection import Connection
from tests.load.media_load.description import Wanted, offer, read
from tests.load.media_load.dtls import Certificate
from tests.load.media_load.tiski_process import SOURCES, Quiet


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def _watched(
    server: MediaServer, who: str, connection: Connection
) -> list[weakref.ref[object]]:
    """Connect somebody, and return what is to be gone with them."""
    server.grant("room", who, Grant(SOURCES, {}))
    sdp = offer(connection.local, [Wanted("0", "video", 1234, stream="s")], 1)
    answer = read(await server.offer("room", who, 1, sdp, {"0": "camera"}, {}))
    await connection.connect(answer, controlling=True)
    seat = server._rooms["room"].seats[who]
    assert seat.peer is not None
    return [weakref.ref(one) for one in (seat, seat.peer, seat.peer._dtls, seat.tracks["camera"])]


async def test_who_left_leaves_nothing_to_the_collector(no_collector: None) -> None:
    server = MediaServer(MediaConfig(host="127.0.0.1"), Quiet())
    await server.start()
    connections = [Connection(Certificate(), "127.0.0.1") for _ in range(2)]
    try:
        watched = [
            one
            for who, connection in zip("ab", connections, strict=True)
            for one in await _watched(server, who, connection)
        ]
        assert all(one() is not None for one in watched)
        for who in "ab":
            server.leave("room", who)
        async with asyncio.timeout(5.0):
            while left := [one() for one in watched if one() is not None]:
                del left  # it would hold them itself
                await asyncio.sleep(0.01)  # their goodbyes are on their way
    finally:
        for connection in connections:
            await connection.aclose()
        await server.aclose()
