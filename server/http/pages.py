"""Serves our pages and their assets, which the web build leaves in `server/static/`.

Pages are small and never cached; assets have hashes in their names and are cached for
good. The widget's page may be framed by the site's own shop only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

from server.http.folders import file_in
from server.http.security import page_policy
from server.store import people
from server.store.database import Database

__all__ = ["STATIC", "Pages"]

STATIC: Final = Path(__file__).resolve().parents[1] / "static"
_MISSING: Final = (
    "The web part has not been built. Run `make run`, which builds it, "
    "or `npm ci && npm run build` in web/."
)
_FOREVER: Final = "public, max-age=31536000, immutable"
_DEVICES: Final = "camera=(self), microphone=(self), display-capture=(self), autoplay=(self)"


class Pages:
    """The static part of the site."""

    def __init__(
        self, db: Database, public_url: str, player_url: str, static: Path | None = None
    ) -> None:
        self._db = db
        self._public_url = public_url
        self._player_url = player_url
        self._static = STATIC if static is None else static

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes of pages, loader and assets."""
        return [
            web.get("/", self.front),
            web.get("/widget", self.widget),
            web.get("/console", self.console),
            web.get("/e", self.expert),
            web.get("/loader.js", self.loader),
            web.get("/assets/{path:.+}", self.asset),
            web.get("/favicon.ico", self.icon),
        ]

    async def front(self, _request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/console")

    async def widget(self, request: web.Request) -> web.StreamResponse:
        """Serve the chat to be framed by the shop, or opened in a window of its own."""
        async with self._db.read() as tx:
            site = await people.site_by_key(tx, request.query.get("site", ""))
        if site is None:
            return web.Response(status=404, text="This shop has no counter here.")
        return self._page("widget.html", ["'self'", *site.origins])

    async def console(self, _request: web.Request) -> web.StreamResponse:
        return self._page("console.html", [], [self._player_url])

    async def expert(self, _request: web.Request) -> web.StreamResponse:
        return self._page("expert.html", [], [self._player_url])

    def _page(
        self, name: str, ancestors: list[str], frames: Sequence[str] = ()
    ) -> web.StreamResponse:
        file = self._static / name
        if not file.is_file():
            return web.Response(status=503, text=_MISSING)
        return web.FileResponse(
            file,
            headers={
                "Cache-Control": "no-cache",
                "Content-Security-Policy": page_policy(self._public_url, ancestors, frames),
                "Permissions-Policy": _DEVICES,
            },
        )

    async def loader(self, _request: web.Request) -> web.StreamResponse:
        """Serve the script that shops embed; any page may load it."""
        file = self._static / "loader.js"
        if not file.is_file():
            return web.Response(status=503, text=_MISSING)
        return web.FileResponse(
            file,
            headers={
                "Cache-Control": "public, max-age=300",
                "Content-Type": "text/javascript; charset=utf-8",
                "Cross-Origin-Resource-Policy": "cross-origin",
                "Access-Control-Allow-Origin": "*",
            },
        )

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Serve a built asset, compressed beforehand when the build did so."""
        file = file_in(self._static / "assets", request.match_info["path"])
        if file is None:
            raise web.HTTPNotFound
        return web.FileResponse(
            file,
            headers={"Cache-Control": _FOREVER, "Cross-Origin-Resource-Policy": "same-origin"},
        )

    async def icon(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(status=204, headers={"Cache-Control": "public, max-age=86400"})
