"""A supervisor who sets up a shop and looks at its floor by REST, for tests that look at others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from server.demo import PASSWORD

__all__ = ["Supervisor", "supervising"]

#: What the lists tell of an entry beside what may be set.
_TOLD = ("id", "email", "online", "state")


class Supervisor:
    """A signed-in supervisor; every answer that is no success raises."""

    def __init__(self, http: aiohttp.ClientSession, api: str) -> None:
        self._http = http
        self._api = api

    async def get(self, path: str) -> Any:
        """Return what an address under `/api/v1/agent` gives."""
        async with self._http.get(f"{self._api}/{path}") as response:
            return await response.json()

    async def put(self, path: str, told: dict[str, Any]) -> None:
        """Set what is at an address."""
        async with self._http.put(f"{self._api}/{path}", json=told):
            pass

    async def set_agent(self, name: str, **changes: Any) -> None:
        """Change some of an account's settings."""
        await self._set("admin/agents", "name", name, changes)

    async def set_department(self, **changes: Any) -> None:
        """Change some of the usual department's settings."""
        await self._set("admin/departments", "usual", True, changes)

    async def set_hours(self, **changes: Any) -> None:
        """Change some of the site's hours."""
        await self.put("admin/hours", {**await self.get("admin/hours"), **changes})

    async def _set(self, path: str, by: str, value: object, changes: dict[str, Any]) -> None:
        one = next(one for one in await self.get(path) if one[by] == value)
        known = {key: value for key, value in one.items() if key not in _TOLD}
        await self.put(f"{path}/{one['id']}", {**known, **changes})

    async def set_state(self, name: str, state: str, reason: str = "") -> None:
        """Force an agent's state."""
        agent = await self.agent(name)
        await self.put(f"agents/{agent['id']}/state", {"state": state, "reason": reason})

    async def agent(self, name: str) -> dict[str, Any]:
        """Return how an agent stands on the floor now."""
        agents = (await self.get("floor"))["agents"]
        return next(one for one in agents if one["name"] == name)

    async def waiting(self) -> list[dict[str, Any]]:
        """Return who waits or rings now, in their order."""
        found: list[dict[str, Any]] = (await self.get("floor"))["waiting"]
        return found


@asynccontextmanager
async def supervising(url: str) -> AsyncIterator[Supervisor]:
    """Have a supervisor of the server at `url`, who is not at the counter, for the block."""
    api = f"{url}/api/v1/agent"
    async with aiohttp.ClientSession(
        headers={"Origin": url}, cookie_jar=aiohttp.DummyCookieJar(), raise_for_status=True
    ) as http:
        login = {"email": "supervisor@demo.example", "password": PASSWORD}
        async with http.post(f"{api}/login", json=login) as response:
            # By hand: the cookie is Secure, and aiohttp knows no trustworthy localhost.
            http.headers["Cookie"] = response.headers["Set-Cookie"].split(";")[0]
        yield Supervisor(http, api)
