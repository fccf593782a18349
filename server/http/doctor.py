"""The check before a call: a browser's offers, answered by a media node."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.domain.checking import Offers
from server.http.exchange import bearer, body, json
from server.http.security import address
from server.services.doctor import Doctor
from signaling.backend import Backend

__all__ = ["DoctorRoutes"]


class _CheckBody(msgspec.Struct):
    offers: Offers


class DoctorRoutes:
    """The routes of the call doctor."""

    def __init__(self, backend: Backend, doctor: Doctor, proxies: int) -> None:
        self._backend = backend
        self._doctor = doctor
        self._proxies = proxies

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [web.post("/api/v1/doctor/checks", self.check)]

    async def check(self, request: web.Request) -> web.StreamResponse:
        """Open a check: some seconds in a room of the browser's own."""
        who = await bearer(request, self._backend)
        asked = await body(request, _CheckBody)
        found = await self._doctor.check(who, address(request, self._proxies), asked.offers)
        return json(found, status=201)
