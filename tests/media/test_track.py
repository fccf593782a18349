"""Packets through a track: loss repaired, restarts unnoticed, key frames asked for sparingly."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtp import RtpPacket, unwrap_rtx

from media.codecs import RED
from media.interface import Publication
from media.offer import parse_offer
from media.reception import FIRST_RETRY
from media.subscription import Subscription
from media.track import KEYFRAME_PAUSE, KEYFRAME_RETRY, RepairCounts, Track

OFFER = parse_offer(
    (Path(__file__).parents[1] / "data" / "sdp" / "chromium-156.sdp").read_bytes().decode()
)
SOUND, PICTURE = OFFER.sections[2], OFFER.sections[3]
FRAME = 3  # packets


class Uplink:
    """A publisher's connection that notes what it is asked for."""

    def __init__(self) -> None:
        self.keyframes: list[int] = []
        self.wanted: list[int] = []
        self.reminders: list[tuple[float, Callable[[float], None]]] = []

    def request_keyframe(self, ssrc: int) -> None:
        self.keyframes.append(ssrc)

    def request_packets(self, ssrc: int, numbers: list[int]) -> None:
        self.wanted += numbers

    def remind(self, delay: float, call: Callable[[float], None]) -> None:
        self.reminders.append((delay, call))


class Collector:
    """A connection that keeps what it is given, as real RTP packets."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(2048))
        self.end = 0
        self.packets: list[RtpPacket] = []

    def add(self, size: int) -> None:
        self.packets.append(RtpPacket.parse(bytes(self.view[:size])))


class Viewer:
    """A subscriber that keeps what it is sent, as real RTP packets."""

    def __init__(self, track: Track, *, loss: float = 0.0, seed: int = 1) -> None:
        self.loss = loss
        self.chance = random.Random(seed)
        self.view = memoryview(bytearray(4096))
        self.end = 0
        self.track = track
        self.packets: dict[int, RtpPacket] = {}
        self.order: list[int] = []
        section = PICTURE if track.info.kind == "video" else SOUND
        self.codec = section.codecs[0]
        self.subscription = Subscription(section, self.codec, self.codec, self)
        track.subscribe(self.subscription)

    def add(self, size: int) -> None:
        start = self.end
        self.end = self.chance.randrange(2000)  # where the next packet will be written
        if self.chance.random() < self.loss:
            return
        packet = RtpPacket.parse(bytes(self.view[start : start + size]))
        if packet.ssrc == self.subscription.rtx_ssrc:
            assert packet.payload_type == self.codec.rtx_payload_type
            if not packet.payload:  # padding
                return
            packet = unwrap_rtx(packet, self.codec.payload_type, self.subscription.ssrc)
        assert packet.ssrc == self.subscription.ssrc
        assert packet.payload_type == self.codec.payload_type
        self.packets.setdefault(packet.sequence_number, packet)
        self.order.append(packet.sequence_number)

    def missing(self) -> list[int]:
        first, last = min(self.packets), max(self.packets)
        return [n for n in range(first, last) if n not in self.packets]


class Sender:
    """A browser's VP8 stream: its own SSRC, numbers and picture ids."""

    def __init__(self, track: Track, ssrc: int, *, seq: int, timestamp: int, picture: int) -> None:
        self.track = track
        self.ssrc, self.seq, self.timestamp, self.picture = ssrc, seq, timestamp, picture
        self.sent: dict[int, tuple[int, int, bytes]] = {}

    def frame(self, now: float, *, key: bool = False, lose: float = 0.0, chance=random) -> None:  # type: ignore[no-untyped-def]
        for index in range(FRAME):
            head = VpxPayloadDescriptor(
                partition_start=int(index == 0),
                partition_id=0,
                picture_id=self.picture,
            )
            body = bytes(head) + bytes([0x10 if key else 0x11]) + self.seq.to_bytes(2, "big")
            marker = 0x80 if index == FRAME - 1 else 0
            self.sent[self.seq] = (self.timestamp, marker, body)
            if chance.random() >= lose:
                self.pass_on(self.seq, now)
            self.seq = self.seq + 1 & 0xFFFF
        self.timestamp = self.timestamp + 3000 & 0xFFFFFFFF
        self.picture = self.picture + 1 & 0x7FFF

    def pass_on(self, seq: int, now: float, *, repaired: bool = False) -> None:
        timestamp, marker, body = self.sent[seq]
        self.track.receive(self.ssrc, seq, timestamp, marker, body, 0xFF, now, repaired)


@pytest.fixture
def uplink() -> Uplink:
    return Uplink()


