"""One participant's connection: ICE, DTLS and SRTP of one session, and what flows over it.

Driven by `media.port` (datagrams that came for it) and `media.seat` (what its m-lines mean).
Everything runs on the loop's thread; the handshake is the one task a peer owns.

    checking ──address proven──► handshaking ──DTLS done──► connected ──close()──► closed
                                      └── failed (the client offers anew) ──────────┘
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import structlog
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSourceInfo,
    RtcpSrPacket,
    pack_remb_fci,
    unpack_remb_fci,
)

from media.adapter import DtlsServer, SrtpReader, SrtpWriter
from media.feedback import ArrivalLog
from media.ice import IceAgent
from media.negotiation import Offer
from media.rtp import FIXED_HEADER, extensions_of, payload_bounds
from media.stun import Address
from media.subscription import Subscription
from media.track import Track

if TYPE_CHECKING:
    from aiortc.rtcdtlstransport import RTCCertificate

    from media.port import MediaPort

__all__ = ["Inlet", "Peer", "PeerState"]

log = structlog.get_logger(__name__)

NO_LEVEL: Final = 0xFF  # not a level: those have seven bits
MAX_LEARNED: Final = 32  # SSRCs taken by their mid; a browser announces its own in the offer
SDES_CNAME: Final = 1
ALERT: Final = 21  # DTLS content type


class PeerState(Enum):
    """Where a connection stands."""

    CHECKING = auto()
    CONNECTED = auto()
    FAILED = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Inlet:
    """How packets of one m-line that the client sends are read."""

    track: Track
    payload_type: int
    rtx_payload_type: int | None
    level_id: int
    """The header extension that carries the audio level; 0 when there is none."""


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
        self.session_id = secrets.randbits(62)
        self.answers = 0
        self.octets_in = 0
        self.octets_out = 0
        self.outlets: dict[int, tuple[Track, Subscription]] = {}
        """SSRC that we send (RTX too) -> what it carries."""
        self.estimate: float | None = None
        """What the peer last said that it can receive (REMB), in bit/s."""
        self._port = port
        self._log = log.bind(peer=label)
        self._ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self._cname = secrets.token_hex(8)
        self._on_connected = on_connected
        self._dtls = DtlsServer(certificate, self._send_dtls)
        self._reader: SrtpReader | None = None
        self._writer: SrtpWriter | None = None
        self._arrivals = ArrivalLog()
        self._routes: dict[int, tuple[Inlet, int]] = {}  # SSRC -> (inlet, SSRC it repairs or 0)
        self._by_mid: dict[str, Inlet] = {}
        self._mid_id = 0
        self._transport_id = 0
        self._learned = 0
        self._clock_offset: float | None = None
        self._fir_seq: dict[int, int] = {}
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
        self._reader, self._writer = self._dtls.srtp()
        self.state = PeerState.CONNECTED
        self._log.info("media.connected")
        self._on_connected()

    def restart(self, offer: Offer) -> None:
        """Restart ICE on the same session: the client's network changed."""
        self.ice.restart(offer.ufrag)
        self._port.register(self)
        self._log.info("media.ice_restarted")

    def close(self) -> None:
        """Stop everything; tell the client by a DTLS alert. Safe to call twice."""
        if self.state is PeerState.CLOSED:
            return
        self.state = PeerState.CLOSED
        self._reader = self._writer = None
        self._task.cancel()
        self._port.keep(asyncio.create_task(self._say_goodbye()))

    async def _say_goodbye(self) -> None:
        try:
            await self._dtls.stop()
        finally:
            self._port.unregister(self)

    def route(
        self,
        routes: Mapping[int, tuple[Inlet, int]],
        by_mid: Mapping[str, Inlet],
        *,
        mid_id: int,
        transport_id: int,
    ) -> None:
        """Set what the SSRCs and mids of the client's packets mean, as the answer says."""
        self._routes = dict(routes)
        self._by_mid = dict(by_mid)
        self._mid_id = mid_id
        self._transport_id = transport_id
        self._learned = 0

    # -- datagrams in -------------------------------------------------------------------------

    def on_dtls(self, data: bytes) -> bool:
        """Take a DTLS datagram from a proven address; False when it is not wanted."""
        if data[0] == ALERT and len(data) > 5 and data[3:5] == b"\0\0":
            # An alert in epoch 0 is in the clear: anybody on the path could have written it
            # (RFC 9147 section 4.5.2 lets us ignore it). A real one costs us a timeout.
            return False
        return self._dtls.feed(data)

    def on_rtp(self, size: int, now: float) -> str | None:
        """Take the RTP packet in the port's receive buffer; return why it was dropped."""
        reader = self._reader
        if reader is None:
            return "not-connected"
        buffer = self._port.rx
        size = reader.rtp(buffer, size)
        if size < 12:
            return "not-authentic"
        self.heard = now
        view = buffer.view
        self.octets_in += size
        _, second, seq, timestamp, ssrc = FIXED_HEADER.unpack_from(view)
        start, at, end = payload_bounds(view, size)
        if start < 0:
            return "malformed"
        extensions = extensions_of(view, start, at)
        route = self._routes.get(ssrc)
        if route is None:
            route = self._learn(ssrc, second & 0x7F, view, extensions)
        level = NO_LEVEL
        level_id = route[0].level_id if route else 0
        for number, where, length in extensions:
            if number == self._transport_id:
                if length >= 2:
                    self._arrivals.record(view[where] << 8 | view[where + 1], now)
            elif number == level_id:
                level = view[where] & 0x7F
        if route is None:
            return "unknown-ssrc"
        inlet, repairs = route
        payload_type = second & 0x7F
        if repairs:
            if end - at < 2:  # padding that probes for bandwidth
                return None
            if payload_type != inlet.rtx_payload_type:
                return "payload-type"
            seq = view[at] << 8 | view[at + 1]
            inlet.track.receive(
                repairs, seq, timestamp, second & 0x80, bytes(view[at + 2 : end]), level, now, True
            )
            return None
        if payload_type != inlet.payload_type:
            return "payload-type"
        inlet.track.receive(
            ssrc, seq, timestamp, second & 0x80, bytes(view[at:end]), level, now, False
        )
        return None

    def _learn(
        self, ssrc: int, payload_type: int, view: memoryview, extensions: list[tuple[int, int, int]]
    ) -> tuple[Inlet, int] | None:
        """Find the m-line of an SSRC that the offer did not list, by its mid (RFC 8843 9.2)."""
        if self._learned >= MAX_LEARNED:
            return None
        for number, where, length in extensions:
            if number != self._mid_id:
                continue
            inlet = self._by_mid.get(str(view[where : where + length], "ascii", "replace"))
            if inlet is None:
                return None
            repairs = 0
            if payload_type == inlet.rtx_payload_type:
                if inlet.track.reception is None:
                    return None
                repairs = inlet.track.reception.ssrc
            self._learned += 1
            route = (inlet, repairs)
            self._routes[ssrc] = route
            return route
        return None

    def on_rtcp(self, size: int, now: float) -> str | None:
        """Take the RTCP packet in the port's receive buffer; return why it was dropped."""
        reader = self._reader
        if reader is None:
            return "not-connected"
        size = reader.rtcp(self._port.rx, size)
        if size < 0:
            return "not-authentic"
        self.heard = now
        try:
            packets = RtcpPacket.parse(bytes(self._port.rx.view[:size]))
        except (ValueError, IndexError, struct.error):
            return "malformed"
        for packet in packets:
            self._handle(packet, now)
        return None

    def _handle(self, packet: AnyRtcpPacket, now: float) -> None:
        match packet:
            case RtcpSrPacket():
                self._sender_report(packet, now)
                self._reports(packet.reports, now)
            case RtcpRrPacket():
                self._reports(packet.reports, now)
            case RtcpRtpfbPacket(fmt=fmt) if fmt == RTCP_RTPFB_NACK:
                outlet = self.outlets.get(packet.media_ssrc)
                if outlet is not None:
                    outlet[0].resend(outlet[1], packet.lost, now)
            case RtcpPsfbPacket(fmt=fmt):
                self._payload_feedback(fmt, packet, now)
            case _:
                pass  # SDES and BYE change nothing: the offer says what is published

    def _payload_feedback(self, fmt: int, packet: RtcpPsfbPacket, now: float) -> None:
        if fmt == RTCP_PSFB_PLI:
            outlet = self.outlets.get(packet.media_ssrc)
        elif fmt == RTCP_PSFB_FIR and len(packet.fci) >= 4:
            outlet = self.outlets.get(int.from_bytes(packet.fci[:4], "big"))
        elif fmt == RTCP_PSFB_APP:
            with contextlib.suppress(ValueError, IndexError, struct.error):
                self.estimate = float(unpack_remb_fci(packet.fci)[0])
            return
        else:
            return
        if outlet is not None:
            outlet[0].want_keyframe(now)

    def _sender_report(self, report: RtcpSrPacket, now: float) -> None:
        route = self._routes.get(report.ssrc)
        reception = route[0].track.reception if route else None
        if route is None or reception is None or reception.ssrc != report.ssrc:
            return
        reception.sender_report(report.sender_info.ntp_timestamp, now)
        # The peer's clock in ours: the least delayed report is the truest, and one offset for
        # all its tracks keeps lips in sync.
        sampled = report.sender_info.ntp_timestamp / 4294967296
        offset = now - sampled
        if self._clock_offset is None or offset < self._clock_offset:
            self._clock_offset = offset
        else:
            self._clock_offset += min(offset - self._clock_offset, 0.0001)  # clocks drift
        route[0].track.sampled(report.sender_info.rtp_timestamp, sampled + self._clock_offset)

    def _reports(self, reports: list[RtcpReceiverInfo], now: float) -> None:
        for report in reports:
            outlet = self.outlets.get(report.ssrc)
            if outlet is not None and outlet[1].ssrc == report.ssrc:
                outlet[1].reported(report, now)

    # -- datagrams out ------------------------------------------------------------------------

    def send_rtp(self, size: int) -> None:
        """Seal the packet in the port's outgoing buffer and send it."""
        writer, address = self._writer, self.ice.selected
        if writer is None or address is None:
            return
        sealed = writer.rtp(self._port.tx, size)
        if sealed > 0:
            self.octets_out += sealed
            self._port.send_buffer(sealed, address)

    def send_rtcp(self, data: bytes) -> None:
        """Seal and send a compound of RTCP packets."""
        writer, address = self._writer, self.ice.selected
        if writer is None or address is None or len(data) > 1200:
            return
        self._port.tx.view[: len(data)] = data
        sealed = writer.rtcp(self._port.tx, len(data))
        if sealed > 0:
            self._port.send_buffer(sealed, address)

    def _send_dtls(self, data: bytes) -> None:
        if self.ice.selected is not None:
            self._port.send(data, self.ice.selected)

    def request_keyframe(self, ssrc: int) -> None:
        """Send a picture loss indication (RFC 4585 section 6.3.1)."""
        self.send_rtcp(bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._ssrc, media_ssrc=ssrc)))

    def request_packets(self, ssrc: int, numbers: list[int]) -> None:
        """Send a generic NACK (RFC 4585 section 6.2.1)."""
        packet = RtcpRtpfbPacket(
            fmt=RTCP_RTPFB_NACK, ssrc=self._ssrc, media_ssrc=ssrc, lost=numbers
        )
        self.send_rtcp(bytes(packet))

    def limit_bitrate(self, bitrate: float, ssrcs: list[int]) -> None:
        """Tell the client the most that its receivers can take (REMB), in bit/s."""
        fci = pack_remb_fci(int(bitrate), ssrcs[:8])
        packet = RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=self._ssrc, media_ssrc=0, fci=fci)
        self.send_rtcp(bytes(packet))

    # -- timers -------------------------------------------------------------------------------

    def tick(self) -> None:
        """Send what the sender's congestion control waits for."""
        if self._arrivals:
            media_ssrc = next(iter(self._routes), 0)
            for message in self._arrivals.build(self._ssrc, media_ssrc):
                self.send_rtcp(message)

    def report(self, tracks: list[Track], now: float) -> None:
        """Send receiver reports on what came, and sender reports on what we sent."""
        blocks = [block for track in tracks if (block := track.report(now)) is not None]
        sdes = RtcpSdesPacket(
            [RtcpSourceInfo(ssrc=self._ssrc, items=[(SDES_CNAME, self._cname.encode())])]
        )
        self.send_rtcp(bytes(RtcpRrPacket(ssrc=self._ssrc, reports=blocks[:31])) + bytes(sdes))
        for ssrc, (track, subscription) in self.outlets.items():
            timestamp = track.timestamp_at(now) if ssrc == subscription.ssrc else None
            if timestamp is not None:
                report = subscription.sender_report(timestamp, now)
                if report is not None:
                    self.send_rtcp(bytes(report))

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses whose datagrams are for this peer."""
        return self.ice.addresses
