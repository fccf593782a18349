"""Reads requests and writes answers: bodies, cookies, who is asking.

Every JSON body is decoded into a declared struct, so handlers trust their values.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web

from server.http.failures import ApiError
from server.services.staff import Staff
from server.store.people import Agent
from signaling.backend import Backend, Principal

__all__ = [
    "AGENT_COOKIE",
    "EXPERT_COOKIE",
    "as_principal",
    "bearer",
    "body",
    "clear_cookie",
    "json",
    "set_cookie",
    "signed_in",
    "visitor_cookie",
    "whole",
]

AGENT_COOKIE: Final = "__Host-tiski-agent"
EXPERT_COOKIE: Final = "__Host-tiski-expert"
_MAX_BODY: Final = 64 * 1024  # bytes

T = TypeVar("T")


def visitor_cookie(site: str) -> str:
    """Return the name of a visitor's cookie: one for each shop, so they never mix."""
    return f"__Host-tiski-v-{site}"


async def body(request: web.Request, kind: type[T]) -> T:
    """Return the JSON body as `kind`.

    Raises:
        ApiError: it is too large, not JSON, or not of that form.
    """
    if request.content_length is not None and request.content_length > _MAX_BODY:
        raise ApiError(413, "too_large", "The body is too large.")
    data = await request.content.read(_MAX_BODY + 1)
    while data and len(data) <= _MAX_BODY and not request.content.at_eof():
        data += await request.content.read(_MAX_BODY + 1 - len(data))
    if len(data) > _MAX_BODY:
        raise ApiError(413, "too_large", "The body is too large.")
    try:
        return msgspec.json.decode(data or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise ApiError(400, "bad_request", f"The body does not fit: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ApiError(400, "bad_request", "The body is not JSON.") from None


async def whole(request: web.Request, kind: type[T]) -> T:
    """Return the JSON body as `kind`, with all that `kind` has: what is left out is not lost.

    Raises:
        ApiError: as `body`, or something is missing.
    """
    given = await body(request, dict[str, msgspec.Raw])
    missing = [name for name in _names(kind) if name not in given]
    if missing:
        said = ", ".join(missing)
        raise ApiError(400, "bad_request", f"Send all that you were given: {said} is missing.")
    try:
        return msgspec.json.decode(msgspec.json.encode(given), type=kind)
    except msgspec.ValidationError as error:
        raise ApiError(400, "bad_request", f"The body does not fit: {error}") from None


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(kind))


def json(value: Any, *, status: int = 200) -> web.Response:
    """Return `value` as a JSON answer that nobody caches."""
    return web.Response(
        status=status,
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def set_cookie(
    response: web.StreamResponse, name: str, value: str, *, seconds: int, framed: bool = False
) -> None:
    """Set a cookie on our own host only; `framed`: it works in a frame on the shop's page."""
    site = "SameSite=None; Partitioned" if framed else "SameSite=Lax"
    response.headers.add(
        "Set-Cookie", f"{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; {site}"
    )


def clear_cookie(response: web.StreamResponse, name: str, *, framed: bool = False) -> None:
    """Take a cookie away."""
    set_cookie(response, name, "", seconds=0, framed=framed)


async def bearer(request: web.Request, backend: Backend) -> Principal:
    """Return who the bearer token of the request belongs to (RFC 6750)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ApiError(401, "bad_token", "Send a token: Authorization: Bearer ….")
    return await backend.authenticate(token.strip(), None)


async def signed_in(request: web.Request, staff: Staff) -> tuple[str, Agent]:
    """Return the session and the agent of the request's cookie."""
    secret = request.cookies.get(AGENT_COOKIE)
    found = await staff.by_cookie(secret) if secret else None
    if found is None:
        raise ApiError(401, "signed_out", "Sign in first.")
    return found


def as_principal(session: str, agent: Agent) -> Principal:
    """Return the agent of a cookie as the services know people."""
    return Principal(agent.person, "staff", agent.site, session, float("inf"))
