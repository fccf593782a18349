"""A supervisor at work, on real pages: looking in on a call, the floor, the shop's settings."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.calls import eventually
from tests.e2e.people import Agent, Shopper, call_by_video, meet
from tests.services.server import Server, running_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

SETTINGS = (
    "Departments", "Agents", "Skills", "Opening hours", "Service targets", "Entry rules and load",
    "Canned replies", "Calls",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give one server to the supervisor's tests."""
    async with running_server(tmp_path_factory.mktemp("supervisor")) as server:
        yield server


async def _supervisor(server: Server, new_context: NewContext) -> Agent:
    boss: Agent = await Agent.come(server, new_context, viewport={"width": 1440, "height": 900})
    await boss.sign_in("supervisor")
    return boss


async def test_a_supervisor_listens_unseen_whispers_to_the_agent_alone_and_barges_in(
    server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(server, new_context)
    agent: Agent = await Agent.come(server, new_context)
    await meet(shopper, agent, "Is the blue tent big enough for four?")
    await call_by_video(shopper, agent)
    boss = await _supervisor(server, new_context)
    await boss.view("All open")
    await boss.choose("Is the blue tent big enough for four?")

    await boss.do("Listen in")
    await expect(
        boss.page.get_by_text("Staff sees that you do; the customer does not.")
    ).to_be_visible()
    await boss.press("Hear the call")
    await boss.sees_and_hears(2, 2)
    await expect(boss.page.get_by_role("button", name="Mute microphone")).to_have_count(0)
    await expect(agent.page.get_by_text("Supervisor listens", exact=True)).to_be_visible()

    before = len(await shopper.figures())
    await boss.page.get_by_text("Whisper", exact=True).click()
    await agent.sees_and_hears(1, 2)
    assert len(await shopper.figures()) == before, "the customer hears nothing of a whisper"
    box = boss.page.get_by_role("textbox", name="Only Agent One")
    await box.fill("Offer the larger one")
    await box.press("Enter")
    await agent.line("Offer the larger one").wait_for()

    await boss.page.get_by_text("Barge in", exact=True).click()
    await shopper.sees_and_hears(1, 2)
    assert "Offer the larger one" not in await shopper.lines()

    await boss.press("Stop")
    await expect(boss.page.get_by_role("region", name="You look in")).to_have_count(0)
    await _hears_one_again(shopper, before)
    assert shopper.errors == agent.errors == boss.errors == []


async def _hears_one_again(shopper: Shopper, streams: int) -> None:
    """Wait until the call of the two goes on as before."""

    async def gone() -> bool:
        return len(await shopper.figures()) <= streams

    await eventually("the supervisor is out of the call", gone)
    await shopper.sees_and_hears(1, 1)


async def test_a_supervisor_moves_who_waits_and_the_floor_shows_it(
    server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(server, new_context)
    await shopper.visit("/")
    boss = await _supervisor(server, new_context)
    await shopper.open_chat()
    await shopper.say("Where is my parcel?")
    await boss.press("Floor")
    waiting = boss.page.get_by_role("region", name="Who is waiting")
    # The call of the test before may wait here again by now: its agent's browser is closed.
    row = waiting.get_by_role("listitem").filter(has_text="Waiting").filter(has_text="Chat")
    await expect(row).to_have_count(1)
    await assert_accessible(boss.page, ".zone-page")

    await row.get_by_role("button", name="Actions for").click()
    await boss.page.get_by_role("menuitem", name="Move to a department…").click()
    await assert_accessible(boss.page, "dialog")
    await boss.dialog.get_by_role("radio", name="Technical help").check()
    await boss.dialog.get_by_role("button", name="Move", exact=True).click()
    await expect(row).to_contain_text("Technical help")

    await row.get_by_role("button", name="Customer").first.click()
    await boss.page.get_by_role("log").get_by_text("Where is my parcel?").wait_for()
    assert boss.page.url.partition("#")[2].startswith("/c/")
    assert boss.errors == shopper.errors == []


async def test_what_is_typed_in_the_settings_stays_until_it_is_saved_or_discarded(
    server: Server, new_context: NewContext
) -> None:
    boss = await _supervisor(server, new_context)
    page = boss.page
    await boss.press("Shop settings")
    await page.get_by_label("Name", exact=True).fill("First line")
    await _settings(page, "Skills")
    await page.get_by_role("button", name="Waiting").first.click()
    await boss.press("Shop settings")
    await expect(page.get_by_label("Name", exact=True)).to_have_value("First line")
    await expect(page.get_by_text("Not saved yet").last).to_be_visible()
    await boss.press("Discard changes")
    await expect(page.get_by_label("Name", exact=True)).not_to_have_value("First line")
    for name in SETTINGS:
        await _settings(page, name)
        await assert_accessible(page, ".zone-page")
    assert boss.errors == []


async def test_a_refused_setting_says_why_at_its_field_and_a_good_one_that_it_is_saved(
    server: Server, new_context: NewContext
) -> None:
    boss = await _supervisor(server, new_context)
    page = boss.page
    await boss.press("Shop settings")
    await _settings(page, "Agents")
    await boss.press("Add an agent")
    await page.get_by_label("Name", exact=True).fill("Agent Three")
    email = page.get_by_label("E-mail", exact=True)
    await email.fill("agent1@demo.example")
    await boss.press("Save")
    await expect(page.get_by_text("That e-mail has an account already.")).to_be_visible()
    await expect(email).to_be_focused()
    await email.fill("agent3@demo.example")
    await boss.press("Save")
    await expect(page.get_by_text("Agent Three can sign in now")).to_be_visible()
    password = await page.locator(".new-password code").inner_text()
    three: Agent = await Agent.come(server, new_context)
    await three.page.goto(f"{server.url}/console")
    await three.page.get_by_label("E-mail").fill("agent3@demo.example")
    await three.page.get_by_label("Password", exact=True).fill(password)
    await three.press("Sign in")
    await three.page.get_by_role("navigation", name="Inbox").wait_for()
    await expect(three.page.get_by_role("button", name="Floor")).to_have_count(0)
    assert boss.errors == three.errors == []


async def _settings(page: Page, name: str) -> None:
    """Show one of the pages of settings."""
    tabs = page.get_by_role("navigation", name="Shop settings")
    await tabs.get_by_role("button", name=name).click()
    await expect(page.get_by_role("heading", name=name, level=2)).to_be_visible()
