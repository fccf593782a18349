"""The people of a whole journey, each in a browser of their own, on the product's real pages.

What they do is clicked and typed as by hand; what they see and hear is read from WebRTC's own
figures, through a note that every page takes of the connections it makes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from playwright.async_api import BrowserContext, Frame, FrameLocator, Locator, Page, TimeoutError

from server.demo import PASSWORD
from tests.browser import DEVICES, NewContext
from tests.e2e.calls import LOCAL, eventually
from tests.services.server import Server

__all__ = ["Agent", "Expert", "Person", "Shopper", "begin", "call_by_video", "meet"]

# Every page keeps the connections it makes where a test can find them, and when sound that had
# really come was first played; screen capture takes the tab itself, which the test's browser
# accepts without a dialog.
_NOTE = """(() => {
  const made = (window.__connections = []);
  const Real = window.RTCPeerConnection;
  const listen = async (connection) => {
    for (const s of (await connection.getStats()).values()) {
      if (s.type === 'inbound-rtp' && s.kind === 'audio' && s.jitterBufferEmittedCount > 0) {
        window.__firstSound ??= Date.now();
      }
    }
    if (!window.__firstSound && connection.connectionState !== 'closed') {
      setTimeout(listen, 20, connection);
    }
  };
  window.RTCPeerConnection = class extends Real {
    constructor(...given) { super(...given); made.push(this); listen(this); }
  };
  const devices = navigator.mediaDevices;
  if (devices?.getDisplayMedia) {
    const ask = devices.getDisplayMedia.bind(devices);
    devices.getDisplayMedia = (wanted) => ask({ ...wanted, preferCurrentTab: true });
  }
})()"""

# Everything that is received now: track -> kind, frames decoded, sound energy.
_FIGURES = """async () => {
  const found = {};
  for (const connection of window.__connections) {
    if (connection.connectionState !== 'connected') continue;
    (await connection.getStats()).forEach((s) => {
      if (s.type === 'inbound-rtp') found[s.trackIdentifier] =
        { kind: s.kind, frames: s.framesDecoded ?? 0, energy: s.totalAudioEnergy ?? 0 };
    });
  }
  return found;
}"""

# Leaves the page by one of its own links, and tells when.
_FOLLOW = """(path) => {
  const link = document.querySelector(`nav a[href="${path}"]`);
  const left = Date.now();
  link.click();
  return left;
}"""

_WAYS = """async () => {
  const found = [];
  for (const connection of window.__connections) {
    if (connection.connectionState !== 'connected') continue;
    const stats = await connection.getStats();
    for (const s of stats.values()) {
      if (s.type !== 'transport') continue;
      const pair = stats.get(s.selectedCandidatePairId);
      found.push(stats.get(pair.localCandidateId).candidateType);
    }
  }
  return found;
}"""

# A sheet of one colour over the middle of the page, for screens that are shared.
_SHEET = """(colour) => {
  document.getElementById('sheet')?.remove();
  if (!colour) return;
  const sheet = document.createElement('div');
  sheet.id = 'sheet';
  sheet.style = `position:fixed;inset:25%;z-index:9;pointer-events:none;background:${colour}`;
  document.body.append(sheet);
}"""

_COLOURS = """() => [...document.querySelectorAll('video')].map((video) => {
  if (!video.videoWidth) return null;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  return [...context.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data].slice(0, 3);
})"""


class Person:
    """Somebody with a browser."""

    def __init__(self, server: Server, context: BrowserContext, page: Page) -> None:
        self.server = server
        self.context = context
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    @classmethod
    async def come(cls, server: Server, new_context: NewContext, **options: Any) -> Any:
        """Open a browser of their own, which lets the pages use its devices."""
        options.setdefault("locale", "en-GB")
        context = await new_context(permissions=[], **options)
        for origin in (server.url, server.shop_url):
            await context.grant_permissions([*DEVICES, LOCAL], origin=origin)
        await context.add_init_script(_NOTE)
        return cls(server, context, await context.new_page())

    async def place(self) -> Page | Frame:
        """Return the page or frame that this person's calls live in."""
        return self.page

    async def tracks(self) -> dict[str, dict[str, Any]]:
        """Return what is received now: track -> kind, frames decoded, energy of sound."""
        found: dict[str, dict[str, Any]] = await (await self.place()).evaluate(_FIGURES)
        return found

    async def figures(self) -> list[dict[str, Any]]:
        """Return what is received now, one entry for each track."""
        return list((await self.tracks()).values())

    async def sees_and_hears(self, cameras: int, voices: int, within: float = 40.0) -> None:
        """Wait until so many pictures and voices have grown since now."""
        place = await self.place()
        before: dict[str, dict[str, Any]] = await place.evaluate(_FIGURES)

        async def grown() -> bool:
            after: dict[str, dict[str, Any]] = await place.evaluate(_FIGURES)
            pictures = sounds = 0
            for track, now in after.items():
                then = before.get(track, {"frames": 0, "energy": 0})
                pictures += now["frames"] >= then["frames"] + 5
                sounds += now["energy"] > then["energy"] + 1e-4
            return pictures >= cameras and sounds >= voices

        await eventually(f"{cameras} pictures and {voices} voices grow", grown, within)

    async def ways(self) -> list[str]:
        """Return how media get to the servers now: the types of the own ICE candidates in use."""
        found: list[str] = await (await self.place()).evaluate(_WAYS)
        return found

    async def spread(self, colour: str | None) -> None:
        """Lay a sheet of one CSS colour over the middle of the page, or take it away."""
        await self.page.evaluate(_SHEET, colour)

    async def sees_colour(self, red: int, green: int, blue: int) -> None:
        """Wait until the middle of some picture here has this colour, or nearly."""

        async def seen() -> bool:
            for colour in await (await self.place()).evaluate(_COLOURS):
                pairs = zip(colour or (), (red, green, blue), strict=False)
                if colour and all(abs(one - other) < 40 for one, other in pairs):
                    return True
            return False

        await eventually(f"a picture of the colour {red, green, blue}", seen)


