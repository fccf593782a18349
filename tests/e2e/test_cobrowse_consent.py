"""Showing the page from the shopper's side: asked, allowed, seen, paused, taken on, ended.

The agent is no browser: it asks over the real socket, and looks as any viewer does.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Frame, Locator, expect
from ulid import ULID

from tests.axe import assert_accessible
from tests.browser import LaunchBrowser
from tests.e2e.overlay import Overlay
from tests.e2e.shopper import PHONE, NewShopper, Shopper
from tests.e2e.staff import Staff, staffed
from tests.e2e.watcher import Watcher, watching
from tests.services.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

READ = 700  # ms; a consent counts when it has been in sight for 500
NEXT_PAGE = 3.0  # seconds on a busy machine; bench_cobrowse holds p95 to 1


@dataclass
class Counter:
    """A shopper and the agent who serves them."""

    shopper: Shopper
    staff: Staff
    conv: str

    async def ask(self) -> str:
        """Ask to see the page, and return the co-browsing."""
        ack = await self.staff.command("cobrowse.ask", conv=self.conv)
        return str(ack["cobrowse"])

    async def share(self) -> str:
        """Ask to see the page, and be allowed to."""
        cobrowse = await self.ask()
        await self.answer("Show the page")
        await self.staff.event(self.conv, "cobrowse_started", cobrowse=cobrowse)
        return cobrowse

    def watch(self, cobrowse: str) -> AbstractAsyncContextManager[Watcher]:
        """Look at the page as a viewer, for the length of a block."""
        return watching(self.shopper.server.url, self.staff.token, cobrowse)

    @property
    def card(self) -> Locator:
        """The question that waits for an answer."""
        return self.shopper.chat.get_by_role("alertdialog")

    @property
    def bar(self) -> Locator:
        """The panel's part that says who sees the page."""
        return self.shopper.chat.get_by_role("region", name="Showing the page")

    async def answer(self, name: str) -> None:
        """Press a consent, as late as a person who reads it."""
        button = self.card.get_by_role("button", name=name, exact=True)
        await expect(button).not_to_have_attribute("aria-busy", "true")
        await self.shopper.page.wait_for_timeout(READ)  # what is promised: no sooner
        await button.click()

    async def frame(self) -> Frame:
        element = await self.shopper.panel.element_handle()
        assert element is not None
        frame = await element.content_frame()
        assert frame is not None
        return frame


@asynccontextmanager
async def served(shopper: Shopper, path: str = "/tent") -> AsyncIterator[Counter]:
    """Let an agent serve a shopper for the length of the block."""
    async with staffed(shopper.server.url) as staff:
        await shopper.visit(path)
        await shopper.open()
        hello = f"Hello {ULID()}"
        await shopper.input.fill(hello)
        await shopper.chat.get_by_role("button", name="Send", exact=True).click()
        conv = await staff.conversation(hello)
        await staff.command("conversation.accept", conv=conv)
        await expect(shopper.chat.get_by_text("Agent One serves you now")).to_be_visible()
        yield Counter(shopper, staff, conv)


async def still(watcher: Watcher, page: Shopper) -> int:
    """Return how many pictures have come, once none comes any more."""
    count = -1
    while count != len(watcher.pictures):
        count = len(watcher.pictures)
        await page.page.wait_for_timeout(300)
    return count


