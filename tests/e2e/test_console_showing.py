"""A customer's page in the console: the wish to see it, the view with its tools, the site's rules."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.desk import NewConsole, customer_at
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.showing import give_control, show_page
from tests.services.server import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

SEE = "See the customer’s page"
ASKED = "cobrowse_asked"
SIZES = ((1440, 900), (1024, 768), (390, 844))


async def calm(page: Page) -> None:
    """Wait until no colour is on its way to another."""
    await page.evaluate("() => Promise.all(document.getAnimations().map((a) => a.finished))")


async def assert_fits(page: Page, zone: Locator) -> None:
    """Fail when the page scrolls sideways, or the view or the reply is out of sight."""
    wide = await page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth")
    assert wide <= 0, f"the page is {wide} px wider than the window"
    reply = page.get_by_role("textbox", name="Reply", exact=True)
    for what in (zone.locator("iframe"), reply):
        await expect(what).to_be_in_viewport(ratio=0.9)


async def test_a_wish_is_taken_back_and_a_no_is_told(
    new_console: NewConsole, desk_server: Server
) -> None:
    console = await new_console()
    async with customer_at(desk_server) as customer:
        await customer.begin("Where do I find the size chart?")
        await console.accept(customer)
        await console.page.get_by_role("button", name=SEE).click()
        waits = console.page.get_by_text("You asked to see the customer’s page. They decide.")
        await expect(waits).to_be_visible()
        await expect(console.page.get_by_role("button", name=SEE)).to_have_count(0)
        await console.page.get_by_role("button", name="Take back").click()
        await expect(waits).to_have_count(0)
        await expect(console.log).to_contain_text("took the wish to see the page back")

        await console.page.get_by_role("heading", name=customer.name).click()
        await console.page.keyboard.press("Escape")
        await console.page.locator("body").press("p")
        await expect(waits).to_be_visible()
        asked = [f for f in customer.wire.frames if f.get("event", {}).get("kind") == ASKED]
        cobrowse = asked[-1]["event"]["cobrowse"]
        await customer.wire.command("cobrowse.decline", conv=customer.conv, cobrowse=cobrowse)
        told = console.page.get_by_text("The customer does not want to show their page now.")
        await expect(told).to_be_visible()
        await assert_accessible(console.page)


async def test_the_view_is_accessible_and_fits_in_every_state(
    showing_server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(showing_server, new_context)
    agent: Agent = await Agent.come(showing_server, new_context)
    await meet(shopper, agent, "Is this the right form?", "/checkout")
    mirror = await show_page(shopper, agent)
    page, zone = agent.page, mirror.zone
    await expect(zone.get_by_text("No recording is kept.")).to_be_visible()
    await expect(zone.get_by_text("/checkout", exact=True)).to_be_visible()
    for large in (False, True):
        if large:
            await zone.get_by_role("button", name="Make it larger").click()
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            await assert_fits(page, zone)
    await give_control(shopper, mirror)
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a Literal
        await calm(page)
        await assert_accessible(page)
    await page.set_viewport_size({"width": 1440, "height": 900})

    await zone.get_by_role("button", name="Let go").click()
    await expect(zone.get_by_role("button", name="Ask for control")).to_be_visible()
    await expect(zone.get_by_role("radio", name="Do it for them")).to_have_count(0)
    await zone.get_by_role("button", name="Stop looking").click()
    await expect(zone).to_have_count(0)
    await page.get_by_role("button", name="Look", exact=True).click()
    await expect(zone).to_be_visible()
    await mirror.reads("Checkout")
    await zone.get_by_role("button", name="End for everybody").click()
    await expect(zone).to_have_count(0)
    await expect(agent.line("Agent One ended showing the page")).to_be_visible()
    assert shopper.errors == agent.errors == []


async def test_tools_are_taken_by_arrows_and_by_letters_within_the_view_alone(
    showing_server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(showing_server, new_context)
    agent: Agent = await Agent.come(showing_server, new_context)
    await meet(shopper, agent, "Which of these is mine?", "/boots")
    mirror = await show_page(shopper, agent)
    zone, keys = mirror.zone, agent.page.keyboard
    look, point = (zone.get_by_role("radio", name=name) for name in ("Look", "Point"))
    await look.focus()
    await keys.press("ArrowRight")
    await expect(point).to_be_checked()
    await keys.press("d")
    await expect(zone.get_by_role("radio", name="Draw")).to_be_checked()
    await keys.press("h")  # in the list it hands the conversation back
    await expect(zone.get_by_role("radio", name="Frame a part")).to_be_checked()
    await keys.press("f")
    follow = zone.get_by_role("button", name="Scroll with the customer")
    await expect(follow).to_have_attribute("aria-pressed", "false")
    await keys.press("Escape")
    await expect(look).to_be_checked()
    await agent.page.get_by_role("textbox", name="Reply", exact=True).press_sequentially("ld")
    await expect(look).to_be_checked()


async def test_supervisors_say_what_is_hidden_and_agents_see_nothing_of_it(
    new_console: NewConsole,
) -> None:
    agent = await new_console()
    await agent.page.get_by_role("button", name="Account and settings").click()
    await expect(agent.dialog.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    await expect(agent.dialog.get_by_role("button", name="Hidden in co-browsing…")).to_have_count(0)

    console = await new_console("supervisor@demo.example")
    dialog = console.dialog
    await console.page.get_by_role("button", name="Account and settings").click()
    await dialog.get_by_role("button", name="Hidden in co-browsing…").click()
    texts = dialog.get_by_label("Texts to hide")
    await texts.fill(".iban\n\ndiv[")
    await dialog.get_by_label("Other hosts of images and fonts").fill("https://cdn.example")
    await expect(dialog.get_by_text("Line 3: this is not a CSS selector.")).to_be_visible()
    await dialog.get_by_role("button", name="Save the rules").click()
    await expect(texts).to_be_focused()
    await assert_accessible(console.page)
    await texts.fill(".iban\n.iban\n  .balance ")
    await dialog.get_by_label("Other hosts of images and fonts").fill("cdn.example.com")
    await dialog.get_by_role("button", name="Save the rules").click()
    await expect(console.page.get_by_text("The rules are saved.")).to_be_visible()

    await console.page.get_by_role("button", name="Account and settings").click()
    await dialog.get_by_role("button", name="Hidden in co-browsing…").click()
    await expect(texts).to_have_value(".iban\n.balance")
