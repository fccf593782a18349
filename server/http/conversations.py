"""What every audience asks for with its token: older events, and servers for calls."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from server.http.exchange import bearer, json
from server.http.failures import ApiError
from server.services.callways import CallWays
from server.services.clock import Clock
from server.services.reading import Reading
from signaling.backend import Backend

__all__ = ["ConversationRoutes", "Turn"]

_PAGE: Final = 50
_MAX_PAGE: Final = 200
_TURN_LIFETIME: Final = 3_600  # seconds; a call that outlives it asks again on ICE restart


@dataclass(frozen=True, slots=True)
class Turn:
    """The TURN servers, and the secret that we share with them."""

    urls: tuple[str, ...] = ()
    secret: str = ""

    def credentials(self, person: str, now: int) -> tuple[str, str]:
        """Return a user name and password that work for an hour.

        As coturn's `use-auth-secret` checks them (draft-uberti-behave-turn-rest-00).
        """
        name = f"{now // 1000 + _TURN_LIFETIME}:{person}"
        digest = hmac.new(self.secret.encode(), name.encode(), hashlib.sha1).digest()
        return name, base64.b64encode(digest).decode()


class ConversationRoutes:
    """The routes of whoever takes part."""

    def __init__(
        self, backend: Backend, reading: Reading, ways: CallWays, turn: Turn, clock: Clock
    ) -> None:
        self._backend = backend
        self._reading = reading
        self._ways = ways
        self._turn = turn
        self._clock = clock

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/conversations/{id}/events", self.events),
            web.get("/api/v1/ice", self.ice),
        ]

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Give the events before one, oldest first."""
        who = await bearer(request, self._backend)
        before = _number(request, "before", 2**53)
        limit = min(_number(request, "limit", _PAGE), _MAX_PAGE)
        events, more = await self._reading.history(who, request.match_info["id"], before, limit)
        return json({"events": events, "more": more})

    async def ice(self, request: web.Request) -> web.StreamResponse:
        """Give the TURN servers with credentials that last an hour, and say if they are a must."""
        who = await bearer(request, self._backend)
        servers = []
        if self._turn.urls:
            name, password = self._turn.credentials(who.person.id, self._clock())
            server = {"urls": self._turn.urls, "username": name, "credential": password}
            servers.append(server)
        relayed = bool(servers) and await self._ways.of(who.site) == "relay"
        return json({"ice_servers": servers, "policy": "relay" if relayed else "all"})


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 16 or not 0 < int(text) <= 2**53:
        raise ApiError(400, "bad_request", f"{name} must be a number above 0.")
    return int(text)
