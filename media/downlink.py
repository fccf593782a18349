"""What each participant can receive, and so which layers they get and what publishers should send.

Pure; `media.adaptation` asks. A participant whose browser tells when each packet came has an
`Estimate` (`media.estimate`). One whose browser does not measures by itself and reports (REMB,
draft-alvestrand-rmcat-remb-03): while all is well that figure only trails what we send, and says
nothing; it falls when the browser sees its queue grow. From the first fall on it is the limit,
which then grows slowly until the next fall. `choose` gives out what there is: sound first, then
screens, then cameras, each a little before any gets more. The publisher of a picture in one size
is told the least of its subscribers' shares.

    free ──the estimate falls, or heavy loss──► limited ──grown above ENOUGH──► free
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["ENOUGH", "SOUND", "Choice", "Downlink", "Wish", "choose", "share"]

SOUND: Final = 90_000.0  # bit/s kept for each sound track before any picture: Opus twice, headers
LEAST: Final = 60_000.0  # bit/s; below it a picture is not worth its packets
ENOUGH: Final = 3_000_000.0  # bit/s; no picture of ours needs more
FALL: Final = 0.92  # of the estimate before; browsers cut by 0.85 when they see congestion
HEAVY_LOSS: Final = 0.1
LIGHT_LOSS: Final = 0.03  # what radio links lose by themselves
AHEAD: Final = 1.25  # of the estimate: what we send must lead it for it to grow
CALM: Final = 2.0  # seconds without a fall before the limit grows
GROWTH: Final = 0.1  # of the limit per second; browsers' own estimates grow by 0.08
RAISE: Final = 1.1  # times its rate must fit before a layer is taken
KEEP: Final = 1.15  # times what fits may be exceeded by what is taken already: rates vary
PROBE: Final = 1.25  # times the rate wanted is asked for, so that what is found lasts
SCREEN_SHARE: Final = 2.0  # a screen's part beside a camera's 1: text must stay readable


class Downlink:
    """The limit of one participant's downlink."""

    __slots__ = ("_at", "_calm_since", "_estimate", "limit")

    def __init__(self) -> None:
        self.limit: float | None = None
        """What the participant can take, in bit/s; None while nothing limits."""
        self._estimate: float | None = None
        self._at = 0.0
        self._calm_since = 0.0

    def update(self, estimate: float | None, loss: float, now: float) -> None:
        """Take the last estimate (bit/s) and the loss (0..1) at `now` (seconds)."""
        before, elapsed = self._estimate, now - self._at
        self._estimate, self._at = estimate, now
        if estimate is None:
            return
        fell = before is not None and estimate < FALL * before
        if fell or loss > HEAVY_LOSS:
            self.limit = estimate
            self._calm_since = now
        elif self.limit is not None:
            if loss > LIGHT_LOSS:
                self._calm_since = now
            elif now - self._calm_since > CALM:
                self.limit = min(self.limit * (1 + GROWTH * elapsed), AHEAD * estimate)
            self.limit = max(self.limit, estimate)
            if self.limit > ENOUGH:
                self.limit = None


def share(limit: float, sources: Mapping[str, str]) -> dict[str, float]:
    """Divide a limit among the tracks that a participant takes: id -> source in, bit/s out.

    Sound comes first, then screens, then cameras.
    """
    left = max(0.0, limit - SOUND * sum(s in ("audio", "screen-audio") for s in sources.values()))
    weights = {
        name: SCREEN_SHARE if source == "screen" else 1.0
        for name, source in sources.items()
        if source in ("camera", "screen")
    }
    whole = sum(weights.values())
    return {name: max(LEAST, left * weight / whole) for name, weight in weights.items()}


@dataclass(frozen=True, slots=True)
class Wish:
    """What one subscription could be given."""

    rates: Sequence[float]
    """Bit/s of each possibility, the cheapest first."""
    present: int
    """The index of what it is given now; -1 for nothing."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is given: an index per wish, -1 for nothing."""

    given: tuple[int, ...]
    wanted: float
    """Bit/s at which the next step up would be safe; at the top, what is given already."""


def choose(budget: float, wishes: Sequence[Wish], *, full: bool) -> Choice:
    """Divide what is left for pictures (bit/s) among the wishes, the first ones first.

    Everybody gets a first step before anybody a second. What is given already is kept while it
    about fits, unless the way was just found `full`; more is given only when it fits well.
    """
    given = [-1] * len(wishes)
    spent, more = 0.0, 0.0
    keep = 1.0 if full else KEEP
    open_ = [index for index, wish in enumerate(wishes) if wish.rates]
    while open_:
        still = []
        for index in open_:
            wish, step = wishes[index], given[index] + 1
            before = wish.rates[step - 1] if step else 0.0
            after = spent - before + wish.rates[step]
            kept = step <= wish.present
            if after <= budget * keep if kept else after * RAISE <= budget:
                spent, given[index] = after, step
                if step + 1 < len(wish.rates):
                    still.append(index)
            else:
                more = min(more or after, after)
        open_ = still
    return Choice(tuple(given), PROBE * (more or spent))
