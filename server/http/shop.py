"""Serves the demo shop on an origin of its own, as a real shop would embed us.

Its account is what a shop's own server does: it knows who is signed in, by a cookie of its own,
and signs that for us on each page (`server/services/customers.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from server.http.folders import file_in
from server.services.clock import Clock
from server.services.customers import Customer, sign

__all__ = ["SHOP", "shop_application"]

SHOP: Final = Path(__file__).resolve().parents[2] / "web" / "shop"
CUSTOMERS: Final = {
    customer.id: customer
    for customer in (
        Customer("C-1001", "Test Customer One", "one@customers.example"),
        Customer("C-1002", "Test Customer Two", "two@customers.example"),
    )
}
_COOKIE: Final = "shop-customer"
_MAX_FORM: Final = 1_024  # bytes


def shop_application(
    public_url: str, site: str, secret: str | None, clock: Clock, root: Path = SHOP
) -> web.Application:
    """Return the shop; `secret`: what it signs its customers with, None: nothing.

    `/tiski-config.js` tells its pages where we are, its site key, and who is signed in.
    """

    async def config(request: web.Request) -> web.StreamResponse:
        settings: dict[str, Any] = {"origin": public_url, "site": site}
        customer = CUSTOMERS.get(request.cookies.get(_COOKIE, ""))
        if secret is not None:
            settings["customers"] = [{"id": one.id, "name": one.name} for one in CUSTOMERS.values()]
        if customer is not None and secret is not None:
            settings["customer"] = {"id": customer.id, "name": customer.name}
            settings["identify"] = sign(customer, site=site, secret=secret, now=clock())
        return web.Response(
            text=f"window.TISKI = {msgspec.json.encode(settings).decode()};\n",
            content_type="text/javascript",
            headers={"Cache-Control": "no-store"},
        )

    async def account(request: web.Request) -> web.StreamResponse:
        """Sign in as the customer of the form, or out; no password, as nothing is behind it."""
        if request.content_length is None or request.content_length > _MAX_FORM:
            raise web.HTTPRequestEntityTooLarge(_MAX_FORM, request.content_length or 0)
        customer = str((await request.post()).get("customer", ""))
        response = web.Response(status=303, headers={"Location": "/account"})
        if customer in CUSTOMERS:
            response.set_cookie(_COOKIE, customer, httponly=True, samesite="Lax")
        else:
            response.del_cookie(_COOKIE, httponly=True, samesite="Lax")
        return response

    async def page(request: web.Request) -> web.StreamResponse:
        file = file_in(root, request.match_info["path"], index="index.html")
        if file is None:
            raise web.HTTPNotFound(text="This shop has no such page.")
        return web.FileResponse(file, headers={"Cache-Control": "no-cache"})

    app = web.Application()
    app.add_routes(
        [
            web.get("/tiski-config.js", config),
            web.post("/account", account),
            web.get("/{path:.*}", page),
        ]
    )
    return app
