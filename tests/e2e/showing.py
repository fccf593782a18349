"""A page that is shown: what a shopper and those who look at it do, by mouse and keyboard.

The mirror is a frame in a frame of another origin. A test reads it where a person sees it, in the
player's frame of the console; `Mirror` knows where an element of the shop is in the agent's window.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Frame, Locator, Page

from tests.e2e.calls import eventually
from tests.e2e.people import Agent, Shopper
from tests.e2e.staff import Staff

__all__ = [
    "NOTE_HEADINGS",
    "Mirror",
    "allow",
    "ask_to_see",
    "consent",
    "give_control",
    "sharing_of",
    "show_page",
]

SEEN = 600  # ms; a consent counts when it has been in sight for 500

# The document of the page that is rebuilt: the frame that is seen, not one in the making.
_FIND = """
  const seen = () => [...document.querySelectorAll('iframe')].reverse().find((frame) => {
    const box = frame.getBoundingClientRect();
    const style = getComputedStyle(frame);
    return box.width > 0 && style.visibility !== 'hidden' && frame.contentDocument?.body;
  });
"""
_TEXT = f"() => {{ {_FIND} return seen()?.contentDocument.body.innerText ?? ''; }}"
_PLACE = f"""(selector) => {{ {_FIND}
  const frame = seen();
  const found = frame?.contentDocument.querySelector(selector);
  if (!found) return null;
  const outer = frame.getBoundingClientRect();
  const scale = outer.width / frame.offsetWidth;
  const box = found.getBoundingClientRect();
  if (!box.width) return null;
  return [outer.x + (box.x + box.width / 2) * scale, outer.y + (box.y + box.height / 2) * scale];
}}"""
_VALUE = (
    f"(selector) => {{ {_FIND} return seen()?.contentDocument.querySelector(selector)?.value; }}"
)
# For the context of somebody who looks: every player notes when its mirror shows another heading.
NOTE_HEADINGS = f"""(() => {{ {_FIND}
  if (location.pathname !== '/player') return;
  const noted = (window.__headings = []);
  const look = () => {{
    const heading = seen()?.contentDocument.querySelector('h1')?.innerText.trim();
    if (heading && heading !== noted.at(-1)?.[0]) noted.push([heading, Date.now()]);
    requestAnimationFrame(look);
  }};
  look();
}})()"""


_MARK = f"() => {{ {_FIND} seen().contentDocument.__known = true; }}"
_RENEWED = (
    f"() => {{ {_FIND} const shown = seen(); return !!shown && !shown.contentDocument.__known; }}"
)


class Mirror:
    """The shopper's page as somebody at `page` (the console or the expert's page) sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.zone: Locator = page.get_by_role("region", name="The customer’s page")

    async def frame(self) -> Frame:
        """Return the player's frame."""

        async def there() -> Frame | None:
            found = [f for f in self.page.frames if re.search(r"/player\?", f.url)]
            return found[-1] if found else None

        frame: Frame = await eventually("the player is there", there)
        return frame

    async def text(self) -> str:
        """Return what can be read in the mirror now."""
        text: str = await (await self.frame()).evaluate(_TEXT)
        return text

    async def reads(self, text: str, within: float = 15.0) -> None:
        """Wait until this can be read in the mirror."""

        async def read() -> bool:
            return text in await self.text()

        await eventually(f"the mirror reads {text!r}", read, within)

    async def value(self, selector: str) -> str | None:
        """Return what stands in a field of the mirror."""
        value: str | None = await (await self.frame()).evaluate(_VALUE, selector)
        return value

    async def first_shown(self, heading: str) -> float:
        """Return when the mirror last began to show a page of this heading, in ms since 1970.

        Needs NOTE_HEADINGS in the context.
        """

        async def shown() -> float | None:
            noted = await (await self.frame()).evaluate("() => window.__headings")
            return noted[-1][1] if noted and noted[-1][0] == heading else None

        at: float = await eventually(f"the mirror shows {heading!r}", shown)
        return at

    @asynccontextmanager
    async def renewed(self) -> AsyncIterator[None]:
        """At the end of the block, wait until the page has been built anew."""
        await (await self.frame()).evaluate(_MARK)
        yield

        async def built() -> bool:
            return bool(await (await self.frame()).evaluate(_RENEWED))

        await eventually("the page is built anew", built)

    async def place(self, selector: str) -> tuple[float, float]:
        """Return where the middle of an element of the shop is in this person's window.

        It must be in sight and rest there: the mirror follows the shopper's scrolling.
        """
        frame = await self.frame()
        element = await frame.frame_element()
        last: tuple[float, float] | None = None

        async def rests() -> tuple[float, float] | None:
            nonlocal last
            inner = await frame.evaluate(_PLACE, selector)
            outer = await element.bounding_box()
            if not inner or not outer or not 0 < inner[1] < outer["height"]:
                return None
            before, last = last, (outer["x"] + inner[0], outer["y"] + inner[1])
            return last if last == before else None

        place: tuple[float, float] = await eventually(f"{selector} is in the mirror", rests)
        return place

    async def into_view(self, shopper: Shopper, selector: str) -> None:
        """Let the shopper scroll so that both see an element."""
        await shopper.page.locator(selector).evaluate("(e) => e.scrollIntoView({block: 'center'})")
        await self.place(selector)

    async def choose(self, tool: str) -> None:
        """Take a tool: "Look", "Point", "Draw", "Frame a part" or "Do it for them"."""
        await self.zone.get_by_role("radio", name=tool).check()

    async def point_at(self, selector: str) -> None:
        """Move over an element of the mirror."""
        x, y = await self.place(selector)
        await self.page.mouse.move(x - 3, y - 3)
        await self.page.mouse.move(x, y, steps=4)

    async def click(self, selector: str) -> None:
        """Press on an element of the mirror."""
        await self.page.mouse.click(*await self.place(selector))

    async def fill(self, selector: str, text: str) -> None:
        """Press on a field of the mirror and send a text for it."""
        await self.click(selector)
        player = await self.frame()
        await player.get_by_label("Text for this field").fill(text)
        await player.get_by_role("button", name="Fill in").click()

    async def told(self, text: str) -> None:
        """Wait until the zone tells of it: what became of an operation, for instance."""
        await self.zone.get_by_text(text).first.wait_for()


