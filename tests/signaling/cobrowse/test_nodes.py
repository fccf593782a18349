"""One co-browsing over more than one node."""

import asyncio
import contextlib

import pytest

from server.bus import MemoryBus, RedisBus
from signaling.cobrowse import between, room
from signaling.cobrowse.frames import (
    Curtain,
    Operate,
    Operated,
    PageShown,
    Pointer,
    Sharing,
    TakeSnapshot,
    Viewers,
)
from signaling.events import Page
from tests.signaling.cobrowse.fakes import FakeCobrowse, Node, delta, snapshot
from tests.signaling.cobrowse.stage import operate


class Lossy(MemoryBus):
    """Loses what `loses` says."""

    def __init__(self) -> None:
        super().__init__()
        self.loses = lambda topic, notice: False

    async def publish(self, topic, data):
        if topic.startswith("cobrowse.") and self.loses(topic, between.decode(data)):
            return
        await super().publish(topic, data)


@contextlib.asynccontextmanager
async def two_nodes(one_bus, two_bus):
    backend = FakeCobrowse(one_bus)
    async with Node(backend, one_bus, "n1") as one, Node(backend, two_bus, "n2") as two:
        yield one, two


@pytest.fixture
def bus():
    return Lossy()


@pytest.fixture
async def nodes(bus):
    async with two_nodes(bus, bus) as both:
        yield both


def lease(*nodes) -> None:
    """Let 10 s pass on all nodes."""
    for node in nodes:
        node.offset += 10.0


async def told(peer, on: bool) -> None:
    """Wait until a viewer has been told that somebody shares, or that nobody does."""
    while (await peer.hear(Sharing)).on is not on:
        pass


async def test_viewer_on_another_node_sees_points_and_operates(nodes):
    one, two = nodes
    async with one.sharer() as sharer, two.viewer("a") as viewer:
        assert not viewer.welcome.sharing
        await told(viewer, True)
        assert (await viewer.hear(PageShown)).page.url == "https://shop.example/cart"
        assert len((await viewer.hear(Viewers)).viewers) == 1
        await sharer.hear(TakeSnapshot)
        await sharer.show(snapshot(1, packed=True))
        await sharer.show(delta(1, 1))
        assert [(await viewer.see())[0].seq for _ in range(2)] == [0, 1]
        await viewer.say(Pointer(x=3, y=4))
        assert (await sharer.hear(Pointer)).viewer == viewer.welcome.you
        await one.backend.grant("a")
        await one.until(lambda: one.gateway._rooms["cb"]._relay.scene.state.grant)
        await viewer.say(operate())
        assert (await sharer.hear(Operate)).viewer == viewer.welcome.you
        await sharer.say(Operated(id="o", code="done"))
        assert (await viewer.hear(Operated)).code == "done"
        await sharer.say(Curtain(down=True, reason="page"))
        assert (await viewer.hear(Curtain)).down


async def test_viewer_who_waits_elsewhere_is_found_when_the_sharer_comes(nodes):
    one, two = nodes
    async with two.viewer("a") as viewer, one.sharer() as sharer:
        await sharer.hear(TakeSnapshot)
        await sharer.show(snapshot(1))
        assert (await viewer.see())[0].epoch == 1


async def test_three_viewers_are_three_over_all_nodes(nodes):
    one, two = nodes
    async with one.sharer() as sharer, one.viewer("a"), two.viewer("b"), one.viewer("c"):
        while len((await sharer.hear(Viewers)).viewers) < 3:
            pass
        async with two.viewer("d") as fourth:
            assert await fourth.closed() == (4003, "full")


async def test_viewer_elsewhere_who_leaves_is_missed(nodes):
    one, two = nodes
    async with one.sharer() as sharer:
        async with two.viewer("a"):
            assert len((await sharer.hear(Viewers)).viewers) == 1
        assert (await sharer.hear(Viewers)).viewers == []
        await one.until(lambda: one.backend.left == ["a"])


async def test_next_page_on_another_node_takes_viewers_and_page_along(nodes):
    one, two = nodes
    async with one.sharer() as old, one.viewer("a") as here, two.viewer("b") as there:
        while len((await old.hear(Viewers)).viewers) < 2:
            pass
        await old.show(snapshot(1))
        await here.see()
        await there.see()
        after = Page(url="https://shop.example/next")
        async with two.sharer(resume=old.welcome.resume, page=after) as new:
            assert await old.closed() == (4004, "superseded")
            while len((await new.hear(Viewers)).viewers) < 2:
                pass
            await new.show(snapshot(2))
            for viewer in (here, there):
                while (await viewer.hear(PageShown)).page.url != after.url:
                    pass
                header, _ = await viewer.see()
                assert header.epoch == 2
            assert one.backend.left == []


