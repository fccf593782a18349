"""A call of three: everybody agrees, it is paused, composed, played in the console, erased."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import expect

from server.demo import PASSWORD
from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.calls import Caller, CallSite, eventually
from tests.e2e.recorded import PERIOD, beats, ticking

pytestmark = pytest.mark.e2e

PITCHES = {"agent": 600, "visitor": 1_000, "expert": 1_500}
SHIFTS = {"agent": 0.0, "visitor": 0.7, "expert": 1.4}
# Notes where the first picture that plays is, in seconds of the file.
_WATCH = """() => {
  window.firstFrame = new Promise((done) => {
    const video = document.querySelector('.recording video')
    video.muted = true
    video.addEventListener('playing', () => done(video.currentTime), { once: true })
  })
}"""

_TO_THE_END = """async () => {
  const video = document.querySelector('.recording video')
  const event = (name) => new Promise((done, fail) => {
    video.addEventListener(name, done, { once: true })
    video.addEventListener('error', () => fail(video.error.message), { once: true })
  })
  const seeked = event('seeked')
  const ended = event('ended')
  video.currentTime = video.duration - 1
  await seeked
  await ended
  return { duration: video.duration, width: video.videoWidth, at: video.currentTime }
}"""

PART = 4.0  # seconds that are recorded before and after the pause


@pytest_asyncio.fixture(loop_scope="session")
async def boss(call_site: CallSite) -> AsyncIterator[aiohttp.ClientSession]:
    """Give the supervisor's session, with recording allowed as long as the test lasts."""
    http = await call_site.supervisor()
    await _record(call_site, http, allowed=True)
    yield http
    await _record(call_site, http, allowed=False)


async def _record(site: CallSite, http: aiohttp.ClientSession, *, allowed: bool) -> None:
    rules = {"allowed": allowed, "days": 7, "agents": False}
    url = f"{site.server.url}/api/v1/agent/recording"
    async with http.put(url, json=rules) as response:
        assert response.status == 200, await response.text()


async def _three(site: CallSite, new_context: NewContext) -> list[Caller]:
    callers = []
    for name in ("agent", "visitor", "expert"):
        context = await new_context()
        await context.add_init_script(ticking(SHIFTS[name], PITCHES[name]))
        if name == "agent":
            caller = await site.agent(context)
            await caller.start("audio", "video")
        elif name == "visitor":
            caller = await site.visitor(context)
            await caller.join("audio", "video")
        else:
            caller = await site.expert(context, "hear", "see", "speak")
            await caller.join("audio", "video")
        callers.append(caller)
    for caller in callers:
        await caller.phase("live")
    for one in callers:
        for other in callers:
            if one is not other:
                await one.sees(other, within=60)
    return callers


async def _line(caller: Caller, words: str) -> None:
    await caller.page.locator(".call-recording", has_text=words).wait_for()


async def test_three_agree_are_recorded_but_for_a_pause_and_it_plays_in_sync(
    call_site: CallSite,
    boss: aiohttp.ClientSession,
    new_context: NewContext,
    tmp_path: Path,
) -> None:
    agent, visitor, expert = callers = await _three(call_site, new_context)
    await agent.press("More")
    await agent.page.get_by_role("menuitem", name="Record the call").click()
    await _line(agent, "Nothing is recorded yet")
    for caller in (visitor, expert):
        await caller.page.get_by_role("alertdialog", name="may this call be recorded").wait_for()
    await visitor.press("Yes, record")
    await _line(agent, "Nothing is recorded yet")
    await expert.press("Yes, record")
    for caller in callers:
        await _line(caller, "The call is recorded")
    await asyncio.sleep(PART)  # it is the length of what is recorded
    await agent.press("Pause recording")
    for caller in callers:
        await _line(caller, "The recording is paused")
    await asyncio.sleep(PART)
    await agent.press("Resume recording")
    await _line(visitor, "The call is recorded")
    await asyncio.sleep(PART)
    await agent.press("Stop recording")
    await visitor.page.locator(".call-recording").wait_for(state="detached")
    assert [caller.errors for caller in callers] == [[], [], []]

    found = await eventually("it is composed", lambda: _composed(call_site, boss), within=240)
    length = found["duration"] / 1000
    assert found["progress"] == 100
    assert 2 * PART <= length < 2 * PART + 3
    assert [one["reason"] for one in found["pauses"]] == ["staff"]
    assert {one["role"] for one in found["consents"]} == {"agent", "visitor", "expert"}
    first, second = found["parts"]
    assert second["at"] - first["at"] - first["length"] >= PART * 1000 - 500
    file = tmp_path / "recording.webm"
    file.write_bytes(await _media(call_site, boss, found["id"]))

    # The grid is two by two, in the order in which they joined.
    places = {"agent": (0.25, 0.25), "visitor": (0.75, 0.25), "expert": (0.25, 0.75)}
    seen: dict[str, list[float]] = {}
    for name, (x, y) in places.items():
        cuts = [0.0, second["from"] / 1000]
        own = beats(file, x, y, PITCHES[name]).clear_of(cuts)
        assert len(own.seen) >= 2
        assert own.apart() < 0.1, f"{name}: seen {own.seen}, heard {own.heard}"
        seen[name] = own.seen
    for name in ("visitor", "expert"):
        due = SHIFTS[name]
        lags = [min(_off(one - two - due) for two in seen["agent"]) for one in seen[name]]
        assert median(lags) < 0.1, f"{name}: {lags}"
    await _plays(call_site, new_context, found, length)


