"""A pretended BankID in this process, and whatever else one may meet in its place."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from deploy.demobank.bankid.api import BASE
from deploy.demobank.bankid.authority import issue, server_context
from deploy.demobank.bankid.orders import CUSTOMERS, Orders
from deploy.demobank.bankid.orders import Order as DemoOrder
from deploy.demobank.bankid.serving import serving
from server.identity.config import BankIdConfig, MethodConfig
from server.identity.interface import Attempt, Order
from tests.services.ports import free_port

__all__ = ["RETURN", "Bank", "Clock", "another", "attempt_of", "config_for", "demo_bankid"]

RETURN = "https://shop.example/cart#back"


class Clock:
    """UTC milliseconds that stand still until the test moves them."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += int(seconds * 1000)


@dataclass
class Bank:
    """A running demo BankID and the configuration to reach it."""

    orders: Orders
    config: BankIdConfig
    app_port: int
    clock: Callable[[], int] = field(repr=False)

    def approve(self, order: Order, customer: int = 0) -> None:
        """Do in the app what somebody does to identify themselves."""
        opened = self.opened(order)
        self.orders.choose(opened.handle, CUSTOMERS[customer].number, self.clock())
        self.orders.approve(opened.handle, self.clock())

    def opened(self, order: Order) -> DemoOrder:
        """Open an order in the app, by its autostart address."""
        token = order.autostart.partition("autostarttoken=")[2].partition("&")[0]
        return self.orders.open(token, self.clock())


@asynccontextmanager
async def demo_bankid(folder: Path, clock: Callable[[], int]) -> AsyncIterator[Bank]:
    """Run the demo BankID on free ports."""
    port, app_port = free_port(), free_port()
    returns = ["https://shop.example"]
    async with serving(folder, port, app_port, returns=returns, clock=clock) as orders:
        yield Bank(orders, config_for(folder, port, app_port), app_port, clock)


def config_for(folder: Path, port: int, app_port: int = 1, **more: Any) -> BankIdConfig:
    """Return the configuration of an API with certificates in `folder`."""
    method = MethodConfig(id="bankid.app", label="BankID", country="SE", level="substantial")
    files = {"certificate": "client.pem", "key": "client.key", "ca": "ca.pem"}
    given: dict[str, Any] = {
        "id": "bankid",
        "preset": "bankid",
        "methods": (method,),
        "api": f"https://127.0.0.1:{port}{BASE}",
        "autostart": f"http://127.0.0.1:{app_port}/",
        **{name: folder / file for name, file in files.items()},
    }
    return BankIdConfig(**{**given, **more})


@asynccontextmanager
async def another(
    folder: Path,
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[BankIdConfig]:
    """Serve `answer` to every call, with certificates of its own in `folder`."""
    if context is None:
        issue(folder)
        context = server_context(folder)
    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    try:
        yield config_for(folder, port)
    finally:
        await runner.cleanup()


def attempt_of(**more: Any) -> Attempt:
    """Return an attempt of the one method."""
    given: dict[str, Any] = {
        "id": "01JATTEMPT",
        "method": "bankid.app",
        "lang": "sv",
        "service": "Butik",
        "redirect_uri": "",
        "started_at": 1_800_000_000_000,
        "state": "",
        "nonce": "",
        "verifier": "",
    }
    return Attempt(**{**given, **more})
