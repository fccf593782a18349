"""Drive real Chromium pages against a real `MediaServer` on one loop.

`Browsers` launches Chromium once; a `Meeting` is a room with its server, and is the
`MediaEvents` that makes pages offer again. `Person` is one page.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from media import Grant, MediaConfig, MediaServer, Quality
from tests.media.proxy import Proxy

PAGE = Path(__file__).with_name("page.html")
ORIGIN = "http://localhost:9"  # never reached: the page is answered by the test itself
ALL = frozenset({"audio", "camera", "screen", "screen-audio"})
POLL = 0.05


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                "--allow-loopback-in-peer-connection",
                "--disable-background-timer-throttling",
                "--disable-renderer-backgrounding",
            ],
        )
        try:
            yield browser
        finally:
            await browser.close()


def patience() -> float:
    """Return how much slower than alone this machine's browsers run now, at least 1.

    Claims in seconds are for a machine that is not busy with something else.
    """
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


async def eventually(
    claim: str, probe: Callable[[], Any], within: float = 10.0, every: float = POLL
) -> Any:
    """Return the first truthy value of an async probe, or fail with the claim."""
    deadline = asyncio.get_running_loop().time() + within * patience()
    seen = None
    while asyncio.get_running_loop().time() < deadline:
        seen = await probe()
        if seen:
            return seen
        await asyncio.sleep(every)
    raise AssertionError(f"not within {within} s: {claim} (last: {seen!r})")


class Meeting:
    """One room and its server."""

    name = "room-1"

    def __init__(self, browser: Browser, config: MediaConfig) -> None:
        self.browser = browser
        self.server = MediaServer(config, self)
        self.people: dict[str, Person] = {}
        self.lost: list[str] = []
        self.connected: list[str] = []
        self.spoke: list[Mapping[str, int]] = []
        self.figures: dict[str, Quality] = {}
        self.offers = 0
        self.proxy: Proxy
        self.rewrite: Callable[[str, str], str] = lambda who, answer: answer
        self._contexts: list[BrowserContext] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def pair(self, **options: Any) -> tuple[Person, Person]:
        """Return two people in a call with sound and picture both ways."""
        anna = await self.join("a", "audio", "camera", **options)
        bert = await self.join("b", "audio", "camera", **options)
        await anna.start()
        await bert.start()
        await anna.sees("b")
        await bert.sees("a")
        return anna, bert

    async def join(self, who: str, *sources: str, **options: Any) -> Person:
        """Open a page for somebody; `options` are those of the page's `Call`."""
        page = await self.page()
        await page.expose_function("negotiate", self.negotiate)
        person = Person(self, who, page)
        self.people[who] = person
        self.grant_all()
        await page.evaluate("([who, options]) => { call = new Call(who, options) }", [who, options])
        await page.evaluate("(sources) => call.open(sources)", list(sources))
        return person

    async def page(self) -> Page:
        """Open the test page in a browser context of its own, with nobody in it."""
        context = await self.browser.new_context(permissions=["camera", "microphone"])
        self._contexts.append(context)
        page = await context.new_page()
        await page.route(f"{ORIGIN}/*", _answer_page)
        await page.goto(f"{ORIGIN}/")
        return page

    def grant_all(self) -> None:
        for who in self.people:
            others = {other: ALL for other in self.people if other != who}
            self.server.grant(self.name, who, Grant(ALL, others))

    async def negotiate(
        self, who: str, generation: int, sdp: str, send: dict[str, str], receive: dict[str, str]
    ) -> str:
        self.offers += 1
        return self.rewrite(
            who, await self.server.offer(self.name, who, generation, sdp, send, receive)
        )

    def publications(self, who: str) -> list[dict[str, str]]:
        return [
            {"id": p.id, "kind": p.kind, "participant": p.participant, "source": p.source}
            for p in self.server.visible(self.name, who)
        ]

    def publications_changed(self, room: str) -> None:
        for person in self.people.values():
            if person.following:
                task = asyncio.create_task(person.negotiate())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def participant_connected(self, room: str, participant: str) -> None:
        self.connected.append(participant)

    def participant_lost(self, room: str, participant: str) -> None:
        self.lost.append(participant)

    def speaking(self, room: str, levels: Mapping[str, int]) -> None:
        self.spoke.append(levels)

    def quality(self, room: str, participant: str, quality: Quality) -> None:
        self.figures[participant] = quality

    @asynccontextmanager
    async def attacked(self) -> AsyncIterator[None]:
        """Send about 3,000 hostile datagrams a second meanwhile, from strangers' addresses."""
        target = ("127.0.0.1", self.server.port)
        chance = random.Random(7)
        hello = bytes.fromhex("16fefd0000000000000000") + bytes([0, 100]) + chance.randbytes(100)
        alert = bytes.fromhex("15fefd000000000000000000020228")
        shots = [hello, alert, chance.randbytes(300), b"\x80\x60" + chance.randbytes(900)]
        shots.append(b"\x00\x01\x00\x08\x21\x12\xa4\x42" + chance.randbytes(20))

        async def shoot() -> None:
            sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(5)]
            try:
                while True:
                    for index in range(60):
                        sockets[index % 5].sendto(shots[index % len(shots)], target)
                    await asyncio.sleep(0.02)
            finally:
                for opened in sockets:
                    opened.close()

        task = asyncio.create_task(shoot())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def aclose(self) -> None:
        for person in self.people.values():
            person.following = False
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for context in self._contexts:
            await context.close()
        await self.server.aclose()


