"""The shop's word for who its customer is, in a real browser on the demo shop's account page."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.axe import assert_accessible
from tests.e2e.shopper import NewShopper, Shopper
from tests.e2e.staff import staffed
from tests.services.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = "localStorage['tiski:demo']"


async def sign_in(shopper: Shopper, name: str) -> None:
    await shopper.visit("/account")
    await shopper.page.get_by_role("button", name=f"Sign in as {name}").click()
    await expect(shopper.page.get_by_role("button", name="Sign out")).to_be_visible()


async def kept(page: Page) -> str | None:
    found: str | None = await page.evaluate(KEPT)
    return found


async def test_staff_sees_the_customer_in_the_conversation_that_was_open(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper()
    async with staffed(shop_server.url) as agent:
        await shopper.visit("/tent")
        await shopper.open()
        await shopper.write("Who am I to you?")
        conv = await agent.conversation("Who am I to you?")
        await sign_in(shopper, "Test Customer One")
        told = await agent.event(conv, "identified")
        assert told["visitor"]["customer"] == "C-1001"
        assert told["visitor"]["kind"] == "identified"
        assert told["visitor"]["name"] == "Test Customer One"
        await expect(shopper.message("Who am I to you?")).to_be_visible()
        await assert_accessible(shopper.page)
        await shopper.visit("/boots")  # the same customer: nothing is told twice
        await shopper.write("Still me")
        await agent.event(conv, "message", text="Still me")
        events = [f for f in agent.frames if f.get("event", {}).get("kind") == "identified"]
        assert len(events) == 1


async def test_nothing_is_sent_or_kept_of_a_customer_who_has_not_opened_the_chat(
    new_shopper: NewShopper,
) -> None:
    shopper = await new_shopper()
    asked: list[str] = []
    shopper.page.on("request", lambda request: asked.append(request.url))
    await sign_in(shopper, "Test Customer One")
    await shopper.visit("/tent")
    assert await kept(shopper.page) is None
    assert not any("/api/v1/visitor" in url for url in asked)


async def test_signing_out_forgets_the_chat_though_the_page_is_left_at_once(
    new_shopper: NewShopper,
) -> None:
    shopper = await new_shopper()
    await sign_in(shopper, "Test Customer One")
    await shopper.open()
    await shopper.write("My secret is the tent")
    before = await kept(shopper.page)
    assert before
    await shopper.page.get_by_role("button", name="Sign out").click()
    await expect(shopper.page.get_by_role("button", name="Sign in as").first).to_be_visible()
    await expect(shopper.chat.locator(".greeting")).to_be_visible()
    await expect(shopper.message("My secret is the tent")).to_have_count(0)
    await shopper.page.wait_for_function(f"{KEPT} === undefined")
    await shopper.visit("/tent")
    await shopper.page.evaluate(f"{KEPT} = {before!r}")  # nobody gets in by what was kept
    await shopper.visit("/boots")
    await expect(shopper.chat.locator(".greeting")).to_be_visible()
    await shopper.page.wait_for_function(f"{KEPT} === undefined")
    await expect(shopper.message("My secret is the tent")).to_have_count(0)


async def test_another_customer_sees_nothing_of_the_one_before(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper()
    async with staffed(shop_server.url) as agent:
        await sign_in(shopper, "Test Customer One")
        await shopper.open()
        await shopper.write("I am one")
        first = await agent.conversation("I am one")
        # A shop that forgets to forget: the cookie changes hands without a word to the chat.
        await shopper.page.evaluate(
            "fetch('account', {method: 'POST', body: new URLSearchParams({customer: 'C-1002'})})"
        )
        await shopper.visit("/tent")
        await expect(shopper.chat.locator(".greeting")).to_be_visible()
        await expect(shopper.message("I am one")).to_have_count(0)
        await shopper.write("I am two")
        second = await agent.conversation("I am two")
        assert second != first
        inbox = [item for frame in agent.frames for item in frame.get("items", [])]
        names = {item["id"]: item["visitor"].get("name") for item in inbox}
        assert names[first] == "Test Customer One"
        assert names[second] == "Test Customer Two"


async def test_a_token_that_proves_nothing_is_told_and_the_chat_goes_on(
    new_shopper: NewShopper,
) -> None:
    shopper = await new_shopper()
    told: list[str] = []
    shopper.page.on("console", lambda line: told.append(line.text))
    await shopper.page.add_init_script(
        "window.Tiski ??= (...call) => (Tiski.q ??= []).push(call); Tiski('identify', 'a.b.c')"
    )
    await shopper.visit("/tent")
    await shopper.open()
    await shopper.write("Hello all the same")
    assert any("Tiski: This is no JWT" in line for line in told)
