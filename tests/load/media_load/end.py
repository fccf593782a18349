"""One end of one connection with what flows on it: streams, and the feedback a browser gives.

What a browser does with its timers is done here: sender and receiver reports every second,
transport-wide feedback every 100 ms where the server numbers its packets so, else REMB, requests
for lost packets, key frames on request.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
import time
from collections import Counter
from typing import Final

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSourceInfo,
    RtcpSrPacket,
)

from tests.load.media_load.connection import Connection
from tests.load.media_load.feedback import Arrivals, nack, remb
from tests.load.media_load.sink import Sink
from tests.load.media_load.source import Source

__all__ = ["End"]

TICK: Final = 0.1  # seconds between transport-wide feedback, as browsers' default
REPORT: Final = 10  # ticks between reports
CAN_TAKE: Final = 20_000_000  # bit/s
TRANSPORT_FEEDBACK: Final = 15  # FMT of RTPFB


class End:
    """A connection, what it sends and what it takes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arrivals = Arrivals()
        self.sinks: dict[int, Sink] = {}
        """SSRC, RTX too -> who takes it."""
        self.source: Source | None = None
        self.heard: Counter[str] = Counter()
        """What the server has sent of feedback, by kind."""
        self.unknown = 0
        """Packets of an SSRC that nobody announced."""
        self._ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self._cname = secrets.token_hex(4).encode()
        self._ticks = 0
        connection.on_rtp = self._on_rtp
        connection.on_rtcp = self._on_rtcp
        self._timer = asyncio.create_task(self._run())

    def take(self, sink: Sink) -> None:
        """Take a stream from now on."""
        self.sinks[sink.ssrc] = sink
        for ssrc in sink.rtx:
            self.sinks[ssrc] = sink

    async def aclose(self) -> None:
        """Hang up."""
        self._timer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._timer
        await self.connection.aclose()

    # -- in -----------------------------------------------------------------------------------

    def _on_rtp(self, packet: bytes, at: int) -> None:
        ssrc = int.from_bytes(packet[8:12], "big")
        sink = self.sinks.get(ssrc)
        if sink is None:
            self.unknown += 1
            return
        sink.take(packet, at)

    def _on_rtcp(self, data: bytes) -> None:
        try:
            packets = RtcpPacket.parse(data)
        except (ValueError, IndexError, struct.error):
            self.heard["malformed"] += 1
            return
        for packet in packets:
            match packet:
                case RtcpSrPacket():
                    self.heard["sr"] += 1
                    sink = self.sinks.get(packet.ssrc)
                    if sink is not None:
                        ntp = packet.sender_info.ntp_timestamp
                        sink.numbers.sender_report(ntp, time.time())
                    self._on_blocks([block.ssrc for block in packet.reports])
                case RtcpRrPacket():
                    self._on_blocks([block.ssrc for block in packet.reports])
                case RtcpRtpfbPacket(fmt=fmt) if fmt == TRANSPORT_FEEDBACK:
                    self.heard["transport-cc"] += 1
                case RtcpRtpfbPacket(fmt=fmt) if fmt == RTCP_RTPFB_NACK:
                    self.heard["nack"] += 1
                    if self.source is not None and packet.media_ssrc == self.source.ssrc:
                        self.source.resend(packet.lost)
                case RtcpPsfbPacket(fmt=fmt) if fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
                    self.heard["pli"] += 1
                    if self.source is not None:
                        self.source.want_key_frame()
                case RtcpPsfbPacket(fmt=fmt) if fmt == RTCP_PSFB_APP:
                    self.heard["remb"] += 1

    def _on_blocks(self, ssrcs: list[int]) -> None:
        if self.source is not None and self.source.ssrc in ssrcs:
            self.heard["rr"] += 1
            self.source.reported()

    # -- timers -------------------------------------------------------------------------------

    async def _run(self) -> None:
        # Everybody's timers at the same moment would be a burst that no real crowd makes.
        await asyncio.sleep(TICK * secrets.randbelow(1000) / 1000)
        while True:
            self._ticks += 1
            self._ask_again()
            self._tell_arrivals()
            if self._ticks % REPORT == 0:
                self._send_reports()
            await asyncio.sleep(TICK)

    def _ask_again(self) -> None:
        now = time.time()
        for sink in set(self.sinks.values()):
            numbers = sink.numbers.wanted(now) if sink.kind == "video" else []
            if numbers:
                self.connection.send_rtcp(nack(self._ssrc, sink.ssrc, numbers))

    def _tell_arrivals(self) -> None:
        if not self.sinks:
            return
        media = next(iter(self.sinks))
        message = self.arrivals.message(self._ssrc, media)
        while message:
            self.connection.send_rtcp(message)
            message = self.arrivals.message(self._ssrc, media)

    def _send_reports(self) -> None:
        now = time.time()
        sinks = set(self.sinks.values())
        blocks = [b for s in sinks if (b := s.numbers.block(s.ssrc, now)) is not None]
        ssrc = self._ssrc if self.source is None else self.source.ssrc
        sdes = bytes(RtcpSdesPacket([RtcpSourceInfo(ssrc=ssrc, items=[(1, self._cname)])]))
        report = self.source.report(time.time_ns()) if self.source is not None else b""
        if report:
            self.connection.send_rtcp(report + sdes)
        if blocks:
            receiver = bytes(RtcpRrPacket(ssrc=self._ssrc, reports=blocks)) + sdes
            if not self.arrivals.messages and any(s.kind == "video" for s in sinks):
                receiver += remb(self._ssrc, CAN_TAKE, [s.ssrc for s in sinks])
            self.connection.send_rtcp(receiver)
