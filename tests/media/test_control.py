"""RTCP: what is asked reaches the right track, and no packet does harm."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    pack_remb_fci,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from media.control import ControlEnd
from media.estimate import Estimate
from media.interface import Publication
from media.offer import parse_offer
from media.subscription import Subscription
from media.track import RepairCounts, Track

OFFER = parse_offer(
    (Path(__file__).parents[1] / "data" / "sdp" / "chromium-156.sdp").read_bytes().decode()
)
PICTURE = OFFER.sections[3]
KEY = bytes([0x10, 0x10, 0, 0])  # VP8: start of the first partition of a key frame
UPSTREAM = 77


class Wire:
    """Two connections' RTCP around one track: the publisher's and a subscriber's."""

    def __init__(self) -> None:
        self.to_publisher: list[object] = []
        self.to_viewer: list[object] = []
        self.resent: list[int] = []
        self.view = memoryview(bytearray(2048))
        self.end = 0
        self.track = Track(Publication("p", "anna", "camera"), RepairCounts())
        self.publisher = ControlEnd(
            lambda data: self.to_publisher.extend(RtcpPacket.parse(data)),
            lambda ssrc: self.track if ssrc == UPSTREAM else None,
            lambda delay, call: None,
        )
        self.viewer = ControlEnd(
            lambda data: self.to_viewer.extend(RtcpPacket.parse(data)),
            lambda ssrc: None,
            lambda delay, call: None,
        )
        codec = PICTURE.codecs[0]
        self.track.bind(self.publisher, codec)
        self.subscription = Subscription(PICTURE, codec, codec, self)
        self.subscription.go()
        self.track.subscribe(self.subscription)
        for ssrc in (self.subscription.ssrc, self.subscription.rtx_ssrc):
            self.viewer.outlets[ssrc] = (self.track, self.subscription)
        self.track.want_keyframe(0.0)
        self.send(1, 10.0)

    def add(self, size: int) -> None:
        self.resent.append(size)

    def send(self, seq: int, now: float) -> None:
        self.track.receive(UPSTREAM, seq, 90 * seq, 0x80, KEY, 0xFF, now, False)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.mark.parametrize("fir", [True, False])
def test_a_viewers_loss_of_picture_reaches_the_publisher(wire: Wire, fir: bool) -> None:
    ssrc = wire.subscription.ssrc
    if fir:
        fci = ssrc.to_bytes(4, "big") + bytes(4)
        packet = RtcpPsfbPacket(fmt=RTCP_PSFB_FIR, ssrc=1, media_ssrc=0, fci=fci)
    else:
        packet = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=ssrc)
    assert wire.viewer.handle(bytes(packet), 20.0)
    (asked,) = wire.to_publisher
    assert isinstance(asked, RtcpPsfbPacket)
    assert (asked.fmt, asked.media_ssrc) == (RTCP_PSFB_PLI, UPSTREAM)


def test_a_viewers_nack_is_answered_from_history(wire: Wire) -> None:
    before = len(wire.resent)
    number = next(n for n in range(0x10000) if wire.subscription.original(n) == 1)
    nack = RtcpRtpfbPacket(
        fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=wire.subscription.ssrc, lost=[number]
    )
    assert wire.viewer.handle(bytes(nack), 20.0)
    assert len(wire.resent) == before + 1
    assert wire.to_publisher == []


def test_a_gap_upstream_is_asked_for_at_once(wire: Wire) -> None:
    wire.send(4, 10.1)
    (asked,) = wire.to_publisher
    assert isinstance(asked, RtcpRtpfbPacket)
    assert (asked.media_ssrc, asked.lost) == (UPSTREAM, [2, 3])


def test_the_publishers_clock_reaches_the_viewer_in_ours(wire: Wire) -> None:
    theirs = 5_000_000.0  # their clock shows this when ours shows 10
    report = RtcpSrPacket(ssrc=UPSTREAM, sender_info=RtcpSenderInfo(int(theirs * 2**32), 90, 1, 1))
    assert wire.publisher.handle(bytes(report), 10.0)
    wire.viewer.report([], 11.0)
    (sent,) = [p for p in wire.to_viewer if isinstance(p, RtcpSrPacket)]
    assert sent.ssrc == wire.subscription.ssrc
    assert sent.sender_info.ntp_timestamp == 11 << 32
    assert abs(sent.sender_info.rtp_timestamp - (90 + 90000)) < 10
    wire.publisher.report([wire.track], 11.0)
    (back,) = [p for p in wire.to_publisher if isinstance(p, RtcpRrPacket)]
    assert back.reports[0].ssrc == UPSTREAM
    assert back.reports[0].lsr == int(theirs * 2**32) >> 16 & 0xFFFFFFFF
    assert back.reports[0].dlsr == 65536


