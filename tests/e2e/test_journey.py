"""The whole journey on the product's real pages: the demo shop, the console, the expert's page.

Chat grows into video and a shared screen, an expert joins by link, all three talk, the shopper
goes on to the next page of the shop, and the conversation is closed. `TISKI_SHOTS=<folder>`
photographs every step (docs/testing.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import expect

from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.album import Album
from tests.e2e.people import Agent, Expert, Shopper
from tests.services.server import running_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

QUESTION = "Is the tent waterproof?"
# Shown one after the other, so that a screen that stands still is noticed.
COLOURS = ((255, 0, 255), (0, 0, 255))
SOUND_BACK = 3000  # ms; on a busy machine. What is promised is measured by bench_navigation


async def test_a_chat_grows_until_three_people_talk_and_goes_on_over_the_shops_pages(
    tmp_path: Path, new_context: NewContext
) -> None:
    album = Album.from_environment()
    async with running_server(tmp_path) as server:
        desktop = {"viewport": {"width": 1440, "height": 900}}
        shopper: Shopper = await Shopper.come(server, new_context, **desktop)
        agent: Agent = await Agent.come(server, new_context, **desktop)
        expert: Expert = await Expert.come(server, new_context, **desktop)
        await _chat(shopper, agent, album)
        await _video(shopper, agent, album)
        await _screen(shopper, agent, album)
        link = await _consult(shopper, agent, expert, album)
        await _three(shopper, agent, expert, album)
        await _next_page(shopper, agent, expert, album)
        await _end(shopper, agent, expert, album)
        await _used_link(await Expert.come(server, new_context, **desktop), link, album)
        assert shopper.errors == agent.errors == expert.errors == []


async def _chat(shopper: Shopper, agent: Agent, album: Album) -> None:
    await agent.sign_in()
    await shopper.visit("/tent")
    await album.take("arrive", shopper=shopper, agent=agent)
    await shopper.open_chat()
    await album.take("open", shopper=shopper)
    await shopper.say(QUESTION)
    await agent.choose(QUESTION)
    await album.take("waiting", shopper=shopper, agent=agent)
    await agent.press("Accept")
    await agent.say("Yes, to 3000 mm.")
    await shopper.line("Yes, to 3000 mm.").wait_for()
    await album.take("answered", shopper=shopper, agent=agent)


async def _video(shopper: Shopper, agent: Agent, album: Album) -> None:
    await agent.press("Video call")
    await album.take("devices", agent=agent)
    await agent.press("Start call")
    await shopper.chat.get_by_role("alertdialog").wait_for()
    await album.take("ringing", shopper=shopper, agent=agent)
    await shopper.press("Answer with video")
    await album.take("joining", shopper=shopper)
    await shopper.press("Join call")
    await agent.sees_and_hears(1, 1)
    await shopper.sees_and_hears(1, 1)
    await album.take("video", shopper=shopper, agent=agent)


async def _screen(shopper: Shopper, agent: Agent, album: Album) -> None:
    await agent.press("Share screen")
    await shopper.sees_and_hears(2, 1)
    for colour in COLOURS:
        await agent.spread(f"rgb{colour}")
        await shopper.sees_colour(*colour)
    await agent.spread(None)
    await album.take("screen", shopper=shopper, agent=agent)
    await agent.press("Stop sharing")
    await shopper.chat.get_by_label("Screen of Agent One").wait_for(state="detached")


async def _consult(shopper: Shopper, agent: Agent, expert: Expert, album: Album) -> str:
    link = await agent.make_link()
    await album.take("link", agent=agent)
    await agent.page.keyboard.press("Escape")
    await expert.page.goto(link)
    await expert.page.get_by_label("Your name").fill("Expert A")
    await album.take("lobby", expert=expert)
    await expert.press("Go on")
    await expert.page.get_by_role("button", name="Join in private").wait_for()
    await album.take("lobby-devices", expert=expert)
    await expert.press("Join in private")
    await expert.heading("In private with Agent One").wait_for()
    await expert.say("Only to the agent", "What do they ask about?")
    await agent.line("What do they ask about?").wait_for()
    await expert.press("Answer with video")
    await expert.press("Join call")
    await expert.sees_and_hears(1, 1)
    await agent.sees_and_hears(2, 2)
    await shopper.chat.get_by_text("One moment: they are talking with an expert.").wait_for()
    await album.take("consult", shopper=shopper, agent=agent, expert=expert)
    await expect(expert.line(QUESTION)).to_have_count(0)
    return link


async def _three(shopper: Shopper, agent: Agent, expert: Expert, album: Album) -> None:
    await agent.let_in("Expert A")
    await expert.heading("You are in the conversation").wait_for()
    everybody = (shopper, agent, expert)
    for person in everybody:
        await person.sees_and_hears(2, 2)
    await expert.say("To everybody", "Hello, I know this tent.")
    await shopper.line("Hello, I know this tent.").wait_for()
    await expect(shopper.line("What do they ask about?")).to_have_count(0)
    await expect(expert.line(QUESTION)).to_have_count(0)
    await album.take("three", shopper=shopper, agent=agent, expert=expert)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        for person in everybody:
            # Still, because a colour on its way from light to dark is neither.
            await person.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await assert_accessible(await person.place())


async def _next_page(shopper: Shopper, agent: Agent, expert: Expert, album: Album) -> None:
    left = await shopper.go_on_to("boots")
    gap = await shopper.first_sound() - left
    print(f"\nsound was back {gap:.0f} ms after the page was left")
    for person in (shopper, agent, expert):
        await person.sees_and_hears(2, 2)
    assert gap <= SOUND_BACK
    await album.take("next-page", shopper=shopper, agent=agent, expert=expert)


async def _end(shopper: Shopper, agent: Agent, expert: Expert, album: Album) -> None:
    await shopper.press("Hang up")
    await agent.sees_and_hears(1, 1)
    await agent.press("Hang up")
    await agent.close("Led to a purchase")
    await shopper.chat.get_by_text("The conversation was closed").wait_for()
    await agent.page.get_by_text("Closed: Led to a purchase.").wait_for()
    await expert.heading("The conversation is closed").wait_for()
    await album.take("closed", shopper=shopper, agent=agent, expert=expert)


async def _used_link(other: Expert, link: str, album: Album) -> None:
    await other.page.goto(link)
    await other.heading("This link has been used").wait_for()
    await album.take("used-link", other=other)
    shown = await other.page.locator("body").inner_text()
    for private in (QUESTION, "Expert A", "Agent One"):
        assert private not in shown