async def test_sharer_away_for_a_moment_and_back_on_its_node_finds_its_viewers(nodes):
    one, two = nodes
    async with two.viewer("a") as viewer:
        async with one.sharer() as sharer:
            await sharer.hear(TakeSnapshot)
            resume = sharer.welcome.resume
            await told(viewer, True)
        await told(viewer, False)
        async with one.sharer(resume=resume) as sharer:
            await sharer.hear(TakeSnapshot)
            await sharer.show(snapshot(5))
            assert (await viewer.see())[0].epoch == 5


async def test_end_closes_viewers_on_every_node(nodes):
    one, two = nodes
    async with one.sharer() as sharer, one.viewer("a") as here, two.viewer("b") as there:
        await told(there, True)
        await one.backend.end()
        for peer in (sharer, here, there):
            assert await peer.closed() == (4003, "ended")
    await one.until(lambda: not one.gateway._rooms and not two.gateway._rooms)


async def test_viewer_elsewhere_who_may_no_longer_is_closed(nodes):
    one, two = nodes
    async with one.sharer() as sharer, two.viewer("x", "expert") as expert:
        await told(expert, True)
        one.backend.banned.add("x")
        await one.backend.hint()
        assert await expert.closed() == (4003, "forbidden")
        while (await sharer.hear(Viewers)).viewers:
            pass


async def test_lost_notices_are_made_up_for(nodes, bus):
    one, two = nodes
    bus.loses = lambda topic, notice: True
    async with one.sharer() as sharer, two.viewer("a") as viewer:
        bus.loses = lambda topic, notice: False
        lease(one, two)
        await told(viewer, True)
        await sharer.hear(TakeSnapshot)
        await sharer.show(snapshot(1))
        assert (await viewer.see())[0].epoch == 1


async def test_viewer_elsewhere_sees_a_lost_picture_as_a_gap_and_can_ask(nodes, bus):
    one, two = nodes
    async with one.sharer() as sharer, two.viewer("a") as viewer:
        await told(viewer, True)
        await sharer.hear(TakeSnapshot)
        await sharer.show(snapshot(1))
        await viewer.see()
        bus.loses = lambda topic, notice: isinstance(notice, between.Passed)
        await sharer.show(delta(1, 1))
        await one.until(lambda: one.gateway.relayed >= len(snapshot(1)) + len(delta(1, 1)))
        await asyncio.sleep(0)
        bus.loses = lambda topic, notice: False
        await sharer.show(delta(1, 2))
        assert (await viewer.see())[0].seq == 2
        one.offset += 2.0
        await viewer.say('{"t":"resync"}')
        await sharer.hear(TakeSnapshot)


async def test_home_that_falls_silent_is_given_up(nodes, bus):
    one, two = nodes
    async with one.sharer(), two.viewer("a") as viewer:
        await told(viewer, True)
        bus.loses = lambda topic, notice: notice.node == "n1"
        two.offset += room.SILENT + 1
        await viewer.say('{"t":"pong"}')
        await told(viewer, False)


async def test_viewers_of_a_dead_node_are_forgotten(nodes, bus):
    one, two = nodes
    async with one.sharer() as sharer, two.viewer("a") as viewer:
        await told(viewer, True)
        bus.loses = lambda topic, notice: notice.node == "n2"
        one.offset += room.SILENT + 1
        while (await sharer.hear(Viewers)).viewers:
            pass


async def test_garbage_on_the_bus_harms_nobody(nodes, bus):
    one, two = nodes
    async with one.sharer() as sharer, two.viewer("a") as viewer:
        await told(viewer, True)
        for topic in (between.topic("cb"), between.up_topic("cb", "n1")):
            await MemoryBus.publish(bus, topic, b"garbage")
            said = between.Said(node="n2", viewer=viewer.welcome.you, frame=b"{")
            await MemoryBus.publish(bus, topic, between.encode(said))
        await viewer.say(Pointer(x=1, y=1))
        assert (await sharer.hear(Pointer)).x == 1


@pytest.mark.redis
async def test_viewer_on_another_node_sees_over_redis(redis_url):
    one_bus, two_bus = RedisBus(redis_url), RedisBus(redis_url)
    await one_bus.start()
    await two_bus.start()
    try:
        async with (
            two_nodes(one_bus, two_bus) as (one, two),
            one.sharer() as sharer,
            two.viewer("a") as viewer,
        ):
            await sharer.hear(TakeSnapshot)
            await sharer.show(snapshot(1, packed=True))
            await sharer.show(delta(1, 1))
            assert [(await viewer.see())[0].seq for _ in range(2)] == [0, 1]
            await viewer.say(Pointer(x=3, y=4))
            assert (await sharer.hear(Pointer)).x == 3
            async with two.sharer(resume=sharer.welcome.resume) as new:
                await new.hear(TakeSnapshot)
                assert (await sharer.closed())[0] == 4004
                await new.show(snapshot(2))
                assert (await viewer.see())[0].epoch == 2
    finally:
        await one_bus.aclose()
        await two_bus.aclose()
