"""Serves the player, on an origin of its own that has nothing: no cookies, no API, no sockets.

The player rebuilds pages that a hostile browser may have made up. Its guard cleans them
(web/src/player/guard.ts); should the guard have a hole, this policy is what the page meets:
scripts from the player's own folder and nowhere else, pictures and fonts from the proxy
below, and no way out. It is framed by our own pages only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from server.domain.pictures import SVG
from server.http.folders import file_in
from server.http.pages import STATIC
from server.services.images import Images, NoPicture
from signaling.errors import ConnectionRefused

__all__ = ["player_application", "policy"]

log = structlog.get_logger(__name__)

_FOREVER: Final = "public, max-age=31536000, immutable"
_SHORT: Final = "private, max-age=600"
_SVG_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_OFF: Final = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "clipboard-write",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "keyboard-map",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "sync-xhr",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",  # no policy stops look-ups for links
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",  # a page that hangs the player must not hang the console
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _OFF),
}


def policy(player_url: str, public_url: str) -> str:
    """Return the Content-Security-Policy of the player's page."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {player_url}/player/",
            f"style-src 'unsafe-inline' {player_url}/player/",
            f"img-src {player_url}/i data:",
            f"font-src {player_url}/i data:",
            "frame-src 'none'",
            "connect-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {public_url}",
            "sandbox allow-scripts allow-same-origin",
        )
    )


def player_application(
    player_url: str, public_url: str, images: Images, static: Path = STATIC
) -> web.Application:
    """Return the application of the player's port: its page, its files, its pictures."""
    served = _Player(policy(player_url, public_url), images, static)
    app = web.Application(middlewares=[_sound])
    app.on_response_prepare.append(_safe)
    app.add_routes(
        [
            web.get("/player", served.page),
            web.get("/player/{path:.+}", served.asset),
            web.get("/i", served.picture, allow_head=False),
            web.get("/healthz", served.health),
        ]
    )
    return app


class _Player:
    def __init__(self, page_policy: str, images: Images, static: Path) -> None:
        self._policy = page_policy
        self._images = images
        self._static = static

    async def page(self, _request: web.Request) -> web.StreamResponse:
        file = self._static / "player.html"
        if not file.is_file():
            return web.Response(status=503, text="The web part has not been built: make run.")
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": self._policy}
        return web.FileResponse(file, headers=headers)

    async def asset(self, request: web.Request) -> web.StreamResponse:
        file = file_in(self._static / "player", request.match_info["path"])
        if file is None:
            raise web.HTTPNotFound
        return web.FileResponse(file, headers={"Cache-Control": _FOREVER})

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """Give a picture or font of the page that `k` is for."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise web.HTTPForbidden(text="Pictures are for the player.")
        if request.headers.get("Sec-Fetch-Dest", "image") not in ("image", "font"):
            raise web.HTTPForbidden(text="This is no page.")
        try:
            found = await self._images.fetch(request.query.get("k", ""), request.query.get("u", ""))
        except ConnectionRefused as error:
            return web.Response(status=403, text=str(error))
        except NoPicture as error:
            return web.Response(status=error.status, text=str(error))
        headers = {"Content-Type": found.kind, "Cache-Control": _SHORT}
        if found.kind == SVG:
            headers["Content-Security-Policy"] = _SVG_POLICY
        return web.Response(body=found.data, headers=headers)

    async def health(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text="ok")


async def _safe(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        if name not in response.headers:
            response.headers[name] = value


@web.middleware
async def _sound(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep what goes wrong out of the answer and in the log."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("request failed", route=request.path)
        return web.Response(status=500, text="Something broke here; it has been noted.")
