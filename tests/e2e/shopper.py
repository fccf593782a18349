"""A shopper in a real browser: the demo shop on one origin, the chat's frame from another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, FrameLocator, Locator, Page, expect

from tests.browser import NewContext
from tests.services.server import Server, running_server

__all__ = ["NewShopper", "Shopper", "new_shopper", "shop_server"]

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


class Shopper:
    """One tab of the shop, with what a person does in the chat."""

    def __init__(self, server: Server, context: BrowserContext, page: Page) -> None:
        self.server = server
        self.context = context
        self.page = page

    @property
    def launcher(self) -> Locator:
        """The button in the corner of the shop."""
        return self.page.locator("tiski-chat button")

    @property
    def panel(self) -> Locator:
        """The frame's element on the shop's page."""
        return self.page.locator("tiski-chat iframe")

    @property
    def chat(self) -> FrameLocator:
        """What is inside the frame."""
        return self.page.frame_locator("tiski-chat iframe")

    @property
    def input(self) -> Locator:
        """Where messages are written."""
        return self.chat.get_by_role("textbox", name="Message", exact=True)

    def message(self, text: str) -> Locator:
        """A message of the log."""
        return self.chat.get_by_role("article").filter(has_text=text)

    async def visit(self, path: str = "/") -> None:
        """Go to a page of the shop."""
        await self.page.goto(f"{self.server.shop_url}{path}")
        await self.launcher.wait_for(state="attached")

    async def open(self) -> None:
        """Open the chat, and wait until it can be used."""
        await self.launcher.click()
        await expect(self.chat.locator(".log, .leave")).to_be_visible()

    async def write(self, text: str) -> None:
        """Send a message, and wait until the server has it."""
        await self.input.fill(text)
        await self.input.press("Enter")
        await expect(self.message(text)).to_have_attribute("data-status", "sent")

    async def other_tab(self) -> Shopper:
        """Open another tab of the same browser."""
        return Shopper(self.server, self.context, await self.context.new_page())


NewShopper = Callable[..., Awaitable[Shopper]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give one server for all tests of the widget; each test has its own visitor."""
    async with running_server(tmp_path_factory.mktemp("shop")) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def new_shopper(shop_server: Server, new_context: NewContext) -> NewShopper:
    """Give a function that makes a shopper with a browser of their own."""

    async def make(server: Server = shop_server, **options: Any) -> Shopper:
        context = await new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
        return Shopper(server, context, await context.new_page())

    return make
