"""Swedish BankID: by a code that another device scans, and by the app on this one."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, Response, expect

from tests.browser import NewContext
from tests.e2e.calls import eventually
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.proving import Proving, ask, badge, card

pytestmark = pytest.mark.e2e

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


async def _identify(app: Page) -> str:
    """Choose the first test customer in the app and identify; return their name."""
    await app.locator("button[name=customer]").first.click()
    button = app.get_by_role("button", name="Identify as")
    name = (await button.inner_text()).removeprefix("Identify as ")
    await button.click()
    await app.get_by_role("heading", name="You have identified yourself").wait_for()
    return name


async def test_a_scanned_code_proves_who_they_are(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context)
    codes: list[str] = []

    async def note(response: Response) -> None:
        if "/identity/attempts/" in response.url and response.request.method == "GET":
            codes.append((await response.json()).get("qr") or "")

    shopper.page.on("response", note)
    await meet(shopper, agent, "Can I use BankID?")
    await ask(agent)
    await card(shopper).get_by_role("button", name="Demo BankID").click()
    drawn = card(shopper).get_by_role("img", name="QR code for the app")
    first = await drawn.locator("path").get_attribute("d")

    async def changed() -> bool:
        return await drawn.locator("path").get_attribute("d") != first

    await eventually("the code changes", changed, within=5)
    phone = await (await new_context()).new_page()
    await phone.goto(proving.bank.app_url)
    await phone.get_by_label("What the QR code says").fill(codes[-1])
    await phone.get_by_role("button", name="Open the order").click()
    name = await _identify(phone)
    await expect(badge(agent)).to_contain_text(name)
    await expect(badge(agent)).to_contain_text("Demo BankID")
    await expect(card(shopper)).to_have_count(0)


async def test_the_app_on_the_same_phone_proves_who_they_are(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context, **PHONE)
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "Can I use BankID on my phone?")
    await ask(agent)
    await card(shopper).get_by_role("button", name="Demo BankID").tap()
    async with shopper.context.expect_page() as opened:
        await card(shopper).get_by_role("link", name="Open BankID on this device").tap()
    name = await _identify(await opened.value)
    await expect(badge(agent)).to_contain_text(name)
    await shopper.chat.get_by_text("You proved who you are with Demo BankID").wait_for()
