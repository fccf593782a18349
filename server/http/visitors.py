"""What the widget asks for: the shop's face, and the visitor's session."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.http.exchange import body, clear_cookie, json, set_cookie, visitor_cookie
from server.http.failures import ApiError
from server.http.security import address
from server.services.customers import Customers
from server.services.presence import Presence, for_visitors
from server.services.tokens import LIFETIME as TOKEN_LIFETIME
from server.services.visitors import LIFETIME, Visitors
from server.store import people
from server.store.database import Database
from server.store.people import Site
from signaling.messages import Id

__all__ = ["VisitorRoutes"]


class _SessionBody(msgspec.Struct):
    site: Id
    create: bool = False
    resume: str | None = None
    identify: str | None = None


class _EndBody(msgspec.Struct):
    site: Id
    resume: str | None = None


class VisitorRoutes:
    """The routes of visitors."""

    def __init__(
        self,
        db: Database,
        visitors: Visitors,
        customers: Customers,
        presence: Presence,
        proxies: int,
    ) -> None:
        self._db = db
        self._visitors = visitors
        self._customers = customers
        self._presence = presence
        self._proxies = proxies

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/sites/{key}", self.site),
            web.post("/api/v1/visitor/session", self.session),
            web.post("/api/v1/visitor/session/end", self.end),
        ]

    async def _site(self, key: str) -> Site:
        async with self._db.read() as tx:
            site = await people.site_by_key(tx, key)
        if site is None:
            raise ApiError(404, "not_found", "There is no such shop: check the site key.")
        return site

    async def site(self, request: web.Request) -> web.StreamResponse:
        """Tell what the launcher shows; public, without cookies."""
        site = await self._site(request.match_info["key"])
        availability = for_visitors(await self._presence.availability(site.id))
        response = json(
            {
                "key": site.key,
                "name": site.name,
                "color": site.color,
                "langs": site.langs,
                "availability": {
                    "online": availability.online,
                    "people": [
                        {"id": p.id, "role": p.role, "name": p.name} for p in availability.people
                    ],
                    "opens_at": availability.opens_at,
                },
            }
        )
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    async def session(self, request: web.Request) -> web.StreamResponse:
        """Resume the visitor's session, or open one when they act."""
        asked = await body(request, _SessionBody)
        site = await self._site(asked.site)
        customer = None
        if asked.identify is not None:
            customer = await self._customers.read(site, asked.identify)
        name = visitor_cookie(site.key)
        found = await self._visitors.session(
            site.id,
            cookie=request.cookies.get(name),
            resume=asked.resume,
            create=asked.create,
            address=address(request, self._proxies),
            customer=customer,
        )
        if found is not None and customer is not None:
            await self._customers.tell(found.visitor, customer)
        if found is None:
            return web.Response(status=204)
        response = json(
            {
                "token": found.token,
                "expires_in": TOKEN_LIFETIME,
                "files_key": found.files_key,
                "resume": found.resume,
                "visitor": msgspec.structs.replace(found.visitor, customer=""),
                "conversation": found.conversation,
            }
        )
        cookie = found.cookie or request.cookies.get(name, "")
        set_cookie(response, name, cookie, seconds=LIFETIME, framed=True)
        return response

    async def end(self, request: web.Request) -> web.StreamResponse:
        """Forget this browser."""
        asked = await body(request, _EndBody)
        site = await self._site(asked.site)
        name = visitor_cookie(site.key)
        await self._visitors.end(site.id, cookie=request.cookies.get(name), resume=asked.resume)
        response = web.Response(status=204)
        clear_cookie(response, name, framed=True)
        return response
