"""A whole server with its supervisor, an agent and another shop, asked over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from server import demo
from server.bootstrap import Server
from server.services.secrets import new_id
from server.store import people
from server.store.people import Agent, Site
from server.store.tables import audit
from tests.server.test_http import Browser, browser, http, server

__all__ = ["Office", "browser", "http", "office", "server"]

ADMIN = "/api/v1/agent/admin"


@dataclass
class Office:
    """The supervisor's browser, an agent's, and that of a supervisor of another shop."""

    server: Server
    boss: Browser
    agent: Browser
    stranger: Browser
    anybody: Browser

    async def get(self, path: str) -> Any:
        """Return what the supervisor gets."""
        status, found, _ = await self.boss.ask("GET", f"{ADMIN}/{path}")
        assert status == 200, found
        return found

    async def make(self, path: str, **body: Any) -> Any:
        """Return what the supervisor has made."""
        status, found, _ = await self.boss.ask("POST", f"{ADMIN}/{path}", json=body)
        assert status == 201, found
        return found

    async def put(self, path: str, body: Any) -> Any:
        """Return what the supervisor's change has left."""
        status, found, _ = await self.boss.ask("PUT", f"{ADMIN}/{path}", json=body)
        assert status == 200, found
        return found

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
        """Return status, code and message of what the supervisor may not do."""
        status, found, _ = await self.boss.ask(method, f"{ADMIN}/{path}", json=body)
        return status, found["error"]["code"], found["error"]["message"]

    async def ids(self) -> dict[str, str]:
        """Return the ids of the staff by their names."""
        return {one["name"]: one["id"] for one in await self.get("agents")}

    async def deeds(self) -> list[tuple[str, str]]:
        """Return what the audit log has of settings."""
        kinds = ("department.", "agent.", "skill.", "hours.", "routing.", "calls.")
        async with self.server.db.read() as tx:
            rows = await tx.execute(select(audit.c.action, audit.c.object).order_by(audit.c.id))
            return [(row.action, row.object) for row in rows if row.action.startswith(kinds)]


@pytest.fixture
async def office(server: Server, http: aiohttp.ClientSession) -> Office:
    url = server.settings.public_url
    boss, agent, stranger = (Browser(http, url) for _ in range(3))
    await boss.sign_in(2)
    await agent.sign_in(0)
    shop = Site(new_id(), "other", "Other", "#123456", ["en"], ["https://other.example"])
    password = await server.passwords.hash(demo.PASSWORD)
    account = Agent(
        new_id(), shop.id, "boss@other.example", "Boss", "supervisor", password, "en", True
    )
    async with server.db.write() as tx:
        await people.add_site(tx, shop)
        await people.add_agent(tx, account, server.clock())
    login = {"email": account.email, "password": demo.PASSWORD}
    status, _, _ = await stranger.ask("POST", "/api/v1/agent/login", json=login)
    assert status == 200
    return Office(server, boss, agent, stranger, Browser(http, url))
