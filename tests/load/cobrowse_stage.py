"""A shopper's page that is shown, for measuring: who is there, and the clocks and meters they read.

Everybody is on one machine, so `Date.now()` is one clock, except where a shopper's clock is set
wrong on purpose (`skewed`); then what the page tells of time is put right by the known error.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Page

from tests.e2e.calls import eventually
from tests.e2e.people import Agent, Shopper, begin
from tests.e2e.showing import NOTE_HEADINGS, Mirror, sharing_of, show_page
from tests.e2e.staff import staffed
from tests.e2e.watcher import Watcher, watching
from tests.services.server import Server

__all__ = ["Meter", "Stage", "skewed"]

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
_QUESTIONS = count(1)

# How late each change that is written on the page (`web/shop/meter.js`) is painted in the mirror.
_LATENCIES = """async ([seconds, skew]) => {
  const seen = () => [...document.querySelectorAll('iframe')].reverse().find((frame) => {
    const box = frame.getBoundingClientRect();
    return box.width > 0 && getComputedStyle(frame).visibility !== 'hidden';
  });
  const late = [];
  let waiting = [];
  const watch = new MutationObserver((records) => {
    for (const { target } of records) {
      const [, written] = /^t:([0-9a-z]{6,})$/.exec(target.textContent) ?? [];
      if (written) waiting.push(parseInt(written, 36) - skew);
    }
  });
  let watched = null;
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    const now = Date.now();
    for (const at of waiting) late.push(now - at);
    waiting = [];
    const shown = seen()?.contentDocument;
    if (shown && shown !== watched) { // a snapshot has put another document there
      watch.disconnect();
      watch.observe(shown, { subtree: true, characterData: true, childList: true });
      watched = shown;
    }
  }
  return late;
}"""

_SKEW = """(() => {
  const Real = Date;
  const skew = %d;
  window.Date = class extends Real {
    constructor(...given) {
      if (given.length) super(...given);
      else super(Real.now() + skew);
    }
    static now() { return Real.now() + skew; }
  };
})()"""


def skewed(ms: int) -> str:
    """Return a script that sets a page's clock wrong by so many milliseconds."""
    return _SKEW % ms


class Meter:
    """What the main thread of a page is busy with (CDP, `Performance.getMetrics`)."""

    def __init__(self, tools: CDPSession) -> None:
        self._tools = tools

    @classmethod
    async def of(cls, page: Page) -> Meter:
        tools = await page.context.new_cdp_session(page)
        # Of the thread's own clock: another program's turn on the processor does not count.
        await tools.send("Performance.enable", {"timeDomain": "threadTicks"})
        return cls(tools)

    async def read(self) -> dict[str, float]:
        """Return the counters; durations in seconds of the processor."""
        metrics = (await self._tools.send("Performance.getMetrics"))["metrics"]
        return {metric["name"]: float(metric["value"]) for metric in metrics}

    async def share(self, page: Page, seconds: float) -> float:
        """Return how much of the next seconds scripts take, in points of a hundred."""
        before, began = await self.read(), time.monotonic()
        await page.wait_for_timeout(1000 * seconds)
        after, passed = await self.read(), time.monotonic() - began
        return 100 * (after["ScriptDuration"] - before["ScriptDuration"]) / passed


@dataclass
class Stage:
    """A shopper, and the agent who serves them."""

    server: Server
    shopper: Shopper
    agent: Agent
    question: str
    mirror: Mirror

    @classmethod
    @asynccontextmanager
    async def at(
        cls, browser: Browser, server: Server, path: str, *scripts: str, **options: Any
    ) -> AsyncIterator[Stage]:
        """Bring a shopper to a page, and an agent to them; `scripts` run in the shopper's pages."""
        contexts: list[BrowserContext] = []

        async def new_context(**given: Any) -> BrowserContext:
            contexts.append(await browser.new_context(**given))
            return contexts[-1]

        try:
            agent: Agent = await Agent.come(server, new_context, **DESKTOP)
            await agent.context.add_init_script(NOTE_HEADINGS)
            await agent.sign_in()
            shopper: Shopper = await Shopper.come(server, new_context, **DESKTOP, **options)
            for script in scripts:
                await shopper.context.add_init_script(script)
            question = f"Measurement {next(_QUESTIONS)}"
            await begin(shopper, agent, question, path)
            yield cls(server, shopper, agent, question, Mirror(agent.page))
        finally:
            for context in contexts:
                await context.close()

    async def show(self) -> None:
        """Let the agent ask, the shopper allow, and the agent see the page."""
        await show_page(self.shopper, self.agent)

    async def latencies(self, seconds: float, skew: int = 0) -> list[float]:
        """Return how late changes are painted in the mirror, in ms; `skew` of the shopper's clock.

        Raises:
            AssertionError: hardly anything was seen to change.
        """

        async def moving() -> bool:
            return "t:" in await self.mirror.text()

        await eventually("the mirror shows the page", moving)
        player = await self.mirror.frame()
        late: list[float] = await player.evaluate(_LATENCIES, [seconds, skew])
        assert len(late) > 200 * seconds, f"only {len(late)} changes were seen"
        return late

    async def sharing(self) -> dict[str, Any]:
        """Return the state of the co-browsing as it is now."""
        async with staffed(self.server.url) as staff:
            return sharing_of(staff, await staff.conversation(self.question))

    @asynccontextmanager
    async def watcher(self) -> AsyncIterator[Watcher]:
        """Have one more viewer, who reads raw frames."""
        sharing = await self.sharing()
        async with (
            staffed(self.server.url) as staff,
            watching(self.server.url, staff.token, sharing["id"]) as watcher,
        ):
            yield watcher
