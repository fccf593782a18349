"""A publication in several sizes, and subscribers on one of them each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from aiortc.rtp import RtpPacket, unwrap_rtx

from media.adaptation import Adaptation
from media.codecs import marks_of
from media.control import ControlEnd
from media.estimate import Estimate
from media.interface import Publication
from media.layers import NOTHING, TOP
from media.offer import parse_offer
from media.simulcast import Simulcast
from media.subscription import REPAIR_BURST, LayeredSubscription, Subscription
from media.track import RepairCounts, Track
from tests.media.test_layers import Layer, three

OFFER = parse_offer(
    (Path(__file__).parents[1] / "data" / "sdp" / "chromium-156-simulcast.sdp")
    .read_bytes()
    .decode()
)
PICTURE = OFFER.sections[3]
CODEC = PICTURE.codecs[0]
SSRCS = (100, 200, 300)
SIZES = (40, 120, 400)  # bytes that each layer's packets are filled up by


class Uplink:
    """A publisher's connection that notes what it is asked for."""

    def __init__(self) -> None:
        self.keyframes: list[int] = []
        self.wanted: list[tuple[int, list[int]]] = []

    def request_keyframe(self, ssrc: int) -> None:
        self.keyframes.append(ssrc)

    def request_packets(self, ssrc: int, numbers: list[int]) -> None:
        self.wanted.append((ssrc, numbers))

    def remind(self, delay: float, call: Callable[[float], None]) -> None:
        pass


class Camera:
    """A publisher in three sizes, its packets through a real `Simulcast`."""

    def __init__(self) -> None:
        self.uplink = Uplink()
        self.simulcast = Simulcast(
            Publication("p", "anna", "camera"), RepairCounts(), ("q", "h", "f")
        )
        self.simulcast.bind(self.uplink, CODEC)
        self.layers: list[Layer] = three()
        self.ssrcs = SSRCS
        self.now = 10.0
        self.alive = {0, 1, 2}

    def run(
        self, frames: int, *, keys: set[int] | None = None, lose: set[int] | None = None
    ) -> None:
        """Send frames; a key frame wherever one was asked for."""
        for _ in range(frames):
            asked = {self.ssrcs.index(s) for s in self.uplink.keyframes if s in self.ssrcs}
            self.uplink.keyframes.clear()
            for index, layer in enumerate(self.layers):
                key = index in asked or index in (keys or set()) or not layer.frames
                packets = layer.frame(key=key, sync=layer.count % 8 == 1)
                if index not in self.alive:
                    continue
                for _, seq, timestamp, payload in packets:
                    if lose and seq % 7 in lose:
                        continue
                    self.simulcast.layers[index].receive(
                        self.ssrcs[index],
                        seq,
                        timestamp,
                        0,
                        payload + bytes(SIZES[index]),
                        0xFF,
                        self.now,
                        False,
                    )
            keys = None
            self.now += 1 / 30
            if layer.names % 2 == 0:
                self.simulcast.tick(self.now)

    def report(self) -> None:
        """Send the sender reports of all layers, which put them on one clock."""
        for index, layer in enumerate(self.layers):
            self.simulcast.layers[index].sampled(layer.timestamp, self.now)


