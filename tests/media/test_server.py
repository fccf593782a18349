"""`MediaServer` from outside, without a browser: refusals, grants, rubbish on its port."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from media import (
    BadOffer,
    Grant,
    MediaConfig,
    MediaServer,
    NotGranted,
    Quality,
    RoomFull,
    StaleGeneration,
)
from tests.media.browser import eventually

OFFER = (Path(__file__).parents[1] / "data" / "sdp" / "chromium-156.sdp").read_bytes().decode()
SENDS = {"0": "audio", "1": "camera"}


class Events:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.changed: list[str] = []
        self.lost: list[str] = []
        self.somebody_lost = asyncio.Event()
        self.fail = False

    def publications_changed(self, room: str) -> None:
        self.changed.append(room)
        if self.fail:
            raise RuntimeError("the owner is broken")

    def participant_connected(self, room: str, participant: str) -> None:
        raise AssertionError("nobody connects here")

    def participant_lost(self, room: str, participant: str) -> None:
        self.lost.append(participant)
        self.somebody_lost.set()

    def speaking(self, room: str, levels: Mapping[str, int]) -> None:
        raise AssertionError("nobody speaks here")

    def quality(self, room: str, participant: str, quality: Quality) -> None:
        raise AssertionError("nobody is connected here")


@pytest.fixture
def events() -> Events:
    return Events()


@pytest_asyncio.fixture
async def server(events: Events) -> AsyncIterator[MediaServer]:
    made = MediaServer(MediaConfig(host="127.0.0.1", consent_timeout=0.3), events)
    await made.start()
    try:
        yield made
    finally:
        await made.aclose()


def grant(**receive: str) -> Grant:
    return Grant(
        frozenset({"audio", "camera"}), {who: frozenset(s.split()) for who, s in receive.items()}
    )


async def test_an_offer_before_a_grant_is_refused(server: MediaServer) -> None:
    with pytest.raises(NotGranted):
        await server.offer("r", "a", 1, OFFER, SENDS, {})
    server.grant("r", "b", grant())
    with pytest.raises(NotGranted):
        await server.offer("r", "a", 1, OFFER, SENDS, {})


async def test_the_sixth_participant_finds_the_room_full(server: MediaServer) -> None:
    for index in range(5):
        server.grant("r", f"p{index}", grant())
    with pytest.raises(RoomFull):
        server.grant("r", "p5", grant())
    server.leave("r", "p0")
    server.grant("r", "p5", grant())
    assert server.stats().participants == 5


async def test_an_older_generation_is_stale_and_changes_nothing(server: MediaServer) -> None:
    server.grant("r", "a", grant())
    server.grant("r", "b", grant(a="audio camera"))
    await server.offer("r", "a", 4, OFFER, SENDS, {})
    with pytest.raises(StaleGeneration):
        await server.offer("r", "a", 3, OFFER, {}, {})
    assert len(server.visible("r", "b")) == 2
    await server.offer("r", "a", 4, OFFER, SENDS, {})


@pytest.mark.parametrize(
    ("sdp", "send", "receive", "code"),
    [
        ("rubbish", {}, {}, "sdp-syntax"),
        (OFFER, {"9": "audio"}, {}, "mid-unknown"),
        (OFFER, {}, {"9": "x"}, "mid-unknown"),
        (OFFER, {"0": "audio"}, {"0": "x"}, "mid-conflict"),
        (OFFER, {"0": "smell"}, {}, "source-unknown"),
        (OFFER, {"0": "audio", "2": "audio"}, {}, "source-twice"),
    ],
)
async def test_a_bad_offer_leaves_the_call_as_it_was(
    server: MediaServer,
    sdp: str,
    send: dict[str, str],
    receive: dict[str, str],
    code: str,
) -> None:
    server.grant("r", "a", grant())
    server.grant("r", "b", grant(a="audio camera"))
    await server.offer("r", "a", 1, OFFER, SENDS, {})
    before = server.visible("r", "b")
    with pytest.raises(BadOffer) as refused:
        await server.offer("r", "a", 2, sdp, send, receive)
    assert refused.value.code == code
    assert server.visible("r", "b") == before


async def test_what_is_seen_follows_grants_and_offers(server: MediaServer, events: Events) -> None:
    server.grant("r", "a", grant())
    server.grant("r", "b", grant(a="audio"))
    assert events.changed == []
    await server.offer("r", "a", 1, OFFER, SENDS, {})
    assert [(p.participant, p.source, p.kind) for p in server.visible("r", "b")] == [
        ("a", "audio", "audio")
    ]
    assert server.visible("r", "a") == ()
    assert events.changed == ["r"]
    await server.offer("r", "a", 2, OFFER, SENDS, {})
    assert events.changed == ["r"]
    server.grant("r", "b", grant(a="audio camera"))
    assert len(server.visible("r", "b")) == 2
    server.grant("r", "a", Grant(frozenset({"camera"}), {}))
    assert [p.source for p in server.visible("r", "b")] == ["camera"]
    server.leave("r", "a")
    assert server.visible("r", "b") == ()
    assert len(events.changed) == 4
    server.close_room("r")
    assert server.stats().rooms == 0


async def test_what_may_not_be_had_is_answered_inactive(server: MediaServer) -> None:
    server.grant("r", "a", grant())
    server.grant("r", "b", Grant(frozenset({"audio"}), {"a": frozenset({"audio"})}))
    await server.offer("r", "a", 1, OFFER, SENDS, {})
    server.grant("r", "spy", grant(a="camera"))
    (camera,) = server.visible("r", "spy")
    answer = await server.offer("r", "b", 1, OFFER, SENDS, {"2": "gone", "3": camera.id})
    directions = [
        line
        for line in answer.splitlines()
        if line in ("a=recvonly", "a=sendonly", "a=inactive", "a=sendrecv")
    ]
    assert directions == ["a=recvonly", "a=inactive", "a=inactive", "a=inactive"]


async def test_a_rebuilt_page_keeps_its_publications(server: MediaServer, events: Events) -> None:
    server.grant("r", "a", grant())
    server.grant("r", "b", grant(a="audio camera"))
    first = await server.offer("r", "a", 1, OFFER, SENDS, {})
    before = server.visible("r", "b")
    again = await server.offer("r", "a", 2, OFFER.replace("D6:17", "D6:18"), SENDS, {})
    assert server.visible("r", "b") == before
    assert events.changed == ["r"]
    assert ufrag(first) != ufrag(again)
    restarted = await server.offer(
        "r", "a", 3, OFFER.replace("D6:17", "D6:18").replace("ufrag:+yQj", "ufrag:new1"), SENDS, {}
    )
    assert ufrag(restarted) != ufrag(again)
    assert session(restarted) == session(again)
    assert session(again) != session(first)


async def test_restarts_that_lead_nowhere_leave_no_user_names_behind(server: MediaServer) -> None:
    server.grant("r", "a", grant())
    for generation in range(10):
        offer = OFFER.replace("a=ice-ufrag:+yQj", f"a=ice-ufrag:u{generation:03d}")
        await server.offer("r", "a", generation, offer, SENDS, {})
        assert len(server._port._sessions) <= 2
    server.leave("r", "a")

    async def forgotten() -> bool:
        return not server._port._sessions

    await eventually("the port forgets the peer", forgotten, 3)


async def test_a_seat_taken_over_with_another_codec_is_another_publication(
    server: MediaServer, events: Events
) -> None:
    server.grant("r", "a", grant())
    server.grant("r", "b", grant(a="audio camera"))
    await server.offer("r", "a", 1, OFFER, SENDS, {})
    before = {p.source: p.id for p in server.visible("r", "b")}
    other = OFFER.replace("D6:17", "D6:18").replace("VP8/90000", "VP6/90000")
    await server.offer("r", "a", 2, other, SENDS, {})
    after = {p.source: p.id for p in server.visible("r", "b")}
    assert after["audio"] == before["audio"]
    assert after["camera"] != before["camera"]
    assert len(events.changed) == 2


def ufrag(sdp: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith("a=ice-ufrag"))


def session(sdp: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith("o=")).split()[1]


async def test_one_who_never_connects_is_lost_at_the_deadline(
    server: MediaServer, events: Events
) -> None:
    server.grant("r", "a", grant())
    await server.offer("r", "a", 1, OFFER, SENDS, {})
    server.grant("r", "waiting", grant())
    await asyncio.wait_for(events.somebody_lost.wait(), 3)
    assert events.lost == ["a"]
    assert server.stats().participants == 1  # a seat without an offer waits


async def test_a_broken_owner_does_not_reach_the_media_path(
    server: MediaServer, events: Events
) -> None:
    events.fail = True
    server.grant("r", "a", grant())
    server.grant("r", "b", grant(a="audio"))
    assert "a=ice-lite" in await server.offer("r", "a", 1, OFFER, SENDS, {})


async def test_rubbish_on_the_port_is_counted_and_harms_nothing(server: MediaServer) -> None:
    chance = random.Random(5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for size in [0, 1, 2, 3, 11, 12, 13, 20, 28, 100, 1400, 2048, 4000] * 20:
            first = bytes([chance.choice([0, 1, 22, 21, 63, 64, 128, 144, 191, 192, 255])])
            stranger.sendto((first + chance.randbytes(size))[:size], ("127.0.0.1", server.port))

    async def arrived() -> bool:
        return server.stats().packets_in >= 250

    await eventually("the rubbish arrives", arrived, 3)
    dropped = server.stats().dropped
    assert dropped["stranger"] > 50
    assert "fault" not in dropped
    assert server.stats().packets_out == 0


async def test_a_taken_port_is_told(server: MediaServer, events: Events) -> None:
    second = MediaServer(MediaConfig(host="127.0.0.1", port=server.port), events)
    with pytest.raises(OSError, match="in use"):
        await second.start()
    await second.aclose()


async def test_closing_twice_is_harmless(server: MediaServer) -> None:
    server.grant("r", "a", grant())
    await server.offer("r", "a", 1, OFFER, SENDS, {})
    await server.aclose()
    await server.aclose()
