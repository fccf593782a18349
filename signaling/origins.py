"""Which pages may open a WebSocket here."""

from __future__ import annotations

import structlog
from aiohttp import web

__all__ = ["checked"]

log = structlog.get_logger()


def checked(request: web.Request, ours: frozenset[str]) -> str | None:
    """Return the origin that a socket is asked for from; None when it is no browser's.

    A browser always tells, and cannot lie: RFC 6455 section 10.2.

    Raises:
        web.HTTPForbidden: it is neither among `ours` nor the host that was asked.
    """
    origin = request.headers.get("Origin")
    if origin is None or origin in ours or origin.partition("://")[2] == request.host:
        return origin
    log.info("foreign origin turned away")
    raise web.HTTPForbidden(text="This page may not connect here.")
