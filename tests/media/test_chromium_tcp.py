"""Real Chromium whose network lets no UDP through: calls over the media port's TCP."""

from __future__ import annotations

import re
import time

import pytest

from media.tcp import StreamAddress
from tests.media.browser import Meeting, Person, eventually, patience
from tests.media.conftest import Open

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


def without_udp(answer: str) -> str:
    """Return the answer as somebody gets it whose UDP goes nowhere."""
    return re.sub(r"^a=candidate:\S+ 1 udp .*\r\n", "", answer, flags=re.M)


async def protocol(person: Person) -> str:
    """Return what carries somebody's media, as their browser sees it."""
    pair = (await person.figures())["pair"]
    found: str = await person.page.evaluate(
        "async (id) => (await call.pc.getStats()).get(id).protocol", pair["localCandidateId"]
    )
    return found


async def selected(meeting: Meeting, who: str) -> object:
    peer = meeting.server._rooms[meeting.name].seats[who].peer
    return peer.ice.selected if peer else None


async def test_two_people_without_udp_see_and_hear_each_other(meeting: Meeting) -> None:
    meeting.rewrite = lambda _, answer: without_udp(answer)
    anna, bert = await meeting.pair()
    await anna.hears("b")
    await bert.hears("a")
    assert await protocol(anna) == await protocol(bert) == "tcp"
    before = await bert.received("a", "camera")
    await bert.sees("a", 40)
    after = await bert.received("a", "camera")
    assert after["packetsLost"] == before["packetsLost"]
    assert meeting.server.stats().dropped.get("tcp-queue-full", 0) == 0


async def test_with_both_at_hand_udp_is_used(meeting: Meeting) -> None:
    anna, _ = await meeting.pair()
    assert await protocol(anna) == "udp"
    assert not isinstance(await selected(meeting, "a"), StreamAddress)


async def test_a_call_moves_to_tcp_when_udp_stops_and_back_when_it_returns(
    open_meeting: Open,
) -> None:
    meeting = await open_meeting(proxied="a", tcp=True)
    anna, bert = await meeting.pair()
    meeting.proxy.cut = True  # UDP alone goes through it
    started = time.monotonic()
    await anna.negotiate(iceRestart=True)
    await bert.sees("a", 5)
    await anna.sees("b", 5)
    assert time.monotonic() - started < 5 * patience()
    assert isinstance(await selected(meeting, "a"), StreamAddress)
    meeting.proxy.cut = False
    await anna.negotiate(iceRestart=True)

    async def returned() -> bool:
        return not isinstance(await selected(meeting, "a"), StreamAddress)

    await eventually("media are back on UDP", returned)
    await bert.sees("a", 5)
    await anna.sees("b", 5)
    assert sorted(meeting.connected) == ["a", "b"]  # the keys of the first handshake serve on
    assert meeting.lost == []
