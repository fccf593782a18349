"""Layout, keyboard and accessibility of the chat on a shop's page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Frame, expect

from tests.axe import assert_accessible
from tests.e2e.shopper import PHONE, NewShopper, Shopper
from tests.e2e.staff import staffed
from tests.services.server import Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def frame_of(shopper: Shopper) -> Frame:
    element = await shopper.panel.element_handle()
    assert element is not None
    frame = await element.content_frame()
    assert frame is not None
    return frame


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_chat(
    new_shopper: NewShopper, shop_server: Server, scheme: str
) -> None:
    shopper = await new_shopper(color_scheme=scheme)
    async with staffed(shop_server.url) as agent:
        await shopper.visit("/tent")
        await shopper.open()
        await assert_accessible(await frame_of(shopper))
        await shopper.write(f"Hello in {scheme}, see https://example.com")
        conv = await agent.conversation(f"Hello in {scheme}, see https://example.com")
        await agent.command("conversation.accept", conv=conv)
        await agent.command("message.send", conv=conv, text="Hello!")
        await expect(shopper.message("Hello!")).to_be_visible()
        await shopper.chat.get_by_role("button", name="More").click()
        share = shopper.chat.get_by_role("menuitem", name="Share your screen")
        await expect(share).to_be_focused()
        await assert_accessible(await frame_of(shopper))
        await assert_accessible(shopper.page.main_frame)


async def test_axe_finds_nothing_in_the_form(new_shopper: NewShopper, tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        shopper = await new_shopper(server)
        await shopper.visit()
        await shopper.open()
        await shopper.chat.get_by_role("button", name="Send message").click()
        await expect(shopper.chat.get_by_role("alert")).to_have_count(3)
        await assert_accessible(await frame_of(shopper))


async def test_the_chat_fills_a_phone_and_gives_the_page_back(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper(viewport=PHONE, is_mobile=True, has_touch=True)
    async with staffed(shop_server.url):
        await shopper.visit("/tent")
        await shopper.launcher.tap()
        await expect(shopper.input).to_be_visible()
        box = await shopper.panel.bounding_box()
        assert box == {"x": 0, "y": 0, **PHONE}
        await expect(shopper.launcher).to_be_hidden()
        frame = await frame_of(shopper)
        assert await frame.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        size = await shopper.input.evaluate("(input) => getComputedStyle(input).fontSize")
        assert size == "16px", "iPhones zoom into smaller inputs"
        await shopper.chat.get_by_role("button", name="Close chat").tap()
        await expect(shopper.panel).to_be_hidden()
        await expect(shopper.launcher).to_be_visible()
        assert await shopper.page.evaluate("document.documentElement.style.overflow") == ""


async def test_the_shop_does_not_move(new_shopper: NewShopper, shop_server: Server) -> None:
    shopper = await new_shopper()
    await shopper.page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => shifts.push(...list.getEntries().map((e) => e.value)))
          .observe({ type: 'layout-shift', buffered: true });"""
    )
    async with staffed(shop_server.url):
        await shopper.visit()
        before = await shopper.page.evaluate("document.querySelector('main').offsetTop")
        await shopper.page.evaluate("shifts.length = 0")
        await shopper.open()
        await shopper.launcher.click()
        await expect(shopper.panel).to_be_hidden()
        assert await shopper.page.evaluate("shifts") == []
        assert await shopper.page.evaluate("document.querySelector('main').offsetTop") == before


async def test_the_chat_speaks_the_language_of_the_shop(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    async with staffed(shop_server.url):
        for locale, word in (("fi-FI", "Viesti"), ("sv-FI", "Meddelande")):
            shopper = await new_shopper(locale=locale)
            await shopper.visit()
            await shopper.open()
            await expect(shopper.chat.get_by_role("textbox", name=word)).to_be_visible()


async def test_calls_made_before_the_loader_came_are_carried_out(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper()
    await shopper.page.add_init_script(
        """window.told = [];
        window.Tiski = (...call) => (Tiski.q ??= []).push(call);
        Tiski('on', 'open', () => told.push('open'));
        Tiski('on', 'close', () => told.push('close'));
        Tiski('open');"""
    )
    async with staffed(shop_server.url):
        await shopper.visit()
        await expect(shopper.input).to_be_focused()
        await shopper.page.evaluate("Tiski('close')")
        await expect(shopper.panel).to_be_hidden()
        assert await shopper.page.evaluate("told") == ["open", "close"]
