"""How calls went, for supervisors."""

from __future__ import annotations

from aiohttp import web

from server.http.exchange import as_principal, json, signed_in
from server.services.call_figures import CallFigures
from server.services.staff import Staff

__all__ = ["CallRoutes"]


class CallRoutes:
    """The routes of reports on calls."""

    def __init__(self, figures: CallFigures, staff: Staff) -> None:
        self._figures = figures
        self._staff = staff

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [web.get("/api/v1/agent/conversations/{id}/calls/{call}/figures", self.figures)]

    async def figures(self, request: web.Request) -> web.StreamResponse:
        """Tell how a call was for each who was in it."""
        who = as_principal(*await signed_in(request, self._staff))
        found = request.match_info
        return json(await self._figures.report(who, found["id"], found["call"]))
