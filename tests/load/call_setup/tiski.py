"""Calls of the product: its server in a process of its own, its call part in the pages.

The pages are those of the end-to-end tests: signalling, client library and interface as in the
widget and the console, without the chat around them. The second person is a shopper who has looked
at camera and microphone and presses "Join call"; consent is committed to SQL in that time.
"""

from __future__ import annotations

from playwright.async_api import Browser, BrowserContext

from tests.e2e.calls import Caller, CallSite
from tests.load.call_setup.kind import Kind, Setup
from tests.services.server import Server

__all__ = ["CALLS_OF_ONE", "TiskiCalls"]

CALLS_OF_ONE = 5  # calls in one conversation: its visitor may send 100 commands a minute

_LOOKED = "() => call.capture.tracks.value.size === 2"
_PREPARE = "() => call.prepare({action: 'join', media: ['audio', 'video']})"


class TiskiCalls(Kind):
    """Through Tiski's media server, as sites do unless they chose otherwise."""

    name = "tiski"

    def __init__(self, server: Server) -> None:
        self._server = server
        self._site: CallSite | None = None
        self._left = 0

    async def call(self, browser: Browser) -> Setup:
        """Let two people with new pages begin a call, and end it."""
        site = await self._conversation()
        contexts = [await self.context(browser) for _ in range(2)]
        agent, visitor = await self._people(site, contexts)
        setup = await self.click(agent.page, visitor.page, ".call-check .button-primary")
        await agent.press("Hang up")
        await visitor.phase("ended")
        for context in contexts:
            await context.close()
        return setup

    async def _conversation(self) -> CallSite:
        if self._site is None or self._left == 0:
            await self.aclose()
            self._site = CallSite(self._server)
            await self._site.open()
            self._left = CALLS_OF_ONE
        self._left -= 1
        return self._site

    @staticmethod
    async def _people(site: CallSite, contexts: list[BrowserContext]) -> tuple[Caller, Caller]:
        agent = await site.agent(contexts[0], direct=True)
        visitor = await site.visitor(contexts[1], direct=True)
        await agent.start("audio", "video")
        await visitor.phase("incoming")
        await agent.page.wait_for_function("() => call.connected.value")
        await visitor.page.evaluate(_PREPARE)
        await visitor.page.wait_for_function(_LOOKED)
        return agent, visitor

    async def aclose(self) -> None:
        """Leave the conversation."""
        if self._site is not None:
            await self._site.aclose()