@pytest.fixture
def track(uplink: Uplink) -> Track:
    made = Track(Publication("p", "anna", "camera"), RepairCounts())
    made.bind(uplink, PICTURE.codecs[0])
    return made


def picture_of(packet: RtpPacket) -> int:
    descriptor, _ = VpxPayloadDescriptor.parse(packet.payload)
    assert descriptor.picture_id is not None
    return descriptor.picture_id


def test_a_picture_starts_with_a_key_frame_and_one_is_asked_for(
    track: Track, uplink: Uplink
) -> None:
    sender = Sender(track, 7, seq=65530, timestamp=1, picture=500)
    sender.frame(0.0, key=True)
    viewer = Viewer(track)
    viewer.subscription.go()
    track.want_keyframe(0.1)
    sender.frame(0.1)
    assert viewer.packets == {}
    assert uplink.keyframes == [7]
    sender.frame(0.2, key=True)
    sender.frame(0.3)
    assert len(viewer.packets) == 2 * FRAME
    assert min(viewer.packets) < 0x4000


def test_requests_for_key_frames_are_merged_and_repeated_until_answered(
    track: Track, uplink: Uplink
) -> None:
    sender = Sender(track, 7, seq=1, timestamp=1, picture=500)
    sender.frame(0.0)
    for index in range(10):
        track.want_keyframe(1.0 + index * KEYFRAME_PAUSE / 20)
    assert len(uplink.keyframes) == 1
    track.tick(1.0 + KEYFRAME_RETRY)
    assert len(uplink.keyframes) == 2
    sender.frame(1.6, key=True)
    track.tick(9.0)
    assert len(uplink.keyframes) == 2


@pytest.mark.parametrize("seed", range(5))
def test_loss_on_either_side_is_repaired(track: Track, uplink: Uplink, seed: int) -> None:
    chance = random.Random(seed)
    sender = Sender(track, 7, seq=65400, timestamp=4294960000, picture=500)
    viewer = Viewer(track, seed=seed)
    viewer.subscription.go()
    track.want_keyframe(0.0)
    sender.frame(0.0, key=True)
    viewer.loss = 0.05
    asked: dict[int, float] = {}
    for index in range(1, 150):
        now = index / 30
        sender.frame(now, lose=0.05, chance=chance)
        track.tick(now)
        wanted, uplink.wanted = uplink.wanted, []
        for number in wanted:
            if chance.random() >= 0.05:
                sender.pass_on(number, now, repaired=True)
        missing = viewer.missing()
        asked.update({n: now for n in missing if n not in asked})
        track.resend(viewer.subscription, missing, now)
    viewer.loss = 0.0
    track.resend(viewer.subscription, viewer.missing(), 6.0)
    assert len(asked) > 10
    holes = viewer.missing()
    assert len(holes) <= FRAME  # what was lost at the very end is still being asked for
    in_order = [viewer.packets[n] for n in sorted(viewer.packets)]
    assert len(in_order) >= 149 * FRAME - FRAME
    assert {p.payload[-2:] for p in in_order} <= {n.to_bytes(2, "big") for n in sender.sent}
    assert track.repair.resent > 0
    assert track.repair.requested > 0


def test_a_lost_packet_is_asked_for_again_with_the_next_that_comes_not_with_the_timer(
    track: Track, uplink: Uplink
) -> None:
    sender = Sender(track, 7, seq=10, timestamp=0, picture=1)
    sender.frame(0.0, key=True)
    lost = sender.seq
    sender.frame(0.05, lose=1.0)
    sender.frame(0.1)
    assert uplink.wanted == [lost, lost + 1, lost + 2]
    sender.frame(0.15)
    assert len(uplink.wanted) == 3
    sender.frame(0.1 + FIRST_RETRY)
    assert uplink.wanted[3:] == [lost, lost + 1, lost + 2]


def test_a_lost_packet_is_asked_for_again_in_time_though_nothing_comes(
    track: Track, uplink: Uplink
) -> None:
    sender = Sender(track, 7, seq=10, timestamp=0, picture=1)
    sender.frame(0.0, key=True)
    lost = sender.seq
    sender.frame(0.05, lose=1.0)
    sender.frame(0.1)
    sender.frame(0.12)
    ((delay, call),) = uplink.reminders
    assert delay == pytest.approx(FIRST_RETRY)
    call(0.1 + FIRST_RETRY)
    assert uplink.wanted[3:] == [lost, lost + 1, lost + 2]
    for number in range(lost, lost + 3):
        assert track.reception is not None
        track.reception.receive(number, 0, 0.2, repaired=True)
    (_, (_, call)) = uplink.reminders
    call(0.1 + 2 * FIRST_RETRY)
    assert len(uplink.wanted) == 6
    assert len(uplink.reminders) == 2  # nothing is missing any more
    track.close()
    call(9.0)


