"""A gateway behind a real HTTP server."""

import contextlib

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.bus.memory import MemoryBus
from signaling.gateway import Gateway
from tests.signaling.client import Client
from tests.signaling.fakes import FakeBackend, FakeCalls


class Node:
    """A gateway, its server, and a way to connect."""

    def __init__(self, backend, bus, name="n1") -> None:
        self.backend = backend
        self.offset = 0.0
        self.gateway = Gateway(
            backend, bus, node=name, calls=FakeCalls(), origins=frozenset({"https://ours.example"})
        )
        clock = self.gateway.now
        self.gateway.now = lambda: clock() + self.offset
        app = web.Application()
        app.router.add_get("/ws", self.gateway.handler)
        self.server = TestServer(app)
        self.http = None

    async def __aenter__(self):
        await self.server.start_server()
        self.gateway.start()
        self.http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *error):
        await self.http.close()
        await self.gateway.aclose()
        await self.server.close()

    @contextlib.asynccontextmanager
    async def client(self, token=None, cursors=None, **more):
        async with self.http.ws_connect(self.server.make_url("/ws"), **more) as ws:
            client = Client(ws)
            if token is not None:
                await client.hello(token, cursors)
            yield client


@pytest.fixture
async def node():
    bus = MemoryBus()
    async with Node(FakeBackend(bus), bus) as one:
        yield one
