"""The calls that Tiski's are compared with: browser to browser, and through Janus' videoroom.

Their pages are the bench's own, as small as they can be (`pages/plain.js`, `pages/janus.js`), and
are served with the first one's signalling by a server in the bench's process: a relay of text
between the two pages of a room.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import WSMsgType, web
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser import DEVICES
from tests.load.call_setup.kind import PAGES, Kind, Setup
from tests.services.ports import free_port

__all__ = ["JanusRoom", "Plain", "serve_pages"]

CONNECTED: Final = "() => setup.report().marks.some(([name]) => name === 'DTLS connected')"


class _Relay:
    """Passes on what one page of a room says to the other; nothing is kept."""

    def __init__(self) -> None:
        self._rooms: dict[str, set[web.WebSocketResponse]] = defaultdict(set)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        room = self._rooms[request.query["room"]]
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        room.add(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    for other in room - {socket}:
                        await other.send_str(message.data)
        finally:
            room.discard(socket)
        return socket


@asynccontextmanager
async def serve_pages() -> AsyncIterator[str]:
    """Serve the pages and the relay for the length of the block; yield their origin."""
    relay = _Relay()
    frame = (PAGES / "page.html").read_text()

    async def page(request: web.Request) -> web.Response:
        script = f"/scripts/{request.match_info['name']}.js"
        return web.Response(text=frame.replace("SCRIPT", script), content_type="text/html")

    application = web.Application()
    application.add_routes(
        [
            web.get("/relay", relay.handle),
            web.get("/calls/{name:[a-z]+}", page),
            web.static("/scripts", PAGES),
        ]
    )
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://localhost:{port}"
    finally:
        await runner.cleanup()


class _OwnPage(Kind):
    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._rooms = itertools.count(1001)

    async def _open(self, context: BrowserContext, path: str) -> Page:
        await context.grant_permissions(DEVICES, origin=self._origin)
        page = await context.new_page()
        await page.goto(f"{self._origin}/calls/{path}")
        await page.wait_for_function("() => window.bench")
        await page.evaluate("() => bench.prepare()")
        return page


class Plain(_OwnPage):
    """Browser to browser. The first person's offer lies at the second's page before the click."""

    name = "p2p"

    async def call(self, browser: Browser) -> Setup:
        """Let two people with new pages begin a call, and end it."""
        room = next(self._rooms)
        contexts = [await self.context(browser) for _ in range(2)]
        first = await self._open(contexts[0], f"plain?role=staff&room={room}")
        second = await self._open(contexts[1], f"plain?role=visitor&room={room}")
        await first.evaluate("() => bench.call()")
        await second.wait_for_function("() => bench.invited()")
        setup = await self.click(first, second, "#join")
        for context in contexts:
            await context.close()
        return setup


class JanusRoom(_OwnPage):
    """In a room of Janus. The first person is in the room and sends before the click."""

    name = "janus"

    def __init__(self, origin: str, url: str) -> None:
        super().__init__(origin)
        self._url = url

    async def call(self, browser: Browser) -> Setup:
        """Let two people with new pages begin a call, and end it."""
        room = next(self._rooms)
        contexts = [await self.context(browser) for _ in range(2)]
        way = f"room={room}&janus={self._url}"
        first = await self._open(contexts[0], f"janus?role=staff&{way}")
        await first.evaluate("() => bench.make()")
        await first.evaluate("() => bench.join()")
        await first.wait_for_function(CONNECTED)
        second = await self._open(contexts[1], f"janus?role=visitor&{way}")
        setup = await self.click(first, second, "#join")
        for page in (first, second):
            await page.evaluate("() => bench.leave()")
        for context in contexts:
            await context.close()
        return setup
