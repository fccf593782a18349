"""What the console asks for: signing in and out, being there, lists of conversations."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.http.exchange import (
    AGENT_COOKIE,
    as_principal,
    body,
    clear_cookie,
    json,
    set_cookie,
    signed_in,
)
from server.http.failures import ApiError
from server.http.security import address
from server.services.reading import Reading
from server.services.staff import LIFETIME, Staff
from server.services.tokens import LIFETIME as TOKEN_LIFETIME
from server.store import people, recordings
from server.store.database import Database
from server.store.people import Agent
from signaling.messages import Id

__all__ = ["StaffRoutes"]

_MAX_WORDS = 100  # characters of a search


class _LoginBody(msgspec.Struct):
    email: Id
    password: str


class _LogoutBody(msgspec.Struct):
    everywhere: bool = False


class StaffRoutes:
    """The routes of agents and supervisors."""

    def __init__(
        self,
        db: Database,
        staff: Staff,
        reading: Reading,
        proxies: int,
    ) -> None:
        self._db = db
        self._staff = staff
        self._reading = reading
        self._proxies = proxies

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.post("/api/v1/agent/login", self.login),
            web.post("/api/v1/agent/logout", self.logout),
            web.get("/api/v1/agent/me", self.me),
            web.post("/api/v1/agent/token", self.token),
            web.get("/api/v1/agent/conversations", self.conversations),
        ]

    async def login(self, request: web.Request) -> web.StreamResponse:
        asked = await body(request, _LoginBody)
        found = await self._staff.sign_in(
            asked.email, asked.password, address(request, self._proxies)
        )
        response = json({"agent": _shown(found.agent)})
        set_cookie(response, AGENT_COOKIE, found.secret, seconds=LIFETIME)
        return response

    async def logout(self, request: web.Request) -> web.StreamResponse:
        asked = await body(request, _LogoutBody)
        response = web.Response(status=204)
        clear_cookie(response, AGENT_COOKIE)
        secret = request.cookies.get(AGENT_COOKIE)
        found = await self._staff.by_cookie(secret) if secret else None
        if found is not None:
            session, agent = found
            await self._staff.sign_out(agent, session, everywhere=asked.everywhere)
        return response

    async def me(self, request: web.Request) -> web.StreamResponse:
        _, agent = await signed_in(request, self._staff)
        async with self._db.read() as tx:
            site = await people.site_by_id(tx, agent.site)
            rules = await recordings.rules_of_site(tx, agent.site)
        if site is None:
            raise ApiError(404, "not_found", "The shop is gone.")
        shop = {
            "id": site.id,
            "key": site.key,
            "name": site.name,
            "color": site.color,
            "langs": site.langs,
            "recording": rules.allowed,
        }
        return json({"agent": _shown(agent), "site": shop, "lang": agent.lang})

    async def token(self, request: web.Request) -> web.StreamResponse:
        session, agent = await signed_in(request, self._staff)
        token = self._staff.token(agent, session)
        key = self._staff.files_key(agent, session)
        return json({"token": token, "expires_in": TOKEN_LIFETIME, "files_key": key})

    async def conversations(self, request: web.Request) -> web.StreamResponse:
        """List closed or all conversations, newest first, found by words."""
        session, agent = await signed_in(request, self._staff)
        view = request.query.get("view", "closed")
        if view not in ("closed", "all"):
            raise ApiError(400, "bad_request", "The view is closed or all.")
        items, following = await self._reading.find(
            as_principal(session, agent),
            view=view,
            words=request.query.get("q", "").strip()[:_MAX_WORDS],
            before=request.query.get("before") or None,
        )
        return json({"items": items, "next": following})


def _shown(agent: Agent) -> dict[str, object]:
    return {
        "id": agent.id,
        "name": agent.name,
        "email": agent.email,
        "role": agent.role,
        "available": agent.available,
    }
