"""The accounts of a site's staff, for its supervisors."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from aiohttp import web

from server.domain.departments import AgentSettings
from server.http.exchange import as_principal, body, json, signed_in, whole
from server.services.agents import Agents
from server.services.departments import supervise
from server.services.staff import Staff
from server.store.profiles import Profile
from signaling.backend import Principal

__all__ = ["AgentRoutes"]

_BASE = "/api/v1/agent/admin/agents"


class _NewAgent(AgentSettings, frozen=True, kw_only=True):
    """What may be said of a new agent; all but name and e-mail may be left out."""

    email: str
    lang: Literal["fi", "sv", "en"] = "fi"  # of the console


class AgentRoutes:
    """The routes of accounts."""

    def __init__(self, agents: Agents, staff: Staff) -> None:
        self._agents = agents
        self._staff = staff

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get(_BASE, self.all),
            web.post(_BASE, self.add),
            web.put(f"{_BASE}/{{id}}", self.change),
        ]

    async def _who(self, request: web.Request) -> Principal:
        who = as_principal(*await signed_in(request, self._staff))
        supervise(who)
        return who

    async def all(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json([_shown(one) for one in await self._agents.all(who)])

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Add an account; the answer alone has its password."""
        who = await self._who(request)
        asked = await body(request, _NewAgent)
        made, password = await self._agents.add(who, asked.email, asked.lang, asked)
        return json({**_shown(made), "password": password}, status=201)

    async def change(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        asked = await whole(request, AgentSettings)
        return json(_shown(await self._agents.change(who, request.match_info["id"], asked)))


def _shown(profile: Profile) -> dict[str, Any]:
    settings = msgspec.structs.asdict(profile.settings)
    return {"id": profile.id, "email": profile.email, **settings}
