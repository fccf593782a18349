"""What is asked of the queue besides frames: times to be called back, departments, colleagues."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from server.http.exchange import bearer, json, signed_in
from server.services.availability import callback_times, reach
from server.services.reading import Reading
from server.services.staff import Staff
from server.store import profiles
from server.store.database import Database
from server.store.profiles import Profile
from signaling.backend import Backend

__all__ = ["QueueRoutes"]


class QueueRoutes:
    """The routes of who waits, and of who might hand something over."""

    def __init__(self, db: Database, backend: Backend, reading: Reading, staff: Staff) -> None:
        self._db = db
        self._backend = backend
        self._reading = reading
        self._staff = staff

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/queue/callback-times", self.callback_times),
            web.get("/api/v1/agent/departments", self.departments),
            web.get("/api/v1/agent/colleagues", self.colleagues),
        ]

    async def callback_times(self, request: web.Request) -> web.StreamResponse:
        """Give the half hours at which the visitor of `?conv=` may be called back."""
        who = await bearer(request, self._backend)
        record = await self._reading.access(who, request.query.get("conv", ""))
        async with self._db.read() as tx:
            now = await self._db.moment(tx)
            return json(await callback_times(tx, record.state, who.site, now))

    async def departments(self, request: web.Request) -> web.StreamResponse:
        """List the departments that a conversation may be transferred to, as they stand now."""
        _, agent = await signed_in(request, self._staff)
        async with self._db.read() as tx:
            return json(await reach(tx, agent.site, await self._db.moment(tx)))

    async def colleagues(self, request: web.Request) -> web.StreamResponse:
        """List the staff, and how each of them stands now."""
        _, agent = await signed_in(request, self._staff)
        async with self._db.read() as tx:
            staff = await profiles.of_site(tx, agent.site)
        return json([_colleague(one) for one in staff.values()])


def _colleague(profile: Profile) -> dict[str, Any]:
    settings = profile.settings
    return {
        "id": profile.id,
        "name": settings.name,
        "role": settings.role,
        "online": profile.online,
        "available": profile.state == "available",
        "state": profile.state,
        "reason": profile.reason,
        "since": profile.since,
        "capacity": settings.capacity,
        "used": profile.used,
        "departments": settings.departments,
        "skills": settings.skills,
        "langs": settings.langs,
    }
