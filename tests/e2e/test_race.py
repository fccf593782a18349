"""Two agents reach for the same customer at the same moment, two hundred times.

Both consoles are real and so is the button that both click, at the same moment of the machine's
clock; the customers are real sockets.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.browser import NewContext
from tests.e2e.desk import customer_at
from tests.e2e.people import Agent
from tests.e2e.staff import staffed
from tests.services.server import Server, running_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

RACES = 200
LOT = 40  # races until all is closed: nobody serves more than 50
AT_ONCE = 10  # customers who arrive together
LEAD = 50  # ms from the order to the click, in which it reaches both pages
PATIENCE = 20_000  # ms in which a console must show what it is waited for
NAMES = ("Agent One", "Agent Two")

# Opens a conversation by its address, and returns when it can be accepted; else what is shown.
_OPEN = """async ([conv, patience]) => {
  location.hash = `#/c/${conv}`;
  for (const end = Date.now() + patience; Date.now() < end; ) {
    const button = document.querySelector('footer.reply .standing .button-primary');
    if (button?.textContent === 'Accept') return '';
    await new Promise((done) => setTimeout(done, 5));
  }
  return document.querySelector('main').innerText;
}"""

# Clicks "Accept" at a moment, and returns what this agent is told: nothing but a place to write
# the reply, or who was faster. "late" is for a loser who had heard of it before the click.
_REACH = """async ([at, patience]) => {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  while (Date.now() < at) await pause(0);
  const button = document.querySelector('footer.reply .standing .button-primary');
  button?.click();
  while (Date.now() < at + patience) {
    const told = document.querySelector('.banner[role=alert] p');
    if (told) return told.textContent;
    const standing = document.querySelector('footer.reply .standing');
    if (!standing) return 'won';
    if (!button) return `late: ${standing.textContent}`;
    await pause(5);
  }
  return 'nothing';
}"""


async def arrive(server: Server, number: int) -> str:
    """Let a customer ask something and leave; return their conversation."""
    async with customer_at(server) as customer:
        await customer.begin(f"Question {number}")
        return customer.conv


async def race(agents: tuple[Agent, Agent], conv: str) -> tuple[str, ...]:
    """Let both accept a conversation, and return what each is told."""
    shown = await asyncio.gather(
        *(agent.page.evaluate(_OPEN, [conv, PATIENCE]) for agent in agents)
    )
    assert shown == ["", ""], f"the conversation cannot be accepted: {shown}"
    at = time.time() * 1000 + LEAD
    told = await asyncio.gather(*(agent.page.evaluate(_REACH, [at, PATIENCE]) for agent in agents))
    return tuple(told)


async def test_of_two_agents_who_accept_at_once_exactly_one_gets_each_of_two_hundred_customers(
    tmp_path: Path, new_context: NewContext
) -> None:
    async with running_server(tmp_path) as server:
        one: Agent = await Agent.come(server, new_context)
        two: Agent = await Agent.come(server, new_context)
        await one.sign_in("agent1")
        await two.sign_in("agent2")
        wins: dict[str, str] = {}
        late = 0
        for begun in range(0, RACES, LOT):
            lot: dict[str, str] = {}
            for first in range(begun, begun + LOT, AT_ONCE):
                numbers = range(first, first + AT_ONCE)
                convs = await asyncio.gather(*(arrive(server, number) for number in numbers))
                for conv in convs:
                    told = await race((one, two), conv)
                    assert told.count("won") == 1, f"exactly one gets the customer, not {told}"
                    winner, loser = told.index("won"), told[1 - told.index("won")]
                    lot[conv] = NAMES[winner]
                    if loser.startswith("late"):
                        late += 1
                        assert f"{NAMES[winner]} serves this customer." in loser
                    else:
                        told_of = f"{NAMES[winner]} got it first and serves this customer now."
                        assert loser == told_of
            assert await served_by(server) == lot
            wins |= lot
        assert len(wins) == RACES
        assert late <= RACES // 4, "most were no races"
        assert set(wins.values()) == set(NAMES), "one agent always wins: they do not race"
        assert one.errors == two.errors == []


async def served_by(server: Server) -> dict[str, str]:
    """Return who serves each open conversation, as somebody who comes now is told; close them."""
    async with staffed(server.url, "supervisor@demo.example") as reader:
        inbox = await reader.find(lambda frame: frame["t"] == "inbox.snapshot")
        for row in inbox["items"]:
            await reader.command("conversation.close", conv=row["id"], reason="resolved")
        return {row["id"]: row["assignee"]["name"] for row in inbox["items"]}
