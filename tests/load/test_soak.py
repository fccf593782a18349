"""What the soak makes of its samples: what is flat, what grew, and that noise is neither."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.load.soak.verdict import MEBIBYTE, Sample, Tolerance, judge, trend

REST = {"files": 40.0, "tasks": 20.0}


def run(memory: Callable[[float], float], count: int = 180, **others: float) -> list[Sample]:
    """Return half an hour of samples, ten seconds apart."""
    figures = {"files": 50.0, "tasks": 45.0, **others}
    return [Sample(10.0 * i, {"memory": memory(10.0 * i), **figures}) for i in range(count)]


def test_what_stays_is_flat() -> None:
    assert judge(run(lambda _: 150.0 * MEBIBYTE), REST, REST) == []


def test_a_steady_leak_is_told_with_its_slope() -> None:
    samples = run(lambda at: (150 + at / 60) * MEBIBYTE)  # one MiB a minute
    [grown] = judge(samples, REST, REST)
    assert grown.startswith("memory grew from")
    assert trend(samples, "memory").slope == pytest.approx(60 * MEBIBYTE)


def test_what_fills_once_in_the_first_minutes_is_no_leak() -> None:
    assert judge(run(lambda at: (150 + min(30, at / 4)) * MEBIBYTE), REST, REST) == []


def test_a_crowd_that_comes_and_goes_is_no_growth() -> None:
    chance = random.Random(7)
    samples = run(lambda _: (150 + chance.uniform(0, 20)) * MEBIBYTE)
    assert judge(samples, REST, REST) == []


def test_a_single_peak_moves_nothing() -> None:
    samples = run(lambda at: (900 if at == 1700 else 150) * MEBIBYTE)
    assert judge(samples, REST, REST) == []
    assert trend(samples, "memory").slope == 0


def test_a_few_files_that_are_left_when_all_are_gone_are_told() -> None:
    samples = run(lambda _: 150.0 * MEBIBYTE)
    assert judge(samples, REST, {**REST, "files": 45.0}) == ["files at rest grew from 40 to 45"]
    assert judge(samples, REST, {**REST, "files": 44.0}) == []


def test_less_is_always_allowed() -> None:
    assert Tolerance(0.0, 0.0).allows(2.0, 1.0)
    assert not Tolerance(0.0, 0.0).allows(1.0, 2.0)


def test_too_few_samples_are_no_verdict() -> None:
    with pytest.raises(ValueError, match="three samples"):
        judge(run(lambda _: 1.0, count=2), REST, REST)
