"""Who customers are, as staff sees it: asked, followed, proven, used, and erased."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.desk import ONE, Console, customer_at
from tests.e2e.prover import Prover
from tests.e2e.proving import Proving

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

BOSS = "supervisor@demo.example"
CODE = "131052-900W"  # of the demo bank's first customer, who does not exist
SIZES = ((1440, 900), (1024, 768), (390, 844))

# What makes the page scroll sideways, once it has drawn itself for the window that it has now.
_WIDE = """async () => {
  for (let frame = 0; frame < 3; frame += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  if (document.scrollingElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth)
    .map((element) => `${element.tagName}.${element.className}`);
}"""


def strip(page: Page) -> Locator:
    return page.get_by_role("region", name="Proof of identity")


def badge(page: Page) -> Locator:
    return page.get_by_role("region", name="Proven identity")


async def ask(console: Console) -> None:
    """Ask the customer of the open conversation, by key."""
    await console.page.locator("h2").first.click()
    await console.page.locator("body").press("b")
    await console.dialog.get_by_role("button", name="Ask the customer").click()
    await expect(console.dialog).to_have_count(0)


async def assert_fits(page: Page) -> None:
    """Fail when the page scrolls sideways on any screen."""
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        async with asyncio.timeout(10):
            wide = await page.evaluate(_WIDE)
        assert wide == [], f"wider than {width} px: {wide}"
    await page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture
def desk(proving: Proving, new_context: NewContext) -> Callable[..., Any]:
    """Give a function that has a customer served at a console, with a browser for the bank."""

    @asynccontextmanager
    async def open_desk(
        email: str = ONE, lang: str = "en"
    ) -> AsyncIterator[tuple[Console, Prover]]:
        viewport = {"width": 1440, "height": 900}
        context = await new_context(locale="en-GB", viewport=viewport)
        console = Console(proving.server, context, await context.new_page())
        async with customer_at(proving.server) as customer:
            await customer.begin("Who am I?", lang)
            await console.sign_in(email)
            await console.accept(customer)
            bank = await (await new_context(locale="en-GB")).new_page()
            yield console, Prover(proving.server, customer, bank)
            assert console.errors == []

    return open_desk


async def permit(proving: Proving, email: str) -> None:
    """Let an account reveal codes, as an operator does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "agent", "grant", email, "reveal"),
        env=proving.server.settings,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0


async def test_a_request_is_followed_step_by_step_until_a_badge_says_who(
    desk: Callable[..., Any],
) -> None:
    async with desk(lang="fi") as (console, prover):
        page, dialog = console.page, console.dialog
        await expect(page.get_by_text("Nothing is proven.")).to_be_visible()
        await page.locator("h2").first.click()
        await page.locator("body").press("b")
        await dialog.get_by_label("A refund").check()
        await dialog.get_by_label("In your own words").fill("Tilaus 1001")
        preview = dialog.locator("blockquote")
        await expect(preview).to_contain_text("Agent One pyytää")
        await expect(preview).to_contain_text("Tilaus 1001")
        await assert_accessible(page)
        await dialog.get_by_role("button", name="Ask the customer").click()
        await expect(strip(page)).to_contain_text("What for: a refund.")
        await expect(strip(page).get_by_role("timer")).to_have_text(re.compile(r"^(10:00|9:5\d)$"))
        asked = await prover.asked()
        assert (asked["purpose"], asked["note"]) == ("refund", "Tilaus 1001")

        await prover.choose(asked["id"])
        await expect(strip(page)).to_contain_text("at the bank: Demo Bank A")
        await prover.answer(None)
        await expect(strip(page)).to_contain_text("cancelled at the bank")
        await assert_fits(page)
        await prover.choose(asked["id"])
        await prover.answer("one")
        await expect(badge(page)).to_contain_text("Test Customer One")
        for word in ("Demo Bank A", "level: substantial", f"“{prover.customer.name}”"):
            await expect(badge(page)).to_contain_text(word)
        await expect(page.get_by_role("heading", name=prover.customer.name)).to_be_visible()
        await expect(console.row(prover.customer)).to_contain_text("Verified by bank ID")
        await expect(page.locator("body")).not_to_contain_text(CODE)
        for scheme in ("dark", "light"):
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await assert_accessible(page)
        await assert_fits(page)


async def test_a_code_is_revealed_for_a_reason_and_leaves_the_page_again(
    desk: Callable[..., Any], proving: Proving
) -> None:
    await permit(proving, ONE)
    async with desk() as (console, prover):
        page, dialog = console.page, console.dialog
        await ask(console)
        await prover.prove("one")
        await page.get_by_role("button", name="Reveal the code of Test Customer One").click()
        reveal = dialog.get_by_role("button", name="Reveal", exact=True)
        await expect(reveal).to_be_disabled()
        await dialog.get_by_label("Why do you need it?").fill("To open the account")
        await reveal.click()
        await expect(dialog.get_by_text(CODE)).to_be_visible()
        await expect(dialog.get_by_role("timer")).to_contain_text("Hidden again in")
        await assert_accessible(page)
        await dialog.get_by_role("button", name="Hide now").click()
        await expect(page.locator("html")).not_to_contain_text(CODE)