class Shopper(Person):
    """A visitor of the demo shop; the chat is in a frame of another origin."""

    @property
    def chat(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='Chat']")

    async def place(self) -> Frame:
        handle = await self.page.locator("iframe[title='Chat']").element_handle()
        frame = await handle.content_frame() if handle else None
        assert frame is not None
        return frame

    async def visit(self, path: str = "/") -> None:
        await self.page.goto(f"{self.server.shop_url}{path}")

    async def go_on_to(self, path: str) -> float:
        """Follow a link of the shop's menu, and return when, in ms since 1970."""
        left: float = await self.page.evaluate(_FOLLOW, path)
        await self.page.wait_for_url(f"**/{path}", wait_until="commit")
        return left

    async def first_sound(self, within: float = 15.0) -> float:
        """Return when this page first played sound of the call, in ms since 1970."""

        async def heard() -> float | None:
            if not await self.page.locator("iframe[title='Chat']").count():
                return None
            at: float | None = await (await self.place()).evaluate("() => window.__firstSound")
            return at

        found: float = await eventually("sound is heard", heard, within)
        return found

    async def open_chat(self) -> None:
        await self.page.locator("button[aria-expanded]").click()
        await self.chat.get_by_label("Message", exact=True).wait_for()

    async def say(self, text: str) -> None:
        await self.chat.get_by_label("Message", exact=True).fill(text)
        await self.chat.get_by_role("button", name="Send", exact=True).click()
        await self.line(text).wait_for()

    async def write(self, text: str) -> None:
        """Send a message, and wait for nothing."""
        box = self.chat.get_by_label("Message", exact=True)
        await box.fill(text)
        await box.press("Enter")

    def line(self, text: str) -> Locator:
        return self.chat.get_by_role("log").get_by_text(text, exact=True)

    @property
    def line_card(self) -> Locator:
        """How one stands in the queue."""
        return self.chat.get_by_role("region", name="Your place in line")

    def message(self, text: str) -> Locator:
        return self.chat.get_by_role("article").filter(has_text=text)

    async def lines(self) -> list[str]:
        """Return what people have said, as it stands in the chat."""
        return await self.chat.locator("article .bubble").all_inner_texts()

    async def acknowledged(self) -> list[str]:
        """Return the own messages that the chat shows as sent."""
        own = "article:is([data-status=sent], [data-status=seen]) .bubble"
        return await self.chat.locator(own).all_inner_texts()

    async def press(self, name: str) -> None:
        await self.chat.get_by_role("button", name=name, exact=True).click()


