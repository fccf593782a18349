"""The main path of the queue in real browsers: shoppers wait in line, one agent serves them.

The agent serves one at a time, in the console; the shoppers are in the demo shop.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import expect

from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.calls import eventually
from tests.e2e.people import Agent, Person, Shopper
from tests.e2e.supervisor import Supervisor, supervising
from tests.services.server import running_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

FIRST = "Is the tent waterproof?"
SECOND = "Do the boots come in 47?"
THIRD = "When is the lantern back?"


async def arrive(shopper: Shopper, question: str, path: str) -> None:
    """Let a shopper ask something on a page of the shop."""
    await shopper.visit(path)
    await shopper.open_chat()
    await shopper.say(question)


async def look(*people: Person) -> None:
    """Have the rules of accessibility looked at in what these people see, light and dark."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for person in people:
        for scheme in schemes:
            # Still, because a colour on its way from light to dark is neither.
            await person.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await assert_accessible(await person.place())


async def last_now(supervisor: Supervisor) -> dict[str, Any]:
    """Return how the last of those who wait stands on the floor."""
    return (await supervisor.waiting())[-1]


async def waits_for(supervisor: Supervisor, mode: str) -> bool:
    """Return whether the last of those who wait is to be served in this mode."""
    return bool((await last_now(supervisor))["mode"] == mode)


async def test_two_wait_for_one_agent_and_their_places_count_down_to_being_served(
    tmp_path: Path, new_context: NewContext
) -> None:
    async with (
        running_server(tmp_path, assignment="auto") as server,
        supervising(server.url) as supervisor,
    ):
        await supervisor.set_agent("Agent One", capacity=1)
        await supervisor.set_department(wrapup_seconds=600)
        agent: Agent = await Agent.come(server, new_context)
        first, second, third = [await Shopper.come(server, new_context) for _ in range(3)]
        await agent.sign_in()

        await arrive(first, FIRST, "/tent")
        await expect(first.line_card).to_contain_text("Ringing")
        await arrive(second, SECOND, "/boots")
        await expect(second.line_card).to_contain_text("You are number 2 in line")
        await arrive(third, THIRD, "/lantern")
        await expect(third.line_card).to_contain_text("You are number 3 in line")

        # Who, what and why, before anything is answered.
        offer = agent.offer(FIRST)
        await expect(offer).to_contain_text("Chat")
        await expect(offer).to_contain_text("You know tents (2)")
        await expect(offer.get_by_role("timer")).to_be_visible()
        await look(third, agent)
        await third.press("Call me back")
        await expect(third.line_card.get_by_label("Time")).to_be_visible()
        await look(third)
        await third.press("Keep waiting")
        await agent.take(FIRST)
        await expect(first.line_card).to_have_count(0)
        await agent.say("Yes, to 3000 mm.")
        await first.line("Yes, to 3000 mm.").wait_for()
        await expect(second.line_card).to_contain_text("You are next")
        await expect(third.line_card).to_contain_text("You are number 2 in line")

        # The place belongs to the visitor, not to the page or the tab.
        await second.visit("/tent")
        await expect(second.line_card).to_contain_text("You are next")
        await third.page.reload()
        await expect(third.line_card).to_contain_text("You are number 2 in line")
        await third.page.close()
        third.page = await third.context.new_page()
        await third.visit("/boots")
        await third.open_chat()
        await expect(third.line_card).to_contain_text("You are number 2 in line")

        # Nor does it change with the channel.
        kept = await last_now(supervisor)
        await third.press("Video call")
        await third.press("Start call")
        await eventually("the call is waited for", lambda: waits_for(supervisor, "video"))
        assert {**await last_now(supervisor), "mode": "chat"} == kept
        await third.press("Hang up")
        await eventually("the chat is waited for", lambda: waits_for(supervisor, "chat"))
        await expect(third.line_card).to_contain_text("You are number 2 in line")

        # What is being finished holds the slot until the agent is done.
        await agent.close("Solved")
        finishing = agent.page.get_by_role("region", name="Finishing")
        await expect(finishing).to_be_visible()
        await expect(second.line_card).to_contain_text("You are next")
        await look(agent)
        await finishing.get_by_role("button", name="Done with").click()
        await expect(second.line_card).to_contain_text("Ringing")
        await agent.take(SECOND)
        await expect(second.line_card).to_have_count(0)
        await second.chat.get_by_text("Agent One serves you now").wait_for()
        await expect(third.line_card).to_contain_text("You are next")
        assert agent.errors == first.errors == second.errors == third.errors == []
