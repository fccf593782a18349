"""What staff asks for about experts' links, and the expert's page about its own."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from server.http.exchange import (
    EXPERT_COOKIE,
    as_principal,
    body,
    clear_cookie,
    json,
    set_cookie,
    signed_in,
)
from server.http.failures import ApiError
from server.services.invites import SESSION, Invites, LinkDead, Seated
from server.services.staff import Staff
from server.services.tokens import LIFETIME as TOKEN_LIFETIME
from signaling.events import Scope

__all__ = ["InviteRoutes"]

_WORDS: Final = {
    "used": "Somebody has used this link already. Ask for a new one.",
    "revoked": "This link was taken back. Ask for a new one.",
    "expired": "This link is too old. Ask for a new one.",
    "left": "You have left. Ask for a new link to come back.",
    "removed": "Your part is done; the agent has ended it.",
    "closed": "The conversation is closed.",
}
_UNKNOWN: Final = "This link does not exist. Check that you have all of it."


class _CreateBody(msgspec.Struct):
    scope: list[Scope]


class _InspectBody(msgspec.Struct):
    secret: str


class _RedeemBody(msgspec.Struct):
    secret: str
    name: str


class InviteRoutes:
    """The routes of links."""

    def __init__(self, invites: Invites, staff: Staff, public_url: str) -> None:
        self._invites = invites
        self._staff = staff
        self._public_url = public_url

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.post("/api/v1/agent/conversations/{id}/invites", self.create),
            web.delete("/api/v1/agent/invites/{id}", self.revoke),
            web.post("/api/v1/invites/inspect", self.inspect),
            web.post("/api/v1/invites/redeem", self.redeem),
            web.post("/api/v1/expert/token", self.token),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        session, agent = await signed_in(request, self._staff)
        asked = await body(request, _CreateBody)
        invite, secret = await self._invites.create(
            as_principal(session, agent), request.match_info["id"], asked.scope
        )
        return json({"invite": invite, "url": f"{self._public_url}/e#{secret}"}, status=201)

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        session, agent = await signed_in(request, self._staff)
        await self._invites.revoke(as_principal(session, agent), request.match_info["id"])
        return web.Response(status=204)

    async def inspect(self, request: web.Request) -> web.StreamResponse:
        """Tell what a link would do, without using it."""
        asked = await body(request, _InspectBody)
        found = await self._invites.inspect(asked.secret)
        answer: dict[str, object] = {"outcome": found.outcome}
        if found.outcome == "open":
            answer |= {
                "site_name": found.site_name,
                "scope": found.scope,
                "by_name": found.by_name,
            }
        return json(answer)

    async def redeem(self, request: web.Request) -> web.StreamResponse:
        """Let the expert in, once."""
        asked = await body(request, _RedeemBody)
        try:
            seated = await self._invites.redeem(asked.secret, asked.name)
        except LinkDead as dead:
            raise _dead(dead) from None
        response = _seat(seated)
        set_cookie(response, EXPERT_COOKIE, seated.cookie or "", seconds=SESSION)
        return response

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Give a fresh token to the expert in this browser."""
        cookie = request.cookies.get(EXPERT_COOKIE)
        if not cookie:
            raise ApiError(401, "signed_out", "Open the link that you got.")
        try:
            return _seat(await self._invites.resume(cookie))
        except LinkDead as dead:
            error = _dead(dead)
            response = json(
                {"error": {"code": error.code, "message": error.message}}, status=error.status
            )
            clear_cookie(response, EXPERT_COOKIE)
            return response


def _dead(dead: LinkDead) -> ApiError:
    if dead.outcome not in _WORDS:
        return ApiError(404, "invite_unknown", _UNKNOWN)
    return ApiError(410, f"invite_{dead.outcome}", _WORDS[dead.outcome])


def _seat(seated: Seated) -> web.Response:
    return json(
        {
            "token": seated.token,
            "expires_in": TOKEN_LIFETIME,
            "files_key": seated.files_key,
            "conversation": seated.conversation,
            "scope": seated.scope,
            "you": seated.you,
        }
    )
