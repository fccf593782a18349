"""A video call goes on while somebody is at the bank: pictures and sound grow all the time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from playwright.async_api import expect

from tests.browser import NewContext
from tests.e2e.people import Agent, Person, Shopper, call_by_video, meet
from tests.e2e.proving import Proving, ask, at_bank, badge, choose

pytestmark = pytest.mark.e2e

LOOK = 0.5  # seconds between looks at what has been decoded; at 20 frames a second that is ten


async def _watch(person: Person, seen: list[int], until: asyncio.Event) -> None:
    """Note how many frames of the other's camera are decoded, again and again."""
    while not until.is_set():
        figures = await person.figures()
        seen.append(sum(one["frames"] for one in figures if one["kind"] == "video"))
        await asyncio.sleep(LOOK)


async def test_frames_grow_in_both_directions_all_the_way_to_the_badge(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context)
    await meet(shopper, agent, "May we talk about my order?")
    await call_by_video(shopper, agent)
    over = asyncio.Event()
    at_agent: list[int] = []
    at_shopper: list[int] = []
    async with asyncio.TaskGroup() as watching:
        watching.create_task(_watch(agent, at_agent, over))
        watching.create_task(_watch(shopper, at_shopper, over))
        await ask(agent)
        bank = await choose(shopper)
        await shopper.say("One moment")
        await at_bank(bank)
        await expect(badge(agent)).to_contain_text("Test Customer One")
        await shopper.chat.get_by_text("You proved who you are").wait_for()
        await agent.sees_and_hears(1, 1)
        await shopper.sees_and_hears(1, 1)
        over.set()
    for seen in (at_agent, at_shopper):
        assert len(seen) >= 4
        assert all(later > earlier for earlier, later in pairwise(seen)), seen
