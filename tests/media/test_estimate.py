"""The estimate of a downlink, on simulated links."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field

import pytest

from media.adaptation import FRESH
from media.downlink import SOUND, Wish, choose
from media.estimate import LATEST, REPORTS, START, Estimate
from media.feedback import TICK

VOICE = (0.02, 190)  # seconds between packets, bytes: Opus sent twice over
LADDER = (40e3, 150e3, 450e3, 1500e3)
STEP = 0.005


@dataclass
class Link:
    """A bottleneck with a queue, in front of a receiver who reports every 0.1 s."""

    rate: float = 1e9
    delay: float = 0.02
    jitter: float = 0.0
    loss: float = 0.0
    queue: float = 0.3
    seed: int = 1
    drift: float = 0.0
    """Seconds that the receiver's clock gains per second."""
    late: float = 0.0
    """Seconds that our ticks come late, on the average."""
    probed: bool = True
    """Whether there is something to probe with."""
    now: float = 100.0
    free: float = 0.0
    last: float = 0.0
    dropped: int = 0
    worst: float = 0.0
    """The longest that a packet waited in the queue."""
    coming: list[tuple[float, int]] = field(default_factory=list)
    arrived: dict[int, float] = field(default_factory=dict)
    reports: list[tuple[float, int, list[int]]] = field(default_factory=list)
    told: int = 0
    highest: int = -1

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.estimate = Estimate(self.now)
        self.sent = 0
        self.next_report = self.now + 0.1
        self.next_sound = self.now
        self.next_picture = self.now
        self.next_tick = self.now
        self.layer = 0.0
        self.wanted = 0.0
        self.padding = 0
        self.changes: list[tuple[float, float]] = []

    def send(self, size: int) -> None:
        number = self.estimate.number(size, int(self.now * 262144))
        assert number == self.sent & 0xFFFF
        self.sent += 1
        start = max(self.now, self.free)
        if start - self.now > self.queue or self.chance.random() < self.loss:
            self.dropped += 1
            return
        self.worst = max(self.worst, start - self.now)
        self.free = start + 8 * size / self.rate
        # Jitter holds packets back, but keeps their order.
        self.last = max(self.last, self.free + self.delay + self.chance.random() * self.jitter)
        heapq.heappush(self.coming, (self.last, self.sent - 1))

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += STEP
            while self.coming and self.coming[0][0] <= self.now:
                at, number = heapq.heappop(self.coming)
                self.arrived[number] = at + self.drift * at
                self.highest = max(self.highest, number)
            self._report()
            self._send()

    def _report(self) -> None:
        if self.now >= self.next_report and self.highest >= self.told:
            self.next_report = self.now + 0.1
            numbers = range(self.told, self.highest + 1)
            ticks = [int(self.arrived.get(n, -TICK) / TICK) for n in numbers]
            self.reports.append((self.now + self.delay, self.told & 0xFFFF, ticks))
            self.told = self.highest + 1
        while self.reports and self.reports[0][0] <= self.now:
            _, base, ticks = self.reports.pop(0)
            self.estimate.reported(base, ticks, self.now)

    def _send(self) -> None:
        if self.now >= self.next_sound:
            self.next_sound += VOICE[0]
            self.send(VOICE[1])
        if self.now >= self.next_picture:
            self.next_picture += 1 / 30
            left = int(self.layer / 8 / 30)
            while left > 0:
                self.send(min(left, 1100) + 40)
                left -= 1100
        if self.now >= self.next_tick:
            self.next_tick += 0.05
            if self.late:
                self.next_tick += 2 * self.late * self.chance.random()
            self._choose()
            self.estimate.hoped = 0.0 if self.probed else self.wanted
            padding = self.estimate.padding(self.wanted if self.probed else 0.0, self.now)
            self.padding += padding
            while padding > 0:
                self.send(min(padding, 1100))
                padding -= 1100

    def _choose(self) -> None:
        """Take the best picture that fits, as `media.adaptation` does."""
        wish = Wish(LADDER, LADDER.index(self.layer) if self.layer else -1)
        full = self.now - self.estimate.cut_at < FRESH
        choice = choose(self.estimate.rate - SOUND, [wish], full=full)
        self.wanted = choice.wanted + SOUND
        layer = LADDER[choice.given[0]] if choice.given[0] >= 0 else 0.0
        if layer != self.layer:
            self.layer = layer
            self.changes.append((self.now, layer))


def test_a_free_link_has_the_best_picture_within_two_seconds() -> None:
    link = Link(rate=20e6)
    assert link.estimate.rate == START
    link.run(2)
    assert link.layer == LADDER[-1]
    assert link.estimate.rate > 1.5e6
    link.run(20)
    assert link.dropped == 0
    assert [layer for _, layer in link.changes] == [LADDER[2], LADDER[3]]


@pytest.mark.parametrize("late", [0.01, 0.02, 0.04])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_busy_server_whose_ticks_come_late_finds_as_much(late: float, seed: int) -> None:
    link = Link(rate=20e6, late=late, seed=seed)
    link.run(3)
    assert link.layer == LADDER[-1]
    link.rate = 500e3
    link.run(15)
    assert link.layer <= LADDER[1]
    link.rate = 20e6
    link.run(8)
    assert link.layer == LADDER[-1]


