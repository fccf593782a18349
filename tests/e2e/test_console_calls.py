"""What the console tells of calls: how one was, and whether the agent's own equipment works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, expect

from tests.axe import assert_accessible
from tests.browser import LaunchBrowser, NewContext
from tests.e2e.network import network
from tests.e2e.people import Agent, Person, Shopper, call_by_video, meet
from tests.services.server import Server, running_server
from tests.services.turn import turn_running

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

# No UDP leaves the browser, and TCP goes through its proxy (RFC 8828 section 5.2, mode 4).
CONFINED = (
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--ignore-certificate-errors",  # the relay's own was signed by nobody
)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 800}
# Waits in the page until the line about the recording has gone on, and paused again.
_STATES = """(line) => {
  const states = []
  window.rested = new Promise((done) => {
    const note = () => {
      states.push(line.dataset.state)
      if (states.join(' ') === 'on paused') done()
    }
    new MutationObserver(note).observe(line, { attributeFilter: ['data-state'] })
  })
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give one server to these tests."""
    async with running_server(tmp_path_factory.mktemp("console-calls")) as server:
        yield server


def reported(person: Person) -> asyncio.Event:
    """Return what is set when this person's browser tells how their call is."""
    told = asyncio.Event()

    def sent(frame: str | bytes) -> None:
        if "call.figures" in str(frame):
            told.set()

    person.page.on("websocket", lambda socket: socket.on("framesent", sent))
    return told


async def test_a_supervisor_opens_the_quality_of_a_call_and_an_agent_cannot(
    server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(server, new_context)
    agent: Agent = await Agent.come(server, new_context, viewport=DESKTOP, reduced_motion="reduce")
    told = [reported(person) for person in (shopper, agent)]
    await meet(shopper, agent, "How was it?")
    await call_by_video(shopper, agent)
    async with asyncio.timeout(20):
        for each in told:
            await each.wait()
    await agent.press("Hang up")
    ended = agent.page.locator(".timeline-act", has_text="The call ended")
    await ended.wait_for()
    assert await agent.page.get_by_text("Call quality").count() == 0
    boss: Agent = await Agent.come(server, new_context, viewport=DESKTOP, reduced_motion="reduce")
    await boss.sign_in("supervisor")
    await boss.view("All open")
    await boss.choose("How was it?")
    page = boss.page
    await page.get_by_text("Call quality").click()
    table = page.get_by_role("table", name="How the call was for each who was in it")
    await expect(table.get_by_role("columnheader")).to_have_count(2)
    for line in ("All in all", "Gaps in sound", "Round trip", "Connected in", "Server’s score"):
        await expect(table.get_by_role("rowheader", name=line)).to_be_visible()
    await expect(table.locator("[data-verdict]")).to_have_count(2)
    await assert_accessible(page)
    for scheme in ("light", "dark"):
        for size in (DESKTOP, PHONE):
            await page.emulate_media(color_scheme=scheme)
            await page.set_viewport_size(size)
            await table.scroll_into_view_if_needed()
            await assert_accessible(page)


async def test_a_recording_is_told_where_its_call_is_out_of_sight_and_rests_as_the_shop_says(
    server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(server, new_context)
    agent: Agent = await Agent.come(server, new_context, viewport=DESKTOP, reduced_motion="reduce")
    await meet(shopper, agent, "May this be recorded?")
    boss: Agent = await Agent.come(server, new_context, viewport=DESKTOP, reduced_motion="reduce")
    await boss.sign_in("supervisor")
    page = boss.page
    await page.goto(f"{server.url}/console#/settings/calls")
    recording = page.get_by_role("main", name="Shop settings")
    allowed = recording.get_by_label("Calls may be recorded")
    await allowed.check()
    days = recording.get_by_label("Days that a recording is kept")
    save = recording.get_by_role("button", name="Save").last
    await days.fill("0")
    await save.click()
    await expect(days).to_be_focused()
    await expect(recording.get_by_text("From 1 to 3650 days.")).to_be_visible()
    await days.fill("7")
    await save.click()
    await expect(recording.get_by_text("Saved", exact=True)).to_be_visible()
    await assert_accessible(page)

    await call_by_video(shopper, agent)
    await agent.press("More")
    await agent.page.get_by_role("menuitem", name="Record the call").click()
    question = shopper.chat.get_by_role("alertdialog", name="may this call be recorded")
    await expect(question.get_by_text("for 7 days")).to_be_visible()
    title = question.get_by_text("may this call be recorded")
    await expect(title).to_be_in_viewport(ratio=1)
    await assert_accessible(await shopper.place())
    await shopper.press("Yes, record")
    line = agent.page.locator(".call-recording")
    await expect(line).to_contain_text("The call is recorded")
    await assert_accessible(agent.page)

    await boss.view("All open")
    await boss.choose("May this be recorded?")
    sign = page.locator("header.head .recording-sign")
    await expect(sign).to_have_text("Recorded")
    await agent.page.evaluate("location.hash = ''")
    away = agent.page.locator(".zone-conversation .banner", has_text="A call is on")
    await expect(away.locator(".recording-sign")).to_have_text("Recorded")
    await agent.page.set_viewport_size(PHONE)
    await expect(agent.page.locator(".zone-list .recording-sign")).to_be_visible()
    await assert_accessible(agent.page)
    await agent.page.set_viewport_size(DESKTOP)
    await agent.press("Go to the call")

    await shopper.page.evaluate("Tiski('recording:pause')")
    await expect(line).to_contain_text("the shop’s page paused it")
    await expect(sign).to_have_text("Recording paused")
    await shopper.page.evaluate("Tiski('recording:resume')")
    await expect(line).to_contain_text("The call is recorded")
    await shopper.visit("/pay")  # says so by itself
    await expect(line).to_contain_text("the shop’s page paused it")
    await shopper.visit("/tent")  # says nothing: what the page before has held goes on
    await expect(line).to_contain_text("The call is recorded")

    # Where its page is gone without a word the agent lets it go on; where it is not it holds.
    paying = Shopper(server, shopper.context, await shopper.context.new_page())
    await paying.visit("/pay")
    await expect(line).to_contain_text("the shop’s page paused it")
    anyway = agent.page.get_by_role("button", name="Resume recording anyway")
    await line.evaluate(_STATES)
    await anyway.click()
    async with asyncio.timeout(20):
        await agent.page.evaluate("rested")
    await paying.page.close()
    await anyway.click()
    await expect(line).to_contain_text("The call is recorded")
    await agent.sees_and_hears(1, 1)
    assert boss.errors == agent.errors == shopper.errors == []


async def test_an_agent_checks_their_equipment_from_the_settings(
    server: Server, new_context: NewContext
) -> None:
    agent: Agent = await Agent.come(server, new_context, viewport=DESKTOP, reduced_motion="reduce")
    await agent.sign_in("agent2")
    page = agent.page
    await agent.press("Account and settings")
    await agent.press("Check my equipment")
    dialog = page.get_by_role("dialog", name="Check my equipment")
    await expect(dialog.get_by_text("Video works here.")).to_be_visible(timeout=20_000)
    for scheme in ("light", "dark"):
        for size in (DESKTOP, PHONE):
            await page.emulate_media(color_scheme=scheme)
            await page.set_viewport_size(size)
            await assert_accessible(page)
    await dialog.locator(".doctor").get_by_role("button", name="Close").click()
    await expect(dialog).to_have_count(0)


async def test_behind_a_firewall_each_way_is_told_apart(
    tmp_path: Path, launch_browser: LaunchBrowser
) -> None:
    browser = await launch_browser(*CONFINED)
    with turn_running(tls=True) as relay:
        environment = {
            "TISKI_TURN_URLS": f"{relay.url},{relay.tls_url}",
            "TISKI_TURN_SECRET": relay.secret,
        }
        async with running_server(tmp_path, environment=environment) as server:
            ports = frozenset({server.port, server.media_port, relay.tls_port})
            async with network(ports=ports) as firewall:

                async def context(**options: Any) -> BrowserContext:
                    return await browser.new_context(proxy=firewall.proxy, **options)

                agent: Agent = await Agent.come(server, context, viewport=DESKTOP)
                await agent.sign_in()
                await agent.press("Account and settings")
                await agent.press("Check my equipment")
                page = agent.page
                await page.locator(".doctor-verdict[data-mode]").wait_for(timeout=20_000)
                shown = {
                    await step.locator(".doctor-label").inner_text():
                    await step.get_attribute("data-state")
                    for step in await page.locator(".doctor-step").all()
                }  # fmt: skip
                assert shown["Direct (UDP)"] == "bad"
                assert shown["Direct (TCP)"] == "good"
                assert shown["By relay (UDP)"] == "bad"
                assert shown["By relay (TLS)"] == "good"
                await expect(page.get_by_text("by a detour only")).to_be_visible()
