"""Who sees a page that is shown: three at most, each with a pointer, and nobody without leave."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.async_api import expect

from tests.browser import NewContext
from tests.e2e.calls import eventually
from tests.e2e.overlay import NOTE_MARKS, Overlay
from tests.e2e.people import Agent, Expert, Shopper, meet
from tests.e2e.showing import Mirror, sharing_of, show_page
from tests.e2e.staff import staffed
from tests.e2e.watcher import refused
from tests.services.server import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
SEE = "See the customer’s page, when they show it"


async def let_in(
    server: Server, new_context: NewContext, agent: Agent, name: str, *, see: bool
) -> Expert:
    """Return an expert who came by a link and was let in; `see`: the link allows the page."""
    expert: Expert = await Expert.come(server, new_context, **DESKTOP)
    link = await agent.make_link(also=[SEE] if see else [])
    await agent.page.keyboard.press("Escape")
    await expert.page.goto(link)
    await expert.page.get_by_label("Your name").fill(name)
    await expert.press("Go on")
    await expert.press("Join in private")
    await expert.heading("In private with Agent One").wait_for()
    await agent.let_in(name)
    await expert.heading("You are in the conversation").wait_for()
    return expert


async def test_three_see_and_point_and_a_fourth_is_refused(
    showing_server: Server, new_context: NewContext
) -> None:
    question = "Can somebody look at this?"
    shopper: Shopper = await Shopper.come(showing_server, new_context, **DESKTOP)
    await shopper.context.add_init_script(NOTE_MARKS)
    agent: Agent = await Agent.come(showing_server, new_context, **DESKTOP)
    await meet(shopper, agent, question, "/boots")
    mirrors = {"Agent One": await show_page(shopper, agent)}

    supervisor: Agent = await Agent.come(showing_server, new_context, **DESKTOP)
    await supervisor.sign_in("supervisor")
    await supervisor.view("All open")
    await supervisor.choose(question)
    await supervisor.press("Look")
    mirrors["Supervisor"] = Mirror(supervisor.page)
    expert = await let_in(showing_server, new_context, agent, "Expert A", see=True)
    await expert.press("Look")
    mirrors["Expert A"] = Mirror(expert.page)

    async with Overlay(shopper.page) as overlay:
        for name, mirror in mirrors.items():
            await mirror.reads("Bog boots")
            await overlay.says(name)
            await mirror.choose("Point")
            await mirror.point_at("h1")
            await eventually(f"{name}’s pointer is drawn", partial(overlay.pointer, name))

        async with staffed(showing_server.url, "agent2@demo.example") as staff:
            sharing = sharing_of(staff, await staff.conversation(question))
            bye = await refused(showing_server.url, staff.token, sharing["id"])
            assert (bye["code"], bye["reason"]) == (4003, "full")
        assert "Agent Two" not in await overlay.text()

        await supervisor.page.close()

        async def left() -> bool:
            return "Supervisor" not in await overlay.text()

        await eventually("the supervisor is not named any more", left)
    assert shopper.errors == agent.errors == supervisor.errors == expert.errors == []


async def test_a_removed_expert_loses_the_picture_at_once_and_one_without_leave_never_has_it(
    showing_server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(showing_server, new_context)
    agent: Agent = await Agent.come(showing_server, new_context, **DESKTOP)
    await meet(shopper, agent, "Who knows about soles?", "/boots")
    await show_page(shopper, agent)

    blind = await let_in(showing_server, new_context, agent, "Expert B", see=False)
    await (
        blind.line("Agent One let Expert B in").or_(blind.page.get_by_role("log")).first.wait_for()
    )
    await expect(blind.page.get_by_role("button", name="Look", exact=True)).to_have_count(0)

    expert = await let_in(showing_server, new_context, agent, "Expert C", see=True)
    await expert.press("Look")
    mirror = Mirror(expert.page)
    await mirror.reads("Bog boots")
    async with Overlay(shopper.page) as overlay:
        await overlay.says("Expert C")
        await agent.press("Remove Expert C")
        await expert.heading("Your part is done").wait_for()
        await expect(expert.page.locator("iframe")).to_have_count(0)

        async def gone() -> bool:
            return "Expert C" not in await overlay.text()

        await eventually("the expert is not named any more", gone)
    assert shopper.errors == agent.errors == blind.errors == expert.errors == []
