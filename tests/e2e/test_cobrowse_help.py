"""Help with a form from start to end, in two browsers on the product's own pages."""

from __future__ import annotations

import asyncio
import math
from itertools import count
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.browser import NewContext
from tests.e2e.album import Album
from tests.e2e.calls import eventually
from tests.e2e.overlay import NOTE_MARKS, Overlay
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.showing import Mirror, give_control, sharing_of, show_page
from tests.e2e.staff import staffed
from tests.e2e.watcher import Watcher, watching
from tests.services.server import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
REVOKED = 50  # ms from taking control back to the last operation
HELD_UP = 2.0  # seconds that the shopper's own input pauses control
NEAR = 12  # CSS pixels; the mirror is smaller than the page
RATE = 20  # operations a second, the most that is permitted

# Notes when a field changes without the shopper, and when control is taken back, before anybody
# else hears of either.
_NOTE = """() => {
  window.__landed = [];
  addEventListener('input', (event) => {
    if (event.target.id === 'postal') __landed.push(performance.now());
  }, true);
  addEventListener('click', (event) => {
    if (event.target.localName === 'tiski-cobrowse') window.__revoked ??= performance.now();
  }, true);
}"""


async def helping(
    server: Server, new_context: NewContext, question: str
) -> tuple[Shopper, Agent, Mirror]:
    """Return a shopper at the checkout, and an agent who sees it."""
    shopper: Shopper = await Shopper.come(server, new_context, **DESKTOP)
    await shopper.context.add_init_script(NOTE_MARKS)
    agent: Agent = await Agent.come(server, new_context, **DESKTOP)
    await meet(shopper, agent, question, "/checkout")
    mirror = await show_page(shopper, agent)
    return shopper, agent, mirror


async def middle(locator: Locator) -> tuple[float, float]:
    """Return the middle of an element in its window."""
    box = await locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_an_agent_points_fills_two_fields_and_is_refused_the_card_and_the_order(
    showing_server: Server, new_context: NewContext
) -> None:
    album = Album.from_environment()
    shopper, agent, mirror = await helping(showing_server, new_context, "What is a door code?")
    page = shopper.page
    async with Overlay(page) as overlay:
        await overlay.says("Agent One")
        await shopper.page.fill("#given", "Ainokaisa")
        await mirror.into_view(shopper, "#postal")
        await album.take("seen", shopper=shopper, agent=agent)

        await mirror.choose("Point")
        await mirror.point_at("#postal")

        async def pointed() -> bool:
            mark, field = await overlay.pointer("Agent One"), await middle(page.locator("#postal"))
            return mark is not None and math.dist(mark, field) < NEAR

        await eventually("the agent's pointer is on the field", pointed)
        await album.take("pointed", shopper=shopper, agent=agent)

        await give_control(shopper, mirror)
        await overlay.says("Take back")
        await mirror.choose("Do it for them")
        for field, text in (("#postal", "00100"), ("#city", "Helsinki")):
            await mirror.fill(field, text)
            await expect(page.locator(field)).to_have_value(text)
        await mirror.told("Filled in.")
        await album.take("filled", shopper=shopper, agent=agent)

        await mirror.into_view(shopper, "#cardnumber")
        await mirror.fill("#cardnumber", "4111")
        await mirror.told("This field is only for the customer.")
        await expect(page.locator("#cardnumber")).to_have_value("")
        await mirror.into_view(shopper, "form .buy")
        await mirror.click("form .buy")
        await mirror.told("Submitting, paying and files stay the customer’s.")
        assert page.url.endswith("/checkout")
        await album.take("refused", shopper=shopper, agent=agent)
    shown = await mirror.text()
    assert "Ainokaisa" not in shown, "the summary repeats what a hidden field holds"
    assert "Helsinki" not in shown
    assert shopper.errors == agent.errors == []


async def test_the_shoppers_own_typing_holds_control_up_and_stop_ends_it_all(
    showing_server: Server, new_context: NewContext
) -> None:
    shopper, agent, mirror = await helping(showing_server, new_context, "May I type as well?")
    page = shopper.page
    await mirror.into_view(shopper, "#postal")
    await give_control(shopper, mirror)
    await mirror.choose("Do it for them")
    async with Overlay(page) as overlay:
        await page.locator("#street").press_sequentially("Kotikatu", delay=20)
        await overlay.says("You are using the page")
        await mirror.fill("#postal", "00100")
        await mirror.told("The customer is using the page. Wait a moment.")
        await expect(page.locator("#postal")).to_have_value("")

        async def again() -> bool:
            return "You are using the page" not in await overlay.text()

        await eventually("the shopper's hands have rested", again)
        await mirror.fill("#postal", "00100")
        await expect(page.locator("#postal")).to_have_value("00100")

        await overlay.press("Stop")
        await overlay.is_gone()
    await expect(mirror.zone).to_have_count(0)
    await expect(shopper.chat.get_by_text("Your page is not shown any more.").first).to_be_visible()
    assert shopper.errors == agent.errors == []


async def test_no_operation_lands_after_control_is_taken_back(
    showing_server: Server, new_context: NewContext
) -> None:
    question = "Could you fill it in?"
    shopper, _, mirror = await helping(showing_server, new_context, question)
    await mirror.into_view(shopper, "#postal")
    await give_control(shopper, mirror)
    page = shopper.page
    await page.evaluate(_NOTE)
    async with (
        staffed(showing_server.url) as staff,
        Overlay(page) as overlay,
    ):
        showing = sharing_of(staff, await staff.conversation(question))
        async with watching(showing_server.url, staff.token, showing["id"]) as watcher:
            streaming = asyncio.create_task(stream(watcher, showing["grant"]["id"], "postal"))
            await page.wait_for_function("() => __landed.length >= 10")
            await overlay.press("Take back")
            await page.wait_for_function("() => window.__revoked")
            # Longer than the shopper's own click would have held it up.
            await page.wait_for_timeout(1000 * (HELD_UP + 1))
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)
            await watcher.find("operated", code="done")
            await watcher.find("operated", code="no_grant")
    landed, revoked = await page.evaluate("() => [__landed, __revoked]")
    late = max(landed) - revoked
    print(f"\n{len(landed)} operations; the last one {late:.0f} ms after control was taken back")
    assert late <= REVOKED


async def stream(watcher: Watcher, grant: str, field: str) -> None:
    """Fill a field again and again, as often as an agent may."""
    for number in count():
        epoch, node = await watcher.node("id", field)
        operation: dict[str, Any] = {"grant": grant, "epoch": epoch, "op": "fill", "node": node}
        await watcher.operate(**operation, value=f"{number:05}")
        await asyncio.sleep(1 / RATE)  # the rate that is measured, not a wait for anything
