"""Real Chromium pages in a room of the real media server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from media import MediaConfig
from tests.media.browser import Meeting, chromium

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def meeting(browser: Browser) -> AsyncIterator[Meeting]:
    held = Meeting(browser, MediaConfig(host="127.0.0.1"))
    await held.server.start()
    try:
        yield held
    finally:
        await held.aclose()


async def test_two_people_see_and_hear_each_other(meeting: Meeting) -> None:
    anna = await meeting.join("a", "audio", "camera")
    bert = await meeting.join("b", "audio", "camera")
    await anna.start()
    await bert.start()
    await anna.sees("b")
    await bert.sees("a")
    await anna.hears("b")
    await bert.hears("a")
    assert sorted(meeting.connected) == ["a", "b"]
