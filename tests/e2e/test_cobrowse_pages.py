"""The mirror over the shop's pages: the next one, a reload, a page for paying, and the end of it.

Times are generous here, on a busy machine; what is promised is measured by bench_cobrowse.
"""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from playwright.async_api import Browser, expect

from tests.browser import LaunchBrowser, NewContext
from tests.e2e.calls import eventually
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.showing import NOTE_HEADINGS, Mirror, give_control, sharing_of, show_page
from tests.e2e.staff import staffed
from tests.e2e.watcher import watching
from tests.services.server import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
BACK = 3000  # ms until the next page is in the mirror
GONE = 60.0  # seconds until it has ended, when a browser is gone
SILENCE = 500  # ms without a packet of sound that would be heard
PAYING = "The customer is on a page that is not shown, such as paying."
FORM = {
    "email": "shopper@example.com", "given": "Ainokaisa", "family": "Virtanen",
    "street": "Kotikatu 1", "postal": "00100", "city": "Helsinki",
}  # fmt: skip


async def showing(
    server: Server,
    new_context: NewContext,
    question: str,
    path: str = "/tent",
    theirs: NewContext | None = None,
) -> tuple[Shopper, Agent, Mirror]:
    """Return a shopper whose page an agent sees; `theirs`: makes the shopper's browser."""
    shopper: Shopper = await Shopper.come(server, theirs or new_context, **DESKTOP)
    agent: Agent = await Agent.come(server, new_context, **DESKTOP)
    await agent.context.add_init_script(NOTE_HEADINGS)
    await meet(shopper, agent, question, path)
    return shopper, agent, await show_page(shopper, agent)


async def test_the_next_page_and_a_reload_come_back_by_themselves_with_control(
    showing_server: Server, new_context: NewContext
) -> None:
    shopper, agent, mirror = await showing(showing_server, new_context, "Which one is warmer?")
    await give_control(shopper, mirror)
    left = await shopper.go_on_to("configurator")
    gap = await mirror.first_shown("Build your tent") - left
    print(f"\nthe mirror was back {gap:.0f} ms after the page was left")
    assert gap <= BACK
    await expect(mirror.zone).to_contain_text("/configurator")

    await mirror.zone.get_by_text("You may scroll, click and fill in").wait_for()
    await mirror.choose("Do it for them")
    winter = shopper.page.get_by_label("Winter, 70 den")
    await mirror.into_view(shopper, "fieldset:nth-of-type(2) .choice:last-child")
    await mirror.click("fieldset:nth-of-type(2) .choice:last-child")
    await expect(winter).to_be_checked()

    async with mirror.renewed():
        await shopper.page.reload()
    await expect(winter).not_to_be_checked()
    await mirror.into_view(shopper, "legend + .tick")
    await mirror.click("legend + .tick")
    await expect(shopper.page.get_by_label("Storm lines")).not_to_be_checked()
    assert shopper.errors == agent.errors == []


async def test_a_page_for_paying_is_behind_a_curtain_and_nothing_of_it_is_sent(
    showing_server: Server, new_context: NewContext
) -> None:
    question = "May I pay by card?"
    shopper, agent, mirror = await showing(showing_server, new_context, question, "/checkout")
    async with staffed(showing_server.url) as staff:
        conv = await staff.conversation(question)
        async with watching(
            showing_server.url, staff.token, sharing_of(staff, conv)["id"]
        ) as watcher:
            await watcher.snapshot()
            for name, text in FORM.items():
                await shopper.page.locator(f"#{name}").fill(text)
            await shopper.page.get_by_label("I accept the terms of sale").check()
            await shopper.page.get_by_role("button", name="Go on to pay").click()
            await watcher.find("curtain", down=True, reason="page")
            before = watcher.pictures[-1]
            curtain = (await mirror.frame()).get_by_text(PAYING)
            await curtain.wait_for()
            await staff.event(conv, "cobrowse_paused", reason="page")
            # Something happens there, of which a recorder would tell.
            await shopper.page.evaluate("document.querySelector('h1').textContent = 'Paid'")

            await shopper.page.get_by_role("link", name="Checkout").click()
            await staff.event(conv, "cobrowse_resumed")
            next_one = await watcher.snapshot(before.epoch)
            await curtain.wait_for(state="hidden")
            await mirror.reads("Delivery address")
            behind = watcher.pictures.index(next_one) - watcher.pictures.index(before)
            assert behind == 1, "pictures were sent from behind the curtain"
            raw = watcher.raw().decode()
            for secret in ("To be paid", "Paid", "provider?lang", *FORM.values()):
                assert secret not in raw, f"{secret!r} was sent"
    assert shopper.errors == agent.errors == []


