"""The agents' side for tests: a server, consoles in real browsers, customers on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Locator, Page, expect
from ulid import ULID

from server.demo import PASSWORD
from tests.browser import DEVICES, NewContext
from tests.e2e.staff import Staff as Wire
from tests.services.server import Server, running_server

__all__ = ["Console", "Customer", "NewConsole", "customer_at", "desk_server", "new_console"]

ONE = "agent1@demo.example"
TWO = "agent2@demo.example"


class Customer:
    """A visitor who writes over the real socket; `wire` has all that their browser would get."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        # The tests of a module share a server: a name that no other test has finds the row.
        self.name = f"Visitor {str(ULID())[-6:]}"
        self.conv = ""

    async def begin(self, text: str, lang: str = "en") -> None:
        """Open the conversation."""
        page = {"url": "http://127.0.0.1/tent", "title": "Kaira tent"}
        ack = await self.wire.command(
            "conversation.start", text=text, lang=lang, page=page, name=self.name
        )
        self.conv = ack["conv"]
        # No answer to wait for: the snapshot is one.
        await self.wire.send({"t": "subscribe", "id": str(ULID()), "stream": self.conv})
        await self.wire.find(lambda frame: frame["t"] == "snapshot")

    async def say(self, text: str) -> None:
        """Write a message."""
        await self.wire.command("message.send", conv=self.conv, text=text)

    async def hears(self, text: str) -> dict[str, Any]:
        """Wait for a message with this text, and return its frame."""
        return await self.wire.find(lambda f: f["t"] == "event" and f["event"].get("text") == text)


@asynccontextmanager
async def customer_at(server: Server) -> AsyncIterator[Customer]:
    """Have a customer connected for the length of the block."""
    async with aiohttp.ClientSession(headers={"Origin": server.url}) as http:
        asked = {"site": "demo", "create": True}
        async with http.post(f"{server.url}/api/v1/visitor/session", json=asked) as response:
            response.raise_for_status()
            token = (await response.json())["token"]
        async with http.ws_connect(f"{server.url}/ws".replace("http", "ws", 1)) as socket:
            wire = Wire(socket, token)
            listening = asyncio.create_task(wire.listen())
            try:
                await wire.send({"t": "hello", "v": 1, "token": token, "cursors": {"inbox": None}})
                await wire.find(lambda frame: frame["t"] == "welcome")
                yield Customer(wire)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


class Console:
    """An agent's console in a browser of its own, with what an agent does in it."""

    def __init__(self, server: Server, context: BrowserContext, page: Page) -> None:
        self.server = server
        self.context = context
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def sign_in(self, email: str) -> None:
        """Sign in, and wait for the desk."""
        await self.page.goto(f"{self.server.url}/console")
        await self.page.get_by_label("E-mail").fill(email)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign in").click()
        await expect(self.page.get_by_role("navigation", name="Inbox")).to_be_visible()

    async def view(self, name: str) -> None:
        """Show one of the inbox's views."""
        nav = self.page.get_by_role("navigation", name="Inbox")
        await nav.get_by_role("button", name=name).click()

    def row(self, customer: Customer) -> Locator:
        """The customer's row in the list."""
        rows = self.page.get_by_role("region", name="Conversations").get_by_role("listitem")
        return rows.filter(has_text=customer.name).get_by_role("button")

    async def open(self, customer: Customer) -> None:
        """Open the customer's conversation from the list of all open ones."""
        await self.view("All open")
        await self.row(customer).click()
        await expect(self.page.get_by_role("heading", name=customer.name)).to_be_visible()

    async def accept(self, customer: Customer) -> None:
        """Open the customer's conversation and take it."""
        await self.open(customer)
        await self.page.get_by_role("button", name="Accept", exact=True).click()
        await expect(self.reply).to_be_visible()

    @property
    def reply(self) -> Locator:
        """Where a reply to the customer is written."""
        return self.page.get_by_role("textbox", name="Reply", exact=True)

    @property
    def log(self) -> Locator:
        """The conversation's timeline."""
        return self.page.get_by_role("log", name="Messages")

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog")


NewConsole = Callable[..., Awaitable[Console]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give one server with the demo's agents to the console's tests."""
    async with running_server(tmp_path_factory.mktemp("desk")) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def new_console(desk_server: Server, new_context: NewContext) -> AsyncIterator[NewConsole]:
    """Give a function that signs an agent in; nothing may have thrown when the test ends."""
    made: list[Console] = []

    async def make(email: str | None = ONE, **options: Any) -> Console:
        options.setdefault("locale", "en-GB")
        options.setdefault("viewport", {"width": 1440, "height": 900})
        options.setdefault("permissions", [*DEVICES, "clipboard-read", "clipboard-write"])
        context = await new_context(**options)
        console = Console(desk_server, context, await context.new_page())
        made.append(console)
        if email is not None:
            await console.sign_in(email)
        return console

    yield make
    assert [error for console in made for error in console.errors] == []
