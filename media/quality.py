"""How well a connection does: figures since the last look, and a score of one to five.

Pure; `media.seat` asks every two seconds. The score is the E-model of ITU-T G.107 in its
usual short form (delay and jitter, then loss), cut at the categories of ITU-T G.109.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media.interface import Quality
from media.subscription import Subscription
from media.track import Track

__all__ = ["INTERVAL", "QualityMeter", "score"]

INTERVAL: Final = 2.0  # seconds between figures
CODEC_DELAY: Final = 10.0  # ms
STEPS: Final = (60, 70, 80, 90)  # ratings from which users are less and less dissatisfied


class QualityMeter:
    """Turns one participant's counters into figures."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._in = 0
        self._out = 0

    def measure(
        self,
        now: float,
        octets_in: int,
        octets_out: int,
        tracks: Sequence[Track],
        subscriptions: Sequence[Subscription],
    ) -> Quality:
        """Return the figures between the last call and this one."""
        elapsed = INTERVAL if self._at is None else now - self._at
        if octets_in < self._in or octets_out < self._out:  # another connection since
            self._in = self._out = 0
        up = 8 * (octets_in - self._in) / elapsed / 1000
        down = 8 * (octets_out - self._out) / elapsed / 1000
        self._at, self._in, self._out = now, octets_in, octets_out
        receptions = [
            (t.reception, t.codec)
            for t in tracks
            if t.reception is not None and t.codec is not None
        ]
        loss_up = max((r.lost_fraction for r, _ in receptions), default=0.0)
        loss_down = max((s.loss for s in subscriptions), default=0.0)
        jitter = max(
            [1000 * r.jitter / c.clock_rate for r, c in receptions]
            + [s.jitter_ms for s in subscriptions],
            default=0.0,
        )
        trips = [s.rtt_ms for s in subscriptions if s.rtt_ms is not None]
        rtt = min(trips) if trips else None
        return Quality(
            loss_up=round(100 * loss_up, 1),
            loss_down=round(100 * loss_down, 1),
            jitter_ms=round(jitter, 1),
            rtt_ms=None if rtt is None else round(rtt, 1),
            up_kbps=round(up, 1),
            down_kbps=round(down, 1),
            score=score(100 * max(loss_up, loss_down), jitter, rtt or 0.0),
        )


def score(loss: float, jitter_ms: float, rtt_ms: float) -> int:
    """Return 1 (unusable) to 5 (good) for a loss in per cent, a jitter and a round trip."""
    latency = rtt_ms / 2 + 2 * jitter_ms + CODEC_DELAY
    rating = 93.2 - (latency / 40 if latency < 160 else (latency - 120) / 10) - 2.5 * loss
    return 1 + sum(rating >= step for step in STEPS)
