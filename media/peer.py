"""One participant's connection: ICE, DTLS and SRTP of one session, and what flows over it.

Driven by `media.port` (datagrams that came for it) and `media.seat` (what its m-lines mean).
Everything runs on the loop's thread; the handshake is the one task a peer owns.

    checking ──handshake done──► connected ──the client closes──► failed
        └────────────── handshake fails ─────────────────────────────┘
    close() ends any of them; a new offer replaces a failed peer by another.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import structlog

from media.adapter import DtlsServer, PacketBuffer, SrtpReader
from media.burst import Burst
from media.codecs import RED
from media.control import ControlEnd
from media.estimate import Estimate
from media.feedback import ArrivalLog
from media.ice import CheckAnswer, IceAgent
from media.intake import Intake, Streams
from media.limits import Allowance
from media.offer import Offer
from media.rtp import (
    ONE_BYTE,
    RTCP_HEADER,
    USUAL,
    USUAL_HEADER,
    extensions_of,
    payload_bounds,
)
from media.stun import Address
from media.track import Track

if TYPE_CHECKING:
    from aiortc.rtcdtlstransport import RTCCertificate

    from media.port import MediaPort

__all__ = ["Peer", "PeerState"]

log = structlog.get_logger(__name__)

NO_LEVEL: Final = 0xFF  # not a level: those have seven bits
FEEDBACK: Final = 0.09  # seconds, so every second tick; browsers' own is 50 to 250 ms
EXPIRY: Final = 1.0  # seconds between looks for addresses whose consent has run out
MAX_PAYLOAD: Final = 1500  # bytes; with our own headers and tag it must fit the outgoing buffer
ALERT: Final = 21  # DTLS content type


class PeerState(Enum):
    """Where a connection stands."""

    CHECKING = auto()
    CONNECTED = auto()
    FAILED = auto()
    """The handshake failed, or the client closed; the seat waits for a new offer."""
    CLOSED = auto()


class Peer:
    """The server's end of one peer connection."""

    def __init__(
        self,
        port: MediaPort,
        certificate: RTCCertificate,
        offer: Offer,
        now: float,
        *,
        on_connected: Callable[[], None],
        label: str,
    ) -> None:
        self.session = offer.session
        self.ice = IceAgent(offer.ufrag, now)
        self.state = PeerState.CHECKING
        self.heard = now
        """When something authentic last came from the peer."""
        self.allowance = Allowance(now)
        self.session_id = secrets.randbits(62)
        self.answers = 0
        self.octets_in = 0
        self.burst = Burst(port)
        """Where subscriptions put what goes to this peer."""
        self.control = ControlEnd(self._send_rtcp, self._track_of, _remind)
        self.control.downlink = Estimate(now)
        self._port = port
        self._log = log.bind(peer=label)
        self._on_connected = on_connected
        self._dtls = DtlsServer(certificate, self._send_dtls)
        self._reader: SrtpReader | None = None
        self._arrivals = ArrivalLog()
        self._next_feedback = 0.0
        self._next_expiry = now + EXPIRY
        self._streams = Streams()
        self._routes = self._streams.routes
        self._transport_id = 0
        self._task = asyncio.create_task(self._connect(offer), name=f"dtls {label}")
        port.register(self)

    # -- life ---------------------------------------------------------------------------------

    async def _connect(self, offer: Offer) -> None:
        try:
            connected = await self._dtls.handshake(list(offer.fingerprints))
        except Exception:
            # What a peer sends must not end in an unread task; it may offer again.
            self._log.exception("media.handshake_fault")
            connected = False
        if self.state is not PeerState.CHECKING:
            return
        if not connected:
            self.state = PeerState.FAILED
            self._log.info("media.handshake_failed")
            return
        self._reader, self.burst.writer = self._dtls.srtp()
        self.state = PeerState.CONNECTED
        self._dtls.add_listener("statechange", self._on_dtls_state)
        self._log.info("media.connected")
        self._on_connected()

    def _on_dtls_state(self) -> None:
        if self._dtls.state == "closed" and self.state is PeerState.CONNECTED:
            # The page has gone. Its seat waits for the next page, until the consent runs out.
            self.state = PeerState.FAILED
            self._reader = self.burst.writer = None
            self._log.info("media.peer_closed")

    def restart(self, offer: Offer) -> None:
        """Restart ICE on the same session: the client's network changed."""
        self._port.retire(self.ice.restart(offer.ufrag))
        self._port.register(self)
        self._log.info("media.ice_restarted")

    def close(self) -> None:
        """Stop everything; tell the client by a DTLS alert. Safe to call twice."""
        if self.state is PeerState.CLOSED:
            return
        self.state = PeerState.CLOSED
        self._reader = self.burst.writer = None
        self._task.cancel()
        self._port.keep(asyncio.create_task(self._say_goodbye()))

    async def _say_goodbye(self) -> None:
        try:
            await self._dtls.stop()
        finally:
            self._port.unregister(self)
            self._release()

    def _release(self) -> None:
        """Let go of what refers back to here: the collector comes by too seldom for calls."""
        self._dtls.release()
        self.control.release()
        self._streams = Streams()
        self._routes = self._streams.routes

    def route(self, intake: Intake) -> None:
        """Set what the client's packets mean, as the answer says."""
        self._streams.route(intake)
        self._transport_id = intake.ids.transport

    # -- datagrams in -------------------------------------------------------------------------

    def on_dtls(self, data: bytes) -> bool:
        """Take a DTLS datagram from a proven address; False when it is not wanted."""
        if data[0] == ALERT and len(data) > 5 and data[3:5] == b"\0\0":
            # An alert in epoch 0 is in the clear: anybody on the path could have written it
            # (RFC 9147 section 4.5.2 lets us ignore it). A real one costs us a timeout.
            return False
        return self._dtls.feed(data)

    def check(
        self,
        data: bytes,
        username: tuple[str, str],
        address: Address,
        seen: tuple[str, int],
        now: float,
    ) -> CheckAnswer | None:
        """Take a connectivity check, see `IceAgent.check`; None when it proves nothing."""
        answer = self.ice.check(data, username, address, seen, now)
        if answer is not None:
            self.heard = now
            self.burst.address = self.ice.selected
        return answer

    def lost(self, address: Address) -> None:
        """Let go of an address whose connection is gone."""
        self.ice.lose(address)
        self.burst.address = self.ice.selected

    def on_rtp(
        self, buffer: PacketBuffer, at: int, size: int, now: float, arrival: float
    ) -> str | None:
        """Take the RTP packet at `at`, which came at `arrival`; return why it was dropped."""
        reader = self._reader
        if reader is None:
            return "not-connected"
        view = buffer.view
        first, second, seq, timestamp, ssrc, profile, words = USUAL_HEADER.unpack_from(view, at)
        route = self._routes.get(ssrc)
        if route is None and self._streams.is_one_too_many(ssrc):
            return "unknown-ssrc"
        size = reader.rtp(buffer, at, size)
        if size < 12:
            return "not-authentic"
        if route is None:
            self._streams.others.add(ssrc)
        if self.allowance.left < 1:  # after the cipher: a forger must not use it up
            return "too-many"
        self.allowance.left -= 1
        self.heard = now
        self.octets_in += size
        end = at + size
        level = NO_LEVEL
        if first == USUAL and profile == ONE_BYTE and route is not None:
            where, at = at + 16, at + 16 + 4 * words
            if at > end:
                return "malformed"
            level_id, transport_id = route[0].level_id, self._transport_id
            while where < at:
                byte = view[where]
                if byte < 0x10:  # padding, which has no length
                    if byte:
                        break
                    where += 1
                    continue
                after = where + 2 + (byte & 0x0F)
                if after > at or byte >= 0xF0:
                    break
                if byte >> 4 == transport_id:
                    if byte & 0x0F:
                        self._arrivals.record(view[where + 1] << 8 | view[where + 2], arrival)
                elif byte >> 4 == level_id:
                    level = view[where + 1] & 0x7F
                where = after
        else:
            start, at, end = payload_bounds(view, at, size)
            if start < 0:
                return "malformed"
            extensions = extensions_of(view, start, at)
            if route is None:
                route = self._streams.learn(ssrc, second & 0x7F, view, extensions)
            level = self._note(view, extensions, route[0].level_id if route else 0, arrival)
        if not 0 <= end - at <= MAX_PAYLOAD:
            return "malformed"
        if route is None:
            return "unknown-ssrc"
        inlet, repairs = route
        payload_type = second & 0x7F
        marker = second & 0x80
        if payload_type == inlet.payload_type and not repairs:
            inlet.track.receive(
                ssrc, seq, timestamp, marker, buffer.octets[at:end], level, now, False, arrival
            )
            return None
        if repairs:
            if end - at < 2:  # padding that probes for bandwidth
                return None
            if payload_type != inlet.rtx_payload_type:
                return "payload-type"
            seq = view[at] << 8 | view[at + 1]
            inlet.track.receive(
                repairs, seq, timestamp, marker, buffer.octets[at + 2 : end], level, now, True
            )
            return None
        if payload_type != inlet.red_payload_type:
            return "payload-type"
        inlet.track.receive(
            ssrc, seq, timestamp, marker | RED, buffer.octets[at:end], level, now, False, arrival
        )
        return None

    def _note(
        self,
        view: memoryview,
        extensions: list[tuple[int, int, int]],
        level_id: int,
        arrival: float,
    ) -> int:
        """Note what a packet's header extensions tell; return its audio level."""
        level = NO_LEVEL
        for number, where, length in extensions:
            if number == self._transport_id:
                if length >= 2:
                    self._arrivals.record(view[where] << 8 | view[where + 1], arrival)
            elif number == level_id and length:
                level = view[where] & 0x7F
        return level

    def on_rtcp(self, buffer: PacketBuffer, at: int, size: int, now: float) -> str | None:
        """Take the RTCP packet at `at`; return why it was dropped."""
        reader = self._reader
        if reader is None:
            return "not-connected"
        ssrc = RTCP_HEADER.unpack_from(buffer.view, at)[3]
        known = ssrc in self._routes
        if not known and self._streams.is_one_too_many(ssrc):
            return "unknown-ssrc"
        size = reader.rtcp(buffer, at, size)
        if size < 0:
            return "not-authentic"
        if not known:
            self._streams.others.add(ssrc)
        if self.allowance.left < 1:
            return "too-many"
        self.allowance.left -= 1
        self.heard = now
        understood = self.control.handle(buffer.octets[at : at + size], now)
        return None if understood else "malformed"

    def _track_of(self, ssrc: int) -> Track | None:
        route = self._routes.get(ssrc)
        return route[0].track if route else None

    # -- datagrams out ------------------------------------------------------------------------

    def _send_rtcp(self, data: bytes) -> None:
        """Seal and send a compound of RTCP packets."""
        writer, address = self.burst.writer, self.burst.address
        if writer is None or address is None or len(data) > 1200:
            return
        buffer = self._port.control
        buffer.view[: len(data)] = data
        sealed = writer.rtcp(buffer, 0, len(data))
        if sealed > 0:
            self._port.send(buffer.view[:sealed], address)

    def _send_dtls(self, data: bytes) -> None:
        if self.ice.selected is not None:
            self._port.send(data, self.ice.selected)

    # -- timers -------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Send what the sender's congestion control waits for, and let consent run out."""
        self.allowance.fill(now)
        if now >= self._next_expiry:
            self._next_expiry = now + EXPIRY
            expired = self.ice.expire(now)
            if expired:
                self.burst.address = self.ice.selected
                self._port.give_up(self, expired)
        if self._arrivals and now >= self._next_feedback:
            self._next_feedback = now + FEEDBACK
            media_ssrc = next(iter(self._routes), 0)
            for message in self._arrivals.build(self.control.ssrc, media_ssrc):
                self._send_rtcp(message)

    @property
    def octets_out(self) -> int:
        """Bytes of RTP sent."""
        return self.burst.octets

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses whose datagrams are for this peer."""
        return self.ice.addresses


def _remind(delay: float, call: Callable[[float], None]) -> None:
    asyncio.get_running_loop().call_later(delay, lambda: call(time.monotonic()))
