"""A request that proves nothing ends quietly, and the chat goes on."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser import NewContext
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.proving import Proving, ask, at_bank, badge, card, choose, step

pytestmark = pytest.mark.e2e


async def test_cancel_at_the_bank_lets_them_choose_again(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "May I cancel?")
    await ask(agent)
    bank = await choose(shopper)
    async with bank.expect_event("close"):
        await at_bank(bank, button="Cancel")
    await expect(card(shopper)).to_contain_text("It was cancelled")
    await expect(step(agent)).to_contain_text("cancelled at the bank")
    await shopper.say("Wrong bank")
    await at_bank(await choose(shopper, "Demo Bank Nordic"), "Three")
    await expect(badge(agent)).to_contain_text("Test Customer Three")
    await expect(badge(agent)).to_contain_text("Demo Bank Nordic")


async def test_not_now_and_withdrawn_take_the_card_away(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "May I say no?")
    await ask(agent)
    await card(shopper).get_by_role("button", name="Not now").click()
    await expect(card(shopper)).to_have_count(0)
    await expect(step(agent)).to_contain_text("does not want to prove")
    await ask(agent)
    bank = await choose(shopper)
    await step(agent).get_by_role("button", name="Withdraw").click()
    await expect(card(shopper)).to_have_count(0)
    await at_bank(bank)
    await expect(bank.get_by_role("status")).to_contain_text("Nobody waits")
    await expect(badge(agent)).to_have_count(0)
    await shopper.say("Still here")
    await agent.line("Still here").wait_for()
