"""Who sees what of a proof: the shopper's other tab and an expert learn only that it was given."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser import NewContext
from tests.e2e.people import Agent, Expert, Shopper, meet
from tests.e2e.proving import Proving, ask, at_bank, badge, card, choose, step
from tests.e2e.secrets import Heard
from tests.e2e.showing import show_page

pytestmark = pytest.mark.e2e


def _verified(heard: Heard) -> list[dict[str, Any]]:
    """Return the proofs that were told, as they stand in raw frames."""
    return [e["proof"] for e in heard.events() if e["kind"] == "identity_verified"]


async def test_another_tab_and_an_expert_are_told_that_and_when_and_nothing_else(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context)
    expert = await Expert.come(proving.server, new_context)
    tab, invited, staff = (Heard(proving.server.url) for _ in range(3))
    invited.listen(expert.context)
    staff.listen(agent.context)
    await meet(shopper, agent, "Who learns my name?")
    await expert.page.goto(await agent.make_link())
    await agent.page.keyboard.press("Escape")
    await expert.page.get_by_label("Your name").fill("Expert One")
    await expert.press("Go on")
    await expert.press("Join in private")
    await agent.let_in("Expert One")
    other = Shopper(proving.server, shopper.context, await shopper.context.new_page())
    tab.listen_to(other.page)
    await other.visit("/tent")
    await other.open_chat()
    await other.line("Who learns my name?").wait_for()
    await shopper.page.bring_to_front()
    await ask(agent, note="For the return of your boots")
    await at_bank(await choose(shopper))
    await expect(badge(agent)).to_contain_text("Test Customer One")
    await other.chat.get_by_text("You proved who you are").wait_for()
    await expert.page.get_by_text("Verified").first.wait_for()
    for heard in (tab, invited):
        (proof,) = _verified(heard)
        told = {name for name, value in proof.items() if value}
        assert told == {"verification", "at"}
        everything = b"\n".join((await heard.all()).values())
        assert b"Test Customer" not in everything
        assert b"131052" not in everything
    assert b"boots" not in b"\n".join((await invited.all()).values()), "nor what it was for"
    assert b"demobank" not in b"\n".join(invited.frames), "nor by which bank"
    (proof,) = _verified(staff)
    assert proof["name"] == "Test Customer One", "staff is told, so the search can find it"


async def test_the_page_is_covered_while_they_are_at_the_bank_and_shown_again_after(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context, viewport={"width": 1440, "height": 900})
    staff = Heard(proving.server.url)
    staff.listen(agent.context)
    await meet(shopper, agent, "Do you see my page at the bank?")
    mirror = await show_page(shopper, agent)
    await ask(agent)
    bank = await choose(shopper)
    await expect(step(agent)).to_contain_text("Their page is not shown meanwhile")
    await at_bank(bank)
    await expect(badge(agent)).to_contain_text("Test Customer One")
    await expect(card(shopper)).to_have_count(0)
    await mirror.reads("Fell 2 tent")
    kinds = [
        (event["kind"], event.get("reason"))
        for event in staff.events()
        if event["kind"].startswith("cobrowse_")
    ]
    assert kinds[-2:] == [("cobrowse_paused", "identity"), ("cobrowse_resumed", None)]


async def test_an_address_of_the_bank_that_is_passed_on_finishes_nothing(
    proving: Proving, new_context: NewContext
) -> None:
    shopper = await Shopper.come(proving.server, new_context)
    agent = await Agent.come(proving.server, new_context)
    victim = await Shopper.come(proving.server, new_context)
    passed_on: list[str] = []
    shopper.context.on(
        "request",
        lambda request: passed_on.append(request.url) if "request_uri=" in request.url else None,
    )
    await meet(shopper, agent, "Can somebody else log in for me?")
    await ask(agent)
    await choose(shopper)
    await victim.page.goto(passed_on[0])
    await at_bank(victim.page, "Two")
    await victim.page.get_by_text("This was begun in another browser").wait_for()
    await expect(step(agent)).to_contain_text("is at the bank")
    await expect(badge(agent)).to_have_count(0)
    assert "wrong_browser" in proving.server.log()
    await shopper.say("It was not me")
    await agent.line("It was not me").wait_for()
