"""The call doctor in a real browser: the check before a call, the camera's pause, the figures."""

from __future__ import annotations

import time

import aiohttp
import pytest

from server.demo import PASSWORD
from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.calls import Caller, CallSite, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

PHONE = {"width": 390, "height": 800}


async def checked(site: CallSite, new_context: NewContext, **context: object) -> Caller:
    """Open a visitor's page and start a check from the card before a call."""
    visitor = await site.visitor(await new_context(viewport=PHONE, **context))
    await visitor.page.evaluate("call.prepare({action: 'start', media: ['audio', 'video']})")
    await visitor.press("Check your connection")
    await visitor.page.get_by_text("Checking…").wait_for()
    return visitor


async def verdict(caller: Caller, mode: str, within: float = 20.0) -> str:
    """Return what the check says once it is over."""
    shown = caller.page.locator(f".doctor-verdict[data-mode={mode}]")
    await shown.wait_for(timeout=within * 1000)
    return await caller.page.locator(".doctor").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_good_connection_is_told_in_seconds_and_goes_on_with_video(
    call_site: CallSite, new_context: NewContext, scheme: str
) -> None:
    visitor = await checked(call_site, new_context, color_scheme=scheme)
    began = time.monotonic()
    said = await verdict(visitor, "video")
    assert time.monotonic() - began < 8
    for line in ("Video works here.", "We hear you", "Direct (UDP)", "Open, "):
        assert line in said
    assert "relay" not in said, "what is not configured is not tried"
    await assert_accessible(visitor.page)
    await visitor.press("Play a test sound")
    await visitor.press("Yes")
    await visitor.page.get_by_text("You hear the sound").wait_for()
    await visitor.press("Go on with video")
    await visitor.press("Start call")
    await visitor.phase("ringing")
    assert visitor.errors == []


async def test_a_network_without_udp_is_named_and_chat_is_offered(
    call_site: CallSite, new_context: NewContext
) -> None:
    assert call_site.proxy is not None
    call_site.proxy.cut = True
    visitor = await checked(call_site, new_context)
    began = time.monotonic()
    said = await verdict(visitor, "chat")
    assert time.monotonic() - began < 8
    assert "Does not get through" in said
    assert "This network does not let calls through." in said
    await assert_accessible(visitor.page)
    await visitor.press("Go on by chat")
    await visitor.phase("idle")
    assert await visitor.page.evaluate("call.capture.tracks.value.size") == 0


async def test_a_slow_uplink_is_measured_and_voice_is_offered(
    call_site: CallSite, new_context: NewContext
) -> None:
    assert call_site.proxy is not None
    call_site.proxy.uplink = 250_000
    visitor = await checked(call_site, new_context)
    said = await verdict(visitor, "voice")
    assert "The connection is too slow for video." in said
    kbps = int(said.partition("Up ")[2].partition(" kbit/s")[0])
    assert 180 <= kbps <= 320, said
    await visitor.press("Go on with voice")
    await visitor.page.get_by_text("Camera is off").wait_for()


async def test_a_check_can_be_skipped_at_once(call_site: CallSite, new_context: NewContext) -> None:
    visitor = await checked(call_site, new_context)
    await visitor.press("Skip the check")
    await visitor.press("Start call")
    await visitor.phase("ringing")


async def test_devices_are_let_go_when_the_check_is_left_for_a_call_in_another_tab(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent = await call_site.agent(await new_context())
    context = await new_context(viewport=PHONE)
    visitor = await call_site.visitor(context)
    await agent.start("audio")
    await visitor.join("audio")
    await agent.phase("live")
    # The network ended it, as far as this page is told: its card leads to the check.
    visitor.told = lambda message: str(message).replace('"hangup"', '"lost"')
    await agent.press("Hang up")
    await visitor.phase("ended")
    await visitor.press("Check your connection")
    await visitor.page.wait_for_function("call.capture.tracks.value.size === 2")
    tab = await call_site.visitor(context)
    await agent.start("audio")
    await tab.join("audio")
    await visitor.phase("elsewhere")
    await visitor.page.wait_for_function("call.capture.tracks.value.size === 0")
    assert await tab.page.evaluate("call.capture.tracks.value.size") == 1
    assert visitor.errors == []


async def test_camera_pauses_on_a_weak_uplink_while_sound_goes_on_and_comes_back(
    call_site: CallSite, new_context: NewContext
) -> None:
    assert call_site.proxy is not None
    agent, visitor = await call_site.pair(new_context)
    await agent.sees(visitor)
    call_site.proxy.uplink = 100_000
    notice = visitor.page.get_by_text("your camera is paused")
    await notice.wait_for(timeout=40_000)
    await assert_accessible(visitor.page)
    me = await visitor.id
    shown = "(id) => call.call.value.members.find((m) => m.person.id === id).media.join()"
    await agent.page.wait_for_function(f"(id) => ({shown})(id) === 'audio'", arg=me)
    await agent.hears(visitor)
    call_site.proxy.uplink = 0
    await notice.wait_for(state="detached", timeout=60_000)
    await agent.page.wait_for_function(f"(id) => ({shown})(id) === 'audio,video'", arg=me)
    await agent.sees(visitor)


async def test_a_supervisor_reads_how_the_call_was_for_each(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await call_site.pair(new_context)
    await agent.sees(visitor)
    call = await visitor.page.evaluate("call.call.value.id")
    people = {await agent.id, await visitor.id}
    path = f"/api/v1/agent/conversations/{call_site.conv}/calls/{call}/figures"
    async with call_site._http() as http:
        account = {"email": "supervisor@demo.example", "password": PASSWORD}
        await call_site._post(http, "/agent/login", account)

        async def whole(*sides: str) -> list[dict[str, object]]:
            async with http.get(f"{call_site.server.url}{path}") as response:
                parts = (await response.json()).get("parts", [])
            there = all(side in part for part in parts for side in sides)
            return parts if len(parts) == 2 and there else []

        await eventually("both browsers told of the call", lambda: whole("told"))
        await visitor.press("Hang up")
        await agent.phase("ended")
        parts = await eventually("so has the media server", lambda: whole("told", "watched"))
    assert {part["person"] for part in parts} == people
    for part in parts:
        told, watched = part["told"], part["watched"]
        assert told["path"] == "udp"
        assert told["seconds"] >= 2
        assert told["setup"] > 0
        assert told["sound_in"]["packets"] > 0
        assert told["picture_in"]["codec"] == "VP8"
        assert sum(watched["scores"]) == watched["looks"] > 0
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{call_site.server.url}/metrics") as response,
    ):
        metrics = await response.text()
    assert 'tiski_call_setup_seconds_count{path="udp"}' in metrics
