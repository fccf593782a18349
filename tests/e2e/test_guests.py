"""An outside source and a player in a call of two people: aiortc publishes by WHIP, plays by WHEP.

aiortc is a stack of its own: ICE, DTLS, SRTP and codecs are none of ours. Another player, and
another source, are pages of another origin, with nothing but what browsers have.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame
from playwright.async_api import expect

from media.adapter import machine_addresses
from server.demo import ACCOUNTS, PASSWORD
from tests.axe import assert_accessible
from tests.browser import NewContext
from tests.e2e.calls import LOCAL, eventually
from tests.e2e.people import Agent, Shopper, call_by_video, meet
from tests.services.server import Server, running_server

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.e2e,
    pytest.mark.skipif(
        machine_addresses(ipv6=False) == ["127.0.0.1"],
        reason="aiortc's ICE does not use loopback",
    ),
]

LABEL = "Shop floor camera"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give one server to the tests of guests."""
    async with running_server(tmp_path_factory.mktemp("guests")) as server:
        yield server


# Plays from a WHEP endpoint; resolves with the frames and the sound energy that came.
_PLAY = """async ([url, token]) => {
  const pc = new RTCPeerConnection()
  for (const kind of ['audio', 'video']) pc.addTransceiver(kind, { direction: 'recvonly' })
  const player = document.createElement('video') // energy is counted of what is played
  player.autoplay = true
  player.srcObject = new MediaStream(pc.getReceivers().map(({ track }) => track))
  await pc.setLocalDescription()
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' }
  const answered = await fetch(url, { method: 'POST', headers, body: pc.localDescription.sdp })
  if (answered.status !== 201) throw new Error(`${answered.status} ${await answered.text()}`)
  const session = new URL(answered.headers.get('Location'), url)
  const etag = answered.headers.get('ETag')
  await pc.setRemoteDescription({ type: 'answer', sdp: await answered.text() })
  const trickled = await fetch(session, {
    method: 'PATCH',
    headers: { ...headers, 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': etag },
    body: 'a=end-of-candidates',
  })
  let frames = 0
  let energy = 0
  while (frames < 10 || energy < 1e-4) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    for (const report of (await pc.getStats()).values()) {
      if (report.type !== 'inbound-rtp') continue
      if (report.kind === 'video') frames = report.framesDecoded
      else energy = report.totalAudioEnergy
    }
  }
  const left = await fetch(session, { method: 'DELETE', headers })
  pc.close()
  return [trickled.status, left.status]
}"""


# Publishes a blue picture and a tone to a WHIP endpoint; resolves with the status of the answer.
_PUBLISH = """async ([url, token]) => {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  setInterval(() => {
    context.fillStyle = '#0000ff'
    context.fillRect(0, 0, canvas.width, canvas.height)
  }, 50)
  const audio = new AudioContext()
  const tone = audio.createOscillator()
  const sound = audio.createMediaStreamDestination()
  tone.connect(sound)
  tone.start()
  const pc = (window.whip = new RTCPeerConnection())
  for (const stream of [canvas.captureStream(20), sound.stream]) {
    for (const track of stream.getTracks()) pc.addTransceiver(track, { direction: 'sendonly' })
  }
  await pc.setLocalDescription()
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' }
  const answered = await fetch(url, { method: 'POST', headers, body: pc.localDescription.sdp })
  const answer = await answered.text()
  if (answered.ok) await pc.setRemoteDescription({ type: 'answer', sdp: answer })
  return answered.status
}"""


