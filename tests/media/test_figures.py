"""Speakers, quality and downlink limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.downlink import (
    CALM,
    ENOUGH,
    KEEP,
    LEAST,
    PROBE,
    RAISE,
    SOUND,
    Choice,
    Downlink,
    Wish,
    choose,
    share,
)
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


RATES = st.lists(st.floats(1e3, 3e6), max_size=6).map(sorted)


@given(st.floats(0, 5e6), st.lists(st.tuples(RATES, st.integers(-1, 5)), max_size=4), st.booleans())
def test_what_is_given_fits_and_nobody_gets_more_while_another_could_have_a_picture(
    budget: float, wanted: list[tuple[list[float], int]], full: bool
) -> None:
    wishes = [Wish(rates, min(present, len(rates) - 1)) for rates, present in wanted]
    choice = choose(budget, wishes, full=full)
    spent = sum(w.rates[g] for w, g in zip(wishes, choice.given, strict=True) if g >= 0)
    assert spent <= budget * (1 if full else KEEP)
    for wish, given_ in zip(wishes, choice.given, strict=True):
        assert given_ < len(wish.rates)
        if given_ < 0 and wish.rates and all(other.present < 0 for other in wishes):
            # Nobody has a second step while there was room for somebody's first.
            assert all(
                g <= 0 or sum(w.rates[0] for w in wishes if w.rates) * RAISE > budget
                for w, g in zip(wishes, choice.given, strict=True)
            )
    if any(g < len(w.rates) - 1 for w, g in zip(wishes, choice.given, strict=True)):
        assert choice.wanted > 0


def test_a_layer_is_taken_with_room_to_spare_and_kept_without() -> None:
    rates = [100e3, 400e3]
    assert choose(420e3, [Wish(rates, 0)], full=False).given == (0,)
    assert choose(420e3, [Wish(rates, 1)], full=False).given == (1,)
    assert choose(380e3, [Wish(rates, 1)], full=False).given == (1,)
    assert choose(380e3, [Wish(rates, 1)], full=True).given == (0,)
    assert choose(445e3, [Wish(rates, 0)], full=False).given == (1,)
    assert choose(50e3, [Wish(rates, 1)], full=False) == Choice((-1,), PROBE * 100e3)
    assert choose(9e6, [Wish(rates, 0)], full=False).wanted == PROBE * 400e3


def test_the_first_wish_gets_its_next_step_first() -> None:
    wishes = [Wish([100e3, 300e3], -1), Wish([100e3, 300e3], -1)]
    assert choose(460e3, wishes, full=False).given == (1, 0)
