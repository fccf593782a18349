"""Nothing lost, nothing doubled: one conversation, two gateways, connections cut at random."""

import asyncio
import random

import pytest

from server.bus import MemoryBus
from signaling.events import Person
from signaling.messages import Ack, Event, Nack, Snapshot
from tests.signaling.client import Timeline
from tests.signaling.conftest import Node
from tests.signaling.fakes import FakeBackend

AGENT = Person(id="a", role="agent", name="A")


@pytest.fixture
async def nodes():
    """Give two gateways on one bus and one store."""
    bus = MemoryBus()
    backend = FakeBackend(bus)
    async with Node(backend, bus, "n1") as one, Node(backend, bus, "n2") as two:
        yield one, two


async def write(backend, count, chance):
    """Write as others do while the reader's connection comes and goes."""
    for n in range(count):
        # Some hints are lost, as a bus may.
        backend.silent = chance.random() < 0.1
        await backend.append("c", AGENT, f"m{n}")
        await asyncio.sleep(chance.random() * 0.004)
    backend.silent = False
    await backend.append("c", AGENT, "last")


@pytest.mark.parametrize("seed", range(5))
async def test_forced_disconnects_lose_and_double_nothing(nodes, seed):
    chance = random.Random(seed)
    backend = nodes[0].backend
    timeline = Timeline()
    writing = asyncio.create_task(write(backend, 120, chance))
    reconnects = 0
    while "last" not in timeline.texts:
        node = chance.choice(nodes)
        async with node.client("visitor:v", {"c": timeline.cursor}) as reader:
            for _ in range(chance.randrange(1, 25)):
                timeline.take(await reader.hear(Snapshot, Event))
                if "last" in timeline.texts:
                    break
            if chance.random() < 0.5:
                reader.ws._response.connection.transport.abort()  # as a lost network
        reconnects += 1
    await writing
    assert reconnects > 3
    assert timeline.texts == [*(f"m{n}" for n in range(120)), "last"]


async def test_commands_resent_after_a_cut_are_done_once(nodes):
    chance = random.Random(1)
    backend = nodes[0].backend
    waiting = {f"id{n}": f"text{n}" for n in range(15)}
    while waiting:
        node = chance.choice(nodes)
        async with node.client("visitor:v", {"c": None}) as writer:
            for id_, text in waiting.items():
                await writer.say({"t": "message.send", "id": id_, "conv": "c", "text": text})
            for _ in range(chance.randrange(1, 6)):
                answer = await writer.hear(Ack, Nack)
                waiting.pop(answer.id, None)
                if not waiting:
                    break
            writer.ws._response.connection.transport.abort()
    texts = [event.event.text for event in backend.events["c"]]
    assert sorted(texts) == sorted(f"text{n}" for n in range(15))
