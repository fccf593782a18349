"""The Redis bus when Redis goes away and comes back."""

import asyncio
import contextlib

import pytest

from server.bus import RedisBus
from tests.contract.test_bus import PATIENCE, Ear

pytestmark = pytest.mark.redis


class Road:
    """A TCP way to Redis that can be cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._open.clear()

    async def _join(self, reader, writer) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, far_writer}
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source, sink) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                sink.write(data)
        sink.close()


@pytest.fixture
async def road(redis_server):
    road = Road(redis_server.port)
    await road.open()
    yield road
    await road.cut()


@pytest.fixture
async def pair(road, redis_url):
    """Give a bus behind the road, and one with a way of its own."""
    one, other = RedisBus(f"redis://127.0.0.1:{road.port}/0"), RedisBus(redis_url)
    await one.start()
    await other.start()
    yield one, other
    await one.aclose()
    await other.aclose()


async def test_bus_reconnects_by_itself_and_tells_that_it_did(road, pair):
    one, other = pair
    restored = asyncio.Event()
    one.restored = restored.set
    ear = Ear()
    one.subscribe("conv.a", ear)
    await one.settled()
    await road.cut()
    await road.open()
    async with asyncio.timeout(PATIENCE):
        await restored.wait()
    await one.settled()
    await other.publish("conv.a", b"after")
    assert await ear.next() == b"after"


async def test_own_subscribers_hear_while_redis_is_away(road, pair):
    one, _ = pair
    ear = Ear()
    one.subscribe("conv.a", ear)
    await one.settled()
    await road.cut()
    await one.publish("conv.a", b"local")
    assert await ear.next() == b"local"
    late = Ear()
    one.subscribe("conv.b", late)
    await one.settled()  # must not wait for what cannot come
    await one.publish("conv.b", b"local too")
    assert await late.next() == b"local too"


async def test_subscription_made_while_redis_was_away_is_in_force_afterwards(road, pair):
    one, other = pair
    restored = asyncio.Event()
    one.restored = restored.set
    await road.cut()
    ear = Ear()
    one.subscribe("conv.a", ear)
    await road.open()
    async with asyncio.timeout(PATIENCE):
        await restored.wait()
    await one.settled()
    await other.publish("conv.a", b"x")
    assert await ear.next() == b"x"


async def test_start_without_redis_does_not_hold_up_the_server(road):
    await road.cut()
    bus = RedisBus(f"redis://127.0.0.1:{road.port}/0")
    async with asyncio.timeout(PATIENCE):
        await bus.start()
    ear = Ear()
    bus.subscribe("conv.a", ear)
    await bus.publish("conv.a", b"x")
    assert await ear.next() == b"x"
    await bus.aclose()
    await road.open()