class Viewer:
    """A subscriber, and the real RTP packets they were sent."""

    def __init__(self, camera: Camera, estimate: Estimate | None = None) -> None:
        self.view = memoryview(bytearray(4096))
        self.end = 0
        self.packets: list[RtpPacket] = []
        self.again: list[RtpPacket] = []
        self.padding = 0
        """Bytes that came as padding alone."""
        self.camera = camera
        self.subscription = LayeredSubscription(PICTURE, CODEC, CODEC, self, estimate)
        camera.simulcast.subscribe(self.subscription)
        self.subscription.go()

    def add(self, size: int) -> None:
        packet = RtpPacket.parse(bytes(self.view[:size]))
        if packet.ssrc == self.subscription.ssrc:
            self.packets.append(packet)
        else:
            assert packet.ssrc == self.subscription.rtx_ssrc
            self.padding += packet.padding_size
            if not packet.payload:
                assert packet.padding_size
                return
            self.again.append(unwrap_rtx(packet, CODEC.payload_type, self.subscription.ssrc))

    def choose(self, layer: int, temporal: int = TOP, *, rush: bool = False) -> None:
        self.camera.simulcast.choose(self.subscription, layer, temporal, self.camera.now, rush=rush)

    def sizes(self) -> list[int]:
        """Return the layer of each frame, by the length of its packets."""
        lengths = {size: index for index, size in enumerate(SIZES)}
        found = [lengths[len(p.payload) - len(p.payload.rstrip(b"\0"))] for p in self.packets]
        frames = [p.timestamp for p in self.packets]
        return [s for i, s in enumerate(found) if not i or frames[i] != frames[i - 1]]

    def check_no_seam(self) -> None:
        numbers = [p.sequence_number for p in self.packets]
        assert numbers == [numbers[0] + i & 0xFFFF for i in range(len(numbers))]
        pictures = [marks_of("VP8", p.payload).picture for p in self.packets]
        steps = {b - a & 0x7FFF for a, b in pairwise(pictures)}
        assert steps <= {0, 1}


@pytest.fixture
def camera() -> Camera:
    return Camera()


def test_what_comes_first_is_taken_until_somebody_chooses(camera: Camera) -> None:
    viewer = Viewer(camera)
    camera.run(5)
    assert viewer.sizes() == [0] * 5
    assert camera.uplink.keyframes == []


def test_each_has_their_own_size_and_key_frames_are_asked_of_its_stream(camera: Camera) -> None:
    narrow, wide = Viewer(camera), Viewer(camera)
    camera.run(20)
    wide.choose(2)
    assert camera.uplink.keyframes == [SSRCS[2]]
    camera.run(20)
    assert narrow.sizes() == [0] * 40
    assert wide.sizes()[:20] == [0] * 20
    assert set(wide.sizes()[21:]) == {2}
    wide.check_no_seam()
    narrow.check_no_seam()
    camera.simulcast.lost_picture(wide.subscription, camera.now + 1)
    assert camera.uplink.keyframes == [SSRCS[2]]


def test_an_unanswered_request_for_a_switch_is_repeated(camera: Camera) -> None:
    viewer = Viewer(camera)
    camera.run(5)
    viewer.choose(1)
    camera.uplink.keyframes.clear()  # lost on the way
    camera.simulcast.tick(camera.now + 0.6)
    assert camera.uplink.keyframes == [SSRCS[1]]


def test_in_a_rush_nothing_flows_until_the_key_frame(camera: Camera) -> None:
    viewer = Viewer(camera)
    camera.run(20)
    viewer.choose(2)
    camera.run(20)
    before = len(viewer.packets)
    viewer.choose(0, rush=True)
    camera.uplink.keyframes.clear()
    camera.run(5)
    assert len(viewer.packets) == before
    camera.simulcast.tick(camera.now + 1)
    camera.run(5)
    assert viewer.sizes()[-5:] == [0] * 5
    viewer.check_no_seam()


@pytest.mark.parametrize("temporal", [0, TOP])
def test_a_lost_packet_is_sent_again_as_it_was_over_a_switch(camera: Camera, temporal: int) -> None:
    viewer = Viewer(camera)
    camera.run(9)
    viewer.choose(0, temporal)
    camera.run(9)
    viewer.choose(2)
    camera.run(20)
    sent = {p.sequence_number: p for p in viewer.packets}
    camera.simulcast.resend(viewer.subscription, list(sent), camera.now)
    camera.simulcast.resend(viewer.subscription, [min(sent) - 9 & 0xFFFF], camera.now)
    assert len(viewer.again) == len(sent)
    for packet in viewer.again:
        before = sent[packet.sequence_number]
        assert packet.payload == before.payload
        assert packet.timestamp == before.timestamp
    assert camera.simulcast.repair.resent == len(sent)


