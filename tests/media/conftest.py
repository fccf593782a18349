"""Chromium once per module; a meeting per test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest_asyncio
from playwright.async_api import Browser

from media import MediaConfig
from tests.media.browser import Meeting, chromium
from tests.media.proxy import Proxy

Open = Callable[..., Awaitable[Meeting]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def open_meeting(browser: Browser) -> AsyncIterator[Open]:
    """Open a meeting; people in `proxied` are behind an impairment proxy (`meeting.proxy`)."""
    async with AsyncExitStack() as stack:

        async def opened(*, proxied: str = "", consent_timeout: float = 15.0) -> Meeting:
            config = MediaConfig(host="127.0.0.1", consent_timeout=consent_timeout)
            meeting = Meeting(browser, config)
            await meeting.server.start()
            stack.push_async_callback(meeting.aclose)
            if proxied:
                meeting.proxy = Proxy(meeting.server.port)
                meeting.proxy.start()
                stack.callback(meeting.proxy.close)
                meeting.rewrite = _through(meeting.proxy, proxied)
            return meeting

        yield opened


def _through(proxy: Proxy, people: str) -> Callable[[str, str], str]:
    return lambda who, answer: proxy.through(answer) if who in people else answer


@pytest_asyncio.fixture(loop_scope="module")
async def meeting(open_meeting: Open) -> Meeting:
    return await open_meeting()