@asynccontextmanager
async def meeting_in(
    browser: Browser,
    *,
    proxied: str = "",
    consent_timeout: float = 15.0,
    tcp: bool | None = None,
) -> AsyncIterator[Meeting]:
    """Open a meeting; people in `proxied` are behind an impairment proxy (`meeting.proxy`).

    It is a proxy of UDP: unless `tcp` is said, nobody has another way then.
    """
    config = MediaConfig(
        host="127.0.0.1",
        consent_timeout=consent_timeout,
        tcp=not proxied if tcp is None else tcp,
    )
    meeting = Meeting(browser, config)
    await meeting.server.start()
    try:
        if proxied:
            meeting.proxy = proxy = Proxy(meeting.server.port)
            proxy.start()
            meeting.rewrite = lambda who, answer: (
                proxy.through(answer) if who in proxied else answer
            )
        try:
            yield meeting
        finally:
            if proxied:
                meeting.proxy.close()
    finally:
        await meeting.aclose()


async def _answer_page(route: Any) -> None:
    await route.fulfill(body=PAGE.read_text(), content_type="text/html")


class Person:
    """One participant's page."""

    def __init__(self, meeting: Meeting, who: str, page: Page) -> None:
        self.meeting = meeting
        self.who = who
        self.page = page
        self.following = False

    async def start(self) -> None:
        """Negotiate, and again whenever what is visible changes."""
        self.following = True
        await self.negotiate()

    async def negotiate(self, **options: Any) -> None:
        await self.page.evaluate(
            "([p, o]) => call.negotiate(p, o)", [self.meeting.publications(self.who), options]
        )

    async def rebuild(self, *sources: str) -> None:
        """Begin anew with another RTCPeerConnection, as the next page of the shop does."""
        await self.page.evaluate("() => { call.pc.close(); call.build() }")
        await self.page.evaluate("(sources) => call.open(sources)", list(sources))
        await self.negotiate()

    async def figures(self) -> dict[str, Any]:
        result: dict[str, Any] = await self.page.evaluate("() => call.figures()")
        return result

    async def received(self, publisher: str, source: str) -> dict[str, Any]:
        """Return the statistics of what this person takes from another."""
        wanted = next(
            (
                p.id
                for p in self.meeting.server.visible(self.meeting.name, self.who)
                if p.participant == publisher and p.source == source
            ),
            "",
        )
        found: dict[str, Any] = (await self.figures())["in"].get(wanted, {})
        return found

    async def received_mid(self, kind: str) -> dict[str, Any]:
        """Return the statistics of the one stream of a kind, whether still visible or not."""
        found: dict[str, Any] = next(
            r for r in (await self.figures())["in"].values() if r["kind"] == kind
        )
        return found

    async def sees(
        self, publisher: str, more: int = 10, within: float = 10.0, source: str = "camera"
    ) -> None:
        """Wait until `more` new frames of somebody's picture are decoded."""
        start = (await self.received(publisher, source)).get("framesDecoded", 0)

        async def grown() -> bool:
            now = (await self.received(publisher, source)).get("framesDecoded", 0)
            return bool(now >= start + more)

        await eventually(f"{self.who} decodes {more} more frames of {publisher}", grown, within)

    async def hears(self, publisher: str, within: float = 10.0) -> None:
        """Wait until more sound energy of somebody has come."""
        start = (await self.received(publisher, "audio")).get("totalAudioEnergy", 0.0)

        async def grown() -> bool:
            now = (await self.received(publisher, "audio")).get("totalAudioEnergy", 0.0)
            return bool(now > start + 1e-4)

        await eventually(f"{self.who} hears {publisher}", grown, within)