def test_who_asks_for_everything_again_and_again_gets_a_burst_at_most(camera: Camera) -> None:
    viewer = Viewer(camera)
    viewer.choose(2)
    camera.run(100)
    numbers = [packet.sequence_number for packet in viewer.packets]
    for turn in range(40):
        for at in range(0, len(numbers), 128):
            asked = numbers[at : at + 128]
            camera.simulcast.resend(viewer.subscription, asked, camera.now + turn / 20)
    again = sum(len(packet.payload) for packet in viewer.again)
    assert len(viewer.again) > len(numbers)
    assert again <= REPAIR_BURST


def test_what_was_lost_before_us_fills_its_hole_when_it_comes(camera: Camera) -> None:
    viewer = Viewer(camera)
    camera.run(2)
    _, seq, timestamp, payload = camera.layers[0].frame(key=False, sync=False)[1]
    camera.run(3)
    numbers = {p.sequence_number for p in viewer.packets}
    hole = [n for n in range(min(numbers), max(numbers)) if n not in numbers]
    assert len(hole) == 3  # packets of the frame
    asked = [number for ssrc, found in camera.uplink.wanted for number in found if ssrc == 100]
    assert seq in asked
    camera.simulcast.layers[0].receive(100, seq, timestamp, 0, payload, 0xFF, camera.now, True)
    assert viewer.packets[-1].sequence_number == hole[1]


def test_sender_reports_are_in_the_clock_that_the_receiver_sees(camera: Camera) -> None:
    viewer = Viewer(camera)
    camera.run(20)
    camera.report()
    first = camera.simulcast.timestamp_for(viewer.subscription, 20.0)
    viewer.choose(2)
    camera.run(3)
    second = camera.simulcast.timestamp_for(viewer.subscription, 20.0)
    assert first is not None
    assert second is not None
    assert abs(second - first) <= 2  # an instant, as one moment was shown in both sizes
    last = camera.layers[2].timestamp - 3000
    camera.simulcast.layers[2].sampled(last, 20.0)
    assert viewer.packets[-1].timestamp == camera.simulcast.timestamp_for(viewer.subscription, 20.0)


def test_the_choices_are_what_is_sent_now_and_the_cheapest_first(camera: Camera) -> None:
    assert camera.simulcast.options() == []
    camera.run(40)
    options = camera.simulcast.options()
    assert [(o.layer, o.temporal) for o in options] == [
        (0, 0), (0, 1), (0, TOP), (1, TOP), (2, TOP),
    ]  # fmt: skip
    assert [o.rate for o in options] == sorted(o.rate for o in options)
    assert options[0].rate < 0.4 * options[2].rate
    camera.alive = {0, 1}
    camera.run(40)
    assert {o.layer for o in camera.simulcast.options()} == {0, 1}


def test_a_rebuilt_publisher_goes_on_without_a_seam(camera: Camera) -> None:
    viewer = Viewer(camera)
    camera.run(20)
    viewer.choose(1)
    camera.run(20)
    camera.uplink = Uplink()
    camera.simulcast.bind(camera.uplink, CODEC)
    camera.layers = three((7, 8, 9))
    camera.ssrcs = (101, 201, 301)
    camera.run(5)
    assert set(viewer.sizes()[21:]) == {1}
    viewer.check_no_seam()


def test_who_comes_a_moment_after_a_key_frame_begins_with_it(camera: Camera) -> None:
    camera.run(8)  # the first frame of each layer is a key frame
    viewer = Viewer(camera)
    camera.simulcast.want_keyframe(camera.now)
    assert viewer.sizes() == [0] * 8
    assert viewer.subscription.splice.settled
    camera.run(8)
    assert not camera.uplink.keyframes
    assert viewer.sizes() == [0] * 16
    viewer.check_no_seam()


