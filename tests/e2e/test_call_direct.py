"""Two people talk past the server when the site allows it, and nobody hears them come and go."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from server.demo import ACCOUNTS, PASSWORD
from tests.browser import NewContext
from tests.e2e.calls import Caller, CallSite
from tests.e2e.test_call_talk import THIS_TAB
from tests.services.server import Server, running_server

pytestmark = pytest.mark.e2e

CONTINUITY = (Path(__file__).parent / "continuity.js").read_text(encoding="utf-8")
SOUND_GAP = 200  # ms of silence at most while somebody speaks all the time
FROZEN = 1000  # ms between two pictures at most
AFTERWARDS = 3  # seconds that are watched after a move: it is over by then, at both ends
ALONE = 100  # packets in 2 s for reports, checks and a last probe; sound alone would be 200
BOTH_COME = "() => continuity.heard.ready && continuity.seen.frames > 5"
# Ends the path as a broken network does: nothing arrives any more, and nobody says so.
CUT = """() => {
  const peer = continuity.direct();
  for (const channel of peer.notes) channel.send = () => {};
  for (const sender of peer.getSenders()) sender.replaceTrack(null);
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(
    tmp_path_factory: pytest.TempPathFactory, call_page: None
) -> AsyncIterator[Server]:
    """Give a server without a proxy before its media."""
    environment = {"TISKI_MEDIA_HOST": "127.0.0.1"}
    async with running_server(tmp_path_factory.mktemp("direct"), environment=environment) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def site(server: Server) -> AsyncIterator[CallSite]:
    """Give a conversation on a site that allows direct paths."""
    await allow(server, "direct")
    site = CallSite(server)
    await site.open()
    yield site
    await site.aclose()


async def allow(server: Server, policy: str) -> None:
    """Set the site's policy, as its supervisor."""
    [supervisor] = [email for email, _, role in ACCOUNTS if role == "supervisor"]
    jar = aiohttp.CookieJar(treat_as_secure_origin=URL(server.url))
    api = f"{server.url}/api/v1/agent"
    async with aiohttp.ClientSession(
        headers={"Origin": server.url}, cookie_jar=jar, raise_for_status=True
    ) as http:
        await http.post(f"{api}/login", json={"email": supervisor, "password": PASSWORD})
        await http.put(f"{api}/admin/calls", json={"media_policy": policy})


async def listening(new_context: NewContext) -> Any:
    """Return the browser of somebody who speaks all the time and watches what comes."""
    context = await new_context()
    await context.add_init_script(CONTINUITY)
    return context


async def talk(site: CallSite, new_context: NewContext) -> tuple[Caller, Caller]:
    """Return agent and visitor in a call that both hear and see."""

    async def context() -> Any:
        return await listening(new_context)

    people = await site.pair(context)
    for one in people:
        await one.page.wait_for_function(
            "() => continuity.heard.ready && continuity.seen.frames > 5"
        )
        await one.page.evaluate("continuity.reset()")
    return people


async def goes(way: str, *people: Caller, within: float = 90.0) -> None:
    """Wait until the media of these people go "directly", or "through the server"."""
    wanted = way == "directly"
    for one in people:
        await one.page.wait_for_function(
            "(wanted) => call.direct.value === wanted", arg=wanted, timeout=within * 1000
        )


async def packets(server: Server) -> int:
    """Return how many packets the media server has sent."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{server.url}/metrics") as response,
    ):
        found = re.search(r"^\S*media_packets_out\S* (\S+)$", await response.text(), re.MULTILINE)
    assert found
    return int(float(found[1]))


async def breaks(*people: Caller) -> dict[str, int]:
    """Return the longest silence and the longest still picture of anybody, in ms."""
    worst = {"sound": 0, "picture": 0}
    for one in people:
        gaps = await one.page.evaluate(
            "({sound: Math.round(continuity.heard.gap), picture: Math.round(continuity.seen.gap)})"
        )
        worst = {what: max(worst[what], gaps[what]) for what in worst}
    return worst


async def without_a_break(
    people: Sequence[Caller], *moves: Callable[[], Awaitable[None]], tries: int = 3
) -> None:
    """Hold that nobody hears or sees a break while media make each of `moves`.

    A machine that is busy with something else breaks what it plays by itself. So what it does
    afterwards, with nothing moving, is allowed too, and the best of some tries counts: a break
    that moving makes is there each time.
    """
    seen: dict[str, list[tuple[dict[str, int], dict[str, int]]]] = {m.__name__: [] for m in moves}
    for _ in range(tries):
        for move in moves:
            await _reset(people)
            await move()
            await asyncio.sleep(AFTERWARDS)
            moving = await breaks(*people)
            await _reset(people)
            await asyncio.sleep(AFTERWARDS)
            seen[move.__name__].append((moving, await breaks(*people)))
        if all(any(_unnoticed(*one) for one in found) for found in seen.values()):
            print(f"longest breaks in ms, moving and afterwards: {seen}")
            return
    raise AssertionError(f"breaks in ms in each try, moving and afterwards: {seen}")


async def _reset(people: Sequence[Caller]) -> None:
    for one in people:
        await one.page.evaluate("continuity.reset()")


def _unnoticed(moving: dict[str, int], still: dict[str, int]) -> bool:
    limits = {"sound": SOUND_GAP, "picture": FROZEN}
    return all(moving[what] <= max(limits[what], still[what]) for what in limits)


def miss_the_end(caller: Caller) -> list[str]:
    """Lose the first word that calls somebody back, as a wire does that is just being mended."""
    missed: list[str] = []

    def told(message: str | bytes) -> str | bytes:
        text = str(message)
        if missed or '"direct.end"' not in text:
            return message
        missed.append(text)
        return text.replace('"direct.end"', '"direct.lost"')  # which nobody knows

    caller.told = told
    return missed


async def all_meet(*people: Caller) -> None:
    for one in people:
        for other in people:
            if one is not other:
                await one.sees(other)
                await one.hears(other)


async def test_two_go_directly_and_the_server_rests(
    site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await talk(site, new_context)
    await goes("directly", agent, visitor)
    await all_meet(agent, visitor)
    for one, other in ((agent, visitor), (visitor, agent)):  # whom no server hears any more
        await one.page.wait_for_function(
            "(ids) => ids.every((id) => call.speaking.value.has(id) && call.quality.value[id] > 3)",
            arg=[await one.id, await other.id],
        )
    before = await packets(site.server)
    await asyncio.sleep(2)  # the time over which the server is watched
    assert await packets(site.server) - before < ALONE
    assert agent.errors == visitor.errors == []


async def test_what_is_turned_off_on_and_shared_goes_directly_too(
    site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await talk(site, new_context)
    await goes("directly", agent, visitor)
    await visitor.press("Mute microphone")
    await agent.page.wait_for_function("() => continuity.heard.silent > 500")
    await visitor.press("Unmute microphone")
    await agent.page.wait_for_function("() => continuity.heard.silent === 0")
    await visitor.press("Turn camera off")
    await agent.page.get_by_label("Picture of Customer").wait_for(state="detached")
    await visitor.press("Turn camera on")
    await agent.page.get_by_label("Picture of Customer").wait_for()
    await agent.sees(visitor)
    await agent.page.evaluate(THIS_TAB)
    await agent.press("Share screen")
    await visitor.sees(agent, "screen")
    await agent.press("Stop sharing")
    await visitor.page.get_by_label("Screen of Agent One").wait_for(state="detached")
    await goes("directly", agent, visitor, within=1)


async def test_a_third_person_comes_and_goes_and_two_hear_and_see_no_break(
    site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await talk(site, new_context)
    await goes("directly", agent, visitor)
    expert = await site.expert(await listening(new_context), "hear", "see", "speak")

    async def comes() -> None:
        await expert.join("audio", "video")
        await goes("through the server", agent, visitor)

    async def goes_away() -> None:
        await expert.press("Hang up")
        await goes("directly", agent, visitor)

    await without_a_break((agent, visitor), comes, goes_away)
    missed = [miss_the_end(one) for one in (agent, visitor)]
    await comes()  # and is heard all the same
    assert all(missed)
    await all_meet(agent, visitor, expert)


async def test_a_path_that_is_cut_leads_back_to_the_server_within_seconds(
    site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await talk(site, new_context)
    await goes("directly", agent, visitor)
    await agent.page.evaluate(CUT)
    await goes("through the server", agent, visitor, within=4)
    await all_meet(agent, visitor)
    assert "failed" in site.server.log()


async def test_a_page_that_ends_its_path_is_heard_on_through_the_server(
    site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await talk(site, new_context)
    await goes("directly", agent, visitor)
    await visitor.page.reload()
    await visitor.phase("live")
    await agent.hears(visitor)
    await goes("directly", agent, visitor)
    await all_meet(agent, visitor)


async def test_a_site_that_takes_it_back_has_its_calls_on_the_server(
    site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await talk(site, new_context)

    async def allowed() -> None:
        await allow(site.server, "direct")
        await goes("directly", agent, visitor)

    async def taken_back() -> None:
        await allow(site.server, "server")
        await goes("through the server", agent, visitor)

    await without_a_break((agent, visitor), allowed, taken_back)
    await all_meet(agent, visitor)
