"""The agent's console in real Chromium on a real server, with customers on real sockets."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import WebSocketRoute, expect

from server.demo import PASSWORD
from tests.axe import assert_accessible
from tests.e2e.desk import ONE, TWO, NewConsole, customer_at
from tests.e2e.staff import staffed
from tests.services.server import Server

PICTURE = Path(__file__).resolve().parents[1] / "data" / "pictures" / "tent.png"

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]


async def test_a_wrong_password_is_told_and_the_right_one_opens_the_desk(
    new_console: NewConsole,
) -> None:
    console = await new_console(None)
    page = console.page
    await page.goto(f"{console.server.url}/console")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.get_by_label("E-mail").fill(ONE)
    password = page.get_by_label("Password", exact=True)
    await password.fill("not the password")
    await password.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("wrong")
    await expect(password).to_be_focused()
    await assert_accessible(page)
    await password.fill(PASSWORD)
    await password.press("Enter")
    await expect(page.get_by_role("heading", name="Waiting", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Waiting", exact=True)).to_be_visible()


async def test_the_agent_who_was_slower_is_told_who_got_the_customer(
    new_console: NewConsole, desk_server: Server
) -> None:
    held: list[str | bytes] = []
    holding = False
    sockets: list[WebSocketRoute] = []

    def hold(ours: WebSocketRoute) -> None:
        server = ours.connect_to_server()
        sockets.append(ours)

        def receive(message: str | bytes) -> None:
            if holding:
                held.append(message)
            else:
                ours.send(message)

        server.on_message(receive)

    one = await new_console(ONE)
    two = await new_console(None)
    await two.page.route_web_socket(re.compile("/ws$"), hold)
    await two.sign_in(TWO)
    async with customer_at(desk_server) as customer:
        await customer.begin("Is anybody there?")
        await one.open(customer)
        await two.open(customer)
        accept = two.page.get_by_role("button", name="Accept", exact=True)
        await expect(accept).to_be_visible()
        # The news of the first accept is on its way to the second agent when they press too.
        holding = True
        await one.page.get_by_role("button", name="Accept", exact=True).click()
        await expect(one.reply).to_be_focused()
        await accept.click()
        holding = False
        for message in held:
            sockets[-1].send(message)
        await expect(two.page.get_by_role("alert")).to_contain_text(
            "Agent One got it first and serves this customer now."
        )
        await expect(two.reply).to_have_count(0)
        await expect(one.reply).to_be_visible()


async def test_words_and_typing_go_both_ways_and_a_note_stays_inside(
    new_console: NewConsole, desk_server: Server
) -> None:
    console = await new_console()
    async with customer_at(desk_server) as customer:
        await customer.begin("Is the tent in stock?")
        await console.accept(customer)
        await expect(console.log.get_by_text("Is the tent in stock?")).to_be_visible()
        await console.reply.press_sequentially("Yes")
        await customer.wire.find(lambda f: f["t"] == "typing" and f["on"])
        await console.reply.press("Enter")
        await customer.hears("Yes")
        await customer.wire.send({"t": "typing", "conv": customer.conv, "on": True})
        await expect(console.log.get_by_text(f"{customer.name} is typing…")).to_be_visible()

        await console.page.get_by_text("Note", exact=True).click()
        note = console.page.get_by_role("textbox", name="Note", exact=True)
        await expect(note).to_be_focused()
        await note.fill("Wants it before Friday.")
        await note.press("Enter")
        await expect(console.log.get_by_text("Wants it before Friday.")).to_be_visible()
        await console.page.get_by_text("Reply", exact=True).click()
        await console.reply.fill("It is here.")
        await console.reply.press("Enter")
        await customer.hears("It is here.")
        told = [f for f in customer.wire.frames if "Friday" in str(f) or "note" in str(f)]
        assert told == [], "a note reached the customer"


async def test_a_slash_offers_replies_in_the_customers_language_first(
    new_console: NewConsole, desk_server: Server
) -> None:
    console = await new_console()
    async with customer_at(desk_server) as customer:
        await customer.begin("Huhuu?", lang="fi")
        await console.accept(customer)
        await console.reply.press_sequentially("/hel")
        options = console.page.get_by_role("option")
        await expect(options.first).to_contain_text("Hei! Miten voin auttaa?")
        await console.reply.press("Enter")
        await expect(console.reply).to_have_value("Hei! Miten voin auttaa?")
        await console.reply.press("Enter")
        await customer.hears("Hei! Miten voin auttaa?")


async def test_a_colleague_takes_over_what_was_offered_and_can_decline(
    new_console: NewConsole, desk_server: Server
) -> None:
    one = await new_console(ONE)
    two = await new_console(TWO)
    async with customer_at(desk_server) as customer:
        await customer.begin("A question about skis")
        await one.accept(customer)
        for answer in ("Decline", "Take over"):
            await one.reply.press("Escape")
            await one.page.keyboard.press("t")
            await one.dialog.get_by_label("Agent Two").check()
            await one.dialog.get_by_label("What they should know").fill("Knows skis better.")
            await one.dialog.get_by_role("button", name="Ask them to take over").click()
            await expect(one.dialog).to_have_count(0)
            await two.view("Mine")
            await two.row(customer).click()
            card = two.page.get_by_role("alert").filter(has_text="Agent One asks you to take over")
            await expect(card).to_contain_text("Knows skis better.")
            await card.get_by_role("button", name=answer).click()
            if answer == "Decline":
                told = one.page.get_by_text("Agent Two declined the transfer.")
                await expect(told).to_be_visible()
                await expect(one.reply).to_be_visible()
        await expect(two.reply).to_be_focused()
        await expect(one.reply).to_have_count(0)
        await two.reply.fill("Hello from the ski shelf.")
        await two.reply.press("Enter")
        await customer.hears("Hello from the ski shelf.")


async def test_a_closed_conversation_is_found_and_reopens_when_the_customer_writes(
    new_console: NewConsole, desk_server: Server
) -> None:
    console = await new_console()
    async with customer_at(desk_server) as customer:
        await customer.begin("Where is my parcel?")
        await console.accept(customer)
        await console.page.get_by_role("button", name="Close", exact=True).click()
        await console.dialog.get_by_label("Gave information").check()
        await console.dialog.get_by_label("Note").fill("Told the tracking address.")
        await console.dialog.get_by_role("button", name="Close the conversation").click()
        await expect(console.page.get_by_text("Closed: Gave information.")).to_be_visible()
        closed = await customer.wire.find(
            lambda f: f["t"] == "event" and f["event"]["kind"] == "closed"
        )
        assert "info" not in str(closed["event"]), "the reason is for staff"

        await console.view("Closed")
        await console.page.get_by_label("Search closed conversations").fill(customer.name)
        await expect(console.row(customer)).to_contain_text("Closed: Gave information")
        await customer.say("It is still not here.")
        await expect(console.reply.or_(console.page.get_by_text("is waiting"))).to_be_visible()
        await console.view("All open")
        await expect(console.row(customer)).to_contain_text("It is still not here.")


async def test_a_customer_is_served_from_hello_to_closed_by_the_keyboard_alone(
    new_console: NewConsole, desk_server: Server
) -> None:
    console = await new_console(None)
    keys = console.page.keyboard
    await console.page.goto(f"{desk_server.url}/console")
    await expect(console.page.get_by_label("E-mail")).to_be_focused()
    await keys.type(ONE)
    await keys.press("Tab")
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await expect(console.page.get_by_role("navigation", name="Inbox")).to_be_visible()
    async with customer_at(desk_server) as customer:
        await customer.begin("By the keyboard, please")
        await keys.press("1")
        await expect(console.row(customer)).to_be_visible()
        await keys.press("Control+k")
        await keys.type(customer.name)
        await keys.press("Enter")
        await expect(console.page.get_by_role("heading", name=customer.name)).to_be_visible()
        await keys.press("a")
        await expect(console.reply).to_be_focused()
        await keys.type("Certainly. act")
        await keys.press("Enter")
        await customer.hears("Certainly. act")
        await keys.press("Escape")
        await keys.press("?")
        await expect(console.dialog).to_contain_text("Keyboard shortcuts")
        await keys.press("Escape")
        await expect(console.dialog).to_have_count(0)
        await keys.press("c")
        await expect(console.dialog.get_by_label("Solved")).to_be_focused()
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await expect(console.page.get_by_text("Closed: Led to a purchase.")).to_be_visible()


async def test_a_key_right_after_the_one_that_opens_a_dialog_is_for_the_dialog(
    new_console: NewConsole,
) -> None:
    console = await new_console()
    await expect(console.page.get_by_role("navigation", name="Inbox")).to_be_visible()
    role = await console.page.evaluate(
        """async () => {
            const key = new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, bubbles: true});
            document.body.dispatchEvent(key);
            for (let n = 0; n < 20; n++) await null; // no frame is drawn in between
            return document.activeElement.getAttribute('role');
        }"""
    )
    assert role == "combobox"


async def test_keys_can_be_turned_off_and_changed(
    new_console: NewConsole, desk_server: Server
) -> None:
    console = await new_console()
    page = console.page
    await page.keyboard.press("?")
    await console.dialog.get_by_role("button", name="Change the key: Show closed").click()
    await page.keyboard.press("x")
    await page.keyboard.press("Escape")
    await page.reload()
    await expect(page.get_by_role("navigation", name="Inbox")).to_be_visible()
    await page.keyboard.press("x")
    await expect(page.get_by_role("heading", name="Closed", exact=True)).to_be_visible()
    await page.keyboard.press("?")
    await console.dialog.get_by_label("Use single-key shortcuts").uncheck()
    await page.keyboard.press("Escape")
    await expect(console.dialog).to_have_count(0)
    await page.keyboard.press("1")
    await page.keyboard.press("Control+k")  # a chord still works, and comes after the letter
    await expect(console.dialog).to_be_visible()
    await expect(page.get_by_role("heading", name="Closed", exact=True)).to_have_count(1)


async def test_a_draft_waits_in_its_own_conversation(
    new_console: NewConsole, desk_server: Server
) -> None:
    console = await new_console()
    async with customer_at(desk_server) as first, customer_at(desk_server) as second:
        await first.begin("First")
        await second.begin("Second")
        await console.accept(first)
        await console.reply.fill("Half a sentence")
        await console.accept(second)
        await expect(console.reply).to_have_value("")
        await console.view("Mine")
        await expect(console.row(first)).to_contain_text("Draft")
        await console.page.reload()
        await console.row(first).click()
        await expect(console.reply).to_have_value("Half a sentence")


async def test_a_picture_and_a_refused_file_are_told_apart(
    new_console: NewConsole, desk_server: Server
) -> None:
    console = await new_console()
    async with customer_at(desk_server) as customer:
        await customer.begin("What does it look like?")
        await console.accept(customer)
        chosen = console.page.locator("input[type=file]")
        await chosen.set_input_files(PICTURE)
        files = console.page.get_by_role("list", name="Files to send")
        await expect(files.get_by_text(PICTURE.name)).to_be_visible()
        program = {"name": "tool.exe", "mimeType": "image/png", "buffer": b"MZ" + bytes(200)}
        await chosen.set_input_files([program])  # type: ignore[list-item]  # Playwright's own form
        await expect(files.get_by_role("alert")).to_have_text("This kind of file cannot be sent.")
        await files.get_by_role("button", name="Remove tool.exe").click()
        await console.page.get_by_role("button", name="Send", exact=True).click()
        image = console.log.get_by_role("img", name=f"Picture: {PICTURE.name}")
        await expect(image).to_have_js_property("complete", True)
        assert await image.evaluate("(image) => image.naturalWidth") > 0
        heard = await customer.wire.find(
            lambda f: f["t"] == "event" and bool(f["event"].get("files"))
        )
        assert [file["name"] for file in heard["event"]["files"]] == [PICTURE.name]


async def test_a_long_thread_draws_a_screenful_and_fetches_older_words(
    new_console: NewConsole, desk_server: Server
) -> None:
    async with customer_at(desk_server) as customer, staffed(desk_server.url, TWO) as agent:
        await customer.begin("The very first words")
        await agent.command("conversation.accept", conv=customer.conv)
        for number in range(1, 56):  # a snapshot has the newest fifty, a burst is sixty
            await agent.command("message.send", conv=customer.conv, text=f"Line {number}.")
        console = await new_console(ONE)
        await console.open(customer)
        await expect(console.log.get_by_text("Line 55.", exact=True)).to_be_in_viewport()
        drawn = console.log.get_by_role("article")
        assert await drawn.count() < 50
        await console.log.focus()
        first = console.log.get_by_text("The very first words")
        async with asyncio.timeout(20):  # each Home goes to the start of what is known by then
            while await first.count() == 0:
                await console.page.keyboard.press("Home")
        await console.page.keyboard.press("Home")
        await expect(first).to_be_in_viewport()
        assert await drawn.count() < 50
        await console.page.get_by_role("button", name="Newest messages").click()
        await expect(console.log.get_by_text("Line 55.", exact=True)).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desktop", "phone"])
async def test_axe_finds_nothing_in_the_console(
    new_console: NewConsole, desk_server: Server, scheme: str, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    console = await new_console(color_scheme=scheme, viewport=viewport)
    page = console.page
    async with customer_at(desk_server) as customer:
        await assert_accessible(console.page)
        await customer.begin("Hello, see https://example.com")
        await console.accept(customer)
        await console.reply.fill("Good day.")
        await console.reply.press("Enter")
        await customer.hears("Good day.")
        await page.get_by_text("Note", exact=True).click()
        note = page.get_by_role("textbox", name="Note", exact=True)
        await note.fill("A note.")
        await note.press("Enter")
        await expect(console.log.get_by_text("A note.")).to_be_visible()
        await assert_accessible(console.page)
        await page.get_by_text("Reply", exact=True).click()
        await console.reply.press_sequentially("/")
        await expect(page.get_by_role("option").first).to_be_visible()
        await assert_accessible(console.page)
        await console.reply.press("Escape")
        await console.reply.press("Backspace")
        await console.reply.press("Escape")
        for key in ("?", "Control+k", "c", "t", "i"):
            await page.keyboard.press(key)
            await expect(console.dialog).to_be_visible()
            await assert_accessible(console.page)
            await page.keyboard.press("Escape")
            await expect(console.dialog).to_have_count(0)
