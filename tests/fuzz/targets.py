"""What strangers' and participants' bytes meet first, each as a function of some bytes.

A target returns what became of its input, in a word; nothing may escape from it. The stage of
`rtp` and `rtcp` is a room of two with everything real but the ciphers, so that rubbish goes as
deep as a participant with valid keys can send it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import struct
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from aiortc.rtcdtlstransport import RTCDtlsFingerprint

from media import Grant, MediaConfig, MediaServer, stun
from media.adapter import PacketBuffer
from media.answer import Identity, Inactive, Receive, answer
from media.errors import BadOffer
from media.framing import Deframer, FrameTooLong
from media.ice import Credentials, IceAgent
from media.offer import parse_offer
from media.peer import PeerState
from media.stun import Address
from tests.media.strangers import OFFER, Silent

__all__ = ["SSRC", "TARGETS", "UFRAG", "Stage", "Target", "stage"]

Target = Callable[["Stage", bytes], str]

SSRC: Final = 0x11111111  # what the stage sends as, beside its real, random ones
SENDER: Final[Address] = ("192.0.2.1", 1)
RECEIVER: Final[Address] = ("192.0.2.2", 2)
UFRAG: Final = "ourufragours"  # as long as real ones
_PASSWORD: Final = b"p" * 24
_HEADER: Final = struct.Struct("!HHI12s")
_IDENTITY: Final = Identity(
    [RTCDtlsFingerprint("sha-256", "AA:BB")],
    Credentials("ufragufrag12", "p" * 24),
    ["192.0.2.7"],
    4321,
    99,
    1,
)


class Plain:
    """Stands where libsrtp opens and seals: every packet is authentic, and stays as it is."""

    def rtp(self, buffer: PacketBuffer, at: int, size: int) -> int:
        return size

    def rtcp(self, buffer: PacketBuffer, at: int, size: int) -> int:
        return size


class Stage:
    """A room of two on a real port; `sender` publishes to `receiver`."""

    def __init__(self, server: MediaServer) -> None:
        self.server = server
        self.port = server._port
        seats = server._rooms["r"].seats
        self.now = time.monotonic()
        for address, seat in ((SENDER, seats["a"]), (RECEIVER, seats["b"])):
            peer: Any = seat.peer
            self.port._peers[address] = peer
            peer._reader = peer.burst.writer = Plain()
            peer.state = PeerState.CONNECTED
            peer.ice.selected = peer.burst.address = ("127.0.0.1", 9)  # discard
            seat.connected()
        outlets = peer.control.outlets
        for ssrc, outlet in list(outlets.items()):
            outlets[SSRC + (outlet[0].info.kind == "video") + 2 * (ssrc != outlet[1].ssrc)] = outlet

    def feed(self, address: Address, data: bytes) -> str:
        """Let one datagram arrive, and time go on; return what became of it."""
        assert self.port.udp is not None
        data = data[:2048]
        self.now += 0.001
        self.port.udp.rx.view[: len(data)] = data
        if (peer := self.port._peers.get(address)) is not None:
            peer._streams.others.clear()  # or nobody new is let so deep any more
        self.port._awake = True  # as in `_on_readable`, whose guard would hide exceptions
        try:
            outcome = self.port._take(0, len(data), address, self.now, self.now)
            if int(self.now * 1000) % 60 == 0:
                self.server._rooms["r"].tick(self.now, 1e9)
        finally:
            self.port._awake = False
            self.port.flush()
        return outcome or "taken"


@contextlib.asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Set the stage for the length of the block."""
    server = MediaServer(MediaConfig(host="127.0.0.1", tcp=False), Silent())
    await server.start()
    try:
        everything = frozenset({"audio", "camera"})
        server.grant("r", "a", Grant(everything, {}))
        server.grant("r", "b", Grant(frozenset(), {"a": everything}))
        await server.offer("r", "a", 1, OFFER, {"0": "audio", "1": "camera"}, {})
        takes = {{"audio": "2", "video": "3"}[p.kind]: p.id for p in server.visible("r", "b")}
        await server.offer("r", "b", 1, OFFER.replace("D6:17", "D6:18"), {}, takes)
        await asyncio.sleep(0)
        yield Stage(server)
    finally:
        await server.aclose()


def checks(_: Stage, data: bytes) -> str:
    """Take bytes as a connectivity check, which they may be without the password."""
    agent = IceAgent("peer", 0.0)
    agent.credentials = Credentials(UFRAG, _PASSWORD.decode())
    username = stun.peek_username(memoryview(data))
    if stun.parse_check(data, _PASSWORD) is not None:
        return "authentic"
    if username is None:
        return "no check"
    answered = agent.check(data, username, ("192.0.2.1", 1), ("192.0.2.1", 1), 1.0)
    return "unproven" if answered is None else "answered"


def signed_checks(_: Stage, data: bytes) -> str:
    """Take bytes as the attributes of a check under the right password."""
    data = data[:400]
    head = _HEADER.pack(1, len(data) + 24, 0x2112A442, bytes(12))
    digest = hmac.new(_PASSWORD, head + data, hashlib.sha1).digest()
    whole = head + data + struct.pack("!HH", 8, 20) + digest
    agent = IceAgent("peer", 0.0)
    agent.credentials = Credentials(UFRAG, _PASSWORD.decode())
    username = stun.peek_username(memoryview(whole))
    if username is None:
        return "no check"
    answered = agent.check(whole, username, ("192.0.2.1", 1), ("192.0.2.1", 1), 1.0)
    if answered is None:
        return "unproven"
    assert len(answered.response) <= len(whole), "a check is answered with more than it brought"
    return "proven" if answered.proven else "conflict"


def offers(_: Stage, data: bytes) -> str:
    """Take bytes as an offer, and answer what is one."""
    try:
        offer = parse_offer(data.decode("utf-8", "replace"))
    except BadOffer as refused:
        return refused.code
    decisions = {s.mid: Receive(s.codecs[0]) if s.codecs else Inactive() for s in offer.sections}
    answer(offer, decisions, _IDENTITY)
    return "answered"


def frames(_: Stage, data: bytes) -> str:
    """Take bytes as what a stream brings, in pieces that the bytes themselves decide."""
    deframer = Deframer()
    at = count = 0
    try:
        while at < len(data):
            room = deframer.room()
            size = min(len(room), 1 + data[at] * 7, len(data) - at)
            room[:size] = data[at : at + size]
            at += size
            for frame in deframer.advance(size):
                assert 0 < len(frame) <= deframer.longest
                count += 1
    except FrameTooLong:
        return "too long"
    return "frames" if count else "nothing"


def datagrams(here: Stage, data: bytes) -> str:
    """Take bytes as a datagram from nobody."""
    outcome = here.feed(("192.0.2.9", 9), data)
    assert outcome != "taken", "a stranger's datagram was taken"
    return outcome


def rtp(here: Stage, data: bytes) -> str:
    """Take bytes as what a participant who sends has sealed as a packet of media."""
    return here.feed(SENDER, data)


def rtcp(here: Stage, data: bytes) -> str:
    """Take bytes as what a participant who receives has sealed as feedback."""
    return here.feed(RECEIVER, data)


def sender_rtcp(here: Stage, data: bytes) -> str:
    """Take bytes as what a participant who sends has sealed as feedback."""
    return here.feed(SENDER, data)


TARGETS: Final[dict[str, Target]] = {
    "checks": checks,
    "signed_checks": signed_checks,
    "offers": offers,
    "frames": frames,
    "datagrams": datagrams,
    "rtp": rtp,
    "rtcp": rtcp,
    "sender_rtcp": sender_rtcp,
}
