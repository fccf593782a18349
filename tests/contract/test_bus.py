"""What every bus promises, on the one in memory and on a real Redis."""

import asyncio

import pytest

from server.bus import MemoryBus, RedisBus

PATIENCE = 5.0


class Ear:
    """Hears what comes on a topic."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def __call__(self, data: bytes) -> None:
        self.heard.put_nowait(data)

    async def next(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.heard.get()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def buses(request):
    """Give two ends of one bus: the same object in memory, two connections to Redis."""
    if request.param == "memory":
        bus = MemoryBus()
        yield bus, bus
        return
    url = request.getfixturevalue("redis_url")
    one, other = RedisBus(url), RedisBus(url)
    await one.start()
    await other.start()
    yield one, other
    await one.aclose()
    await other.aclose()


async def test_published_data_reaches_every_subscriber_once(buses):
    here, there = buses
    ears = [Ear(), Ear(), Ear()]
    here.subscribe("conv.a", ears[0])
    there.subscribe("conv.a", ears[1])
    there.subscribe("conv.a", ears[2])
    await here.settled()
    await there.settled()
    await here.publish("conv.a", b"\x00one")
    await here.publish("conv.a", b"end")
    for ear in ears:
        assert [await ear.next(), await ear.next()] == [b"\x00one", b"end"]


async def test_order_is_kept(buses):
    here, there = buses
    ear = Ear()
    there.subscribe("conv.a", ear)
    await there.settled()
    for n in range(500):
        await here.publish("conv.a", str(n).encode())
    assert [int(await ear.next()) for _ in range(500)] == list(range(500))


async def test_other_topics_are_not_heard(buses):
    here, there = buses
    ear = Ear()
    there.subscribe("conv.a", ear)
    await there.settled()
    await here.publish("conv.ab", b"foreign")
    await here.publish("conv.a", b"own")
    assert await ear.next() == b"own"


async def test_nothing_is_heard_after_unsubscribing(buses):
    here, there = buses
    ended, ear = Ear(), Ear()
    end = there.subscribe("conv.a", ended)
    there.subscribe("conv.b", ear)
    await there.settled()
    end()
    end()
    await here.publish("conv.a", b"late")
    await here.publish("conv.b", b"x")
    assert await ear.next() == b"x"
    assert ended.heard.empty()


async def test_subscribing_again_is_heard(buses):
    here, there = buses
    there.subscribe("conv.a", Ear())()
    ear = Ear()
    there.subscribe("conv.a", ear)
    await there.settled()
    await here.publish("conv.a", b"x")
    assert await ear.next() == b"x"


async def test_failing_subscriber_keeps_nothing_from_the_others(buses):
    here, there = buses
    ear = Ear()

    def fail(data: bytes) -> None:
        raise ValueError("mine alone")

    there.subscribe("conv.a", fail)
    there.subscribe("conv.a", ear)
    await there.settled()
    await here.publish("conv.a", b"x")
    assert await ear.next() == b"x"


async def test_publishing_does_not_call_anybody_within(buses):
    here, _ = buses
    ear = Ear()
    here.subscribe("conv.a", ear)
    await here.publish("conv.a", b"x")
    assert ear.heard.empty()
    assert await ear.next() == b"x"
