"""The bank's window is the visitor's: no script of the shop's page has a hand on it."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser import NewContext
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.proving import Proving, ask, at_bank, badge, choose

pytestmark = pytest.mark.e2e

#: A window is found by name, or opened, which a page that nobody clicked may not.
REACH = "name => { const found = open('', name); if (found) found.location = '/stolen'; }"


async def test_the_shops_page_cannot_send_the_banks_window_elsewhere(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "Is there somebody else at my bank?")
    await ask(agent)
    bank = await choose(shopper)
    name, _, secret = (await bank.evaluate("window.name")).rpartition("-")
    assert len(secret) == 26, "80 random bits: a ULID"
    async with asyncio.timeout(10):
        await shopper.page.evaluate(REACH, name)
    assert bank.url.startswith(proving.bank.url)
    await at_bank(bank)
    await expect(badge(agent)).to_contain_text("Test Customer One")
