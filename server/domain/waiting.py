"""How long somebody in the queue will probably wait: a range, as honest as what is known. Pure.

The one at `place` is served when so many have left the queue. Slots that are all taken free up at
the rate slots / handle time; how sure we are of that rate depends on how many handle times we
have seen. So the rate has a gamma distribution, which the departures of the present rush sharpen,
and the time of `place` departures at such a rate is distributed as a multiple of Fisher's F. Its
quantiles come from the cube roots of Wilson and Hilferty (1931), for a ratio by Paulson (1942).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

__all__ = ["estimate"]

Z: Final = 1.2  # standard deviations: the range is meant to hold 77 of 100 waits
PRIOR_SECONDS: Final = 300.0  # a handle time, when hardly any was seen
PRIOR_WEIGHT: Final = 2.0  # as if so many such had been seen
MOST: Final = 40.0  # what was seen before counts as no more observations: days differ
RUSH_SECONDS: Final = 900.0  # departures before this long a while ago tell of another rush
LULL: Final = 6.0  # a gap of so many usual ones: the queue was empty, and it tells nothing


def estimate(
    place: int,
    departures: Sequence[int],
    handle_times: Sequence[float],
    slots: int,
    now: int,
) -> tuple[int, int] | None:
    """Return the least and the most seconds that whoever is at `place` will probably wait.

    Args:
        place: 1 is next.
        departures: when others who had to wait left this queue lately, to an agent or for good;
            UTC ms, in any order.
        handle_times: for how many seconds a slot was held by each of the tasks finished last.
        slots: how many such tasks those who are there now can hold at once, free or not.
        now: UTC ms.

    Returns:
        None when nobody can say: nobody is there, or nothing was ever finished or left.
    """
    if place < 1 or slots < 1 or not (handle_times or departures):
        return None
    seen = PRIOR_WEIGHT + len(handle_times)
    mean = (PRIOR_WEIGHT * PRIOR_SECONDS + sum(handle_times)) / seen
    shape = min(seen, MOST)
    exposure = shape * mean / slots  # seconds in which so many would have left
    left, seconds = _rush(departures, now, LULL * mean / slots)
    return _range(place, shape + left, exposure + seconds)


def _rush(departures: Sequence[int], now: int, lull: float) -> tuple[int, float]:
    """Return how many left since the queue was last empty or slow to say, and in what time."""
    before = now
    left = 0
    for at in sorted(departures, reverse=True):
        if at > now:
            continue
        if (before - at) / 1000 > lull or (now - at) / 1000 > RUSH_SECONDS:
            break
        before = at
        left += 1
    # The first of them began the time; it did not happen in it.
    return max(0, left - 1), (now - before) / 1000


def _range(place: int, shape: float, exposure: float) -> tuple[int, int]:
    a, b = 1 / (9 * place), 1 / (9 * shape)
    middle = (1 - a) * (1 - b)
    under = (1 - b) ** 2 - Z**2 * b
    spread = Z * math.sqrt(a * (1 - b) ** 2 + b * (1 - a) ** 2 - Z**2 * a * b)
    scale = place * exposure / shape
    low, high = (scale * ((middle + side) / under) ** 3 for side in (-spread, spread))
    return math.floor(low), math.ceil(high)
