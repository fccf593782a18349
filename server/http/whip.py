"""WHIP and WHEP: sources publish into a call and players play it, by one POST of an offer.

    POST   /api/v1/whip/{call}            offer → 201, answer, Location and ETag of the session
    PATCH  /api/v1/whip/{call}/{session}  candidates → 204; an ICE restart → 422
    DELETE /api/v1/whip/{call}/{session}  → 200, the guest has left
    OPTIONS on each                       what is spoken here, for browsers of other origins

The same with `whep`. The bearer token is the guest's (`server/services/whip.py`); it is no
cookie, so pages of any origin may ask. The answer holds every candidate of ours, and the guest's
are learned from its checks: trickled ones are taken and not needed.

RFC 9725 (WHIP), draft-ietf-wish-whep (WHEP), RFC 8840 (trickled fragments), RFC 6750 (tokens).
"""

from __future__ import annotations

from typing import Final, get_args

from aiohttp import web

from media import BadOffer
from server.http.conversations import Turn
from server.http.failures import ApiError
from server.services.clock import Clock
from server.services.secrets import hashed
from server.services.whip import Guests, TokenRefused
from server.store.guests import Guest, GuestKind

__all__ = ["WhipRoutes"]

_SDP: Final = "application/sdp"
_FRAGMENT: Final = "application/trickle-ice-sdpfrag"
_MAX_SDP: Final = 256 * 1024  # bytes
_MAX_FRAGMENT: Final = 16 * 1024
_KINDS: Final[dict[str, GuestKind]] = {"whip": "publish", "whep": "play"}
_SYNTAX: Final = frozenset({"sdp-syntax", "sdp-size", "sdp-mid"})


class WhipRoutes:
    """The routes of guests."""

    def __init__(self, guests: Guests, turn: Turn, clock: Clock) -> None:
        self._guests = guests
        self._turn = turn
        self._clock = clock
        if set(_KINDS.values()) != set(get_args(GuestKind)):
            raise ValueError("each kind of guest has an endpoint")

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        endpoint, session = "/api/v1/{way:whip|whep}/{call}", "/{session}"
        return [
            web.post(endpoint, self.connect),
            web.options(endpoint, self.options),
            web.patch(endpoint + session, self.trickle),
            web.delete(endpoint + session, self.disconnect),
            web.options(endpoint + session, self.options),
        ]

    async def options(self, request: web.Request) -> web.StreamResponse:
        """Say what is spoken here."""
        there = "session" in request.match_info
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": "PATCH, DELETE" if there else "POST",
                "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
                "Access-Control-Max-Age": "86400",
                **({"Accept-Patch": _FRAGMENT} if there else {"Accept-Post": _SDP}),
            },
        )

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Let the guest in, and answer its offer."""
        guest = await self._known(request)
        sdp = await _text(request, _SDP, _MAX_SDP)
        try:
            session = await self._guests.connect(guest, sdp)
        except BadOffer as bad:
            status = 400 if bad.code in _SYNTAX else 422
            raise ApiError(status, "bad_offer", f"This offer cannot be answered: {bad}.") from None
        except TokenRefused as refused:
            raise _unauthorized(str(refused)) from None
        response = web.Response(status=201, body=session.answer.encode(), content_type=_SDP)
        response.headers["Location"] = f"{request.path}/{session.name}"
        response.headers["ETag"] = _tag(session.name)
        name, password = self._turn.credentials(guest.id, self._clock())
        for url in self._turn.urls:  # RFC 9725 section 4.6
            response.headers.add(
                "Link",
                f'<{url}>; rel="ice-server"; username="{name}"; credential="{password}"; '
                'credential-type="password"',
            )
        return response

    async def trickle(self, request: web.Request) -> web.StreamResponse:
        """Take candidates; a restart of ICE is not spoken: connect anew, that is as quick."""
        name = await self._session(request)
        match = request.headers.get("If-Match")
        if match is None:
            raise ApiError(428, "precondition_required", "Send If-Match with the session's ETag.")
        await _text(request, _FRAGMENT, _MAX_FRAGMENT)
        if match.strip() == "*":
            raise ApiError(422, "no_restart", "ICE is not restarted here: POST a new offer.")
        if _tag(name) not in [tag.strip() for tag in match.split(",")]:
            raise ApiError(412, "precondition_failed", "This is not the session's ETag.")
        return web.Response(status=204)

    async def disconnect(self, request: web.Request) -> web.StreamResponse:
        """Let the guest go."""
        guest = await self._known(request)
        if not await self._guests.disconnect(guest, request.match_info["session"]):
            raise _no_session()
        return web.Response(status=200)

    async def _known(self, request: web.Request) -> Guest:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthorized("Send the token: Authorization: Bearer ….")
        way, call = request.match_info["way"], request.match_info["call"]
        try:
            return await self._guests.known(token.strip(), call, _KINDS[way])
        except TokenRefused as refused:
            raise _unauthorized(str(refused)) from None

    async def _session(self, request: web.Request) -> str:
        guest = await self._known(request)
        name = request.match_info["session"]
        if not await self._guests.has(guest, name):
            raise _no_session()
        return name


async def _text(request: web.Request, kind: str, most: int) -> str:
    if request.content_type != kind:
        raise ApiError(415, "bad_type", f"Send {kind}.")
    data = b""
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > most:
            raise ApiError(413, "too_large", "The body is too large.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ApiError(400, "bad_request", "The body is not UTF-8.") from None


def _tag(session: str) -> str:
    """Return the entity tag of a session's ICE: it is never restarted, so there is one."""
    return f'"{hashed(session)[:16]}"'


def _unauthorized(message: str) -> ApiError:
    return ApiError(401, "bad_token", message)


def _no_session() -> ApiError:
    return ApiError(404, "not_found", "There is no such session, or not any more.")