async def test_what_is_allowed_is_seen_until_it_is_stopped(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    async with served(shopper) as counter:
        cobrowse = await counter.ask()
        await expect(counter.card).to_contain_text("Agent One would like to see this page")
        await expect(counter.card).to_contain_text("passwords, card details")
        await counter.answer("Show the page")
        async with counter.watch(cobrowse) as watcher:
            picture = await watcher.snapshot()
            assert b"Fell 2 tent" in picture.plain
            await expect(counter.bar).to_contain_text("Agent One sees this page")
            async with Overlay(shopper.page) as overlay:
                await overlay.says("Agent One")
            await counter.bar.get_by_role("button", name="Stop").click()
            ended = await counter.staff.event(counter.conv, "cobrowse_ended", cobrowse=cobrowse)
            assert ended["reason"] == "stopped"
            await expect(counter.bar).to_contain_text("Your page is not shown any more")
            before = await still(watcher, shopper)
            await shopper.page.evaluate("document.body.append('after the end')")
            assert await still(watcher, shopper) == before
        await expect(shopper.chat.get_by_text("You began to show your page")).to_be_visible()


async def test_a_click_that_was_not_meant_allows_nothing(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    async with served(shopper) as counter:
        await counter.ask()
        allow = counter.card.get_by_role("button", name="Show the page")
        await expect(allow).not_to_have_attribute("aria-busy", "true")
        await shopper.page.wait_for_timeout(READ)
        await allow.evaluate("(button) => button.click()")
        await shopper.launcher.click()  # out of sight, and in sight again
        await expect(shopper.panel).to_be_hidden()
        await shopper.launcher.click()
        box = await allow.bounding_box()
        assert box is not None
        await shopper.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
        await shopper.page.wait_for_timeout(READ)
        await expect(counter.card).to_be_visible()
        sent = [f for f in counter.staff.frames if f["t"] == "event"]
        assert "cobrowse_started" not in [frame["event"]["kind"] for frame in sent]
        await allow.click()
        await counter.staff.event(counter.conv, "cobrowse_started")


async def test_declining_tells_the_agent_and_loads_no_recorder(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    asked: list[str] = []
    shopper.page.on("request", lambda request: asked.append(request.url))
    async with served(shopper) as counter:
        cobrowse = await counter.ask()
        await counter.answer("Not now")
        await counter.staff.event(counter.conv, "cobrowse_declined", cobrowse=cobrowse)
        await expect(counter.card).to_have_count(0)
        await expect(shopper.chat.get_by_text("You did not show your page")).to_be_visible()
        assert not [url for url in asked if "recorder" in url]
        assert [url for url in asked if url.endswith("/page/cobrowse.js")]


async def test_the_agent_takes_the_question_back(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    async with served(shopper) as counter:
        cobrowse = await counter.ask()
        await expect(counter.card).to_be_visible()
        await counter.staff.command("cobrowse.end", conv=counter.conv, cobrowse=cobrowse)
        await expect(counter.card).to_have_count(0)


async def test_the_shopper_shows_the_page_by_themselves(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    async with served(shopper) as counter:
        await shopper.chat.get_by_role("button", name="More").click()
        await shopper.chat.get_by_role("menuitem", name="Show this page").click()
        await expect(counter.card).to_contain_text("Show this page?")
        await counter.answer("Show the page")
        started = await counter.staff.event(counter.conv, "cobrowse_started")
        assert started["consent"] == "view-1"
        assert started["lang"] == "en"
        async with counter.watch(started["cobrowse"]) as watcher:
            assert b"Fell 2 tent" in (await watcher.snapshot()).plain


async def test_the_next_page_goes_on_by_itself(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    async with served(shopper) as counter:
        cobrowse = await counter.share()
        async with counter.watch(cobrowse) as watcher:
            epoch = (await watcher.snapshot()).epoch
            for path in ("boots", "tent"):
                left = time.monotonic()
                await shopper.page.locator(f'nav a[href="{path}"]').click()
                epoch = (await watcher.snapshot(above=epoch)).epoch
                assert time.monotonic() - left < NEXT_PAGE
            await expect(counter.bar).to_contain_text("Agent One sees this page")
            kinds = [f["event"]["kind"] for f in counter.staff.frames if f["t"] == "event"]
            assert kinds.count("cobrowse_started") == 1
            assert "cobrowse_ended" not in kinds


async def test_a_page_that_is_come_back_to_goes_on_too(
    launch_browser: LaunchBrowser, shop_server: Server
) -> None:
    browser = await launch_browser(without=["--disable-back-forward-cache"])
    context = await browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    shopper = Shopper(shop_server, context, await context.new_page())
    async with served(shopper) as counter:
        cobrowse = await counter.share()
        async with counter.watch(cobrowse) as watcher:
            epoch = (await watcher.snapshot()).epoch
            note = "addEventListener('pageshow', (event) => { window.__kept = event.persisted })"
            await shopper.page.evaluate(note)
            await shopper.page.locator('nav a[href="boots"]').click()
            epoch = (await watcher.snapshot(above=epoch)).epoch
            await shopper.page.evaluate("() => void setTimeout(() => history.back())")
            await watcher.snapshot(above=epoch)
            assert await shopper.page.evaluate("window.__kept"), "the browser did not keep the page"
            kinds = [f["event"]["kind"] for f in counter.staff.frames if f["t"] == "event"]
            assert "cobrowse_ended" not in kinds


async def test_a_pause_shows_nothing_until_it_is_over(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    async with served(shopper) as counter:
        cobrowse = await counter.share()
        async with counter.watch(cobrowse) as watcher:
            epoch = (await watcher.snapshot()).epoch
            await counter.bar.get_by_role("button", name="Pause").click()
            await counter.staff.event(counter.conv, "cobrowse_paused", reason="shopper")
            await watcher.find("curtain", down=True, reason="shopper")
            before = await still(watcher, shopper)
            await shopper.page.evaluate("document.body.append('only for me')")
            assert await still(watcher, shopper) == before
            await shopper.page.evaluate("document.body.lastChild.remove()")
            await counter.bar.get_by_role("button", name="Go on").click()
            await watcher.snapshot(above=epoch)
            assert b"only for me" not in watcher.raw()


async def test_another_tab_only_says_where_it_is(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    async with served(shopper) as counter:
        cobrowse = await counter.share()
        other = await shopper.other_tab()
        await other.visit("/boots")
        await other.launcher.click()
        bar = other.chat.get_by_role("region", name="Showing the page")
        await expect(bar).to_contain_text("Your page is shown in another tab.")
        async with counter.watch(cobrowse) as watcher:
            assert b"Fell 2 tent" in (await watcher.snapshot()).plain
        await bar.get_by_role("button", name="Stop").click()
        await counter.staff.event(counter.conv, "cobrowse_ended", reason="stopped")
        await expect(counter.bar).to_contain_text("Your page is not shown any more")


async def test_control_is_given_counted_down_and_taken_back_by_esc(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    async with served(shopper) as counter:
        cobrowse = await counter.share()
        async with counter.watch(cobrowse) as watcher:
            await watcher.snapshot()
            wish = {"conv": counter.conv, "cobrowse": cobrowse}
            await counter.staff.command("cobrowse.control.ask", caps=["scroll", "click"], **wish)
            await expect(counter.card).to_contain_text("press buttons and links")
            await expect(counter.card).not_to_contain_text("write into fields")
            await expect(counter.card).to_contain_text("Never: send an order, pay")
            await counter.answer("Let Agent One help")
            given = await counter.staff.event(counter.conv, "cobrowse_control_granted")
            assert given["consent"] == "control-1"
            assert given["grant"]["caps"] == ["scroll", "click"]
            await expect(counter.bar).to_contain_text("Agent One can help on this page · 9:5")
            epoch, node = await watcher.node("class", "buy")
            grant = {"grant": given["grant"]["id"], "epoch": epoch, "node": node}
            await shopper.page.wait_for_timeout(2100)  # the shopper's own input pauses control
            scrolled = await watcher.operate(op="scroll", dy=200, **grant)
            await watcher.find("operated", id=scrolled, code="done")
            await counter.bar.get_by_text("Agent One can help").click()
            await shopper.page.keyboard.press("Escape")
            await expect(counter.bar).not_to_contain_text("can help on this page")
            await expect(shopper.panel).to_be_visible()
            await counter.staff.event(counter.conv, "cobrowse_control_released", reason="revoked")
            late = await watcher.operate(op="scroll", dy=200, **grant)
            await watcher.find("operated", id=late, code="no_grant")


async def test_a_page_that_refuses_our_part_says_so(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    await shopper.context.route("**/page/cobrowse.js", lambda route: route.abort())
    async with served(shopper) as counter:
        cobrowse = await counter.ask()
        await expect(counter.card).to_contain_text("This page cannot be shown.", timeout=8000)
        await expect(counter.card.get_by_role("button", name="Show the page")).to_have_count(0)
        await counter.card.get_by_role("button", name="Close").click()
        await counter.staff.event(counter.conv, "cobrowse_declined", cobrowse=cobrowse)


async def test_a_phone_gets_its_page_back_and_the_question_over_it(new_shopper: NewShopper) -> None:
    shopper = await new_shopper(viewport=PHONE, is_mobile=True, has_touch=True)
    async with served(shopper) as counter:
        await shopper.chat.get_by_role("button", name="Close chat").tap()
        await expect(shopper.panel).to_be_hidden()
        cobrowse = await counter.ask()
        await expect(shopper.panel).to_be_visible()
        await counter.answer("Show the page")
        await expect(shopper.panel).to_be_hidden()
        async with counter.watch(cobrowse) as watcher:
            await watcher.snapshot()
            async with Overlay(shopper.page) as overlay:
                await overlay.says("Agent One")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_phase(
    new_shopper: NewShopper, shop_server: Server, scheme: str
) -> None:
    shopper = await new_shopper(color_scheme=scheme, viewport={"width": 1440, "height": 900})
    async with served(shopper) as counter:
        cobrowse = await counter.ask()
        await expect(counter.card).to_be_visible()
        await assert_accessible(await counter.frame())
        await counter.answer("Show the page")
        async with counter.watch(cobrowse) as watcher:
            await watcher.snapshot()
            await assert_accessible(await counter.frame())
            wish = {"conv": counter.conv, "cobrowse": cobrowse}
            await counter.staff.command("cobrowse.control.ask", caps=["fill"], **wish)
            await expect(counter.card).to_be_visible()
            await assert_accessible(await counter.frame())
            await counter.answer("Let Agent One help")
            await expect(counter.bar).to_contain_text("can help on this page")
            await assert_accessible(await counter.frame())
            await counter.bar.get_by_role("button", name="Pause").click()
            await expect(counter.bar.get_by_role("button", name="Go on")).to_be_visible()
            await assert_accessible(await counter.frame())
        await counter.bar.get_by_role("button", name="Stop").click()
        await expect(counter.bar).to_contain_text("not shown any more")
        await assert_accessible(await counter.frame())
