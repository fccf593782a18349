"""The pretended app: pages in a browser that stand for BankID on somebody's phone.

/  ?autostarttoken=… or a QR code's text ──► /orders/<handle>: who asks ─► who you are ─►
   identify or cancel ─► done
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from deploy.demobank.bankid.orders import CUSTOMERS, AppError, Order, Orders

__all__ = ["phone_application"]

_TITLE: Final = "Demo BankID: not a real BankID"
_STYLE: Final = """
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif; }
body { max-width: 26rem; margin: 0 auto; padding: 1.5rem 1rem; }
header { border-bottom: 2px solid; margin-bottom: 1.5rem; font-weight: 600; }
h1 { font-size: 1.5rem; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
textarea { width: 100%; box-sizing: border-box; font: inherit; }
button { font: inherit; min-height: 2.75rem; width: 100%; margin-top: .75rem; padding: .5rem 1rem;
  border: 2px solid; border-radius: .5rem; background: none; color: inherit; cursor: pointer; }
button.first { background: #0b4f8a; border-color: #0b4f8a; color: #fff; }
:focus-visible { outline: 3px solid #1a73e8; outline-offset: 2px; }
[role=alert] { border-left: 4px solid #b3261e; padding-left: .75rem; }
"""
_SAFE: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def phone_application(
    orders: Orders, clock: Callable[[], int], returns: frozenset[str]
) -> web.Application:
    """Return the pages. `returns`: origins that a finished order may lead back to."""

    async def home(request: web.Request) -> web.Response:
        token = request.query.get("autostarttoken")
        if token is None:
            return _page(_HOME)
        raise _to(orders.open(token, clock()))

    async def scan(request: web.Request) -> web.Response:
        raise _to(orders.scan(await _field(request, "text"), clock()))

    async def show(request: web.Request) -> web.Response:
        return _page(_order(orders.at(request.match_info["handle"], clock()), returns))

    async def choose(request: web.Request) -> web.Response:
        handle = request.match_info["handle"]
        orders.choose(handle, await _field(request, "customer"), clock())
        raise _to(orders.at(handle, clock()))

    async def approve(request: web.Request) -> web.Response:
        handle = request.match_info["handle"]
        orders.approve(handle, clock())
        raise _to(orders.at(handle, clock()))

    async def refuse(request: web.Request) -> web.Response:
        handle = request.match_info["handle"]
        orders.refuse(handle, clock())
        raise _to(orders.at(handle, clock()))

    app = web.Application(middlewares=[_refusals], client_max_size=16 * 1024)
    app.router.add_get("/", home)
    app.router.add_post("/scan", scan)
    app.router.add_get("/orders/{handle}", show)
    app.router.add_post("/orders/{handle}/customer", choose)
    app.router.add_post("/orders/{handle}/approve", approve)
    app.router.add_post("/orders/{handle}/cancel", refuse)
    return app


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except AppError as error:
        text = f"<p role=alert>{escape(str(error))}</p><p><a href=/>Begin again</a></p>"
        return _page(f"<h1>That did not work</h1>{text}", status=409)


async def _field(request: web.Request, name: str) -> str:
    value = (await request.post()).get(name)
    return value if isinstance(value, str) else ""


def _to(order: Order) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/orders/{order.handle}")


_HOME: Final = """
<h1>Scan a QR code</h1>
<form method=post action=/scan>
<label for=text>What the QR code says</label>
<textarea id=text name=text rows=5 required autocomplete=off spellcheck=false></textarea>
<button class=first>Open the order</button>
</form>
"""


def _order(order: Order, returns: frozenset[str]) -> str:
    if order.stage == "complete":
        return f"<h1>You have identified yourself</h1>{_back(order, returns)}"
    if order.stage == "failed":
        return f"<h1>Nothing was identified</h1>{_back(order, returns)}"
    asks = f"<p>My intention: <strong>{escape(order.intention or 'Identify myself')}</strong></p>"
    path = f"/orders/{order.handle}"
    cancel = f"<form method=post action={path}/cancel><button>Cancel</button></form>"
    if order.customer is None:
        customers = "".join(
            f"<button name=customer value={one.number}>{escape(one.name)}<br>{one.number}</button>"
            for one in CUSTOMERS
        )
        choice = f"<form method=post action={path}/customer>{customers}</form>"
        return f"<h1>Who are you?</h1>{asks}{choice}{cancel}"
    approve = f"""<form method=post action={path}/approve>
<button class=first>Identify as {escape(order.customer.name)}</button></form>"""
    return f"<h1>Identify yourself?</h1>{asks}{approve}{cancel}"


def _back(order: Order, returns: frozenset[str]) -> str:
    parts = urlsplit(order.return_url)
    if f"{parts.scheme}://{parts.netloc}" not in returns:
        return "<p>Go back to where you came from. You can close this window.</p>"
    return f'<p><a href="{escape(order.return_url)}">Back to {escape(parts.netloc)}</a></p>'


def _page(body: str, status: int = 200) -> web.Response:
    text = f"""<!doctype html>
<html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>{_TITLE}</title><style>{_STYLE}</style>
<body><header>{_TITLE}</header><main>{body}</main></body></html>
"""
    return web.Response(text=text, content_type="text/html", headers=_SAFE, status=status)
