"""An invited participant who sends rubbish under valid keys: aiortc is the peer."""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
from collections.abc import Mapping

import pylibsrtp
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from media import Grant, MediaConfig, MediaServer, Quality
from media.adapter import machine_addresses

BOTH = frozenset({"audio", "camera"})

pytestmark = pytest.mark.skipif(
    machine_addresses(ipv6=False) == ["127.0.0.1"], reason="aiortc's ICE does not use loopback"
)


class Events:
    def __init__(self) -> None:
        self.connected: set[str] = set()
        self.both = asyncio.Event()

    def publications_changed(self, room: str) -> None: ...

    def participant_connected(self, room: str, participant: str) -> None:
        self.connected.add(participant)
        if self.connected == {"a", "b"}:
            self.both.set()

    def participant_lost(self, room: str, participant: str) -> None: ...

    def speaking(self, room: str, levels: Mapping[str, int]) -> None: ...

    def quality(self, room: str, participant: str, quality: Quality) -> None: ...


async def connect(server: MediaServer, who: str) -> RTCPeerConnection:
    """Publish as `who`, and take what is visible now."""
    connection = RTCPeerConnection()
    sends, takes = {}, {}
    for track, source in ((AudioStreamTrack(), "audio"), (VideoStreamTrack(), "camera")):
        sends[connection.addTransceiver(track, direction="sendonly")] = source
    for publication in server.visible("r", who):
        takes[connection.addTransceiver(publication.kind, direction="recvonly")] = publication.id
    await connection.setLocalDescription(await connection.createOffer())
    answer = await server.offer(
        "r",
        who,
        1,
        connection.localDescription.sdp,
        {t.mid: source for t, source in sends.items()},
        {t.mid: publication for t, publication in takes.items()},
    )
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    return connection


def rubbish(chance: random.Random, ssrcs: list[int]) -> bytes:
    """Return one packet that is RTP or RTCP by its first bytes and anything by the rest."""
    ssrc = chance.choice(ssrcs)
    rest = chance.randbytes(chance.choice([0, 1, 3, 4, 30, 1000, 1300]))
    if chance.random() < 0.3:
        kind = chance.choice([200, 201, 202, 203, 205, 206, 207])
        body = struct.pack("!II", ssrc, ssrc) + rest
        body += bytes(-len(body) & 3)
        return struct.pack("!BBH", 0x80 | chance.randrange(64), kind, len(body) // 4) + body
    first = 0x80 | chance.randrange(64)
    second = chance.choice([96, 97, 111, 0x80 | 96, chance.randrange(128)])
    number = chance.randrange(65536)
    return struct.pack("!BBHII", first, second, number, chance.randrange(1 << 32), ssrc) + rest


async def test_rubbish_under_valid_keys_harms_nobody() -> None:
    events = Events()
    server = MediaServer(MediaConfig(), events)
    await server.start()
    server.grant("r", "a", Grant(BOTH, {"b": BOTH}))
    server.grant("r", "b", Grant(BOTH, {"a": BOTH}))
    sinks = MediaBlackhole()
    anna = await connect(server, "a")
    bert = await connect(server, "b")
    try:
        await asyncio.wait_for(events.both.wait(), 10)
        for receiver in bert.getReceivers():
            if receiver.track is not None:
                sinks.addTrack(receiver.track)
        await sinks.start()
        chance = random.Random(11)
        transport = anna.getSenders()[0].transport
        ssrcs = [sender._ssrc for sender in anna.getSenders()] + [1, 0xFFFFFFFF]
        for index in range(1500):
            with contextlib.suppress(pylibsrtp.Error):  # too broken even to be sealed
                await transport._send_rtp(rubbish(chance, ssrcs))
            if index % 100 == 0:
                await asyncio.sleep(0.02)  # let the server and bert take their turns
        before = server.stats()
        await asyncio.sleep(0.5)
        after = server.stats()
    finally:
        await anna.close()
        await bert.close()
        await sinks.stop()
        await server.aclose()
    assert "fault" not in after.dropped
    assert after.dropped["malformed"] > 50
    assert after.connected == 2
    assert after.packets_out > before.packets_out
