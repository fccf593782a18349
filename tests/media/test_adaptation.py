"""What one participant is given when their way narrows and widens: a camera and voices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media.adaptation import Adaptation
from media.control import ControlEnd
from media.estimate import Estimate
from media.feedback import TICK
from media.interface import Publication
from media.layers import NOTHING
from media.subscription import LayeredSubscription, Subscription
from media.track import RepairCounts, Track
from tests.media.test_simulcast import CODEC, PICTURE, Camera, Viewer
from tests.media.test_track import Collector

VOICE = 160  # bytes of a packet, 50 of them a second
DELAY = 0.02  # seconds
QUEUE = 0.3


class Way(Estimate):
    """A bottleneck with a queue, and the estimate that whoever receives behind it reports to."""

    def __init__(self, camera: Camera) -> None:
        super().__init__(camera.now)
        self.capacity = 20e6
        self._camera = camera
        self._free = 0.0
        self._sent: list[int] = []
        self._arrivals: list[float | None] = []

    def number(self, size: int, send_time: int) -> int:
        number = super().number(size, send_time)
        start = max(self._camera.now, self._free)
        lost = start - self._camera.now > QUEUE
        if not lost:
            self._free = start + 8 * size / self.capacity
        self._sent.append(number)
        self._arrivals.append(None if lost else self._free + DELAY)
        return number

    def report(self) -> None:
        now, count = self._camera.now, 0
        for at in self._arrivals:
            if at is not None and at > now:
                break
            count += 1
        if count:
            ticks = [-1 if at is None else int(at / TICK) for at in self._arrivals[:count]]
            self.reported(self._sent[0], ticks, now)
            del self._sent[:count], self._arrivals[:count]


class Watching:
    """A participant behind a `Way`, with a camera and voices, ticked as a seat does."""

    def __init__(self, camera: Camera, voices: int) -> None:
        self.camera = camera
        self.way = Way(camera)
        self.viewer = Viewer(camera, self.way)
        self.control = ControlEnd(lambda data: None, lambda ssrc: None, lambda delay, call: None)
        self.control.downlink = self.way
        self.adaptation = Adaptation()
        self.subscriptions: dict[str, tuple[Track, Subscription]] = {
            "camera": (camera.simulcast, self.viewer.subscription)
        }
        for name in range(voices):
            track = Track(Publication(f"v{name}", "berta", "audio"), RepairCounts())
            sound = Subscription(PICTURE, CODEC, CODEC, self.viewer, self.way)
            self.subscriptions[track.info.id] = (track, sound)
        self.voices = voices

    def run(self, seconds: float) -> None:
        for turn in range(int(seconds * 30)):
            self.camera.run(1)
            for _ in range(self.voices * (2 if turn % 3 else 1)):
                self.way.number(VOICE, int(self.camera.now * 262144))
            if turn % 3:
                self.adaptation.tick(self.subscriptions, self.control, self.camera.now)
            else:
                self.way.report()

    @property
    def layer(self) -> int:
        return self.viewer.subscription.splice.layer


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Camera:
    """Return a camera whose layers take about 150, 430 and 830 kbit/s."""
    monkeypatch.setattr("tests.media.test_simulcast.SIZES", (200, 600, 1150))
    return Camera()


@pytest.mark.parametrize(("voices", "narrow"), [(1, 70e3), (3, 200e3)])
def test_the_picture_comes_back_after_a_way_that_carried_none(
    camera: Camera, voices: int, narrow: float
) -> None:
    watching = Watching(camera, voices)
    watching.run(10)
    assert watching.layer == 2
    watching.way.capacity = narrow
    watching.run(40)
    assert watching.layer == NOTHING
    watching.way.capacity = 20e6
    watching.run(10)
    assert watching.layer == 2
    watching.viewer.check_no_seam()


def test_whoever_takes_no_repairs_is_sent_nothing_twice_and_gets_the_best_picture_still(
    camera: Camera,
) -> None:
    watching = Watching(camera, 1)
    plain = replace(CODEC, rtx_payload_type=None)
    camera.simulcast.unsubscribe(watching.viewer.subscription)
    viewer = watching.viewer
    viewer.subscription = LayeredSubscription(PICTURE, plain, CODEC, viewer, watching.way)
    camera.simulcast.subscribe(viewer.subscription)
    viewer.subscription.go()
    watching.subscriptions["camera"] = (camera.simulcast, viewer.subscription)
    watching.run(15)
    assert watching.layer == 2
    watching.way.capacity = 200e3
    watching.run(10)
    assert watching.layer < 2
    watching.way.capacity = 20e6
    watching.run(40)
    assert watching.layer == 2
    viewer.check_no_seam()


def test_a_picture_that_has_not_come_yet_is_padded_for_on_the_stream_of_repairs() -> None:
    out = Collector()
    subscription = Subscription(PICTURE, CODEC, CODEC, out)
    subscription.go()
    Track(Publication("s", "anna", "screen"), RepairCounts()).pad(subscription, 1000, 1.0)
    assert {p.ssrc for p in out.packets} == {subscription.rtx_ssrc}
    assert not any(p.payload for p in out.packets)
    assert 1000 <= sum(p.padding_size for p in out.packets) < 1300
    assert subscription.packets == 0
