"""On a phone the bank takes the place of the shop's page, unless a call would end with it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser import NewContext
from tests.e2e.people import Agent, Shopper, call_by_video, meet
from tests.e2e.proving import Proving, ask, at_bank, badge, card, choose

pytestmark = pytest.mark.e2e

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


async def test_the_same_tab_goes_to_the_bank_and_back_to_the_very_page(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context, **PHONE)
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "Is it me you ask, on the phone?", "/tent?colour=green#sizes")
    await ask(agent)
    await card(shopper).get_by_role("button", name="Demo Bank B").tap()
    await shopper.page.wait_for_url(f"{proving.bank.url}/login/**")
    assert len(shopper.context.pages) == 1
    width = await shopper.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "the bank's page fits"
    await at_bank(shopper.page, "Two")
    await shopper.page.wait_for_url(f"{proving.server.shop_url}/tent?colour=green#sizes")
    await expect(badge(agent)).to_contain_text("Test Customer Two")
    await expect(badge(agent)).to_contain_text("level: high")
    await shopper.chat.get_by_text("You proved who you are with Demo Bank B").wait_for()
    await shopper.say("Here I am again")
    assert shopper.errors == agent.errors == []


async def test_during_a_video_call_it_is_a_new_tab_and_the_call_goes_on(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context, **PHONE)
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "May we talk, on the phone?")
    await call_by_video(shopper, agent)
    await ask(agent)
    bank = await choose(shopper)
    assert len(shopper.context.pages) == 2
    await agent.sees_and_hears(1, 1)
    await at_bank(bank)
    await expect(badge(agent)).to_contain_text("Test Customer One")
    await agent.sees_and_hears(1, 1)
    await shopper.sees_and_hears(1, 1)
