"""Waiting as a shopper lives it: the place, the other ways, and when somebody is there next."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.e2e.shopper import NewShopper, Shopper
from tests.e2e.staff import Staff, staffed
from tests.e2e.supervisor import supervising
from tests.services.server import Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

HELSINKI = ZoneInfo("Europe/Helsinki")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Give a server of its own, whose first agent serves one conversation at a time."""
    async with running_server(tmp_path, assignment="auto") as server:
        async with supervising(server.url) as supervisor:
            await supervisor.set_agent("Agent One", capacity=1)
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def agent(server: Server) -> AsyncIterator[Staff]:
    """Have that agent at the counter."""
    async with staffed(server.url) as agent:
        yield agent


def card(shopper: Shopper) -> Locator:
    """The card of those who wait."""
    return shopper.chat.get_by_role("region", name="Your place in line")


async def arrive(new_shopper: NewShopper, server: Server, text: str) -> Shopper:
    """Have a shopper come and write."""
    shopper = await new_shopper(server, timezone_id=HELSINKI.key)
    await shopper.visit("/tent")
    await shopper.open()
    await shopper.write(text)
    return shopper


async def accept(agent: Staff, text: str) -> str:
    """Take the offer of the conversation in which `text` was written last."""

    def offer(frame: dict[str, Any]) -> dict[str, Any] | None:
        offers = frame.get("offers", []) if frame["t"] == "desk" else []
        return next((one for one in offers if one["text"] == text), None)

    found = offer(await agent.find(lambda frame: offer(frame) is not None))
    assert found is not None
    conv = str(found["conv"])
    await agent.command("offer.accept", conv=conv, task=found["task"], fence=found["fence"])
    await agent.command("conversation.connect", conv=conv)
    return conv


async def test_who_waits_sees_their_place_count_down_and_keeps_it_over_pages(
    new_shopper: NewShopper, server: Server, agent: Staff
) -> None:
    first = await arrive(new_shopper, server, "I am first")
    await expect(card(first)).to_contain_text("Ringing")
    second = await arrive(new_shopper, server, "I am second")
    await expect(card(second)).to_contain_text("You are number 2 in line")
    third = await arrive(new_shopper, server, "I am third")
    await expect(card(third)).to_contain_text("You are number 3 in line")
    await third.input.fill("What I began to write")

    conv = await accept(agent, "I am first")
    await expect(card(first)).to_have_count(0)
    await expect(first.chat.get_by_text("Agent One serves you now")).to_be_visible()
    await expect(card(second)).to_contain_text("You are next")
    await expect(card(third)).to_contain_text("You are number 2 in line")

    await third.visit("/boots")
    await expect(card(third)).to_contain_text("You are number 2 in line")
    await expect(third.input).to_have_value("What I began to write")

    await agent.command("conversation.close", conv=conv, reason="resolved")
    await accept(agent, "I am second")
    await expect(card(second)).to_have_count(0)
    await expect(card(third)).to_contain_text("You are next")


async def test_instead_of_waiting_one_leaves_a_message_or_is_called_back(
    new_shopper: NewShopper, server: Server, agent: Staff
) -> None:
    await arrive(new_shopper, server, "I am first")
    await accept(agent, "I am first")
    shopper = await arrive(new_shopper, server, "I will not wait")
    await card(shopper).get_by_role("button", name="Leave a message").click()
    await card(shopper).get_by_label("E-mail").fill("me")
    await card(shopper).get_by_role("button", name="Leave a message").click()
    await expect(card(shopper).get_by_label("E-mail")).to_be_focused()
    await expect(card(shopper)).to_contain_text("Write the whole address")
    await card(shopper).get_by_label("E-mail").fill("me@example.com")
    await card(shopper).get_by_role("button", name="Leave a message").click()
    await expect(card(shopper)).to_contain_text("We answer it here and by e-mail.")

    await card(shopper).get_by_role("button", name="Call me back").click()
    await card(shopper).get_by_label("Day").select_option("Tomorrow")
    await card(shopper).get_by_label("Time").select_option("14:00–14:30")
    await card(shopper).get_by_label("Phone").fill("+358 40 123 4567")
    await card(shopper).get_by_role("button", name="Call me then").click()
    await expect(card(shopper)).to_contain_text("We call you back tomorrow at 14:00–14:30")

    await shopper.visit("/boots")
    await expect(card(shopper)).to_contain_text("We call you back tomorrow at 14:00–14:30")
    await expect(card(shopper)).to_contain_text("To the number that you gave.")
    await card(shopper).get_by_role("button", name="Wait in line now").click()
    await expect(card(shopper)).to_contain_text("You are next")


async def test_when_it_closes_those_who_wait_are_told_and_others_when_it_opens(
    new_shopper: NewShopper, server: Server, agent: Staff
) -> None:
    await arrive(new_shopper, server, "I am first")
    await accept(agent, "I am first")
    shopper = await arrive(new_shopper, server, "Is anybody there?")
    await expect(card(shopper)).to_contain_text("You are next")
    async with supervising(server.url) as supervisor:
        await supervisor.set_state("Agent One", "away", "lunch")
    await expect(card(shopper)).to_contain_text("Nobody is here to help now")

    in_two_days = (datetime.datetime.now(HELSINKI) + datetime.timedelta(days=2)).weekday()
    week: dict[str, list[list[str]]] = {day: [] for day in DAYS}
    week[DAYS[in_two_days]] = [["09:00", "17:00"]]
    async with supervising(server.url) as supervisor:
        await supervisor.set_hours(week=week, holidays=None, tz=HELSINKI.key)
    await expect(card(shopper)).to_contain_text("We have closed")
    opens = f"Opens on {WEEKDAYS[in_two_days]} at 9:00"
    await expect(card(shopper)).to_contain_text(opens)
    await expect(card(shopper).get_by_role("button", name="Wait in line again")).to_have_count(0)
    await expect(card(shopper).get_by_role("button", name="Call me back")).to_be_visible()

    late = await new_shopper(server, timezone_id=HELSINKI.key)
    await late.visit("/tent")
    await late.open()
    await expect(late.chat.get_by_text(opens)).to_be_visible()
