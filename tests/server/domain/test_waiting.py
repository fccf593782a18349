"""The expected wait is honest: simulated queues are told what one knows, and see what comes."""

from __future__ import annotations

import heapq
import math
import random
import statistics
from collections import deque
from dataclasses import dataclass, field

import pytest

from server.domain.waiting import estimate

MEAN = 240.0  # seconds that a conversation holds a slot
HOURS = 8


@dataclass
class Outcomes:
    """What was said, and what came: (low, high, wait) in seconds."""

    said: list[tuple[int, int, float]] = field(default_factory=list)

    def share(self, side: int) -> float:
        """Return the share that came earlier than said (-1), within (0), or later (1)."""
        sides = [(wait > high) - (wait < low) for low, high, wait in self.said]
        return sides.count(side) / len(sides)

    def ratio(self) -> float:
        return statistics.median(high / max(low, 1) for low, high, _ in self.said)


@dataclass
class Day:
    """A queue of one department from its opening on: arrivals by Poisson, first come first."""

    seed: int
    agents: int
    capacity: int
    loads: tuple[float, ...]  # for equal parts of the day
    spread: float  # coefficient of variation of the lognormal handle times

    def run(self) -> Outcomes:
        chance = random.Random(self.seed)
        slots = self.agents * self.capacity
        sigma = math.sqrt(math.log(1 + self.spread**2))
        busy: list[tuple[float, float]] = []  # when a slot is free again, how long it was held
        queue: deque[int] = deque()
        asked: dict[int, list[tuple[float, tuple[int, int]]]] = {}
        left: deque[int] = deque(maxlen=30)
        held: deque[float] = deque(maxlen=50)
        outcomes = Outcomes()

        def begin(now: float) -> None:
            handle = chance.lognormvariate(math.log(MEAN) - sigma**2 / 2, sigma)
            heapq.heappush(busy, (now + handle, handle))

        def ask(visitor: int, place: int, now: float) -> None:
            said = estimate(place, list(left), list(held), slots, round(now * 1000))
            if said is not None:
                asked[visitor].append((now, said))

        for visitor, arrival in enumerate([*self._arrivals(chance, slots), math.inf]):
            while busy and busy[0][0] <= arrival:
                now, handle = heapq.heappop(busy)
                held.append(handle)
                if not queue:
                    continue
                first = queue.popleft()
                for at, (low, high) in asked.pop(first):
                    outcomes.said.append((low, high, now - at))
                left.append(round(now * 1000))
                begin(now)
                half = len(queue) // 2
                if queue and len(asked[queue[half]]) == 1:  # who has come some way asks again
                    ask(queue[half], half + 1, now)
            if arrival == math.inf:
                break
            if len(busy) < slots:
                begin(arrival)
                continue
            queue.append(visitor)
            asked[visitor] = []
            ask(visitor, len(queue), arrival)
        return outcomes

    def _arrivals(self, chance: random.Random, slots: int) -> list[float]:
        found: list[float] = []
        length = HOURS * 3600 / len(self.loads)
        for part, load in enumerate(self.loads):
            now = part * length
            while (now := now + chance.expovariate(load * slots / MEAN)) < (part + 1) * length:
                found.append(now)
        return found


@pytest.mark.parametrize(
    ("loads", "ratio"),
    # At place 1 the wait is all but exponential: no honest range is narrow, when few wait.
    [((0.7,), 20), ((0.9,), 6), ((1.0,), 5), ((1.3,), 4), ((0.4, 1.6, 0.6), 4)],
    ids=["quiet", "busy", "full", "overrun", "rush"],
)
@pytest.mark.parametrize(
    ("agents", "capacity", "spread"),
    [(1, 1, 0.8), (3, 2, 0.8), (4, 3, 1.2)],
    ids=["one", "some", "uneven"],
)
def test_the_range_holds_what_comes(
    loads: tuple[float, ...], ratio: float, agents: int, capacity: int, spread: float
) -> None:
    together = Outcomes()
    for seed in range(8):
        together.said += Day(seed, agents, capacity, loads, spread).run().said
    assert len(together.said) > 200
    assert together.share(0) >= 0.7
    assert together.share(-1) <= 0.2, "it says too much: people leave who need not"
    assert together.share(1) <= 0.2, "it says too little: people feel cheated"
    assert together.ratio() <= ratio


def test_nobody_says_what_is_not_known() -> None:
    assert estimate(1, [], [], 3, 0) is None
    assert estimate(1, [], [200.0], 0, 0) is None
    assert estimate(0, [], [200.0], 3, 0) is None


def test_departures_alone_are_something_to_go_by() -> None:
    assert estimate(1, [0, 60_000, 120_000], [], 1, 180_000) is not None


def test_who_is_further_back_waits_longer() -> None:
    ranges = [estimate(place, [], [240.0] * 20, 4, 0) for place in (1, 2, 5, 20)]
    found = [said for said in ranges if said is not None]
    assert len(found) == 4
    assert found == sorted(found)
    assert [high for _, high in found] == sorted(high for _, high in found)


def test_a_rush_that_goes_slowly_makes_the_range_later() -> None:
    handled = [240.0] * 20
    now = 3_600_000
    slow = [now - 180_000 * step for step in range(5)]
    usual, later = estimate(4, [], handled, 4, now), estimate(4, slow, handled, 4, now)
    assert usual is not None
    assert later is not None
    assert later[0] > usual[0]
    assert later[1] > usual[1]


def test_an_earlier_rush_and_what_is_not_yet_tell_nothing() -> None:
    handled, now = [240.0] * 20, 9_000_000
    plain = estimate(4, [], handled, 4, now)
    assert plain == estimate(4, [0, 60_000, 120_000], handled, 4, now)
    assert plain == estimate(4, [now + 1], handled, 4, now)


def test_more_is_known_with_more_seen() -> None:
    few, many = estimate(10, [], [300.0], 4, 0), estimate(10, [], [300.0] * 40, 4, 0)
    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]
