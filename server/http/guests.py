"""The tokens of outside sources and players, for supervisors: make, list, revoke."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from server.http.exchange import as_principal, body, json, signed_in
from server.services.staff import Staff
from server.services.whip import Guests
from server.store.guests import GuestKind

__all__ = ["GuestRoutes"]

_ENDPOINTS: Final = {"publish": "whip", "play": "whep"}


class _CreateBody(msgspec.Struct):
    """`minutes`: within which it must begin."""

    kind: GuestKind
    label: str
    minutes: int = 60


class GuestRoutes:
    """The routes of staff."""

    def __init__(self, guests: Guests, staff: Staff, public_url: str) -> None:
        self._guests = guests
        self._staff = staff
        self._public_url = public_url

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.post("/api/v1/agent/conversations/{id}/guests", self.create),
            web.get("/api/v1/agent/conversations/{id}/guests", self.listed),
            web.delete("/api/v1/agent/guests/{id}", self.revoke),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Make a token; its secret and where to use it are told only now."""
        who = as_principal(*await signed_in(request, self._staff))
        asked = await body(request, _CreateBody)
        guest, call, token = await self._guests.create(
            who, request.match_info["id"], asked.kind, asked.label, asked.minutes
        )
        url = f"{self._public_url}/api/v1/{_ENDPOINTS[asked.kind]}/{call}"
        return json({"guest": guest, "url": url, "token": token}, status=201)

    async def listed(self, request: web.Request) -> web.StreamResponse:
        who = as_principal(*await signed_in(request, self._staff))
        return json({"guests": await self._guests.listed(who, request.match_info["id"])})

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        who = as_principal(*await signed_in(request, self._staff))
        await self._guests.revoke(who, request.match_info["id"])
        return web.Response(status=204)