def _off(seconds: float) -> float:
    """Return how far a time is from a whole number of beats."""
    return min(seconds % PERIOD, PERIOD - seconds % PERIOD)


async def _composed(site: CallSite, boss: aiohttp.ClientSession) -> dict[str, Any] | None:
    url = f"{site.server.url}/api/v1/agent/conversations/{site.conv}/recordings"
    async with boss.get(url) as response:
        assert response.status == 200, await response.text()
        found: list[dict[str, Any]] = await response.json()
    assert found, "there is a recording"
    assert found[0]["state"] != "failed", found[0]["error"]
    return found[0] if found[0]["playable"] else None


def _address(site: CallSite, recording: str) -> str:
    return f"{site.server.url}/api/v1/agent/recordings/{recording}/media"


async def _media(site: CallSite, boss: aiohttp.ClientSession, recording: str) -> bytes:
    async with boss.get(_address(site, recording)) as response:
        assert response.status == 200
        whole = await response.read()
    middle = {"Range": f"bytes={len(whole) // 2}-{len(whole) // 2 + 99}"}
    async with boss.get(_address(site, recording), headers=middle) as response:
        assert response.status == 206
        assert await response.read() == whole[len(whole) // 2 :][:100]
    async with boss.get(
        _address(site, recording), headers={"Range": f"bytes={len(whole)}-"}
    ) as response:
        assert response.status == 416
    return whole


async def _plays(
    site: CallSite, new_context: NewContext, found: dict[str, Any], length: float
) -> None:
    """Play it in the supervisor's console, by its marks and from its end; then erase it."""
    page = await (await new_context(locale="en-GB")).new_page()
    asked: list[int] = []
    page.on("response", lambda answer: "/media" in answer.url and asked.append(answer.status))
    await page.goto(f"{site.server.url}/console#/c/{site.conv}")
    await page.get_by_label("E-mail").fill("supervisor@demo.example")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    recording = page.get_by_role("article").filter(has=page.locator("video"))
    await expect(recording.get_by_text("Played once")).to_be_visible()  # fetched above
    await expect(recording.get_by_text("Recorded:")).to_contain_text("Expert One")
    assert asked == [], "looking at a conversation plays nothing"
    await assert_accessible(page)

    resumed = found["parts"][1]["from"] / 1000
    await page.evaluate(_WATCH)
    mark = recording.get_by_role("button", name="Recording goes on")
    await expect(mark).to_contain_text("not recorded")
    await mark.click()
    async with asyncio.timeout(60):
        first = await page.evaluate("() => window.firstFrame")
        assert abs(first - resumed) < 1, f"the mark leads to {resumed}, not to {first}"
        played = await page.evaluate(_TO_THE_END)
    assert abs(played["duration"] - length) < 0.1
    assert abs(played["at"] - length) < 0.1
    assert played["width"] == 1280
    assert set(asked) == {206}

    await page.reload()
    await recording.get_by_text("Played 2 times").click()
    await expect(recording.get_by_role("list").last.get_by_text("You")).to_have_count(2)
    await recording.get_by_role("button", name="Erase").click()
    dialog = page.get_by_role("dialog", name="Erase the recording?")
    confirm = dialog.get_by_role("button", name="Erase for good")
    await expect(confirm).to_be_disabled()
    await assert_accessible(page)
    await dialog.get_by_role("textbox", name="Why").fill("The test is over")
    await confirm.click()
    await expect(page.get_by_role("article").get_by_text("Erased", exact=True)).to_be_visible()
    await expect(page.locator("video")).to_have_count(0)


async def test_a_visitor_who_says_no_is_not_recorded_and_talks_on(
    call_site: CallSite, boss: aiohttp.ClientSession, new_context: NewContext
) -> None:
    agent, visitor = await call_site.pair(new_context)
    await agent.press("More")
    await agent.page.get_by_role("menuitem", name="Record the call").click()
    await visitor.press("No, do not record")
    await agent.page.locator(".call-recording").wait_for(state="detached")
    await agent.sees(visitor)
    url = f"{call_site.server.url}/api/v1/agent/conversations/{call_site.conv}/recordings"
    async with boss.get(url) as response:
        assert await response.json() == []
