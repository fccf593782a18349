"""Gives tickets for the pictures of a shown page, on our own origin, to those who may see it."""

from __future__ import annotations

from aiohttp import hdrs, web

from server.http.exchange import as_principal, bearer, json, signed_in
from server.services.images import Images
from server.services.staff import Staff
from signaling.backend import Backend, Principal

__all__ = ["ImageTickets"]


class ImageTickets:
    """The route of tickets; what they open is served by the player's origin."""

    def __init__(self, backend: Backend, staff: Staff, images: Images, player_url: str) -> None:
        self._backend = backend
        self._staff = staff
        self._images = images
        self._player_url = player_url

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the route."""
        return [web.post("/api/v1/cobrowse/{id}/images", self.ticket)]

    async def ticket(self, request: web.Request) -> web.StreamResponse:
        """Tell where the player is, and the address of its pictures with a ticket."""
        who = await self._who(request)
        ticket = await self._images.ticket(who, request.match_info["id"])
        images = f"{self._player_url}/i?k={ticket}"
        return json({"player": self._player_url, "images": images})

    async def _who(self, request: web.Request) -> Principal:
        if hdrs.AUTHORIZATION in request.headers:
            return await bearer(request, self._backend)
        return as_principal(*await signed_in(request, self._staff))
