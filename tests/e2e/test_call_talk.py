"""People see and hear each other through the media server, in real Chromium."""

from __future__ import annotations

import pytest

from tests.browser import NewContext
from tests.e2e.calls import CallSite, eventually

pytestmark = pytest.mark.e2e

# The tab itself is shared; the flag of the test's browser accepts it without a dialog.
THIS_TAB = """() => {
  const ask = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getDisplayMedia = (o) => ask({ ...o, preferCurrentTab: true });
}"""
# The colour in the lower middle of a remote picture, as it was decoded here.
COLOUR = """async (label) => {
  const video = document.querySelector(`video[aria-label="${label}"]`);
  if (!video?.videoWidth) return null;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const [r, g, b] = context.getImageData(canvas.width - 20, canvas.height - 20, 1, 1).data;
  return [r, g, b];
}"""


async def test_agent_and_visitor_see_and_hear_each_other_after_consent(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent = await call_site.agent(await new_context())
    visitor = await call_site.visitor(await new_context())
    await agent.page.evaluate("call.prepare({action: 'start', media: ['audio', 'video']})")
    await agent.press("Start call")
    await agent.phase("ringing")
    await visitor.page.get_by_role("alertdialog").wait_for()
    assert not await visitor.page.evaluate("call.capture.tracks.value.size"), "nothing before it"
    await visitor.press("Answer with video")
    await visitor.press("Join call")
    for one, other in ((agent, visitor), (visitor, agent)):
        await one.sees(other)
        await one.hears(other)
    await visitor.press("Hang up")
    await agent.phase("ended")
    await visitor.phase("idle")
    assert agent.errors == visitor.errors == []


async def test_camera_goes_off_for_the_others_and_comes_back_without_negotiation(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await call_site.pair(new_context)
    await agent.sees(visitor)
    await visitor.press("Turn camera off")
    picture = agent.page.get_by_label("Picture of Customer")
    await picture.wait_for(state="detached")
    generation = "() => sessionStorage.getItem('tiski.call.generation')"
    before = await visitor.page.evaluate(generation)
    await visitor.press("Turn camera on")
    await agent.sees(visitor)
    await picture.wait_for()
    assert await visitor.page.evaluate(generation) == before


async def test_muting_shows_and_silences(call_site: CallSite, new_context: NewContext) -> None:
    agent, visitor = await call_site.pair(new_context)
    await agent.hears(visitor)
    await visitor.press("Mute microphone")
    await agent.page.get_by_text("Microphone off").wait_for(state="attached")
    unmute = visitor.page.get_by_role("button", name="Unmute microphone")
    assert await unmute.get_attribute("aria-pressed") == "false"
    await visitor.press("Unmute microphone")
    await agent.hears(visitor)


async def test_three_people_all_see_and_hear_each_other(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await call_site.pair(new_context)
    expert = await call_site.expert(await new_context(), "hear", "see", "speak")
    await expert.join("audio", "video")
    people = (agent, visitor, expert)
    for one in people:
        for other in people:
            if one is not other:
                await one.sees(other)
                await one.hears(other)


async def test_shared_screen_arrives_with_its_own_colour(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await call_site.pair(new_context)
    await agent.page.evaluate(THIS_TAB)
    await agent.page.evaluate(
        """() => {
          const sign = document.createElement('div');
          sign.style = 'position:fixed;inset:auto 0 0 auto;width:60%;height:60%;'
            + 'background:rgb(255,0,255);z-index:9;pointer-events:none';
          document.body.append(sign);
        }"""
    )
    await agent.press("Share screen")

    async def magenta() -> bool:
        seen = await visitor.page.evaluate(COLOUR, "Screen of Agent One")
        return bool(seen) and seen[0] > 200 and seen[1] < 60 and seen[2] > 200

    await eventually("the visitor sees magenta", magenta)
    await agent.press("Stop sharing")
    await visitor.page.get_by_label("Screen of Agent One").wait_for(state="detached")
