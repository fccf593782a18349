"""What operators ask for: health, and figures for Prometheus."""

from __future__ import annotations

import ipaddress

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import text

from server.http.failures import ApiError
from server.services.tally import Tally
from server.store.database import Database

__all__ = ["Operations"]


class Operations:
    """`/healthz` and `/metrics`."""

    def __init__(
        self, db: Database, registry: CollectorRegistry, tally: Tally, *, metrics_open: bool
    ) -> None:
        self._db = db
        self._tally = tally
        self._registry = registry
        self._open = metrics_open

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [web.get("/healthz", self.health), web.get("/metrics", self.metrics)]

    async def health(self, _request: web.Request) -> web.StreamResponse:
        """Answer 200 when the database answers."""
        async with self._db.read() as tx:
            await tx.execute(text("SELECT 1"))
        return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        """Tell figures; to this machine only, unless it is opened by a setting."""
        proxied = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
        if not self._open and (proxied or not _loopback(request.remote)):
            raise ApiError(403, "forbidden", "Ask from this machine, or set TISKI_METRICS_OPEN=1.")
        await self._tally.look()
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )


def _loopback(remote: str | None) -> bool:
    try:
        return ipaddress.ip_address(remote or "").is_loopback
    except ValueError:
        return False
