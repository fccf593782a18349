"""A call in the chat of a real shop page: it goes on while the shopper goes on shopping."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Frame, expect

from tests.browser import NewContext
from tests.e2e.calls import CallSite, eventually
from tests.e2e.shopper import NewShopper, Shopper
from tests.e2e.staff import staffed
from tests.services.server import Server

pytestmark = pytest.mark.e2e

# ms from leaving a page to sound on the next one; the target is 1500 on a quiet machine
SOUND_BACK = 4000
WATCH_SOUND = """
if (window !== window.top) {
  const Native = RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      const look = async () => {
        for (const s of (await this.getStats()).values()) {
          if (s.type !== 'inbound-rtp') continue;
          if (s.kind === 'audio' && s.packetsReceived > 0) window.soundAt ??= Date.now();
          if (s.kind === 'audio') window.energy = s.totalAudioEnergy;
          if (s.kind === 'video') window.frames_ = s.framesDecoded;
        }
        setTimeout(look, 20);
      };
      look();
    }
  };
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def shop_site(shop_server: Server, call_page: None) -> AsyncIterator[CallSite]:
    """Give the server of the shop, for an agent's page; the shopper begins the conversation."""
    site = CallSite(shop_server)
    yield site
    await site.aclose()


async def chat_frame(shopper: Shopper) -> Frame:
    """Return the chat's frame on the page that is shown now."""
    element = await shopper.panel.element_handle()
    assert element is not None
    frame = await element.content_frame()
    assert frame is not None
    return frame


async def test_shopper_and_agent_talk_on_over_shop_pages(
    new_shopper: NewShopper, new_context: NewContext, shop_site: CallSite
) -> None:
    shopper = await new_shopper()
    await shopper.context.add_init_script(WATCH_SOUND)
    text = "May I see the tent on video?"
    async with staffed(shop_site.server.url) as staff:  # somebody is there, so it is a chat
        await shopper.visit("/tent")
        await shopper.open()
        await shopper.write(text)
        await shop_site.adopt(await staff.conversation(text))
    agent = await shop_site.agent(await new_context())
    await agent.start("audio", "video")
    await shopper.chat.get_by_role("button", name="Answer with video").click()
    await shopper.chat.get_by_role("button", name="Join call").click()
    await expect(shopper.chat.locator("section.call")).to_have_attribute("data-phase", "live")
    await grows(shopper, "energy")
    await grows(shopper, "frames_")

    left = await shopper.page.evaluate("Date.now()")
    await shopper.visit("/boots")
    sound_at = await eventually("sound is back", lambda: figure(shopper, "soundAt"))
    assert sound_at - left <= SOUND_BACK, f"sound came back after {sound_at - left} ms"
    await grows(shopper, "energy")
    await grows(shopper, "frames_")
    await agent.page.wait_for_function("() => call.others.value.length === 1")
    figures = await agent.figures()
    assert any(key.endswith(":camera") for key in figures), figures


async def figure(shopper: Shopper, name: str) -> Any:
    """Return a figure that the chat's frame of the present page has noted; None: not yet."""
    if not await shopper.panel.count():
        return None
    return await (await chat_frame(shopper)).evaluate("(name) => window[name] ?? null", name)


async def grows(shopper: Shopper, name: str) -> None:
    """Wait until a figure of what the shopper receives has grown."""
    before = await figure(shopper, name) or 0

    async def grown() -> bool:
        return (await figure(shopper, name) or 0) > before

    await eventually(f"{name} grows at the shopper", grown)
