"""An agent's own work: whether they take any, the next conversation, wrap-ups."""

from __future__ import annotations

from typing import Literal

import msgspec
from aiohttp import web

from server.http.exchange import as_principal, body, json, signed_in
from server.http.failures import ApiError
from server.services.desks import Desks
from server.services.presence import Presence
from server.services.staff import Staff
from signaling.queue import AwayReason

__all__ = ["StateBody", "WorkRoutes"]


class StateBody(msgspec.Struct):
    """Whether somebody takes work, and why not."""

    state: Literal["available", "away"]
    reason: AwayReason | None = None


class _StatusBody(msgspec.Struct):
    """The same, or as it was said before there were reasons."""

    state: Literal["available", "away"] | None = None
    reason: AwayReason | None = None
    available: bool | None = None


class WorkRoutes:
    """The routes of an agent's desk."""

    def __init__(self, staff: Staff, presence: Presence, desks: Desks) -> None:
        self._staff = staff
        self._presence = presence
        self._desks = desks

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.put("/api/v1/agent/status", self.status),
            web.post("/api/v1/agent/next", self.next),
            web.post("/api/v1/agent/wrapups/{task}/end", self.end_wrapup),
            web.post("/api/v1/agent/wrapups/{task}/extend", self.extend_wrapup),
        ]

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Take new work from now on, or none."""
        who = as_principal(*await signed_in(request, self._staff))
        asked = await body(request, _StatusBody)
        if asked.state is None and asked.available is None:
            raise ApiError(400, "bad_request", "Say the state: available or away.")
        state = asked.state or ("available" if asked.available else "away")
        await self._desks.set_state(who.person.id, state, asked.reason, by=who)
        await self._presence.tell(who.site)
        reason = "" if state == "available" else asked.reason or "other"
        return json({"state": state, "reason": reason, "available": state == "available"})

    async def next(self, request: web.Request) -> web.StreamResponse:
        """Take what waits longest of what the agent may take."""
        who = as_principal(*await signed_in(request, self._staff))
        conv = await self._desks.next(who)
        if conv is None:
            raise ApiError(404, "nothing_waiting", "Nobody waits whom you may take.")
        return json({"conv": conv})

    async def end_wrapup(self, request: web.Request) -> web.StreamResponse:
        who = as_principal(*await signed_in(request, self._staff))
        await self._desks.end_wrapup(who, request.match_info["task"])
        return web.Response(status=204)

    async def extend_wrapup(self, request: web.Request) -> web.StreamResponse:
        who = as_principal(*await signed_in(request, self._staff))
        until = await self._desks.extend_wrapup(who, request.match_info["task"])
        return json({"until": until})
