"""A server and players on it, for the tests of co-browsing in Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser import NewContext
from tests.cobrowse.mirror import Mirror, open_mirror
from tests.cobrowse.site import CanarySite, build_harness, canary_site
from tests.services.server import Server, running_server

OpenMirror = Callable[[], Awaitable[Mirror]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give one server for the tests of a module: they keep nothing in it."""
    folder: Path = tmp_path_factory.mktemp("server")
    async with running_server(folder) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_player(server: Server, new_context: NewContext) -> OpenMirror:
    """Give a function that opens a player in a browser of its own."""

    async def opened() -> Mirror:
        return await open_mirror(await new_context(permissions=[]), server)

    return opened


@pytest.fixture(scope="session")
def harness() -> None:
    """Build the page's part once."""
    build_harness()


@pytest_asyncio.fixture(loop_scope="session")
async def site(harness: None) -> AsyncIterator[CanarySite]:
    async with canary_site() as served:
        yield served