def test_an_old_key_frame_is_no_beginning_and_a_new_one_is_asked_for(camera: Camera) -> None:
    camera.run(30)
    viewer = Viewer(camera)
    camera.simulcast.want_keyframe(camera.now)
    assert not viewer.packets
    camera.run(1)  # the first packet that comes tells which size there is
    assert camera.uplink.keyframes
    camera.run(2)
    assert viewer.sizes()
    viewer.check_no_seam()


def test_a_key_frame_for_who_connects_is_asked_for_once_and_of_what_is_sent(camera: Camera) -> None:
    camera.simulcast.prepare(camera.now)
    assert not camera.uplink.keyframes  # nothing has come yet
    camera.run(30)
    camera.alive = {1, 2}
    camera.run(30)
    camera.simulcast.prepare(camera.now)
    camera.simulcast.prepare(camera.now)
    assert camera.uplink.keyframes == [SSRCS[1]]


def test_a_tap_has_the_best_size_as_one_stream(camera: Camera) -> None:
    taken: list[tuple[int, int, int, bytes]] = []

    def tap(seq: int, timestamp: int, marker: int, payload: bytes, at: float) -> None:
        taken.append((seq, timestamp, len(payload), payload))

    camera.alive = {0, 1}
    camera.run(30)
    camera.simulcast.tap(tap)
    camera.simulcast.want_keyframe(camera.now)
    camera.run(30)
    camera.alive = {0, 1, 2}
    camera.run(40)
    assert [size > 400 for _, _, size, _ in taken] == sorted(size > 400 for _, _, size, _ in taken)
    assert taken[0][2] < 400 < taken[-1][2]
    numbers = [seq for seq, *_ in taken]
    assert numbers == [numbers[0] + i & 0xFFFF for i in range(len(numbers))]
    assert camera.simulcast.timestamp_at(1.0) is None
    camera.report()
    assert camera.simulcast.timestamp_at(camera.now) is not None
    camera.simulcast.untap(tap)
    before = len(taken)
    camera.run(3)
    assert len(taken) == before


def test_a_tap_begins_on_a_publisher_who_sends_a_picture_now_and_then(camera: Camera) -> None:
    taken: list[int] = []
    camera.alive = {0}
    camera.run(30)
    camera.simulcast.tap(lambda seq, *_: taken.append(seq))
    for _ in range(6):  # a machine that is too busy: longer apart than a layer may be silent
        camera.now += 0.7
        camera.simulcast.tick(camera.now)
        camera.run(1)
    assert taken


def test_a_closed_publication_forwards_nothing(camera: Camera) -> None:
    viewer = Viewer(camera)
    camera.run(3)
    before = len(viewer.packets)
    camera.simulcast.close()
    camera.run(3)
    assert len(viewer.packets) == before


def test_a_plain_subscription_to_layers_is_a_mistake(camera: Camera) -> None:
    with pytest.raises(TypeError):
        camera.simulcast.subscribe(Subscription(PICTURE, CODEC, CODEC, Viewer(camera)))


class Watched:
    """A viewer with an estimate, an adaptation, and perhaps a screen beside the camera."""

    def __init__(self, camera: Camera, rate: float, *, screen: float = 0.0) -> None:
        self.control = ControlEnd(lambda data: None, lambda ssrc: None, lambda delay, call: None)
        self.estimate = Estimate(camera.now)
        self.control.downlink = self.estimate
        self.camera = camera
        self.viewer = Viewer(camera, self.estimate)
        self.adaptation = Adaptation()
        self.subscriptions: dict[str, tuple[Track, Subscription]] = {
            "1": (camera.simulcast, self.viewer.subscription)
        }
        if screen:
            track = Track(Publication("s", "anna", "screen"), RepairCounts())
            track.rate = screen
            self.subscriptions["2"] = (
                track,
                Subscription(PICTURE, CODEC, CODEC, self.viewer, self.estimate),
            )
        number = self.estimate.number(100, int(camera.now * 262144))
        self.estimate.reported(number, [4000], camera.now)
        self.estimate.rate = rate

    def run(self, frames: int) -> None:
        for _ in range(frames):
            self.camera.run(1)
            self.adaptation.tick(self.subscriptions, self.control, self.camera.now)

    @property
    def layer(self) -> int:
        return self.viewer.subscription.splice.layer


