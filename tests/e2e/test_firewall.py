"""Calls from behind firewalls that let no UDP through: ICE-TCP, and TURN over TLS on one port.

The firewall is an HTTP proxy that connects to a few ports only, and a browser that is told to
send nothing past its proxy (RFC 8828 section 5.2, mode 4): no UDP leaves it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.browser import LaunchBrowser
from tests.e2e.network import network
from tests.e2e.people import Agent, Person, Shopper, call_by_video, meet
from tests.services.server import Server, running_server
from tests.services.turn import turn_running

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

# How media travel: type and protocol of the own candidate, protocol to the relay, far port.
_WAY = """async () => {
  for (const connection of window.__connections) {
    if (connection.connectionState !== 'connected') continue;
    const stats = await connection.getStats();
    for (const s of stats.values()) {
      if (s.type !== 'transport') continue;
      const pair = stats.get(s.selectedCandidatePairId);
      const own = stats.get(pair.localCandidateId);
      return [own.candidateType, own.relayProtocol ?? own.protocol];
    }
  }
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def confined(launch_browser: LaunchBrowser) -> AsyncIterator[Browser]:
    """Give a browser whose calls go nowhere but through its proxy."""
    yield await launch_browser(
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--ignore-certificate-errors",  # the relay's own was signed by nobody
    )


async def talk(server: Server, browser: Browser, ports: set[int]) -> list[list[str]]:
    """Have two people in a call from behind a firewall; return how each one's media travel."""
    pages = {server.port, server.shop_port, server.player_port}
    async with network(ports=frozenset(pages | ports)) as firewall:

        async def context(**options: Any) -> BrowserContext:
            return await browser.new_context(proxy=firewall.proxy, **options)

        shopper: Shopper = await Shopper.come(server, context)
        agent: Agent = await Agent.come(server, context)
        people: list[Person] = [shopper, agent]
        await meet(shopper, agent, "May I see it?")
        await call_by_video(shopper, agent)
        return [await (await person.place()).evaluate(_WAY) for person in people]


async def test_a_network_without_udp_gets_a_call_by_the_media_ports_tcp(
    tmp_path: Path, confined: Browser
) -> None:
    async with running_server(tmp_path) as server:
        for kind, protocol in await talk(server, confined, {server.media_port}):
            assert (kind in ("host", "prflx"), protocol) == (True, "tcp")


async def test_a_network_with_tls_on_one_port_alone_gets_a_call_through_the_relay(
    tmp_path: Path, confined: Browser
) -> None:
    with turn_running(tls=True) as relay:
        environment = {
            "TISKI_TURN_URLS": f"{relay.url},{relay.tls_url}",
            "TISKI_TURN_SECRET": relay.secret,
        }
        async with running_server(tmp_path, environment=environment) as server:
            ways = await talk(server, confined, {relay.tls_port})
            assert ways == [["relay", "tls"]] * 2
