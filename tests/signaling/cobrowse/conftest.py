"""A co-browsing gateway behind a real HTTP server."""

import pytest

from server.bus.memory import MemoryBus
from tests.signaling.cobrowse.fakes import FakeCobrowse, Node


@pytest.fixture
async def node():
    bus = MemoryBus()
    async with Node(FakeCobrowse(bus), bus) as one:
        yield one