def test_a_publishers_clock_that_stood_still_is_believed_again(wire: Wire) -> None:
    def reported(at: float, theirs: float) -> int:
        """Have the publisher report; return the track's timestamp for when it came."""
        info = RtcpSenderInfo(int(theirs * 2**32), int(90_000 * theirs) & 0xFFFFFFFF, 1, 1)
        report = bytes(RtcpSrPacket(ssrc=UPSTREAM, sender_info=info))
        assert wire.publisher.handle(report, at)
        timestamp = wire.track.timestamp_at(at)
        assert timestamp is not None
        return timestamp

    assert reported(10.0, 5.0) == pytest.approx(90_000 * 5, abs=90)
    assert reported(12.5, 6.0) == pytest.approx(90_000 * 7.5, abs=90)  # late, not slow
    assert reported(13.0, 8.0) == pytest.approx(90_000 * 8, abs=90)
    assert reported(26.0, 9.0) == pytest.approx(90_000 * 9, abs=90)  # it slept for 12 s
    assert reported(27.0, 10.0) == pytest.approx(90_000 * 10, abs=90)
    assert reported(28.0, 31.0) == pytest.approx(90_000 * 31, abs=90)  # it was set


def test_a_viewers_report_gives_loss_and_round_trip(wire: Wire) -> None:
    sent_at, got_at = 11.0, 11.25
    block = RtcpReceiverInfo(
        ssrc=wire.subscription.ssrc,
        fraction_lost=64,
        packets_lost=1,
        highest_sequence=1,
        jitter=900,
        lsr=int(sent_at * 65536) & 0xFFFFFFFF,
        dlsr=int(0.2 * 65536),
    )
    assert wire.viewer.handle(bytes(RtcpRrPacket(ssrc=1, reports=[block])), got_at)
    assert wire.subscription.loss == 0.25
    assert wire.subscription.jitter_ms == 10
    assert wire.subscription.rtt_ms == pytest.approx(50, abs=0.1)


def test_an_estimate_is_kept_and_told(wire: Wire) -> None:
    fci = pack_remb_fci(750_000, [wire.subscription.ssrc])
    packet = RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=fci)
    assert wire.viewer.handle(bytes(packet), 1.0)
    assert wire.viewer.estimate == pytest.approx(750_000, rel=0.01)
    wire.publisher.limit_bitrate(640_000, [UPSTREAM])
    (told,) = wire.to_publisher
    assert isinstance(told, RtcpPsfbPacket)
    assert unpack_remb_fci(told.fci) == (640_000, [UPSTREAM])


def test_feedback_on_what_we_do_not_send_does_nothing(wire: Wire) -> None:
    stray = [
        RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=999),
        RtcpPsfbPacket(fmt=RTCP_PSFB_FIR, ssrc=1, media_ssrc=0),
        RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=b"REMB\xff\0\0\0"),
        RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=999, lost=[1]),
        RtcpSdesPacket(),
        RtcpSrPacket(ssrc=999, sender_info=RtcpSenderInfo(1, 1, 1, 1)),
    ]
    before = len(wire.resent)
    assert wire.viewer.handle(b"".join(map(bytes, stray)), 20.0)
    assert wire.to_publisher == []
    assert len(wire.resent) == before


FEEDBACK = struct.pack("!BBHIIHHIHxx", 0x8F, 205, 5, 1, 2, 0, 1, 0, 1)
"""Transport-wide feedback on one packet, which was lost."""


@pytest.mark.parametrize(("messages", "understood"), [(1, True), (62, True), (63, False)])
def test_feedback_in_a_row_is_read_as_far_as_a_datagram_goes(
    wire: Wire, messages: int, understood: bool
) -> None:
    wire.viewer.downlink = Estimate(0.0)
    packet = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=wire.subscription.ssrc)
    assert wire.viewer.handle(FEEDBACK * messages, 20.0) is understood
    assert wire.viewer.handle(FEEDBACK * (messages - 1) + bytes(packet), 20.0)
    assert len(wire.to_publisher) == 1


@pytest.mark.parametrize("messages", [600, 2700])
def test_no_length_of_feedback_makes_the_control_end_raise(wire: Wire, messages: int) -> None:
    wire.viewer.downlink = Estimate(0.0)
    assert not wire.viewer.handle(FEEDBACK * messages, 20.0)


@given(st.binary(max_size=80))
def test_no_bytes_make_the_control_end_raise(data: bytes) -> None:
    Wire().viewer.handle(data, 1.0)


@given(st.lists(st.tuples(st.integers(0, 31), st.integers(200, 207), st.binary(max_size=40))))
def test_no_well_framed_packet_makes_the_control_end_raise(
    packets: list[tuple[int, int, bytes]],
) -> None:
    wire = Wire()
    data = b""
    for count, kind, body in packets:
        body += wire.subscription.ssrc.to_bytes(4, "big") * 2
        body += bytes(-len(body) & 3)
        data += bytes([0x80 | count, kind]) + (len(body) // 4).to_bytes(2, "big") + body
    wire.viewer.handle(data, 1.0)
    wire.publisher.handle(data, 1.0)
