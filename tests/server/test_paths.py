"""The two of a call on one node, their room on another, with Redis between them."""

from __future__ import annotations

import asyncio

import pytest

from server.bus import RedisBus
from server.domain.paths import SETTLE, Stage
from server.services.paths import Paths
from signaling import hints
from signaling.direct import DirectReport, DirectSignal, DirectTry
from tests.signaling.test_calls import AGENT, VISITOR, state

pytestmark = pytest.mark.redis


async def test_what_browsers_say_on_one_node_reaches_the_room_on_another(redis_url):
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    sent: asyncio.Queue[tuple[str, object]] = asyncio.Queue()
    passed = 0.0
    paths = Paths(here, lambda *told: sent.put_nowait(told), now=lambda: passed)

    async def say(person, frame) -> None:
        hint = hints.CallSaid(person=person, frame=frame)
        await there.publish(hints.call_topic("k"), hints.encode(hint))

    try:
        await here.start()
        await there.start()
        paths.open("k", "c")
        await here.settled()
        paths.decide("k", "direct", state(AGENT, VISITOR))
        for person in ("a", "v"):
            paths.connected("k", person)
        passed += SETTLE
        paths.tick()
        async with asyncio.timeout(10):
            told = [await sent.get() for _ in range(2)]
            assert [(who, type(frame)) for who, frame in told] == [
                ("v", DirectTry), ("a", DirectTry),
            ]  # fmt: skip
            attempt = told[0][1].attempt
            description = DirectSignal(conv="c", call="k", attempt=attempt, sdp="v=0")
            await say("a", description)
            assert await sent.get() == ("v", description)
            for person in ("a", "v"):
                up = DirectReport(conv="c", call="k", attempt=attempt, state="up")
                await say(person, up)
            while paths.stages()[Stage.DIRECT] == 0:  # noqa: ASYNC110 — nothing else tells
                await asyncio.sleep(0.01)
        paths.close("k")
        await here.settled()
        await say("a", description)
        assert sent.empty()
    finally:
        await here.aclose()
        await there.aclose()
