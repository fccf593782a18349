"""Which way a site's calls may go, over HTTP."""

from __future__ import annotations

import pytest

from tests.server.supervised import ADMIN, Office, browser, http, office, server
from tests.server.test_http import _visitor

__all__ = ["browser", "http", "office", "server"]


async def test_calls_of_a_new_site_pass_its_server(office: Office) -> None:
    assert await office.get("calls") == {"media_policy": "server", "relays": True}


async def test_the_policy_is_kept_for_this_site_and_on_record(office: Office) -> None:
    kept = await office.put("calls", {"media_policy": "direct"})
    assert kept == await office.get("calls") == {"media_policy": "direct", "relays": True}
    assert (await office.deeds())[-1] == ("calls.changed", "direct")
    _, theirs, _ = await office.stranger.ask("GET", f"{ADMIN}/calls")
    assert theirs["media_policy"] == "server"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"media_policy": "peer"}, "bad_policy"),
        ({"media_policy": None}, "bad_request"),
        ({}, "bad_request"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(office, body, code) -> None:
    status, refused, _ = await office.refused("PUT", "calls", body)
    assert (status, refused) == (400, code)
    assert (await office.get("calls"))["media_policy"] == "server"


async def test_agents_neither_see_nor_change_it(office: Office) -> None:
    for method, body in (("GET", None), ("PUT", {"media_policy": "direct"})):
        status, _, _ = await office.agent.ask(method, f"{ADMIN}/calls", json=body)
        assert status == 403


async def test_browsers_of_a_site_that_relays_use_the_relay_alone(office: Office) -> None:
    visitor = await _visitor(office.anybody)
    bearer = {"Authorization": f"Bearer {visitor['token']}"}
    for policy, transports in (("relay", "relay"), ("direct", "all"), ("server", "all")):
        await office.put("calls", {"media_policy": policy})
        _, answer, _ = await office.anybody.ask("GET", "/api/v1/ice", headers=bearer)
        assert answer["policy"] == transports
        assert answer["ice_servers"]