class Green(VideoStreamTrack):
    """A picture of one colour."""

    async def recv(self) -> VideoFrame:
        at, base = await self.next_timestamp()
        frame = VideoFrame(width=320, height=240)
        for plane, value in zip(frame.planes, (145, 54, 34), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = at, base
        return frame


class Tone(AudioStreamTrack):
    """A sound of a square wave, 300 Hz at 8,000 samples a second."""

    async def recv(self) -> AudioFrame:
        frame = await super().recv()
        wave = b"".join((6000 if n // 13 % 2 else -6000).to_bytes(2, "little", signed=True)
                        for n in range(frame.samples))  # fmt: skip
        frame.planes[0].update(wave)
        return frame


class Program:
    """A WHIP or WHEP client (RFC 9725) that knows an address and a token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.connection = RTCPeerConnection()
        self.taken: dict[str, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session = ""
        self.connection.on("track", self._take)

    def _take(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        while True:
            await track.recv()
            self.taken[track.kind] = self.taken.get(track.kind, 0) + 1

    async def begin(self, http: aiohttp.ClientSession) -> None:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        headers = {**self._headers, "Content-Type": "application/sdp"}
        offer = self.connection.localDescription.sdp
        async with http.post(self.url, data=offer, headers=headers) as response:
            assert response.status == 201, await response.text()
            self._session = response.headers["Location"]
            answer = await response.text()
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def leave(self, http: aiohttp.ClientSession) -> None:
        origin = self.url.partition("/api/")[0]
        async with http.delete(f"{origin}{self._session}", headers=self._headers) as response:
            assert response.status == 200
        await self.aclose()

    async def aclose(self) -> None:
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def tokens(server: Server, http: aiohttp.ClientSession, question: str) -> list[Program]:
    """Let the supervisor make a token for a source and one for a player."""
    api, origin = f"{server.url}/api/v1/agent", {"Origin": server.url}
    [supervisor] = [email for email, _, role in ACCOUNTS if role == "supervisor"]
    login = {"email": supervisor, "password": PASSWORD}
    async with http.post(f"{api}/login", json=login, headers=origin) as response:
        cookies = "; ".join(f"{name}={one.value}" for name, one in response.cookies.items())
    made = []
    for kind, label in (("publish", LABEL), ("play", "Hall screen")):
        body: dict[str, Any] = {"kind": kind, "label": label}
        headers = {**origin, "Cookie": cookies}
        url = f"{api}/conversations/{question}/guests"
        async with http.post(url, json=body, headers=headers) as response:
            assert response.status == 201, await response.text()
            given = await response.json()
        made.append(Program(given["url"], given["token"]))
    return made


async def test_a_source_is_seen_and_heard_by_all_and_a_player_gets_the_call(
    server: Server, new_context: NewContext
) -> None:
    async with aiohttp.ClientSession() as http:
        shopper: Shopper = await Shopper.come(server, new_context)
        agent: Agent = await Agent.come(server, new_context)
        await meet(shopper, agent, "What does it look like there?")
        await call_by_video(shopper, agent)
        conv = agent.page.url.rpartition("/c/")[2]
        source, player = await tokens(server, http, conv)
        try:
            source.connection.addTrack(Tone())
            source.connection.addTrack(Green())
            await source.begin(http)
            await shopper.sees_and_hears(2, 2)
            await agent.sees_and_hears(2, 2)
            await shopper.sees_colour(0, 255, 0)
            for place in (shopper.chat, agent.page):
                await expect(place.get_by_text(LABEL).first).to_be_visible()

            for kind in ("audio", "video"):
                player.connection.addTransceiver(kind, direction="recvonly")
            await player.begin(http)

            async def plays() -> bool:
                return player.taken.get("audio", 0) > 50 and player.taken.get("video", 0) > 10

            await eventually("the player gets sound and pictures", plays)
            await expect(shopper.chat.get_by_text("Hall screen").first).to_be_visible()
            await player.leave(http)
            elsewhere = await new_context(permissions=[])
            await elsewhere.grant_permissions([LOCAL], origin=server.shop_url)
            page = await elsewhere.new_page()
            await page.goto(server.shop_url)
            async with asyncio.timeout(60):
                assert await page.evaluate(_PLAY, [player.url, player.token]) == [204, 200]

            before = len(await shopper.figures())
            await source.leave(http)

            async def gone() -> bool:
                return len(await shopper.figures()) < before

            await eventually("the source is gone", gone)
            await shopper.sees_and_hears(1, 1)
            assert shopper.errors == agent.errors == []
        finally:
            await source.aclose()
            await player.aclose()


async def test_a_token_made_in_the_console_brings_a_source_until_it_is_taken_back(
    server: Server, new_context: NewContext
) -> None:
    shopper: Shopper = await Shopper.come(server, new_context)
    agent: Agent = await Agent.come(server, new_context)
    await meet(shopper, agent, "Is there one on display?")
    await call_by_video(shopper, agent)
    boss: Agent = await Agent.come(server, new_context)
    await boss.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    await boss.sign_in("supervisor")
    await boss.view("All open")
    await boss.choose("Is there one on display?")
    await agent.press("More actions")
    item = agent.page.get_by_role("menuitem", name="Outside sources and players")
    await expect(item).to_have_count(0)

    await boss.do("Outside sources and players")
    dialog = boss.dialog
    await expect(dialog.get_by_text("None yet.")).to_be_visible()
    await assert_accessible(boss.page)
    await dialog.get_by_role("button", name="Make a token").click()
    await expect(dialog.get_by_role("textbox", name="Name")).to_have_attribute(
        "aria-invalid", "true"
    )
    await dialog.get_by_role("textbox", name="Name").fill("Aisle four")
    await dialog.get_by_label("It must connect within").select_option("15 minutes")
    await dialog.get_by_role("button", name="Make a token").click()
    await expect(dialog.get_by_role("heading", name="Aisle four")).to_be_focused()
    await assert_accessible(boss.page)
    url = await dialog.get_by_role("textbox", name="Address").input_value()
    await dialog.get_by_role("button", name="Copy the token").click()
    await expect(dialog.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    async with asyncio.timeout(10):
        token = await boss.page.evaluate("() => navigator.clipboard.readText()")
    assert token == await dialog.get_by_role("textbox", name="Token").input_value()
    row = dialog.get_by_role("listitem").filter(has_text="Aisle four")
    await expect(row).to_contain_text("Not connected")

    elsewhere = await new_context(permissions=[])
    await elsewhere.grant_permissions([LOCAL], origin=server.shop_url)
    page = await elsewhere.new_page()
    await page.goto(server.shop_url)
    async with asyncio.timeout(20):
        assert await page.evaluate(_PUBLISH, [url, token]) == 201
    await agent.sees_and_hears(2, 2)
    await agent.sees_colour(0, 0, 255)
    await shopper.sees_and_hears(2, 2)
    await expect(row).to_contain_text("In the call now")

    await boss.page.keyboard.press("Escape")
    await boss.do("Outside sources and players")
    await expect(dialog.get_by_role("textbox", name="Token")).to_have_count(0)
    before = len(await agent.figures())
    await dialog.get_by_role("button", name="Take back the token of Aisle four").click()
    await expect(row).to_contain_text("Taken back")

    async def gone() -> bool:
        return len(await agent.figures()) < before

    await eventually("the source is gone", gone)
    async with asyncio.timeout(20):
        assert await page.evaluate(_PUBLISH, [url, token]) == 401
    await agent.sees_and_hears(1, 1)
    assert shopper.errors == agent.errors == boss.errors == []
