"""Colleagues in a video call whom the customer does not know of: advice, handing over, whispers.

What is heard and seen is read from
WebRTC's own figures.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import NewContext
from tests.e2e.people import Agent, Shopper, call_by_video
from tests.e2e.staff import staffed
from tests.e2e.watching import Came, Picture, Received, meanwhile, silent
from tests.services.server import Server, running_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

#: ms without a new frame at the visitor; the picture has 20 frames a second, the machine two cores.
LONGEST_GAP = 1000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give one server, whose router offers, to the tests of this module."""
    async with running_server(tmp_path_factory.mktemp("queue"), assignment="auto") as server:
        yield server


async def serve(shopper: Shopper, agent: Agent, question: str) -> None:
    """Let a shopper ask, and the one agent who is there take the offer."""
    await shopper.visit("/boots")
    await shopper.open_chat()
    await shopper.say(question)
    await agent.take(question)


async def whisper(agent: Agent, to: str, text: str) -> None:
    """Write to colleagues only, key by key."""
    box = agent.page.get_by_role("textbox", name=f"Only {to}")
    await box.press_sequentially(text)
    await box.press("Enter")
    await agent.line(text).wait_for()


async def look_in(supervisor: Agent, part: str) -> None:
    """Do another part: "Listen", "Whisper" or "Barge in"."""
    bar = supervisor.page.get_by_role("region", name="You look in")
    await bar.get_by_role("radio", name=part, exact=True).check()


async def test_a_call_is_handed_over_after_advice_and_the_visitor_sees_no_gap(
    server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(server, new_context)
    one: Agent = await Agent.come(server, new_context)
    two: Agent = await Agent.come(server, new_context)
    told = Received.by(shopper)
    await one.sign_in("agent1")
    await serve(shopper, one, "Which boots for Lapland?")
    await two.sign_in("agent2")
    await call_by_video(shopper, one)
    picture = await Picture.of(shopper)

    await one.do("Transfer")
    await one.dialog.get_by_label("Agent Two").check()
    await one.dialog.get_by_role("button", name="Ask for advice first").click()
    await two.press("Join Agent One")
    await two.press("Join the call quietly")
    await one.sees_and_hears(1, 2)
    await two.press("Turn camera on")
    for agent in (one, two):
        await agent.sees_and_hears(2, 2)
    await whisper(two, "Agent One", "Offer the insulated ones.")
    await one.line("Offer the insulated ones.").wait_for()
    await one.press("Mute microphone")
    await silent(shopper)
    assert await meanwhile(shopper, hearing=one) == Came(pictures=1, voices=0, sound=0)
    await one.press("Unmute microphone")
    assert told.about("Agent Two", "insulated", "typing") == []

    # Somebody else looks in: who serves from now on could still write in private, and does not.
    conv = one.page.url.partition("#/c/")[2]
    async with staffed(server.url, "supervisor@demo.example") as boss:
        await boss.command("observe", conv=conv, part="listen")
        await one.press("Hand over to Agent Two")
        await two.take("hands over to you")
    await shopper.sees_and_hears(2, 2)
    await shopper.chat.get_by_text("Agent Two serves you now").wait_for()
    await one.press("Hang up")
    await two.sees_and_hears(1, 1)
    await shopper.sees_and_hears(1, 1)
    gap = await picture.end()
    print(f"\nlongest without a new frame: {gap.gap:.0f} ms, without a look: {gap.look:.0f} ms")
    assert gap.gap <= LONGEST_GAP
    await expect(shopper.line("Offer the insulated ones.")).to_have_count(0)
    await two.close("Led to a purchase")
    assert shopper.errors == one.errors == two.errors == []


async def test_only_the_agent_hears_a_supervisor_who_whispers_until_they_barge_in(
    server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(server, new_context)
    agent: Agent = await Agent.come(server, new_context)
    boss: Agent = await Agent.come(server, new_context)
    told = Received.by(shopper)
    await agent.sign_in("agent1")
    question = "Does the stove fly?"
    await serve(shopper, agent, question)
    await call_by_video(shopper, agent)
    await boss.sign_in("supervisor")
    await boss.view("All open")
    await boss.choose(question)
    await boss.do("Listen in")
    await agent.page.get_by_text("Supervisor listens", exact=True).wait_for()
    await boss.press("Hear the call")
    await boss.sees_and_hears(2, 2)
    assert len(await agent.tracks()) == 2, "who listens sends nothing"

    await look_in(boss, "Whisper")
    await agent.page.get_by_text("Supervisor listens and speaks to you only").wait_for()
    await agent.sees_and_hears(1, 2)
    await whisper(boss, "Agent One", "Say that it may.")
    await agent.line("Say that it may.").wait_for()
    await agent.press("Mute microphone")
    await silent(shopper)
    assert await meanwhile(shopper, hearing=agent) == Came(pictures=1, voices=0, sound=0)
    assert told.about("Supervisor", "Say that", "typing") == []

    await look_in(boss, "Barge in")
    await agent.page.get_by_text("Supervisor takes part").wait_for()
    await shopper.sees_and_hears(1, 1)
    await boss.say("I am the supervisor.")
    await shopper.line("I am the supervisor.").wait_for()
    assert told.about("typing"), "what was looked for before does come"

    await boss.press("Take over")
    await boss.dialog.get_by_role("button", name="Take over").click()
    await shopper.chat.get_by_text("Supervisor serves you now").wait_for()
    await agent.page.get_by_text("Supervisor took this conversation over").wait_for()
    await agent.press("Hang up")
    await shopper.sees_and_hears(0, 1)
    await boss.close("Led to a purchase")
    assert shopper.errors == agent.errors == boss.errors == []
