"""The RTCP of one participant's connection: what they report and ask, what we report and ask.

Pure; `media.peer` gives it every authentic RTCP packet and sends what it writes. Formats are
aiortc's. RFC 3550 section 6 (reports), RFC 4585 (NACK, PLI), RFC 5104 (FIR), RFC 5506
(reduced-size packets), draft-alvestrand-rmcat-remb-03 (REMB).
"""

from __future__ import annotations

import contextlib
import secrets
import struct
from collections.abc import Callable
from typing import Final

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB,
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

from media.estimate import Estimate
from media.feedback import read_feedback
from media.subscription import Subscription
from media.track import Track

__all__ = ["ControlEnd"]

SDES_CNAME: Final = 1
TRANSPORT_FEEDBACK: Final = 15  # the format of transport-wide feedback
CLOCK_DRIFT: Final = 0.0001  # seconds per report that a clock may fall behind; crystals do less
CLOCK_STEP: Final = 2.0  # seconds behind which a report is not late: its sender's clock stood still
MAX_COMPOUND: Final = 1500  # bytes; nobody sends more than a network carries in one piece
MAX_BLOCKS: Final = 31  # report blocks in one packet (RFC 3550 section 6.4.1)

Reminder = Callable[[float, Callable[[float], None]], None]


class ControlEnd:
    """Our end of one connection's RTCP."""

    def __init__(
        self,
        send: Callable[[bytes], None],
        track_of: Callable[[int], Track | None],
        remind: Reminder,
    ) -> None:
        """Start with nothing to control.

        `send` seals and sends one RTCP packet; `track_of` maps the client's SSRCs to tracks;
        `remind` calls a function with the time, after so many seconds.
        """
        self.ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.outlets: dict[int, tuple[Track, Subscription]] = {}
        """SSRC that we send (RTX too) -> what it carries."""
        self.estimate: float | None = None
        """What the client last said that it can receive (REMB), in bit/s."""
        self.downlink: Estimate | None = None
        """Takes the client's transport-wide feedback; None when there is none of it."""
        self._send = send
        self._track_of = track_of
        self.remind = remind
        self._cname = secrets.token_hex(8).encode()
        self._clock_offset: float | None = None

    def release(self) -> None:
        """Let go of the connection, for good."""
        self.outlets.clear()
        self.downlink = None
        self._send, self._track_of, self.remind = _into_nothing, _nowhere, _never

    # -- in -----------------------------------------------------------------------------------

    def handle(self, data: bytes, now: float) -> bool:
        """Act on a compound packet; False when it is malformed."""
        if len(data) > MAX_COMPOUND:
            return False
        while len(data) > 12 and data[0] & 0x1F == TRANSPORT_FEEDBACK and data[1] == RTCP_RTPFB:
            # Browsers send it alone, and ten times a second.
            end = 4 + 4 * int.from_bytes(data[2:4])
            told = read_feedback(data[12:end]) if end <= len(data) else None
            if told is None:
                return False
            if self.downlink is not None:
                self.downlink.reported(*told, now)
            if end == len(data):
                return True
            data = data[end:]
        try:
            packets = RtcpPacket.parse(data)
        except (ValueError, IndexError, struct.error):
            return False
        for packet in packets:
            self._handle(packet, now)
        return True

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
            outlet[0].lost_picture(outlet[1], now)

    def _sender_report(self, report: RtcpSrPacket, now: float) -> None:
        track = self._track_of(report.ssrc)
        reception = track.reception if track else None
        if track is None or reception is None or reception.ssrc != report.ssrc:
            return
        reception.sender_report(report.sender_info.ntp_timestamp, now)
        # The client's clock in ours: the least delayed report is the truest, and one offset for
        # all its tracks keeps lips in sync.
        sampled = report.sender_info.ntp_timestamp / 4294967296
        offset = now - sampled
        if self._clock_offset is None or not 0 <= offset - self._clock_offset <= CLOCK_STEP:
            self._clock_offset = offset
        else:
            self._clock_offset += min(offset - self._clock_offset, CLOCK_DRIFT)
        track.sampled(report.sender_info.rtp_timestamp, sampled + self._clock_offset)

    def _reports(self, reports: list[RtcpReceiverInfo], now: float) -> None:
        for report in reports:
            outlet = self.outlets.get(report.ssrc)
            if outlet is not None and outlet[1].ssrc == report.ssrc:
                outlet[1].reported(report, now)

    # -- out ----------------------------------------------------------------------------------

    def request_keyframe(self, ssrc: int) -> None:
        """Send a picture loss indication (RFC 4585 section 6.3.1)."""
        self._send(bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self.ssrc, media_ssrc=ssrc)))

    def request_packets(self, ssrc: int, numbers: list[int]) -> None:
        """Send a generic NACK (RFC 4585 section 6.2.1)."""
        packet = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self.ssrc, media_ssrc=ssrc, lost=numbers)
        self._send(bytes(packet))

    def limit_bitrate(self, bitrate: float, ssrcs: list[int]) -> None:
        """Tell the client the most that its receivers can take (REMB), in bit/s."""
        fci = pack_remb_fci(int(bitrate), ssrcs[:8])
        packet = RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=self.ssrc, media_ssrc=0, fci=fci)
        self._send(bytes(packet))

    def report(self, tracks: list[Track], now: float) -> None:
        """Send receiver reports on what came, and sender reports on what we sent."""
        blocks = [block for track in tracks if (block := track.report(now)) is not None]
        sdes = RtcpSdesPacket([RtcpSourceInfo(ssrc=self.ssrc, items=[(SDES_CNAME, self._cname)])])
        self._send(bytes(RtcpRrPacket(ssrc=self.ssrc, reports=blocks[:MAX_BLOCKS])) + bytes(sdes))
        for ssrc, (track, subscription) in self.outlets.items():
            own = ssrc == subscription.ssrc
            timestamp = track.timestamp_for(subscription, now) if own else None
            if timestamp is not None:
                report = subscription.sender_report(timestamp, now)
                if report is not None:
                    self._send(bytes(report))


def _into_nothing(_data: bytes) -> None:
    return


def _nowhere(_ssrc: int) -> Track | None:
    return None


def _never(_delay: float, _call: Callable[[float], None]) -> None:
    return
