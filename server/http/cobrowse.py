"""The rules of co-browsing: a page asks what to hide, a supervisor says it."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.domain.rules import BadRules, Rules
from server.http.exchange import as_principal, bearer, body, json, signed_in
from server.http.failures import ApiError
from server.services.cobrowse import CobrowseService
from server.services.staff import Staff
from signaling.backend import Backend

__all__ = ["CobrowseRoutes"]


class CobrowseRoutes:
    """The routes of the rules."""

    def __init__(self, backend: Backend, cobrowse: CobrowseService, staff: Staff) -> None:
        self._backend = backend
        self._cobrowse = cobrowse
        self._staff = staff

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/cobrowse/rules", self.of_page),
            web.get("/api/v1/agent/cobrowse/rules", self.give),
            web.put("/api/v1/agent/cobrowse/rules", self.replace),
        ]

    async def of_page(self, request: web.Request) -> web.StreamResponse:
        """Tell the page what it hides, on top of what it hides always."""
        who = await bearer(request, self._backend)
        version, rules = await self._cobrowse.rules(who.site)
        told = _told(version, rules)
        del told["assets"]
        return json(told)

    async def give(self, request: web.Request) -> web.StreamResponse:
        _, agent = await signed_in(request, self._staff)
        return json(_told(*await self._cobrowse.rules(agent.site)))

    async def replace(self, request: web.Request) -> web.StreamResponse:
        """Put new rules in the place of all old ones; pages take them with the next consent."""
        session, agent = await signed_in(request, self._staff)
        asked = await body(request, Rules)
        try:
            kept = await self._cobrowse.set_rules(as_principal(session, agent), asked)
        except BadRules as error:
            raise ApiError(400, "bad_request", str(error)) from None
        return json(_told(*kept))


def _told(version: str, rules: Rules) -> dict[str, object]:
    return {"version": version, **msgspec.structs.asdict(rules)}
