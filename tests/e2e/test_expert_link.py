"""An expert's link from making to end, in real Chromium on a real server."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.desk import Console, NewConsole, customer_at
from tests.services.server import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]


async def make_link(console: Console) -> str:
    """Make a link for the open conversation, and return it as it was copied."""
    await console.reply.press("Escape")
    await console.page.keyboard.press("i")
    await console.dialog.get_by_role("button", name="Make a link").click()
    await console.dialog.get_by_role("button", name="Copy the link").click()
    await expect(console.dialog.get_by_text("Copied")).to_be_visible()
    url: str = await console.page.evaluate("navigator.clipboard.readText()")
    shown = console.dialog.get_by_label("The expert’s link")
    await expect(shown).to_have_value(url)
    await console.page.keyboard.press("Escape")
    await expect(console.dialog).to_have_count(0)
    return url


async def new_page(new_context: NewContext, **options: object) -> Page:
    context = await new_context(locale="en-GB", **options)
    return await context.new_page()


async def join(page: Page, url: str, name: str = "Expert A") -> None:
    """Go through the lobby into the private consult."""
    await page.goto(url)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_role("button", name="Join in private").click()
    await expect(page.get_by_role("heading", name="In private with Agent One")).to_be_visible()


def words(page: Page, text: str) -> Locator:
    return page.get_by_role("log", name="Messages").get_by_text(text)


async def test_an_expert_talks_in_private_is_let_in_and_sees_only_what_comes_then(
    new_console: NewConsole, desk_server: Server, new_context: NewContext
) -> None:
    console = await new_console()
    expert = await new_page(new_context)
    async with customer_at(desk_server) as customer:
        await customer.begin("Before the expert came")
        await console.accept(customer)
        url = await make_link(console)
        await join(expert, url)
        assert "#" not in expert.url, "the secret stays in the address"

        await expert.get_by_role("textbox", name="Only to the agent").fill("Hello in private")
        await expert.keyboard.press("Enter")
        await expect(words(console.page, "Hello in private")).to_be_visible()
        await console.page.get_by_text("Only Expert A", exact=True).click()
        consult = console.page.get_by_role("textbox", name="Only Expert A")
        await expect(consult).to_be_focused()
        await consult.fill("They ask about tents")
        await consult.press("Enter")
        await expect(words(expert, "They ask about tents")).to_be_visible()

        await expert.reload()
        await expect(words(expert, "They ask about tents")).to_be_visible()
        await console.page.get_by_role("button", name="Let in Expert A").click()
        await console.dialog.get_by_role("button", name="Let in Expert A").click()
        await expect(
            expert.get_by_role("heading", name="You are in the conversation")
        ).to_be_visible()
        await customer.say("After the expert came")
        await expect(words(expert, "After the expert came")).to_be_visible()
        await expect(words(expert, "Before the expert came")).to_have_count(0)
        await expect(expert.locator("body")).not_to_contain_text(customer.name)
        await expert.get_by_role("textbox", name="To everybody").fill("Hello customer")
        await expert.keyboard.press("Enter")
        await customer.hears("Hello customer")
        private = ("Hello in private", "They ask about tents")
        assert not [f for f in customer.wire.frames if any(text in str(f) for text in private)]

        await console.page.get_by_role("button", name="Remove Expert A").click()
        await expect(expert.get_by_role("heading", name="Your part is done")).to_be_visible()
        await expert.reload()
        await expect(expert.get_by_role("heading", name="Your part is done")).to_be_visible()
        await expect(words(expert, "After the expert came")).to_have_count(0)


async def test_a_used_revoked_or_unknown_link_says_so_and_shows_nothing(
    new_console: NewConsole, desk_server: Server, new_context: NewContext
) -> None:
    console = await new_console()
    expert, other = await new_page(new_context), await new_page(new_context)
    async with customer_at(desk_server) as customer:
        await customer.begin("For nobody else")
        await console.accept(customer)
        used = await make_link(console)
        await join(expert, used)
        await other.goto(used)
        title = other.get_by_role("heading", name="This link has been used")
        await expect(title).to_be_visible()
        await expect(other.get_by_role("log")).to_have_count(0)

        revoked = await make_link(console)
        await console.page.keyboard.press("i")
        await console.dialog.get_by_role("button", name="Revoke").first.click()
        await expect(console.dialog.get_by_text("Revoked")).to_be_visible()
        await console.page.keyboard.press("Escape")
        page = await new_page(new_context)
        await page.goto(revoked)
        await expect(page.get_by_role("heading", name="This link was taken back")).to_be_visible()
        unknown = await new_page(new_context)
        await unknown.goto(f"{desk_server.url}/e#nothing-that-exists")
        await expect(unknown.get_by_role("heading", name="This link does not work")).to_be_visible()

        await expert.get_by_role("button", name="Leave").click()
        await expert.get_by_role("dialog").get_by_role("button", name="Leave").click()
        await expect(expert.get_by_role("heading", name="You have left")).to_be_visible()
        await expect(words(console.page, "Expert A left")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_experts_way(
    new_console: NewConsole, desk_server: Server, new_context: NewContext, scheme: str
) -> None:
    console = await new_console(color_scheme=scheme)
    expert = await new_page(new_context, color_scheme=scheme)
    async with customer_at(desk_server) as customer:
        await customer.begin("An easy one")
        await console.accept(customer)
        url = await make_link(console)
        await expert.goto(url)
        await expect(expert.get_by_label("Your name")).to_be_visible()
        await assert_accessible(expert)
        await expert.get_by_label("Your name").fill("Expert A")
        await expert.get_by_role("button", name="Go on").click()
        await expect(expert.get_by_role("button", name="Join in private")).to_be_visible()
        await assert_accessible(expert)
        await expert.get_by_role("button", name="Join in private").click()
        await expect(expert.get_by_role("textbox", name="Only to the agent")).to_be_visible()
        await expert.get_by_role("textbox").fill("Hello")
        await expert.keyboard.press("Enter")
        await expect(words(console.page, "Hello")).to_be_visible()
        await assert_accessible(expert)
        await assert_accessible(console.page)
        await expert.get_by_role("button", name="Leave").click()
        await assert_accessible(expert)
