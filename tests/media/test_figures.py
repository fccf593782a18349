"""Speakers, quality and downlink limits."""

from __future__ import annotations

import pytest

from media.downlink import CALM, ENOUGH, LEAST, SOUND, Downlink, share
from media.quality import QualityMeter, score
from media.speaking import HANGOVER, SILENCE, VoiceMeter


def test_voice_is_heard_and_ends_after_the_hangover() -> None:
    meter = VoiceMeter()
    for level in (30, 25, 40):
        meter.heard(level)
    assert meter.speaks()
    assert meter.level == 25
    assert [meter.speaks() for _ in range(HANGOVER)] == [True] * (HANGOVER - 1) + [False]
    assert meter.level == SILENCE


def test_a_click_or_a_noisy_room_is_not_voice() -> None:
    meter = VoiceMeter()
    meter.heard(10)
    assert not meter.speaks()
    for _ in range(12):
        meter.heard(60)
    assert not meter.speaks()


@pytest.mark.parametrize(
    ("loss", "jitter", "rtt", "stars"),
    [(0, 2, 20, 5), (2, 10, 60, 4), (6, 20, 100, 3), (11, 30, 200, 2), (30, 100, 800, 1)],
)
def test_the_score_falls_with_loss_and_delay(
    loss: float, jitter: float, rtt: float, stars: int
) -> None:
    assert score(loss, jitter, rtt) == stars


def test_rates_are_of_the_time_between_looks() -> None:
    meter = QualityMeter()
    meter.measure(10.0, 1000, 500, [], [])
    quality = meter.measure(12.0, 1000 + 250_000, 500 + 125_000, [], [])
    assert quality.up_kbps == 1000
    assert quality.down_kbps == 500
    assert quality.rtt_ms is None
    again = meter.measure(14.0, 250, 250, [], [])  # another connection counts from zero
    assert again.up_kbps == 1


def test_an_estimate_that_only_trails_limits_nobody() -> None:
    downlink = Downlink()
    for index, estimate in enumerate([None, 200e3, 210e3, 208e3, 230e3]):
        downlink.update(estimate, 0.0, index * 0.5)
        assert downlink.limit is None


def test_a_falling_estimate_limits_and_calm_lets_it_grow_until_free() -> None:
    downlink = Downlink()
    downlink.update(1e6, 0.0, 0.0)
    downlink.update(0.85e6, 0.0, 0.5)
    assert downlink.limit == 0.85e6
    downlink.update(0.85e6, 0.0, 1.0)
    assert downlink.limit == 0.85e6
    now, estimate = 1.0, 0.85e6
    while downlink.limit is not None and now < 60:
        now += 0.5
        estimate *= 1.04
        downlink.update(estimate, 0.0, now)
        assert downlink.limit is None or downlink.limit <= ENOUGH
    assert downlink.limit is None
    assert now > CALM


def test_loss_limits_and_light_loss_holds() -> None:
    downlink = Downlink()
    downlink.update(500e3, 0.0, 0.0)
    downlink.update(500e3, 0.3, 0.5)
    assert downlink.limit == 500e3
    for index in range(20):
        downlink.update(500e3, 0.05, 1.0 + index)
    assert downlink.limit == 500e3


def test_sound_comes_first_and_a_screen_gets_twice_a_camera() -> None:
    shares = share(
        SOUND * 2 + 300e3, {"a": "audio", "b": "screen-audio", "c": "camera", "s": "screen"}
    )
    assert shares == {"c": 100e3, "s": 200e3}
    assert share(10e3, {"a": "audio", "c": "camera"}) == {"c": LEAST}
    assert share(1e6, {"a": "audio"}) == {}
