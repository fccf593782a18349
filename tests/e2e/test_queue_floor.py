"""A supervisor's pages in real Chromium: the floor as it is, and settings that take effect.

Agents and customers are real sockets; one supervisor looks on.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Locator, ViewportSize, expect

from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.desk import Customer, customer_at
from tests.e2e.people import Agent
from tests.e2e.staff import Staff, staffed
from tests.services.server import Server, running_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give one server, whose router offers, to the tests of this module."""
    async with running_server(tmp_path_factory.mktemp("floor"), assignment="auto") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def boss(server: Server, new_context: NewContext) -> AsyncIterator[Agent]:
    """Have a supervisor who serves nobody: a meeting is on."""
    boss: Agent = await Agent.come(server, new_context, viewport=DESKTOP)
    await boss.sign_in("supervisor")
    await boss.press("Floor")
    await force(boss, "Supervisor", "Away", "Meeting")
    yield boss
    assert boss.errors == []


def row(boss: Agent, part: str, words: str) -> Locator:
    """A row of "Who is waiting" or "Agents" with these words in it."""
    rows = boss.page.get_by_role("region", name=part).get_by_role("listitem")
    return rows.filter(has_text=words)


def waiting(boss: Agent, customer: Customer) -> Locator:
    """A customer's row among those who wait."""
    return row(boss, "Who is waiting", customer.name)


async def force(boss: Agent, agent: str, state: str, reason: str = "") -> None:
    """Set somebody's state."""
    await boss.press(f"Set the state of {agent}")
    await boss.dialog.get_by_role("radio", name=state).check()
    if reason:
        await boss.dialog.get_by_label("Reason").select_option(reason)
    await boss.dialog.get_by_role("button", name="Set the state").click()
    shown = f"{state}: {reason}" if reason else state
    await expect(row(boss, "Agents", agent)).to_contain_text(shown)


async def act(boss: Agent, customer: Customer, action: str) -> None:
    """Choose from the menu of somebody who waits."""
    await waiting(boss, customer).get_by_role("button", name="Actions for").click()
    await boss.page.get_by_role("menuitem", name=action, exact=True).click()


async def told(customer: Customer, kind: str) -> dict[str, Any]:
    """Wait until the customer is told of an event, and return it."""
    frame = await customer.wire.find(lambda one: one.get("event", {}).get("kind") == kind)
    return dict(frame["event"])


async def offered(agent: Staff, customer: Customer) -> dict[str, Any]:
    """Wait until an agent is offered a customer, and return the offer."""

    def offer(frame: dict[str, Any]) -> dict[str, Any] | None:
        offers = frame.get("offers", []) if frame["t"] == "desk" else []
        return next((one for one in offers if one["conv"] == customer.conv), None)

    found = offer(await agent.find(lambda frame: offer(frame) is not None))
    assert found is not None
    return found


async def looks_right(boss: Agent) -> None:
    """Check the page for people who cannot see it as most do, wide and narrow, light and dark."""
    for size in (PHONE, DESKTOP):
        await boss.page.set_viewport_size(size)
        for scheme in SCHEMES:
            # Still, because a colour on its way from light to dark is neither.
            await boss.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await assert_accessible(boss.page)


async def test_the_floor_shows_who_waits_live_and_what_is_ordered_there_happens(
    boss: Agent, server: Server
) -> None:
    async with (
        staffed(server.url) as agent,
        customer_at(server) as first,
        customer_at(server) as second,
    ):
        await expect(row(boss, "Agents", "Agent One")).to_contain_text("Available")
        await force(boss, "Agent One", "Away", "Lunch")
        await agent.find(lambda frame: frame["t"] == "desk" and frame.get("reason") == "lunch")
        await first.begin("I was here first.")
        await second.begin("I am in a hurry.")
        await expect(waiting(boss, first)).to_contain_text(re.compile("^Place1"))
        await expect(waiting(boss, second)).to_contain_text(re.compile("^Place2"))
        await looks_right(boss)

        await act(boss, second, "To the front")
        await expect(waiting(boss, second)).to_contain_text(re.compile("^Place1"))
        await act(boss, first, "Move to a department…")
        await boss.dialog.get_by_role("radio", name="Technical help").check()
        await boss.dialog.get_by_role("button", name="Move", exact=True).click()
        await expect(waiting(boss, first)).to_contain_text("Technical help")
        moved = await told(first, "queued")
        assert (moved["queue"]["department"]["name"], moved["reason"]) == (
            "Technical help",
            "moved",
        )

        await force(boss, "Agent One", "Available")
        offer = await offered(agent, second)
        await expect(waiting(boss, second)).to_contain_text("Offered to Agent One")
        await agent.command(
            "offer.accept", conv=second.conv, task=offer["task"], fence=offer["fence"]
        )
        await expect(row(boss, "Agents", "Agent One")).to_contain_text("1 conversation")
        await agent.command("conversation.close", conv=second.conv, reason="solved")

        await act(boss, first, "Give to an agent…")
        await boss.dialog.get_by_role("radio", name="Agent One").check()
        await boss.dialog.get_by_role("button", name="Give", exact=True).click()
        await told(first, "assigned")
        await agent.command("conversation.close", conv=first.conv, reason="solved")
        await expect(row(boss, "Agents", "Agent One")).to_contain_text("2 served")


async def test_hours_that_end_before_they_start_are_refused_and_a_new_department_is_used(
    boss: Agent, server: Server
) -> None:
    page = boss.page
    await boss.press("Shop settings")
    await boss.press("Opening hours")
    start = page.get_by_label("Monday, span 1: from")
    end = page.get_by_label("Monday, span 1: to")
    await start.fill("22:00")
    await end.fill("6")
    await boss.press("Save")
    await expect(page.get_by_text("It ends before it starts.")).to_be_visible()
    await expect(page.get_by_text("Look at what is marked above.")).to_be_visible()
    await expect(start).to_be_focused()
    await looks_right(boss)
    await boss.press("Discard changes")

    await boss.press("Departments")
    await boss.press("Add a department")
    await page.get_by_label("Name", exact=True).fill("Returns")
    await page.get_by_role("checkbox", name="Agent One").check()
    await boss.press("Save")
    await expect(page.get_by_role("button", name="Returns")).to_contain_text("1 member")
    await boss.press("Entry rules and load")
    await page.get_by_label("Department").select_option("Returns")
    await boss.press("Save")
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    async with staffed(server.url) as agent, customer_at(server) as customer:
        await customer.begin("It does not fit.")
        offer = await offered(agent, customer)
        assert offer["department"]["name"] == "Returns"
