"""Devices that are refused, missing or taken away: a plain message, and the way on."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.browser import DENY_DEVICES, LaunchBrowser, NewContext
from tests.e2e.calls import WEB, CallSite

pytestmark = pytest.mark.e2e

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NO_CAMERA = """
const ask = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = function (wanted) {
  if (wanted.video) return Promise.reject(new DOMException('', 'NotFoundError'));
  return ask.call(this, wanted);
};
"""


async def test_refused_devices_leave_a_way_into_the_call(
    call_site: CallSite, launch_browser: LaunchBrowser, new_context: NewContext
) -> None:
    agent = await call_site.agent(await new_context())
    await agent.start("audio", "video")
    denying = await launch_browser(DENY_DEVICES)
    visitor = await call_site.visitor(await denying.new_context(), devices=())
    await visitor.press("Answer with video")
    text = "The browser does not let us use the microphone."
    await visitor.page.get_by_text(text).wait_for()
    await visitor.page.get_by_text("The browser does not let us use the camera.").wait_for()
    await visitor.press("Go on without microphone")
    await visitor.phase("live")
    await visitor.hears(agent)
    await visitor.sees(agent)


async def test_without_a_camera_the_call_goes_on_by_voice(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent = await call_site.agent(await new_context())
    await agent.start("audio", "video")
    context = await new_context()
    await context.add_init_script(NO_CAMERA)
    visitor = await call_site.visitor(context)
    await visitor.press("Answer with video")
    await visitor.page.get_by_text("No camera was found.").wait_for()
    await visitor.press("Go on with voice only")
    await agent.hears(visitor)
    await visitor.sees(agent)


async def test_unplugged_microphone_is_told_and_comes_back_on_request(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await call_site.pair(new_context)
    await visitor.page.evaluate(
        "call.capture.tracks.value.get('audio').dispatchEvent(new Event('ended'))"
    )
    await visitor.page.get_by_text("The microphone was unplugged.").wait_for()
    await visitor.press("Try again")
    await agent.hears(visitor)
    assert await visitor.page.get_by_text("The microphone was unplugged.").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_part_of_a_call(
    call_site: CallSite, new_context: NewContext, scheme: str
) -> None:
    agent = await call_site.agent(await new_context(color_scheme=scheme))
    phone = {"width": 390, "height": 800}
    visitor = await call_site.visitor(await new_context(color_scheme=scheme, viewport=phone))
    await agent.page.evaluate("call.prepare({action: 'start', media: ['audio', 'video']})")
    await agent.page.get_by_text("Your microphone works.").wait_for()
    found = {"check": await _axe(agent.page)}
    await agent.press("Start call")
    await visitor.page.get_by_role("alertdialog").wait_for()
    found["offer"] = await _axe(visitor.page)
    await visitor.join("audio", "video")
    await visitor.sees(agent)
    found["call"] = await _axe(visitor.page)
    found["wide"] = await _axe(agent.page)
    await visitor.press("Hang up")
    await agent.phase("ended")
    found["ended"] = await _axe(agent.page)
    assert found == {part: [] for part in found}


async def _axe(page: Page) -> list[str]:
    await page.evaluate(AXE.read_text())
    violations = await page.evaluate(
        "(rules) => axe.run(document.body, {runOnly: rules}).then((r) => r.violations.flatMap("
        "(v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`)))",
        RULES,
    )
    return list(violations)