def test_a_packet_is_sent_again_once_per_request_even_when_asked_twice(track: Track) -> None:
    sender = Sender(track, 7, seq=1, timestamp=1, picture=500)
    viewer = Viewer(track)
    viewer.subscription.go()
    track.want_keyframe(0.0)
    sender.frame(0.0, key=True)
    number = max(viewer.packets)
    before = len(viewer.order)
    track.resend(viewer.subscription, [number, number, number ^ 0x8000], 1.0)
    track.resend(viewer.subscription, [number], 1.01)
    assert len(viewer.order) == before + 1
    track.resend(viewer.subscription, [number], 1.1)
    assert len(viewer.order) == before + 2


@pytest.mark.parametrize(("before", "after"), [(500, 9000), (32766, 200), (20000, 20000)])
def test_a_rebuilt_publisher_goes_on_in_every_counter(
    track: Track, before: int, after: int
) -> None:
    viewer = Viewer(track)
    viewer.subscription.go()
    track.want_keyframe(0.0)
    old = Sender(track, 7, seq=65000, timestamp=100, picture=before)
    old.frame(0.0, key=True)
    old.frame(0.033)
    track.bind(Uplink(), PICTURE.codecs[0])
    new = Sender(track, 8, seq=12, timestamp=3_000_000_000, picture=after)
    new.frame(1.033, key=True)
    new.frame(1.066)
    packets = [viewer.packets[n] for n in sorted(viewer.packets)]
    numbers = [p.sequence_number for p in packets]
    assert numbers == list(range(numbers[0], numbers[0] + 4 * FRAME))
    gap = packets[2 * FRAME].timestamp - packets[2 * FRAME - 1].timestamp
    assert abs(gap - 90000) < 200  # a second passed
    pictures = [picture_of(p) for p in packets[::FRAME]]
    assert [p - pictures[0] & 0x7FFF for p in pictures] == [0, 1, 2, 3]


def test_another_codec_is_passed_on_as_it_is(track: Track) -> None:
    taken: list[bytes] = []
    track.tap(lambda seq, timestamp, marker, payload, arrival: taken.append(payload))
    old, new = (Sender(track, ssrc, seq=1, timestamp=1, picture=ssrc) for ssrc in (700, 30))
    old.frame(0.0, key=True)
    track.bind(Uplink(), PICTURE.codecs[0])
    new.frame(1.0, key=True)
    assert taken[-1] != new.sent[FRAME][2]
    track.bind(Uplink(), next(codec for codec in PICTURE.codecs if codec.name == "H264"))
    track.receive(9, 1, 1, 0, b"\x90\x80\x01\x02\x03", 0xFF, 2.0, False)
    assert taken[-1] == b"\x90\x80\x01\x02\x03"


def test_a_straggler_of_a_replaced_stream_does_not_bring_it_back(track: Track) -> None:
    viewer = Viewer(track)
    viewer.subscription.go()
    track.want_keyframe(0.0)
    old = Sender(track, 7, seq=1, timestamp=100, picture=500)
    new = Sender(track, 8, seq=900, timestamp=100, picture=500)
    old.frame(0.0, key=True)
    new.frame(0.1, key=True)
    old.frame(0.15)
    new.frame(0.2)
    assert len(viewer.packets) == 3 * FRAME


def test_sound_flows_at_once_with_its_level(uplink: Uplink) -> None:
    track = Track(Publication("p", "anna", "audio"), RepairCounts())
    track.bind(uplink, SOUND.codecs[0])
    viewer = Viewer(track)
    track.receive(5, 1, 960, 0, b"one", 20, 0.0, False)
    assert viewer.packets == {}
    viewer.subscription.go()
    for index in range(2, 6):
        track.receive(5, index, 960 * index, 0, b"two", 20, 0.02 * index, False)
    assert [p.payload for p in viewer.packets.values()] == [b"two"] * 4
    assert track.voice.speaks()
    assert track.voice.level == 20
    assert uplink.keyframes == []


