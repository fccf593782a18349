"""An agent whose browser dies: what rang and what was served goes to another, or back in time.

Offers ring for minutes, so that nothing moves because an offer ran out.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Error, expect

from tests.browser import NewContext
from tests.e2e.calls import eventually
from tests.e2e.people import Agent, Shopper
from tests.e2e.supervisor import Supervisor, supervising
from tests.services.server import Server, running_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

SOON = 20.0  # seconds, from the death to the next agent's bell


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Give a server of its own: what one test leaves would ring in the next."""
    async with running_server(tmp_path, assignment="auto") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def supervisor(server: Server) -> AsyncIterator[Supervisor]:
    """Give a supervisor who has set that offers ring long."""
    async with supervising(server.url) as supervisor:
        await supervisor.set_department(offer_seconds=300)
        yield supervisor


async def arrive(server: Server, new_context: NewContext, question: str) -> Shopper:
    """Have a shopper come and ask something."""
    shopper: Shopper = await Shopper.come(server, new_context)
    await shopper.visit("/boots")
    await shopper.open_chat()
    await shopper.say(question)
    return shopper


async def end_renderer(agent: Agent) -> None:
    """End the process that runs the console's page, as a crash does."""
    with contextlib.suppress(Error):  # the page is gone before it answers
        await agent.page.goto("chrome://crash")


async def come_back(agent: Agent) -> None:
    """Open the console again in the same browser."""
    agent.page = await agent.context.new_page()
    await agent.page.goto(f"{agent.server.url}/console")


async def test_what_rang_where_the_page_was_closed_rings_at_another_from_the_same_place(
    server: Server, supervisor: Supervisor, new_context: NewContext
) -> None:
    for name in ("Agent One", "Agent Two"):
        await supervisor.set_agent(name, capacity=1)
    await supervisor.set_state("Agent Two", "away", "lunch")
    one: Agent = await Agent.come(server, new_context)
    two: Agent = await Agent.come(server, new_context)
    await one.sign_in("agent1")
    await two.sign_in("agent2")
    first = await arrive(server, new_context, "I came first")
    await expect(first.line_card).to_contain_text("Ringing")
    await one.offer("I came first").wait_for()
    second = await arrive(server, new_context, "I came second")
    await expect(second.line_card).to_contain_text("You are number 2 in line")
    rang, waited = await supervisor.waiting()
    assert (rang["state"], waited["state"]) == ("offered", "waiting")

    died = time.monotonic()
    await one.page.close()

    async def withdrawn() -> bool:
        return [one["state"] for one in await supervisor.waiting()] == ["waiting", "waiting"]

    await eventually("the offer is withdrawn", withdrawn, SOON)
    await two.set_status("Available")
    await two.offer("I came first").wait_for()
    gap = time.monotonic() - died
    print(f"\nrang at the other agent {gap:.1f} s after the page was closed")
    assert gap <= SOON
    again, still = await supervisor.waiting()
    kept = ("task", "since", "place")
    assert [again[key] for key in kept] == [rang[key] for key in kept]
    assert still == waited, "whoever came later is not served before"
    await expect(two.offer("I came second")).to_have_count(0)
    await expect(first.line_card).to_contain_text("Ringing")
    await expect(second.line_card).to_contain_text("You are number 2 in line")

    await two.take("I came first")
    await first.chat.get_by_text("Agent Two serves you now").wait_for()
    await expect(second.line_card).to_contain_text("You are next")
    await two.close("Solved")
    await two.take("I came second")
    assert two.errors == first.errors == second.errors == []


async def test_what_an_agent_served_whose_renderer_dies_is_offered_on_and_theirs_if_back_first(
    server: Server, supervisor: Supervisor, new_context: NewContext
) -> None:
    for name in ("Agent One", "Agent Two"):
        await supervisor.set_agent(name, capacity=3)
    await supervisor.set_state("Agent Two", "away", "lunch")
    one: Agent = await Agent.come(server, new_context)
    two: Agent = await Agent.come(server, new_context)
    await one.sign_in("agent1")
    await two.sign_in("agent2")
    shoppers = {}
    for question in ("About the boots", "About the laces"):
        shoppers[question] = await arrive(server, new_context, question)
        await one.take(question)
        await one.say(f"Yes. {question}, gladly.")
    ringing = await arrive(server, new_context, "About the soles")
    await one.offer("About the soles").wait_for()
    [before] = await supervisor.waiting()
    await two.set_status("Available")

    died = time.monotonic()
    await end_renderer(one)
    for question in ("About the boots", "About the laces", "About the soles"):
        await two.offer(question).wait_for(timeout=SOON * 1000)
    gap = time.monotonic() - died
    print(f"\neverything rang at the other agent {gap:.1f} s after the renderer's end")
    assert gap <= SOON
    found = {one["task"]: one for one in await supervisor.waiting()}
    assert found[before["task"]]["since"] == before["since"]
    for shopper in (*shoppers.values(), ringing):
        await expect(shopper.line_card).to_contain_text("Ringing")

    # Whoever is first has it: the other one accepts one of them, the first is back before the rest.
    await two.take("About the boots")
    await two.say("I go on with the boots.")
    await shoppers["About the boots"].line("I go on with the boots.").wait_for()
    await come_back(one)
    await expect(two.offer("About the laces")).to_have_count(0)
    await shoppers["About the laces"].chat.get_by_text("Agent One serves you now").last.wait_for()
    await one.view("Mine")
    await one.choose("About the laces")
    await one.say("Here I am again.")
    await shoppers["About the laces"].line("Here I am again.").wait_for()
    mine = [served["visitor"] for served in (await supervisor.agent("Agent One"))["serving"]]
    assert len(mine) == 1
    await expect(two.offer("About the soles")).to_be_visible()
    await two.take("About the soles")
    await ringing.chat.get_by_text("Agent Two serves you now").wait_for()
    assert two.errors == ringing.errors == []
