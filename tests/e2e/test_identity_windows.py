"""What browsers and banks do to windows: blocked ones, blocked cookies, severed ones."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser import LaunchBrowser, NewContext
from tests.e2e.calls import eventually
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.proving import Proving, ask, at_bank, badge, card, choose

pytestmark = pytest.mark.e2e


def _contexts_of(browser: Browser) -> NewContext:
    return browser.new_context


# Whether a gesture still counts, and a press that is none. Playwright's own calls all count as
# gestures, so these go by the debugger's protocol.
_GESTURE = "navigator.userActivation.isActive"
_PRESS = """[...document.querySelectorAll('.identity-methods button')]
  .find((button) => button.textContent.includes('Demo Bank A')).click()"""


async def _press_without_gesture(shopper: Shopper) -> None:
    """Press the bank's button when no gesture counts any more: Chromium blocks what it opens."""
    session = await shopper.context.new_cdp_session(await shopper.place())

    async def run(expression: str) -> Any:
        asked = {"expression": expression, "userGesture": False}
        return (await session.send("Runtime.evaluate", asked))["result"].get("value")

    async def lapsed() -> bool:
        return not await run(_GESTURE)

    await eventually("the last gesture lapses", lapsed)
    await run(_PRESS)
    await session.detach()


async def test_with_third_party_cookies_blocked_nothing_is_different(
    proving: Proving, launch_browser: LaunchBrowser, new_context: NewContext
) -> None:
    browser = await launch_browser("--test-third-party-cookie-phaseout")
    shopper = await Shopper.come(proving.server, _contexts_of(browser))
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "Do cookies matter?")
    page = await shopper.context.new_page()
    await page.goto(f"{proving.server.url}/healthz")
    await page.evaluate("document.cookie = 'of=ours; SameSite=None; Secure; Path=/'")
    assert "of=ours" in await page.evaluate("document.cookie"), "it counts at the top"
    await page.close()
    framed = await (await shopper.place()).evaluate("document.cookie")
    assert "of=ours" not in framed, "and the browser does block it in the frame"
    await ask(agent)
    await at_bank(await choose(shopper))
    await expect(badge(agent)).to_contain_text("Test Customer One")


async def test_a_blocked_window_is_said_and_two_other_ways_go_on(
    proving: Proving, launch_browser: LaunchBrowser, new_context: NewContext
) -> None:
    browser = await launch_browser(without=["--disable-popup-blocking"])
    shopper = await Shopper.come(proving.server, _contexts_of(browser))
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "Do windows open?")
    await ask(agent)
    await card(shopper).get_by_role("button", name="Demo Bank A").wait_for()
    await _press_without_gesture(shopper)
    await expect(card(shopper)).to_contain_text("The window was blocked")
    assert len(shopper.context.pages) == 1, "the browser did block it"
    async with shopper.context.expect_page() as opened:
        await card(shopper).get_by_role("button", name="Open in a new tab").click()
    bank = await opened.value
    async with bank.expect_event("close"):
        await at_bank(bank, button="Cancel")
    await expect(card(shopper)).to_contain_text("It was cancelled")
    await _press_without_gesture(shopper)
    await card(shopper).get_by_role("button", name="Open in this tab").press("Enter")
    await shopper.page.wait_for_url(f"{proving.bank.url}/login/**")
    await at_bank(shopper.page)
    await shopper.page.wait_for_url(f"{proving.server.shop_url}/tent")
    await expect(badge(agent)).to_contain_text("Test Customer One")


async def test_a_bank_that_severs_its_window_does_not_end_the_attempt(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "Does severing matter?")
    await ask(agent)
    await proving.bank.behave(coop="same-origin")
    try:
        bank = await choose(shopper)
        assert await bank.evaluate("window.opener") is None, "it is severed"
        await expect(card(shopper)).to_contain_text("Its window seems to be closed")
        await expect(card(shopper).get_by_role("button", name="Try again")).to_be_visible()
        await at_bank(bank)
        await expect(badge(agent)).to_contain_text("Test Customer One")
        await expect(card(shopper)).to_have_count(0)
    finally:
        await proving.bank.behave(coop="")