async def test_a_confidential_reply_whose_proof_lapsed_comes_back_to_the_box(
    desk: Callable[..., Any], proving: Proving, new_context: NewContext
) -> None:
    async with desk() as (console, prover):
        page = console.page
        toggle = page.get_by_role("button", name="Confidential", exact=True)
        await toggle.click()
        await expect(page.get_by_text("nothing is proven").last).to_be_visible()
        await ask(console)
        await prover.prove("one")
        await expect(badge(page)).to_be_visible()
        await toggle.click()
        box = page.get_by_role("textbox", name="Confidential reply")
        await box.fill("The balance is 25 €")
        await box.press("Enter")
        heard = await prover.customer.hears("The balance is 25 €")
        assert heard["event"]["confidential"] is True
        line = console.log.get_by_role("article").filter(has_text="The balance is 25 €")
        await expect(line).to_contain_text("Confidential")

        # A supervisor makes the gate narrower, which this console has not heard of.
        context = await new_context(locale="en-GB")
        boss = Console(proving.server, context, await context.new_page())
        await boss.sign_in(BOSS)
        await set_level(boss, "high")
        await box.fill("And the next is 50 €")
        await box.press("Enter")
        await expect(page.get_by_text("Not sent: the proof does not hold")).to_be_visible()
        await expect(box).to_have_value("And the next is 50 €")
        await expect(console.log.get_by_text("And the next is 50 €")).to_have_count(0)
        await assert_accessible(page)
        await set_level(boss, "substantial")


async def set_level(boss: Console, level: str) -> None:
    """Say how well a customer must have proved who they are for confidential words."""
    await boss.page.get_by_role("button", name="Account and settings").click()
    await boss.dialog.get_by_role("button", name="What needs bank ID").click()
    gate = boss.dialog.get_by_role("group", name="Confidential messages and files")
    await gate.get_by_label("At most this old").fill("0")
    await boss.dialog.get_by_role("button", name="Save the rules").click()
    await expect(gate.get_by_label("At most this old")).to_be_focused()
    await expect(gate.get_by_text("Write a whole number")).to_be_visible()
    await gate.get_by_label("At most this old").fill("30")
    await gate.get_by_label("Level at least").select_option(level)
    await boss.dialog.get_by_role("button", name="Save the rules").click()
    await expect(boss.page.get_by_text("The rules are saved.")).to_be_visible()


async def test_somebody_else_counts_only_once_staff_says_so_and_can_be_erased(
    desk: Callable[..., Any],
) -> None:
    async with desk(BOSS) as (console, prover):
        page, dialog = console.page, console.dialog
        await ask(console)
        await prover.prove("one")
        await expect(badge(page)).to_contain_text("Test Customer One")
        await ask(console)
        await prover.prove("two", nth=1)
        changed = page.get_by_role("alert", name="Somebody else has proved who they are")
        await expect(changed).to_contain_text("Test Customer One")
        await expect(changed).to_contain_text("Test Customer Two")
        await expect(badge(page)).to_contain_text("Test Customer One")
        await assert_accessible(page)
        await assert_fits(page)
        await changed.get_by_role("button", name="Accept Test Customer Two").click()
        await expect(badge(page)).to_contain_text("Test Customer Two")
        await expect(changed).to_have_count(0)

        await page.get_by_role("button", name="Erase what was proven of Test Customer Two").click()
        await dialog.get_by_label("Why?").fill("They asked for it")
        erase = dialog.get_by_role("button", name="Erase", exact=True)
        await expect(erase).to_be_disabled()
        await dialog.get_by_label("Type ERASE to confirm").fill("erase")
        await erase.click()
        await expect(badge(page)).to_have_count(0)
        await expect(page.locator("body")).not_to_contain_text("Test Customer Two")


async def test_earlier_verified_visits_of_the_same_person_are_shown_and_opened(
    desk: Callable[..., Any],
) -> None:
    async with desk() as (first, before), desk() as (console, prover):
        await ask(first)
        await before.prove("three")
        await expect(badge(first.page)).to_be_visible()
        page = console.page
        await expect(page.get_by_role("button", name="Show them")).to_have_count(0)
        await ask(console)
        await prover.prove("three")
        await page.get_by_role("button", name="Show them").click()
        await page.get_by_role("button", name=before.customer.name).last.click()
        await expect(page.get_by_role("heading", name=before.customer.name)).to_be_visible()
        await expect(badge(page)).to_contain_text("Test Customer Three")