class Agent(Person):
    """An agent at the console."""

    async def sign_in(self, who: str = "agent1") -> None:
        await self.page.goto(f"{self.server.url}/console")
        await self.page.get_by_label("E-mail").fill(f"{who}@demo.example")
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign in", exact=True).click()
        await self.page.get_by_role("navigation", name="Inbox").wait_for()

    async def choose(self, text: str) -> None:
        """Open the conversation whose row in the list shows this text."""
        rows = self.page.get_by_role("region", name="Conversations").get_by_role("listitem")
        await rows.filter(has_text=text).get_by_role("button").click()

    async def say(self, text: str) -> None:
        await self.write(text)
        await self.line(text).wait_for()

    async def write(self, text: str) -> None:
        """Send a reply, and wait for nothing."""
        box = self.page.get_by_role("textbox", name="Reply")
        await box.fill(text)
        await box.press("Enter")

    async def lines(self) -> list[str]:
        """Return what people have said, as far as it is in sight."""
        return await self.page.locator("article[data-kind=said] .line-text").all_inner_texts()

    async def acknowledged(self) -> list[str]:
        """Return the own messages that the console shows as sent."""
        own = self.page.locator("article[data-kind=said][data-mine]")
        return await own.filter(has_not_text="Sending…").locator(".line-text").all_inner_texts()

    def line(self, text: str) -> Locator:
        return self.page.get_by_role("log").get_by_text(text, exact=True)

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).first.click()

    async def set_status(self, status: str) -> None:
        """Choose from one's own status menu."""
        await self.page.locator("button.availability").click()
        await self.page.get_by_role("menuitemradio", name=status, exact=True).click()

    def offer(self, text: str) -> Locator:
        """The card of an offer that rings, by what the customer wrote."""
        offers = self.page.get_by_role("region", name="Offers").get_by_role("article")
        return offers.filter(has_text=text, visible=True)

    async def take(self, text: str) -> None:
        """Accept an offer, and be shown its conversation."""
        card = self.offer(text)
        await card.wait_for()
        accept = card.get_by_role("button", name="Accept")

        async def gone() -> bool:
            # A card takes no press in its first moments, in which another may have stood there.
            if await accept.count():
                with contextlib.suppress(TimeoutError):
                    await accept.click(timeout=500)
            return await card.count() == 0

        await eventually("the offer is taken", gone)
        await self.page.get_by_role("textbox", name="Reply").wait_for()

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog")

    async def do(self, action: str) -> None:
        """Choose from the conversation's menu of more actions."""
        await self.press("More actions")
        await self.page.get_by_role("menuitem", name=action, exact=True).click()

    async def view(self, name: str) -> None:
        """Show one of the inbox's views."""
        inbox = self.page.get_by_role("navigation", name="Inbox")
        await inbox.get_by_role("button", name=name).click()

    async def make_link(self, also: Sequence[str] = ()) -> str:
        """Make a link for an expert, and return it; `also`: what it allows besides the usual."""
        await self.do("Invite an expert")
        for leave in also:
            await self.dialog.get_by_label(leave).check()
        await self.dialog.get_by_role("button", name="Make a link").click()
        url: str = await self.dialog.get_by_label("The expert’s link").input_value()
        return url

    async def let_in(self, expert: str) -> None:
        """Let an expert who consults into the conversation, from now on."""
        await self.press(f"Let in {expert}")
        await self.dialog.get_by_role("button", name=f"Let in {expert}").click()
        await self.page.get_by_text(f"{expert} is in the conversation").wait_for()

    async def close(self, reason: str) -> None:
        """Close the conversation for a reason."""
        await self.page.locator("header.head").get_by_role("button", name="Close").click()
        await self.dialog.get_by_label(reason, exact=True).check()
        await self.dialog.get_by_role("button", name="Close the conversation").click()


class Expert(Person):
    """Somebody without an account, who has a link."""

    def heading(self, text: str) -> Locator:
        return self.page.get_by_role("heading", name=text)

    def line(self, text: str) -> Locator:
        return self.page.get_by_role("log").get_by_text(text, exact=True)

    async def say(self, to: str, text: str) -> None:
        """Write to "To everybody" or "Only to the agent"."""
        await self.page.get_by_role("textbox", name=to).fill(text)
        await self.page.keyboard.press("Enter")
        await self.line(text).wait_for()

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).first.click()


async def meet(shopper: Shopper, agent: Agent, question: str, path: str = "/tent") -> None:
    """Let an agent sign in and take the conversation of a shopper who asks something."""
    await agent.sign_in()
    await begin(shopper, agent, question, path)


async def begin(shopper: Shopper, agent: Agent, question: str, path: str = "/tent") -> None:
    """Let a shopper ask something on a page of the shop, and an agent take the conversation."""
    await shopper.visit(path)
    await shopper.open_chat()
    await shopper.say(question)
    await agent.choose(question)
    await agent.press("Accept")
    await agent.page.get_by_role("textbox", name="Reply").wait_for()


async def call_by_video(shopper: Shopper, agent: Agent) -> None:
    """Let an agent call with sound and picture, and the shopper answer so."""
    await agent.press("Video call")
    await agent.press("Start call")
    await shopper.press("Answer with video")
    await shopper.press("Join call")
    await agent.sees_and_hears(1, 1)
    await shopper.sees_and_hears(1, 1)