# The layers of `Camera` take 90 packets/s: about 36, 94 and 295 kbit/s.


@pytest.mark.parametrize(("rate", "layer"), [(60e3, 0), (145e3, 1), (300e3, 1), (600e3, 2)])
def test_everybody_has_the_best_that_fits(camera: Camera, rate: float, layer: int) -> None:
    camera.run(40)
    watched = Watched(camera, rate)
    watched.run(30)
    assert watched.layer == layer


def test_a_screen_comes_before_a_camera(camera: Camera) -> None:
    camera.run(40)
    alone, beside = Watched(camera, 450e3), Watched(camera, 450e3, screen=390e3)
    for _ in range(30):
        alone.run(1)
        beside.adaptation.tick(beside.subscriptions, beside.control, camera.now)
    assert alone.layer == 2
    assert beside.layer == 0


def test_a_picture_that_no_longer_fits_is_left_at_once_and_without_any_room_there_is_none(
    camera: Camera,
) -> None:
    camera.run(40)
    watched = Watched(camera, 1e9)
    watched.run(30)
    watched.estimate.rate, watched.estimate.cut_at = 60e3, camera.now
    watched.run(12)
    assert watched.layer == 0
    watched.estimate.rate, watched.estimate.cut_at = 5e3, camera.now
    watched.run(12)
    assert watched.layer == NOTHING
    watched.estimate.rate, watched.estimate.cut_at = 1e9, 0.0
    watched.run(30)
    assert watched.layer == 2
    watched.viewer.check_no_seam()


def test_a_way_that_is_not_known_yet_is_asked_for_more_with_packets_sent_again(
    camera: Camera,
) -> None:
    camera.run(40)
    watched = Watched(camera, 250e3)
    watched.run(30)
    assert watched.layer < 2
    assert watched.viewer.again
    sent = {p.sequence_number: p.payload for p in watched.viewer.packets}
    assert all(sent[p.sequence_number] == p.payload for p in watched.viewer.again)
    assert camera.simulcast.repair.resent == 0  # nobody had asked


def test_pictures_in_one_size_are_limited_from_the_first_cut_on(camera: Camera) -> None:
    watched = Watched(camera, 500e3, screen=300e3)
    shares = watched.adaptation.shares(watched.subscriptions, watched.control, camera.now)
    assert shares == {}
    watched.estimate.cut_at = camera.now
    shares = watched.adaptation.shares(watched.subscriptions, watched.control, camera.now)
    assert shares.keys() == {"s"}
    assert shares["s"] < 500e3
    watched.estimate.rate = 5e6
    assert watched.adaptation.shares(watched.subscriptions, watched.control, camera.now) == {}


def test_a_browser_without_transport_wide_feedback_is_judged_by_its_own_estimate(
    camera: Camera,
) -> None:
    camera.run(40)
    watched = Watched(camera, 1.0)
    section = replace(PICTURE, extensions={})
    plain = LayeredSubscription(section, CODEC, CODEC, watched.viewer, watched.estimate)
    assert plain._estimate is None
    watched.control.downlink = None
    for estimate in (900e3, 60e3):
        watched.control.estimate = estimate
        watched.adaptation.shares(watched.subscriptions, watched.control, camera.now)
        watched.run(12)
    assert watched.layer == 0
