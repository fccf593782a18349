"""A page that is shown, for tests that need its tickets: consent given, over the real API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from server.demo import PASSWORD
from tests.e2e.desk import customer_at
from tests.e2e.staff import staffed
from tests.services.server import Server

__all__ = ["cookie_of", "shown"]


@asynccontextmanager
async def shown(server: Server) -> AsyncIterator[tuple[str, str]]:
    """Have a page shown; give the co-browsing's id and a member of staff's token."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        staffed(server.url) as staff,
        customer_at(server) as customer,
    ):
        await customer.begin("Hello")
        conv = await staff.conversation("Hello")
        asked = {"site": "demo", "create": True}
        async with http.post(
            f"{server.url}/api/v1/visitor/session", json=asked, headers={"Origin": server.url}
        ) as response:
            token = (await response.json())["token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with http.get(f"{server.url}/api/v1/cobrowse/rules", headers=headers) as response:
            masking = (await response.json())["version"]
        ack = await customer.wire.command(
            "cobrowse.start", conv=conv, consent="view-1", lang="en", masking=masking
        )
        yield ack["cobrowse"], token


async def cookie_of(server: Server, email: str) -> dict[str, str]:
    """Sign somebody of staff in; return the header that says so."""
    account = {"email": email, "password": PASSWORD}
    async with (
        aiohttp.ClientSession(headers={"Origin": server.url}) as http,
        http.post(f"{server.url}/api/v1/agent/login", json=account) as response,
    ):
        response.raise_for_status()
        return {"Cookie": response.headers["Set-Cookie"].split(";")[0]}