async def ask_to_see(agent: Agent) -> None:
    """Let the agent ask for the page from the conversation's head."""
    await agent.press("See the customer’s page")


async def consent(shopper: Shopper, name: str) -> None:
    """Press a consent, as late as a person who reads it."""
    button = shopper.chat.get_by_role("button", name=name, exact=True)
    await button.scroll_into_view_if_needed()
    await button.wait_for()
    await shopper.page.wait_for_timeout(SEEN)  # what is promised: no sooner
    await button.click()


async def allow(shopper: Shopper) -> None:
    """Let the shopper allow that their page is seen."""
    await consent(shopper, "Show the page")


async def show_page(shopper: Shopper, agent: Agent) -> Mirror:
    """Let an agent ask for the page, the shopper allow it, and the agent see it."""
    await ask_to_see(agent)
    await allow(shopper)
    mirror = Mirror(agent.page)
    await mirror.reads(await heading(shopper))
    return mirror


async def heading(shopper: Shopper) -> str:
    """Return the first heading of the shopper's page."""
    return (await shopper.page.locator("h1").first.inner_text()).strip()


async def give_control(shopper: Shopper, mirror: Mirror, name: str = "Agent One") -> None:
    """Let the agent ask for control and the shopper give it."""
    await mirror.zone.get_by_role("button", name="Ask for control").click()
    await consent(shopper, f"Let {name} help")
    await mirror.zone.get_by_text("You may scroll, click and fill in").wait_for()


def sharing_of(staff: Staff, conv: str) -> dict[str, Any]:
    """Return the state of a conversation's co-browsing, as a member of staff was sent it."""
    snapshots = (f for f in staff.frames if f["t"] == "snapshot" and f["conv"] == conv)
    state: dict[str, Any] = next(snapshots)["state"]["cobrowse"]
    return state
