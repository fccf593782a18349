"""What an answer begins flows once the browser has taken the answer in, without a browser."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from media import Grant, MediaConfig, MediaServer, Quality
from media.peer import PeerState
from media.seat import TAKEN_IN, Seat
from media.track import Track
from tests.media.test_server import OFFER, SENDS

BOTH = frozenset({"audio", "camera"})


class Nobody:
    def publications_changed(self, room: str) -> None: ...

    def participant_connected(self, room: str, participant: str) -> None: ...

    def participant_lost(self, room: str, participant: str) -> None: ...

    def speaking(self, room: str, levels: Mapping[str, int]) -> None: ...

    def quality(self, room: str, participant: str, quality: Quality) -> None: ...


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MediaServer]:
    """Give a server where a sends, and b has been connected before that."""
    made = MediaServer(MediaConfig(host="127.0.0.1"), Nobody())
    await made.start()
    try:
        made.grant("r", "a", Grant(BOTH, {"b": BOTH}))
        made.grant("r", "b", Grant(BOTH, {"a": BOTH}))
        await made.offer("r", "b", 1, OFFER, SENDS, {})
        peer = seat_of(made).peer
        assert peer is not None
        peer.state = PeerState.CONNECTED
        await made.offer("r", "a", 1, OFFER, SENDS, {})
        yield made
    finally:
        await made.aclose()


def seat_of(server: MediaServer) -> Seat:
    return server._rooms["r"].seats["b"]


async def take(server: MediaServer, generation: int) -> None:
    """Let b offer to take all there is."""
    takes = dict(zip(("2", "3"), (p.id for p in server.visible("r", "b")), strict=True))
    await server.offer("r", "b", generation, OFFER, SENDS, takes)


def flowing(server: MediaServer) -> list[bool]:
    return [subscription.live for _, subscription in seat_of(server).subscriptions.values()]


async def test_nothing_new_flows_before_its_answer_was_taken_in(server: MediaServer) -> None:
    await take(server, 2)
    assert flowing(server) == [False, False]
    server.taken("r", "b", 1)  # the one before
    assert flowing(server) == [False, False]
    server.taken("r", "a", 2)
    server.taken("nowhere", "b", 2)
    assert flowing(server) == [False, False]
    server.taken("r", "b", 2)
    assert flowing(server) == [True, True]


async def test_what_flows_already_goes_on_over_the_next_answer(server: MediaServer) -> None:
    await take(server, 2)
    server.taken("r", "b", 2)
    await take(server, 3)
    assert flowing(server) == [True, True]


async def test_a_browser_that_tells_nothing_is_waited_for_a_moment(server: MediaServer) -> None:
    before = time.monotonic()
    await take(server, 2)
    seat_of(server).tick(before + TAKEN_IN * 0.9)
    assert flowing(server) == [False, False]
    seat_of(server).tick(time.monotonic() + TAKEN_IN)
    assert flowing(server) == [True, True]


async def test_who_tells_late_is_given_a_key_frame(
    server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take(server, 2)
    seat_of(server).tick(time.monotonic() + TAKEN_IN)
    asked: list[str] = []
    monkeypatch.setattr(Track, "want_keyframe", lambda self, now: asked.append(self.info.source))
    server.taken("r", "b", 2)
    assert "camera" in asked
    asked.clear()
    server.taken("r", "b", 2)
    assert not asked


async def test_what_is_gone_before_its_answer_was_taken_in_is_forgotten(
    server: MediaServer,
) -> None:
    await take(server, 2)
    server.leave("r", "a")
    server.taken("r", "b", 2)
    seat_of(server).tick(time.monotonic() + TAKEN_IN)
    assert flowing(server) == []
