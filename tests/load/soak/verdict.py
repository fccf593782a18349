"""Whether what a server holds grows while calls come and go. Pure.

A figure is flat when its median over the last third of the samples is not above that of the first
third by more than a tolerance: medians, as how many talk at a sample is chance. What is held when
nobody is left must be what was held before anybody came, within another tolerance: that shows a
leak of few things which the noise of the crowd would hide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Final

__all__ = ["TOLERANCES", "Sample", "Tolerance", "Trend", "judge", "trend"]

MEBIBYTE: Final = 1 << 20
WARM: Final = 0.1  # of the samples: caches fill, code is loaded


@dataclass(frozen=True, slots=True)
class Sample:
    """What the server held at `at` (seconds)."""

    at: float
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much more still counts as flat: a share of what was there, and so much in any case."""

    share: float
    much: float

    def allows(self, before: float, after: float) -> bool:
        """Tell whether `after` is no growth."""
        return after <= before * (1 + self.share) + self.much


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure over the run."""

    first: float
    """Median of the first third."""
    last: float
    """Median of the last third."""
    slope: float
    """Growth per hour: the median of the slopes between any two samples (Theil and Sen)."""


#: During the run. The allocator keeps pages of a busy minute; a crowd is never twice the same.
TOLERANCES: Final[Mapping[str, Tolerance]] = {
    "memory": Tolerance(0.05, 4 * MEBIBYTE),
    "files": Tolerance(0.10, 8),
    "tasks": Tolerance(0.10, 8),
}
#: When nobody is left. Memory has no such bound: a process gives little of it back.
AT_REST: Final[Mapping[str, Tolerance]] = {
    "files": Tolerance(0.0, 4),
    "tasks": Tolerance(0.0, 4),
}


def trend(samples: Sequence[Sample], name: str) -> Trend:
    """Return how a figure went.

    Raises:
        ValueError: there are fewer than three samples after those that warm up.
    """
    kept = samples[round(len(samples) * WARM) :]
    if len(kept) < 3:
        raise ValueError("three samples are the least to judge")
    third = len(kept) // 3
    values = [sample.figures[name] for sample in kept]
    slopes = [
        (after.figures[name] - before.figures[name]) / (after.at - before.at) * 3600
        for before, after in combinations(kept, 2)
        if after.at > before.at
    ]
    return Trend(median(values[:third]), median(values[-third:]), median(slopes))


def judge(
    samples: Sequence[Sample], before: Mapping[str, float], after: Mapping[str, float]
) -> list[str]:
    """Return what grew, in words; nothing when all is flat.

    `before` and `after` are what was held when nobody was there.
    """
    grown = []
    for name, tolerance in TOLERANCES.items():
        went = trend(samples, name)
        if not tolerance.allows(went.first, went.last):
            grown.append(f"{name} grew from {went.first:.0f} to {went.last:.0f}")
    for name, tolerance in AT_REST.items():
        if not tolerance.allows(before[name], after[name]):
            grown.append(f"{name} at rest grew from {before[name]:.0f} to {after[name]:.0f}")
    return grown
