"""Nothing said is lost or doubled: over lost networks, a killed server, and two servers.

People write on the product's own pages; what counts is what both of them read there, in which
order, and what a colleague who comes later is shown by the server.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import NewContext
from tests.e2e.calls import eventually
from tests.e2e.network import network
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.staff import staffed
from tests.services.ports import free_port
from tests.services.redis import redis_running
from tests.services.server import Server, running_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

OUTAGE = 10  # seconds
HEARTBEAT = 25.0  # seconds between heartbeats of an idle connection (docs/protocol.md)
# The console keeps only what is in sight in the page; a tall window shows everything.
TALL = {"width": 1280, "height": 2400}


async def people(
    server: Server, desk: Server, new_context: NewContext, question: str, **options: object
) -> tuple[Shopper, Agent]:
    """Return a shopper at one server and an agent at another, in conversation."""
    shopper: Shopper = await Shopper.come(server, new_context, viewport=TALL, **options)
    agent: Agent = await Agent.come(desk, new_context, viewport=TALL, **options)
    await meet(shopper, agent, question)
    return shopper, agent


async def both_read_the_same(shopper: Shopper, agent: Agent, texts: set[str]) -> list[str]:
    """Wait until both have read all of these texts once, and return them in their one order."""

    async def same() -> list[str] | None:
        read, shown = await shopper.lines(), await agent.lines()
        return read if read == shown and set(read) >= texts else None

    try:
        order: list[str] = await eventually("both read the same", same, 60.0)
    except AssertionError as error:
        logs = f"shopper: {await shopper.lines()}\nagent: {await agent.lines()}"
        raise AssertionError(f"{error}\n{logs}") from None
    assert Counter(order).most_common(1)[0][1] == 1, f"something was said twice: {order}"
    return order


@pytest.mark.parametrize("way", ["the same connection", "another connection"])
async def test_what_both_write_without_network_for_ten_seconds_comes_once_in_one_order(
    tmp_path: Path, new_context: NewContext, way: str
) -> None:
    async with running_server(tmp_path) as server, network() as lost:
        question = "Do you have it in green?"
        shopper, agent = await people(server, server, new_context, question, proxy=lost.proxy)
        said = {question}
        lost.lose()
        for second in range(OUTAGE // 2):
            for person, name in ((shopper, "shopper"), (agent, "agent")):
                said.add(f"{name} {second}")
                await person.write(f"{name} {second}")
            await asyncio.sleep(2)  # the outage, not a wait for anything
        assert "agent 0" not in await shopper.lines(), "the network was not lost"
        assert "shopper 0" not in await agent.lines(), "the network was not lost"
        if way == "another connection":
            lost.forget()
        lost.regain()
        order = await both_read_the_same(shopper, agent, said)
        for name in ("shopper", "agent"):
            own = [text for text in order if text.startswith(name)]
            assert own == sorted(own), "one's own words changed places"
        assert shopper.errors == agent.errors == []


async def test_a_server_killed_in_the_middle_of_a_chat_keeps_every_acknowledged_message_once(
    tmp_path: Path, new_context: NewContext
) -> None:
    async with running_server(tmp_path) as server, network() as theirs:
        question = "Is it on sale?"
        shopper, agent = await people(server, server, new_context, question, proxy=theirs.proxy)

        async def talk(person: Shopper | Agent, name: str) -> set[str]:
            texts = [f"{name} {number:02}" for number in range(12)]
            for text in texts:
                await person.write(text)
            return set(texts)

        async def under_way() -> bool:
            return "shopper 03" in await agent.lines()

        talking = asyncio.gather(talk(shopper, "shopper"), talk(agent, "agent"))
        await eventually("the chat is under way", under_way)
        await server.kill()
        theirs.lose()  # so that what follows is the server's memory alone, not a repetition
        said = {question}.union(*await talking)
        acknowledged = {*await shopper.acknowledged(), *await agent.acknowledged()}
        assert {"shopper 03", question} <= acknowledged < said, "it was not killed in the middle"
        await server.start()

        kept = Counter(await _kept(server, "agent2@demo.example"))
        assert {text: kept[text] for text in acknowledged} == dict.fromkeys(acknowledged, 1)
        theirs.regain()
        await both_read_the_same(shopper, agent, said)
        kept = Counter(await _kept(server, "supervisor@demo.example"))
        assert {text: kept[text] for text in said} == dict.fromkeys(said, 1)


async def _kept(server: Server, reader: str) -> list[str]:
    """Return the texts of the only conversation as somebody new is shown them."""
    async with staffed(server.url, reader) as staff:
        inbox = await staff.find(lambda frame: frame["t"] == "inbox.snapshot")
        (row,) = inbox["items"]
        await staff.send({"t": "subscribe", "id": "0" * 26, "stream": row["id"]})
        shown = await staff.find(lambda frame: frame["t"] == "snapshot")
        return [entry["event"].get("text", "") for entry in shown["events"]]


async def test_two_servers_serve_one_conversation_and_lose_nothing_when_redis_dies(
    tmp_path: Path, new_context: NewContext, postgres_url: str
) -> None:
    port = free_port()
    shared = {
        "TISKI_DATABASE_URL": postgres_url,
        "TISKI_REDIS_URL": f"redis://127.0.0.1:{port}/0",
    }
    with contextlib.ExitStack() as redis:
        redis.enter_context(redis_running(port))
        # The shop's server starts last: each demo lets its own shop embed the chat.
        async with (
            running_server(tmp_path / "desk", environment=shared) as desk,
            running_server(tmp_path / "shop", environment=shared) as shop,
        ):
            question = "Which size fits me?"
            shopper, agent = await people(shop, desk, new_context, question)
            await shopper.say("shopper 0")
            await agent.line("shopper 0").wait_for()
            await agent.say("agent 0")
            await shopper.line("agent 0").wait_for()

            redis.close()
            await shopper.write("shopper 1")
            await agent.write("agent 1")
            # Committed and acknowledged, though nobody can tell the other server.
            await expect(shopper.message("shopper 1")).to_have_attribute("data-status", "sent")
            assert "agent 1" not in await shopper.lines()
            with redis_running(port):
                said = {question, *(f"{who} {n}" for who in ("shopper", "agent") for n in (0, 1))}
                await both_read_the_same(shopper, agent, said)
                await shopper.say("shopper 2")
                await agent.line("shopper 2").wait_for()
                await both_read_the_same(shopper, agent, said | {"shopper 2"})
