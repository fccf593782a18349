"""What every kind of call has in common: two pages, one click, and what the pages saw.

A call is set up when both pages have shown a frame of the other's camera and handed sound of the
other to the output. Time runs from the second person's click. Before it, everywhere: both pages
are new, both have their devices open and see themselves, signalling is connected; the first person
has called, as far as that goes without the second. The second has looked at their own picture for a
second, so that what a page does while it opens is not counted as a part of the call. Cameras have
Tiski's sizes in all kinds.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, Page

__all__ = ["PAGES", "Kind", "Setup", "Side"]

PAGES: Final = Path(__file__).parent / "pages"
LOOK: Final = 1.0  # seconds that people look at themselves before they press
PATIENCE: Final = 20.0  # seconds for a call to begin

_PRESS = "(button) => { setup.mark('click'); button.click(); }"


@dataclass(frozen=True, slots=True)
class Side:
    """What one page saw, in milliseconds since 1970."""

    shown: float
    heard: float
    marks: tuple[tuple[str, float], ...]

    def first(self, name: str, since: float) -> float | None:
        """Return how long after `since` something happened for the first time."""
        return next((at - since for mark, at in self.marks if mark == name and at >= since), None)


@dataclass(frozen=True, slots=True)
class Setup:
    """How one call began."""

    clicked: float
    first: Side
    second: Side

    @property
    def milliseconds(self) -> float:
        """From the click to picture and sound both ways."""
        last = max(self.first.shown, self.first.heard, self.second.shown, self.second.heard)
        return last - self.clicked

    @property
    def parts(self) -> Mapping[str, float]:
        """When each of the four came, after the click."""
        return {
            "second sees": self.second.shown - self.clicked,
            "second hears": self.second.heard - self.clicked,
            "first sees": self.first.shown - self.clicked,
            "first hears": self.first.heard - self.clicked,
        }


class Kind(ABC):
    """One way for two people to talk."""

    name: str

    @abstractmethod
    async def call(self, browser: Browser) -> Setup:
        """Let two people with new pages begin a call, and end it."""

    @staticmethod
    async def context(browser: Browser) -> BrowserContext:
        """Return one person's browser, whose pages note what happens."""
        context = await browser.new_context()
        await context.add_init_script(path=PAGES / "probe.js")
        return context

    @staticmethod
    async def click(first: Page, second: Page, button: str) -> Setup:
        """Press the second person's button, and return what both pages saw.

        Raises:
            TimeoutError: the call did not begin, or what was heard and seen is nothing.
        """
        pages = (first, second)
        await asyncio.sleep(LOOK)
        await second.locator(button).evaluate(_PRESS)
        async with asyncio.timeout(PATIENCE):
            for claim in ("both", "real"):
                await asyncio.gather(*(p.evaluate(f"() => setup.{claim}()") for p in pages))
        sides = [await _side(page) for page in pages]
        [clicked] = [at for name, at in sides[1].marks if name == "click"]
        return Setup(clicked, *sides)


async def _side(page: Page) -> Side:
    told: dict[str, Any] = await page.evaluate("() => setup.report()")
    marks = tuple((str(name), float(at)) for name, at in told["marks"])
    return Side(told["shown"], told["heard"], marks)
