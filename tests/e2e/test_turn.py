"""A call for which the network leaves only the relay: real coturn, credentials from our API."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import NewContext
from tests.e2e.people import Agent, Shopper, call_by_video, meet
from tests.services.server import running_server
from tests.services.turn import TurnServer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]


async def test_a_call_forced_through_the_relay_is_seen_and_heard(
    tmp_path: Path, new_context: NewContext, turn_server: TurnServer
) -> None:
    environment = {
        "TISKI_TURN_URLS": turn_server.url,
        "TISKI_TURN_SECRET": turn_server.secret,
        "TISKI_TURN_ONLY": "1",
    }
    async with running_server(tmp_path, environment=environment) as server:
        shopper: Shopper = await Shopper.come(server, new_context)
        agent: Agent = await Agent.come(server, new_context)
        await meet(shopper, agent, "May I see it?")
        await call_by_video(shopper, agent)
        assert await shopper.ways() == await agent.ways() == ["relay"]