def test_a_way_that_cannot_be_probed_is_tried_little_by_little() -> None:
    link = Link(rate=20e6, probed=False)
    link.run(12)
    assert link.layer == LADDER[-1]
    link.rate = 300e3
    link.run(30)
    settled = len(link.changes)
    link.run(60)
    assert len(link.changes) - settled <= 12
    assert link.layer > 0
    link.rate = 20e6
    link.run(30)
    assert link.layer == LADDER[-1]
    assert link.padding == 0


def test_nothing_is_padded_while_nothing_more_is_wanted() -> None:
    link = Link(rate=20e6)
    link.run(3)
    before = link.padding
    link.run(20)
    assert link.padding == before


@pytest.mark.parametrize("jitter", [0.0, 0.02])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_bottleneck_is_found_in_a_second_and_its_queue_emptied(jitter: float, seed: int) -> None:
    link = Link(rate=20e6, jitter=jitter, seed=seed)
    link.run(5)
    link.rate = 500e3
    link.run(1.2)
    assert link.layer <= LADDER[1]
    link.run(1.5)
    lost, link.worst = link.dropped, 0.0
    link.run(30)
    assert link.dropped == lost  # sound is whole from then on
    assert link.worst < 0.2
    assert 250e3 < link.estimate.rate < 700e3
    assert link.layer >= LADDER[1]


@pytest.mark.parametrize("jitter", [0.0, 0.02])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_best_picture_is_back_within_eight_seconds_of_the_limits_end(
    jitter: float, seed: int
) -> None:
    link = Link(rate=20e6, jitter=jitter, seed=seed)
    link.run(5)
    link.rate = 500e3
    link.run(15 + seed)
    link.rate = 20e6
    link.run(8)
    assert link.layer == LADDER[-1]


@pytest.mark.parametrize("rate", [300e3, 500e3, 700e3, 1000e3, 1600e3])
def test_a_steady_link_has_a_steady_picture(rate: float) -> None:
    link = Link(rate=rate, jitter=0.02)
    link.run(10)
    settled = len(link.changes)
    link.run(60)
    assert len(link.changes) - settled <= 8  # a change and back, four times a minute at most
    assert link.layer > 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_five_per_cent_loss_is_no_bottleneck(seed: int) -> None:
    link = Link(rate=20e6, delay=0.05, loss=0.05, jitter=0.01, seed=seed)
    link.run(6)
    assert link.layer == LADDER[-1]
    link.run(30)
    assert link.layer == LADDER[-1]


def test_a_way_that_carries_sound_only_has_no_picture_and_whole_sound() -> None:
    link = Link(rate=20e6)
    link.run(5)
    link.rate = 85e3  # the voice takes 76
    link.run(20)
    dropped = link.dropped
    link.run(20)
    assert link.dropped - dropped <= 3
    assert link.estimate.rate < 150e3


def test_a_link_that_drops_instead_of_queueing_is_found_as_well() -> None:
    link = Link(rate=20e6, queue=0.01)
    link.run(5)
    link.rate = 500e3
    link.run(10)
    assert link.layer == LADDER[1]
    before, sent = link.dropped, link.sent
    link.run(20)
    assert (link.dropped - before) / (link.sent - sent) < 0.05


@pytest.mark.parametrize("drift", [-0.0002, 0.0002])
def test_a_clock_that_drifts_is_no_queue(drift: float) -> None:
    link = Link(rate=20e6, drift=drift)
    link.run(60)
    assert link.layer == LADDER[-1]
    assert len(link.changes) == 2


def test_a_longer_path_is_forgiven_after_a_while() -> None:
    link = Link(rate=20e6)
    link.run(5)
    link.delay = 0.15  # a relay on the way, now
    link.run(20)
    assert link.layer == LADDER[-1]


def test_probes_become_rarer_while_they_fail() -> None:
    link = Link(rate=500e3, jitter=0.01)
    link.run(20)
    before = link.padding
    link.run(40)
    per_second = 8 * (link.padding - before) / 40
    assert 0 < per_second < 0.1 * link.rate
    assert LATEST >= 2


def test_feedback_of_unknown_packets_is_nothing() -> None:
    estimate = Estimate(0.0)
    estimate.reported(500, [1, 2, 3, -1], 1.0)
    assert not estimate.heard
    assert estimate.rate == START
    number = estimate.number(100, 262144)
    estimate.reported(number, [4000], 1.1)
    estimate.reported(number, [9000], 1.2)  # told twice
    assert estimate.heard
    assert estimate.rate == START


@pytest.mark.parametrize("step", [0, -1])
def test_a_receiver_whose_clock_does_not_go_on_costs_no_more_with_time(step: int) -> None:
    estimate = Estimate(0.0)
    for count in range(3000):
        number = estimate.number(1100, int(count / 300 * 262144))
        estimate.reported(number, [9000 + step * count], count / 300)
    assert len(estimate._reports) <= REPORTS
