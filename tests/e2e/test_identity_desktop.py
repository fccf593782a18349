"""On a desktop the bank has a window of its own, and the chat goes on beside it."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser import NewContext
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.proving import Proving, ask, at_bank, badge, card, choose, step

pytestmark = pytest.mark.e2e


async def test_a_popup_proves_who_they_are_while_the_chat_goes_on(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "Where is my order for the popup?")
    await ask(agent, note="Your parcel is worth a lot.")
    await expect(card(shopper)).to_contain_text("Your parcel is worth a lot.")
    bank = await choose(shopper)
    await expect(bank.get_by_role("heading")).to_contain_text("Demo Shop")
    assert (await bank.evaluate("[innerWidth, innerHeight]"))[0] <= 520, "a window, not a tab"
    await expect(step(agent)).to_contain_text("Demo Bank A")
    await shopper.say("I am at the bank now")
    await agent.say("Take your time")
    await shopper.line("Take your time").wait_for()
    async with asyncio.timeout(15):
        async with bank.expect_event("close"):
            await at_bank(bank)
    await expect(badge(agent)).to_contain_text("Test Customer One")
    await expect(badge(agent)).to_contain_text("Demo Bank A")
    await expect(badge(agent)).to_contain_text("level: substantial")
    await expect(card(shopper)).to_have_count(0)
    await shopper.chat.get_by_text("You proved who you are with Demo Bank A").wait_for()
    assert shopper.errors == agent.errors == []
