"""Serves the pretended BankID on two ports of 127.0.0.1: the API by mutual TLS, the app by HTTP."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import web

from deploy.demobank.bankid.api import api_application
from deploy.demobank.bankid.authority import issue, server_context
from deploy.demobank.bankid.orders import Orders
from deploy.demobank.bankid.phone import phone_application

__all__ = ["serving", "wall_clock"]


def wall_clock() -> int:
    """Return UTC milliseconds."""
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def serving(
    folder: Path,
    port: int,
    app_port: int,
    *,
    returns: Iterable[str] = (),
    pace: float = 1.0,
    clock: Callable[[], int] = wall_clock,
) -> AsyncIterator[Orders]:
    """Serve until the block ends; the certificates are in `folder` before a port opens."""
    issue(folder)
    orders = Orders(pace)
    api = api_application(orders, clock)
    app = phone_application(orders, clock, frozenset(returns))
    async with AsyncExitStack() as stack:
        for application, where, tls in ((api, port, server_context(folder)), (app, app_port, None)):
            # Addresses carry tokens: no access log.
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", where, ssl_context=tls).start()
        yield orders
