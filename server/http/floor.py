"""The floor for supervisors: how it stands, colleagues' states, moving what waits."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.http.exchange import as_principal, body, json, signed_in
from server.http.failures import ApiError
from server.http.work import StateBody
from server.services.departments import supervise
from server.services.floor import look
from server.services.staff import Staff
from server.services.supervising import Supervising
from server.store.database import Database
from signaling.backend import Principal
from signaling.bases import Id

__all__ = ["FloorRoutes"]


class _MoveBody(msgspec.Struct):
    """Where to: one of a department and an agent; `front`: the next of its department."""

    department: Id | None = None
    agent: Id | None = None
    front: bool = False


class FloorRoutes:
    """The routes of supervisors at work."""

    def __init__(self, db: Database, staff: Staff, supervising: Supervising) -> None:
        self._db = db
        self._staff = staff
        self._supervising = supervising

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/agent/floor", self.floor),
            web.put("/api/v1/agent/agents/{id}/state", self.set_state),
            web.post("/api/v1/agent/tasks/{conv}/move", self.move),
        ]

    async def _who(self, request: web.Request) -> Principal:
        """Return the supervisor who asks: a body is read of nobody else."""
        who = as_principal(*await signed_in(request, self._staff))
        supervise(who)
        return who

    async def floor(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json(await look(self._db, who.site))

    async def set_state(self, request: web.Request) -> web.StreamResponse:
        """Let a colleague take new work, or none."""
        who = await self._who(request)
        asked = await body(request, StateBody)
        agent = request.match_info["id"]
        await self._supervising.set_state(who, agent, asked.state, asked.reason)
        return web.Response(status=204)

    async def move(self, request: web.Request) -> web.StreamResponse:
        """Let a conversation wait elsewhere or before others, or give it to somebody."""
        who = await self._who(request)
        asked = await body(request, _MoveBody)
        conv = request.match_info["conv"]
        if asked.agent is not None:
            if asked.department is not None or asked.front:
                raise ApiError(400, "bad_request", "Give it to an agent, or let it wait: not both.")
            await self._supervising.assign(who, conv, asked.agent)
            return web.Response(status=204)
        if asked.department is None and not asked.front:
            raise ApiError(400, "bad_request", "Say where to: department, agent or front.")
        if asked.department is not None:
            await self._supervising.move(who, conv, asked.department)
        if asked.front:
            await self._supervising.bring_forward(who, conv)
        return web.Response(status=204)
