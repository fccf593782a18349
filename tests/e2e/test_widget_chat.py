"""The chat as a shopper meets it, in real Chromium on a real server, with a real agent's socket."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect
from ulid import ULID

from tests.e2e.shopper import NewShopper
from tests.e2e.staff import staffed
from tests.services.server import Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURE = Path(__file__).resolve().parents[1] / "data" / "pictures" / "tent.png"


def unique(text: str) -> str:
    """Return words that no other test says."""
    return f"{text} {ULID()}"


async def test_nothing_is_stored_before_the_visitor_acts(new_shopper: NewShopper) -> None:
    shopper = await new_shopper()
    asked: list[str] = []
    shopper.page.on("request", lambda request: asked.append(request.url))
    await shopper.visit("/tent")
    ours = [url for url in asked if url.startswith(shopper.server.url)]
    assert ours == [f"{shopper.server.url}/loader.js"], "the loader is one request"
    kept = "() => [localStorage.length, sessionStorage.length]"
    assert await shopper.page.evaluate(kept) == [0, 0]
    await shopper.open()
    assert await shopper.context.cookies() == [], "looking is not acting"


async def test_a_conversation_goes_both_ways(new_shopper: NewShopper, shop_server: Server) -> None:
    shopper = await new_shopper()
    async with staffed(shop_server.url) as agent:
        await shopper.visit("/tent")
        await shopper.open()
        await expect(shopper.chat.get_by_text("Agent One here now")).to_be_visible()
        text = unique("Is it good for winter?")
        await shopper.write(text)
        conv = await agent.conversation(text)
        await agent.event(conv, "message", text=text)

        await agent.command("conversation.accept", conv=conv)
        await expect(shopper.chat.get_by_role("heading", name="Agent One")).to_be_visible()
        await agent.command("read", conv=conv, upto=agent.seen(conv))
        await expect(shopper.message(text)).to_have_attribute("data-status", "seen")

        await shopper.input.press_sequentially("And")
        await agent.find(lambda frame: frame["t"] == "typing" and frame["on"])
        await agent.send({"t": "typing", "conv": conv, "on": True})
        await expect(shopper.chat.get_by_text("Agent One is writing…")).to_be_visible()
        await agent.command("message.send", conv=conv, text="It is: https://example.com/winter.")
        link = shopper.chat.get_by_role("link", name="https://example.com/winter")
        await expect(link).to_have_attribute("rel", re.compile("noopener"))
        await expect(shopper.chat.get_by_text("Agent One is writing…")).to_have_count(0)
        await agent.event(conv, "read", side="visitor")

        await shopper.input.press("Escape")
        await expect(shopper.panel).to_be_hidden()
        await expect(shopper.launcher).to_be_focused()
        await agent.command("message.send", conv=conv, text="Shall I show you by video?")
        await expect(shopper.launcher).to_have_accessible_name("(1) Chat")
        await expect(shopper.page).to_have_title(re.compile(r"^\(1\) "))
        await shopper.launcher.press("Enter")
        await expect(shopper.input).to_be_focused()
        await expect(shopper.launcher).to_have_accessible_name("Chat")


async def test_pages_reloads_and_tabs_share_one_conversation(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper()
    async with staffed(shop_server.url) as agent:
        await shopper.visit("/tent")
        await shopper.open()
        first = unique("First")
        await shopper.write(first)
        conv = await agent.conversation(first)

        await shopper.visit("/boots")
        await expect(shopper.message(first)).to_be_visible()
        page = {"url": f"{shop_server.shop_url}/boots", "title": "Bog boots · Demo Shop"}
        await agent.event(conv, "page", page=page)
        await shopper.page.reload()
        await expect(shopper.message(first)).to_be_visible()

        other = await shopper.other_tab()
        await other.visit("/lantern")
        await other.open()
        await expect(other.message(first)).to_be_visible()
        second = unique("Second")
        await other.write(second)
        await expect(shopper.message(second)).to_have_count(1)
        await agent.event(conv, "message", text=second)


async def test_a_browser_that_keeps_no_cookie_comes_back_by_its_secret(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper()
    async with staffed(shop_server.url):
        await shopper.visit()
        await shopper.open()
        text = unique("Remember me")
        await shopper.write(text)
        await shopper.context.clear_cookies()
        await shopper.visit("/boots")
        await expect(shopper.message(text)).to_be_visible()


async def test_a_change_of_address_without_loading_is_a_page_view(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper()
    async with staffed(shop_server.url) as agent:
        await shopper.visit()
        await shopper.open()
        text = unique("Browsing")
        await shopper.write(text)
        conv = await agent.conversation(text)
        await shopper.page.evaluate("history.pushState(null, '', '/boots?size=42#secret')")
        page = {"url": f"{shop_server.shop_url}/boots", "title": "Demo Shop"}
        await agent.event(conv, "page", page=page)


async def test_nobody_there_leaves_a_message(new_shopper: NewShopper, tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        shopper = await new_shopper(server)
        await shopper.visit()
        await shopper.open()
        form = shopper.chat.locator("form.leave")
        await form.get_by_role("button", name="Send message").click()
        await expect(form.get_by_label("Name")).to_be_focused()
        await expect(form.get_by_role("alert")).to_have_count(3)
        text = unique("Please call me back")
        await form.get_by_label("Name").fill("Visitor")
        await form.get_by_label("E-mail").fill("visitor@shop.example")
        await form.get_by_label("Message").fill(text)
        await form.get_by_role("button", name="Send message").click()
        await expect(shopper.message(text)).to_have_attribute("data-status", "sent")
        await expect(shopper.chat.get_by_text("Your message has reached us")).to_be_visible()
        async with staffed(server.url) as agent:
            conv = await agent.conversation(text)
            opened = await agent.event(conv, "opened")
            assert opened["offline"]
            assert opened["visitor"]["email"] == "visitor@shop.example"


async def test_a_picture_is_shown_and_a_program_is_refused(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper()
    async with staffed(shop_server.url):
        await shopper.visit("/tent")
        await shopper.open()
        program = FilePayload(name="bad.png", mimeType="image/png", buffer=b"MZ" + bytes(300))
        picker = shopper.chat.locator("input[type=file]")
        await picker.set_input_files(program)
        await expect(shopper.chat.get_by_text("This kind of file cannot be sent")).to_be_visible()
        await shopper.chat.get_by_role("button", name="Remove bad.png").click()

        await picker.set_input_files(PICTURE)
        text = unique("This one?")
        await shopper.input.fill(text)
        await expect(shopper.chat.get_by_role("button", name="Send", exact=True)).to_be_enabled()
        await shopper.write(text)
        picture = shopper.chat.get_by_role("img", name="tent.png")
        await expect(picture).to_be_visible()
        await expect(picture).to_have_js_property("complete", True)
        assert await picture.evaluate("(image) => image.naturalWidth") == 48
        async with shopper.context.expect_page() as opening:
            await shopper.chat.get_by_role("link", name="Open the picture tent.png").click()
        tab = await opening.value
        await tab.wait_for_load_state()
        shown = await tab.evaluate("document.images[0]?.naturalWidth")
        assert shown == 48, "the picture opens in a tab of its own too"


async def test_what_is_written_while_the_server_is_dead_arrives_once(
    new_shopper: NewShopper, tmp_path: Path
) -> None:
    async with running_server(tmp_path) as server:
        shopper = await new_shopper(server)
        async with staffed(server.url):
            await shopper.visit()
            await shopper.open()
            before = unique("Before")
            await shopper.write(before)
        await server.kill()
        after = unique("After")
        await shopper.input.fill(after)
        await shopper.input.press("Enter")
        await expect(shopper.message(after)).to_have_attribute("data-status", "sending")
        await expect(shopper.chat.get_by_text("No connection.")).to_be_visible()
        await server.start()
        await expect(shopper.message(after)).to_have_attribute(
            "data-status", "sent", timeout=30_000
        )
        await expect(shopper.chat.get_by_text("No connection.")).to_have_count(0)
        await shopper.page.reload()
        for text in (before, after):
            await expect(shopper.message(text)).to_have_count(1)


async def test_silence_is_answered_by_a_line_of_its_own(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper()
    async with staffed(shop_server.url):
        await shopper.visit()
        await shopper.open()
        await shopper.write(unique("Anybody there?"))
        line = shopper.chat.get_by_text("We are finding a person for you")
        await expect(line).to_have_count(1, timeout=15_000)


async def test_a_call_goes_on_on_the_next_page_without_a_question(
    new_shopper: NewShopper, shop_server: Server
) -> None:
    shopper = await new_shopper()
    async with staffed(shop_server.url) as agent:
        await shopper.visit("/tent")
        await shopper.open()
        text = unique("Call me")
        await shopper.write(text)
        conv = await agent.conversation(text)
        await agent.command("conversation.accept", conv=conv)
        await shopper.input.press("Escape")
        await expect(shopper.panel).to_be_hidden()

        await agent.command("call.start", conv=conv, media=["audio", "video"])
        answer = shopper.chat.get_by_role("button", name="Answer with video")
        await expect(answer).to_be_visible()  # the panel opened by itself
        await expect(shopper.launcher).to_be_focused()  # and took no focus
        await answer.click()
        await shopper.chat.get_by_role("button", name="Join call").click()
        call = shopper.chat.locator("section.call")
        await expect(call).to_have_attribute("data-phase", "live")

        await shopper.visit("/boots")
        await expect(call).to_have_attribute("data-phase", "live", timeout=10_000)
        await expect(shopper.message(text)).to_be_visible()
        left = [f for f in agent.frames if f.get("event", {}).get("kind") == "call_left"]
        assert left == []
