"""Which way the media of a site's calls may go, for its supervisors."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.domain.paths import MediaPolicy
from server.http.exchange import as_principal, json, signed_in, whole
from server.services.callways import CallWays
from server.services.departments import supervise
from server.services.staff import Staff
from signaling.backend import Principal

__all__ = ["CallWayRoutes"]

_PATH = "/api/v1/agent/admin/calls"


class _Body(msgspec.Struct):
    media_policy: str


class CallWayRoutes:
    """The routes of how calls are carried."""

    def __init__(self, ways: CallWays, staff: Staff) -> None:
        self._ways = ways
        self._staff = staff

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [web.get(_PATH, self.calls), web.put(_PATH, self.set_calls)]

    async def _who(self, request: web.Request) -> Principal:
        who = as_principal(*await signed_in(request, self._staff))
        supervise(who)
        return who

    async def calls(self, request: web.Request) -> web.StreamResponse:
        return self._shown(await self._ways.policy(await self._who(request)))

    async def set_calls(self, request: web.Request) -> web.StreamResponse:
        """Choose "server", "direct" or "relay"."""
        who = await self._who(request)
        asked = await whole(request, _Body)
        return self._shown(await self._ways.set_policy(who, asked.media_policy))

    def _shown(self, policy: MediaPolicy) -> web.StreamResponse:
        """Answer with the policy; `relays`: whether there is a TURN server to choose it."""
        return json({"media_policy": policy, "relays": self._ways.relays})
