"""Joins routes and middlewares into the aiohttp application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from aiohttp import web

from server.http.failures import failures
from server.http.security import headers, own_origin, sound

__all__ = ["Routes", "application"]


class Routes(Protocol):
    """Something that serves a few routes."""

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        ...


def application(public_url: str, parts: Iterable[Routes]) -> web.Application:
    """Return the application with the routes of `parts`."""
    app = web.Application(middlewares=[failures, own_origin(public_url), sound])
    app.on_response_prepare.append(headers)
    for part in parts:
        app.add_routes(part.routes())
    return app