def test_red_is_passed_on_to_who_reads_it_and_unwrapped_for_who_does_not(uplink: Uplink) -> None:
    track = Track(Publication("p", "anna", "audio"), RepairCounts())
    opus = SOUND.codecs[0]
    assert opus.red_payload_type == 63
    track.bind(uplink, opus)
    viewers: list[tuple[Collector, Subscription]] = []
    plain = replace(opus, red_payload_type=None)
    renumbered = replace(opus, payload_type=109)
    for codec in (opus, plain, renumbered):
        collector = Collector()
        subscription = Subscription(SOUND, codec, opus, collector)
        subscription.go()
        track.subscribe(subscription)
        viewers.append((collector, subscription))
    red = bytes([0x80 | 111, 0x0F, 0, 3, 111]) + b"oldnow"
    track.receive(5, 2, 960, 0x80 | RED, red, 20, 0.0, False)
    seen = [packet for viewer, _ in viewers for packet in viewer.packets]
    assert [(p.payload_type, p.marker, p.payload) for p in seen] == [
        (63, 1, red),
        (111, 1, b"now"),
        (109, 1, b"now"),
    ]
    for viewer, subscription in viewers:  # and so it is when it is asked for again
        track.resend(subscription, [viewer.packets[0].sequence_number], 1.0)
        first, again = viewer.packets
        assert again.serialize() == first.serialize()


def test_a_closed_track_forwards_nothing(track: Track) -> None:
    viewer = Viewer(track)
    viewer.subscription.go()
    sender = Sender(track, 7, seq=1, timestamp=1, picture=500)
    track.want_keyframe(0.0)
    track.close()
    sender.frame(0.0, key=True)
    track.want_keyframe(1.0)
    assert viewer.packets == {}


def test_one_clock_for_reports_follows_the_publishers(track: Track) -> None:
    viewer = Viewer(track)
    viewer.subscription.go()
    track.want_keyframe(0.0)
    sender = Sender(track, 7, seq=1, timestamp=5000, picture=500)
    sender.frame(10.0, key=True)
    assert track.timestamp_at(10.0) is None
    track.sampled(5000, 9.9)
    timestamp = track.timestamp_at(10.9)
    assert timestamp == 5000 + 90000
    report = viewer.subscription.sender_report(timestamp, 10.9)
    assert report is not None
    assert report.sender_info.packet_count == FRAME


def test_the_publisher_of_sound_learns_of_loss_behind_the_server(uplink: Uplink) -> None:
    track = Track(Publication("p", "anna", "audio"), RepairCounts())
    track.bind(uplink, SOUND.codecs[0])
    viewer = Viewer(track)
    track.receive(5, 1, 960, 0, b"one", 20, 0.0, False)
    viewer.subscription.loss = 0.25
    report = track.report(1.0)
    assert report is not None
    assert report.fraction_lost == 64


def test_a_tap_gets_each_packet_once_in_the_tracks_numbering_until_it_ends(
    track: Track, uplink: Uplink
) -> None:
    taken: list[tuple[int, int, int, bytes, float]] = []

    def tap(seq: int, timestamp: int, marker: int, payload: bytes, arrival: float) -> None:
        taken.append((seq, timestamp, marker, payload, arrival))

    sender = Sender(track, 7, seq=65534, timestamp=1000, picture=500)
    sender.frame(0.0)
    track.tap(tap)
    track.want_keyframe(0.1)
    assert uplink.keyframes == [7]
    sender.frame(0.1, key=True)
    sender.pass_on(sender.seq - 1 & 0xFFFF, 0.11)
    track.receive(7, sender.seq, sender.timestamp, 0x80, b"\x90\x00\x11", 0, 0.5, False, 0.2)
    numbers = [seq for seq, *_ in taken]
    assert numbers == list(range(numbers[0], numbers[0] + FRAME + 1))
    assert [marker for _, _, marker, _, _ in taken] == [0, 0, 0x80, 0x80]
    assert [arrival for *_, arrival in taken] == [0.1] * FRAME + [0.2]
    assert taken[0][3] == sender.sent[1][2]
    track.untap(tap)
    track.untap(tap)
    sender.frame(0.3)
    assert len(taken) == FRAME + 1


def test_a_tap_alone_makes_a_rebuilt_publisher_send_a_key_frame(track: Track) -> None:
    track.tap(lambda *packet: None)
    Sender(track, 7, seq=1, timestamp=1, picture=1).frame(0.0, key=True)
    again = Uplink()
    track.bind(again, PICTURE.codecs[0])
    Sender(track, 8, seq=1, timestamp=1, picture=1).frame(1.0)
    assert again.keyframes == [8]


def test_jitter_is_of_the_networks_times_not_of_ours(track: Track) -> None:
    codec = PICTURE.codecs[0]
    for index in range(100):
        arrival = index / 30
        late = arrival + (0.03 if index % 2 else 0.0)
        track.receive(7, index, 3000 * index, 0x80, b"\x10\x11", 0, late, False, arrival)
    assert track.reception is not None
    assert track.reception.jitter < 0.001 * codec.clock_rate