async def test_a_closed_tab_and_a_killed_browser_end_it_within_a_minute(
    showing_server: Server, new_context: NewContext, launch_browser: LaunchBrowser
) -> None:
    browser = await launch_browser()
    closing, agent, mirror = await showing(showing_server, new_context, "I shall close the tab")
    _, other, theirs = await showing(
        showing_server, new_context, "I shall lose the battery", theirs=browser.new_context
    )
    async with staffed(showing_server.url) as staff:
        convs = [
            await staff.conversation("I shall close the tab"),
            await staff.conversation("I shall lose the battery"),
        ]
        await closing.page.close()
        await kill(browser)
        for seen in (mirror, theirs):
            player = await seen.frame()
            await player.get_by_text("The customer is between two pages").wait_for(timeout=15_000)
        ended = [staff.event(conv, "cobrowse_ended", reason="left", within=GONE) for conv in convs]
        await asyncio.gather(*ended)
    for seen in (mirror, theirs):
        await expect(seen.zone).to_have_count(0)
    assert agent.errors == other.errors == []


async def kill(browser: Browser) -> None:
    """End a browser without warning (SIGKILL)."""
    tools = await browser.new_browser_cdp_session()
    processes = (await tools.send("SystemInfo.getProcessInfo"))["processInfo"]
    os.kill(next(p["id"] for p in processes if p["type"] == "browser"), signal.SIGKILL)


# The longest time without a packet of sound, from now until told to stop.
_LISTEN = """() => {
  window.__silence = 0;
  let [packets, since] = [0, performance.now()];
  window.__listening = setInterval(async () => {
    let now = 0;
    for (const connection of window.__connections)
      for (const s of (await connection.getStats()).values())
        if (s.type === 'inbound-rtp' && s.kind === 'audio') now += s.packetsReceived;
    if (now > packets) [packets, since] = [now, performance.now()];
    window.__silence = Math.max(window.__silence, performance.now() - since);
  }, 20);
}"""
_HEARD = "() => { clearInterval(window.__listening); return window.__silence; }"


async def test_a_page_is_shown_beside_a_voice_call_without_disturbing_it(
    showing_server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(showing_server, new_context)
    agent: Agent = await Agent.come(showing_server, new_context)
    await meet(shopper, agent, "Can we talk, and look?", "/checkout")
    await agent.press("Voice call")
    await agent.press("Start call")
    await shopper.press("Answer with voice")
    await shopper.press("Join call")
    people = (shopper, agent)
    for person in people:
        await person.sees_and_hears(0, 1)
        await (await person.place()).evaluate(_LISTEN)
    mirror = await show_page(shopper, agent)
    await shopper.page.locator("#message").fill("Happy birthday!")
    await eventually(
        "the gift card is seen", lambda: seen_in(mirror, "#message", "Happy birthday!")
    )
    for person in people:
        await person.sees_and_hears(0, 1)
        silence = await (await person.place()).evaluate(_HEARD)
        print(f"\nlongest silence at the {type(person).__name__}'s: {silence:.0f} ms")
        assert silence < SILENCE
    assert shopper.errors == agent.errors == []


async def seen_in(mirror: Mirror, selector: str, text: str) -> bool:
    return await mirror.value(selector) == text
