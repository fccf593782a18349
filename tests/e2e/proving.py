"""People who prove who they are: a server, its demo banks, and what is pressed on the way.

One server and one bank serve every test that asks for `proving`; each test has its own shopper.
The log is at its most talkative, so that what must never be in it can be looked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.e2e.people import Agent, Shopper
from tests.services.bank import Bank, running_bank
from tests.services.server import Server

__all__ = ["Proving", "ask", "at_bank", "card", "choose", "proving", "proving_at", "step"]

BADGE = "Proven identity"


@dataclass(frozen=True)
class Proving:
    """A server and the banks that it believes."""

    server: Server
    bank: Bank


@asynccontextmanager
async def proving_at(data: Path, **environment: str) -> AsyncIterator[Proving]:
    """Run a server and its banks for the length of the block."""
    known = Server(data, environment={"TISKI_LOG_LEVEL": "debug", **environment})
    async with running_bank(data, known.url, shop_url=known.shop_url, bankid=True) as bank:
        identity = {"TISKI_IDENTITY": str(bank.identity)}
        known.environment = {**known.environment, **identity}
        await known.start()
        try:
            yield Proving(known, bank)
        finally:
            await known.kill()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def proving(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proving]:
    """Give one server and its banks to the tests of bank ID."""
    async with proving_at(tmp_path_factory.mktemp("proving")) as stage:
        yield stage


async def ask(agent: Agent, purpose: str = "Their order", note: str = "") -> None:
    """Let an agent ask the customer who they are."""
    await agent.do("Ask who they are (bank ID)")
    await agent.dialog.get_by_label(purpose, exact=True).check()
    if note:
        await agent.dialog.get_by_label("In your own words").fill(note)
    await agent.dialog.get_by_role("button", name="Ask the customer").click()
    await expect(agent.dialog).to_have_count(0)


def card(shopper: Shopper) -> Locator:
    """The shopper's card that asks who they are."""
    return shopper.chat.get_by_role("region", name="Proving who you are")


async def choose(shopper: Shopper, method: str = "Demo Bank A") -> Page:
    """Let a shopper choose a bank whose page opens in a window or tab; return that."""
    async with shopper.context.expect_page() as opened:
        await card(shopper).get_by_role("button", name=method).click()
    bank = await opened.value
    await bank.get_by_text("not a real bank").wait_for()
    return bank


async def at_bank(page: Page, customer: str = "One", button: str = "Continue") -> None:
    """Let somebody at the bank say who they are, or cancel."""
    await page.get_by_label(f"Test Customer {customer}").check()
    await page.get_by_role("button", name=button).click()


def badge(agent: Agent) -> Locator:
    """What the console shows as proven."""
    return agent.page.get_by_role("region", name=BADGE)


def step(agent: Agent) -> Locator:
    """The console's line about the request that is open."""
    return agent.page.get_by_role("region", name="Proof of identity")
