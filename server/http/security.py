"""The middlewares that every request passes: where it comes from, and the safety headers.

Requests that change something must come from our own pages: browsers say so in `Origin`
or `Sec-Fetch-Site`, and a foreign page cannot forge either (Fetch standard).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from server.http.failures import ApiError

__all__ = ["address", "headers", "own_origin", "page_policy", "sound"]

#: Where clients of any kind and origin bring a token of their own, and no cookie counts: a foreign
#: page can do no more there than any other program.
_OPEN: Final = ("/api/v1/whip/", "/api/v1/whep/")
_OPEN_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Retry-After",
    "Cache-Control": "no-store",
}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def own_origin(public_url: str) -> Middleware:
    """Return the middleware that refuses changes asked for by foreign pages."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in _SAFE and not request.path.startswith(_OPEN):
            origin = request.headers.get("Origin")
            if origin is not None:
                ours = origin == public_url or origin.partition("://")[2] == request.host
            else:
                ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
            if not ours:
                raise ApiError(403, "foreign_origin", "Ask from our own pages.")
        return await handler(request)

    return check


@web.middleware
async def sound(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse an address with a NUL, which PostgreSQL does not take."""
    if "\0" in request.path or any("\0" in value for value in request.query.values()):
        raise ApiError(400, "bad_request", "The address holds a character that it cannot have.")
    return await handler(request)


async def headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the safety headers that an answer has not set itself (a response signal)."""
    if request.path.startswith(_OPEN):
        response.headers.update(_OPEN_HEADERS)
        if response.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
    for name, value in _HEADERS.items():
        if name not in response.headers:
            response.headers[name] = value


def page_policy(public_url: str, ancestors: Sequence[str], frames: Sequence[str] = ()) -> str:
    """Return the Content-Security-Policy of a page of ours.

    `ancestors` may frame it; it may frame `frames`.
    """
    socket = "ws" + public_url.removeprefix("http")
    framers = " ".join(ancestors) or "'none'"
    framed = " ".join(frames) or "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            "font-src 'self'",
            f"connect-src 'self' {socket}",
            "worker-src 'self'",
            f"frame-src {framed}",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {framers}",
        )
    )


def address(request: web.Request, proxies: int) -> str:
    """Return the client's address, as the outermost of our `proxies` saw it."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(hops) >= proxies and hops[-proxies]:
        return hops[-proxies][:64]
    return request.remote or "unknown"
