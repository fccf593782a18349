"""Serves the demo shop on an origin of its own, as a real shop would embed us."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web

from server.http.folders import file_in

__all__ = ["SHOP", "shop_application"]

SHOP: Final = Path(__file__).resolve().parents[2] / "web" / "shop"


def shop_application(public_url: str, site: str, root: Path = SHOP) -> web.Application:
    """Return the shop; `/tiski-config.js` tells its pages where we are and its site key."""
    settings = msgspec.json.encode({"origin": public_url, "site": site}).decode()

    async def config(_request: web.Request) -> web.StreamResponse:
        return web.Response(
            text=f"window.TISKI = {settings};\n",
            content_type="text/javascript",
            headers={"Cache-Control": "no-store"},
        )

    async def page(request: web.Request) -> web.StreamResponse:
        file = file_in(root, request.match_info["path"], index="index.html")
        if file is None:
            raise web.HTTPNotFound(text="This shop has no such page.")
        return web.FileResponse(file, headers={"Cache-Control": "no-cache"})

    app = web.Application()
    app.add_routes([web.get("/tiski-config.js", config), web.get("/{path:.*}", page)])
    return app
