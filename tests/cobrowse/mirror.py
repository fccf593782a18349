"""The player in real Chromium, framed by a page on the console's origin that feeds it frames.

The page stands in for the console; everything else is real: the server with its headers, the
built player, rrweb's recorder on real pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from playwright.async_api import BrowserContext, Frame, Page

from tests.services.server import ROOT, Server

__all__ = ["WORDS", "Mirror", "eventually", "open_mirror", "record"]

T = TypeVar("T")
HERE = Path(__file__).parent
RECORDER = ROOT / "web/node_modules/@rrweb/record/dist/record.umd.min.cjs"
WORDS = {
    "curtain": {
        "page": "This page is not shown.",
        "shopper": "The customer has paused.",
        "identity": "The customer identifies themselves.",
        "hidden": "The customer is in another window.",
    },
    "waiting": "Waiting for the page…",
    "away": "The customer's browser is gone for a moment.",
    "fill": "Text for this field",
    "fillSend": "Fill",
}


class Mirror:
    """A player that is fed by hand."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.epoch = 0
        self.seq = 0

    @property
    def frame(self) -> Frame:
        """The player's own frame."""
        return next(f for f in self.page.frames if f.url.startswith(self.server.player_url))

    async def say(self, **message: Any) -> None:
        """Tell the player something."""
        await self.page.evaluate("message => harness.say(message)", message)

    async def said(self, kind: str) -> list[dict[str, Any]]:
        """Return what the player has said of one kind."""
        found: list[dict[str, Any]] = await self.page.evaluate(
            "kind => harness.said.filter(({ t }) => t === kind)", kind
        )
        return found

    async def heard(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the player has said something of one kind so many times."""

        async def enough() -> list[dict[str, Any]] | None:
            found = await self.said(kind)
            return found if len(found) >= count else None

        return await eventually(enough)

    async def snapshot(self, events: Any, *, gzip: bool = False) -> None:
        """Send a snapshot in a new epoch."""
        self.epoch += 1
        self.seq = 0
        await self._send(1, events, gzip)

    async def delta(self, events: Any, *, gzip: bool = False) -> None:
        """Send a delta."""
        self.seq += 1
        await self._send(2, events, gzip)

    async def _send(self, kind: int, events: Any, gzip: bool) -> None:
        await self.page.evaluate(
            "([kind, epoch, seq, events, gzip]) => harness.send(kind, epoch, seq, events, gzip)",
            [kind, self.epoch, self.seq, events, gzip],
        )

    async def shown(self) -> None:
        """Wait until all that was sent is acknowledged."""

        async def acknowledged() -> bool:
            acks = await self.said("shown")
            return bool(acks) and (acks[-1]["epoch"], acks[-1]["seq"]) == (self.epoch, self.seq)

        await eventually(acknowledged)

    async def see(self, expression: str, argument: Any = None) -> Any:
        """Evaluate a function of the mirrored document (the page that shows)."""
        return await self.frame.evaluate(
            f"argument => ({expression})("
            "document.querySelector('.page:not(.coming) iframe').contentDocument, argument)",
            argument,
        )


async def eventually(look: Callable[[], Awaitable[T | None]], seconds: float = 10.0) -> T:
    """Return what `look` finds at last; it is asked again and again."""
    async with asyncio.timeout(seconds):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.02)  # polling a browser: nothing to wait on


async def open_mirror(context: BrowserContext, server: Server, images: str | None = None) -> Mirror:
    """Open the player in a page on the console's origin."""
    page = await context.new_page()
    await page.goto(f"{server.url}/console")  # for its policy; what it shows is taken away
    await page.evaluate("() => { document.body.replaceChildren(); document.body.style.margin = 0 }")
    await page.evaluate((HERE / "harness.js").read_text())
    await page.evaluate("player => harness.open(player)", server.player_url)
    mirror = Mirror(page, server)
    await mirror.say(
        t="begin",
        you="me",
        words=WORDS,
        images=images or f"{server.player_url}/i?k=none",
        lang="en",
    )
    return mirror


async def record(page: Page) -> list[dict[str, Any]]:
    """Begin to record a page with rrweb; return the snapshot. Changes gather in `__events`."""
    await page.add_script_tag(path=RECORDER)
    events: list[dict[str, Any]] = await page.evaluate(
        """() => {
          window.__events = [];
          window.rrwebRecord.record({ emit: (event) => window.__events.push(event) });
          return window.__events.splice(0);
        }"""
    )
    return events
