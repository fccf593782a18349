"""One server for the calls of a module; a conversation of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.calls import CallSite, build_page
from tests.media.proxy import Proxy
from tests.services.ports import free_port
from tests.services.server import Server, running_server

MEDIA_HOST = "127.0.0.2"  # the server's; browsers are told 127.0.0.1, where the proxy listens


@pytest.fixture(scope="session")
def call_page() -> None:
    """Build the page with the call part alone, once."""
    build_page()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def call_server(
    tmp_path_factory: pytest.TempPathFactory, call_page: None
) -> AsyncIterator[tuple[Server, Proxy]]:
    """Give a server whose media pass a proxy that can be cut."""
    data: Path = tmp_path_factory.mktemp("calls")
    port = free_port()
    environment = {
        "TISKI_MEDIA_HOST": MEDIA_HOST,
        "TISKI_MEDIA_ANNOUNCE": "127.0.0.1",
        "TISKI_MEDIA_TCP": "0",  # the proxy is one of UDP
    }
    proxy = Proxy(port, server_host=MEDIA_HOST, port=port)
    proxy.start()
    try:
        async with running_server(data, media_port=port, environment=environment) as server:
            yield server, proxy
    finally:
        proxy.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def showing_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give one server to the tests of co-browsing; each test has its own shopper."""
    async with running_server(tmp_path_factory.mktemp("showing")) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def call_site(call_server: tuple[Server, Proxy]) -> AsyncIterator[CallSite]:
    """Give a fresh conversation."""
    server, proxy = call_server
    site = CallSite(server, proxy)
    await site.open()
    yield site
    proxy.cut = False
    proxy.rate = proxy.uplink = proxy.loss = proxy.delay = 0.0
    await site.aclose()
