"""The shop full of secrets, once for a run."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.cobrowse.site import CanarySite, build_harness, canary_site


@pytest.fixture(scope="session")
def harness() -> None:
    """Build the page's part once."""
    build_harness()


@pytest_asyncio.fixture(loop_scope="session")
async def site(harness: None) -> AsyncIterator[CanarySite]:
    async with canary_site() as served:
        yield served
