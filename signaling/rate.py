"""How many frames a peer may send: a token bucket with a limit to patience. Pure."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AGENT", "EPHEMERAL", "VISITOR", "Limit", "TokenBucket"]


@dataclass(frozen=True, slots=True)
class Limit:
    """`per_minute` in the long run, `burst` at once; `strikes` refusals in a row end it."""

    per_minute: int
    burst: int
    strikes: int = 20


VISITOR = Limit(per_minute=100, burst=20)  # commands; experts too
AGENT = Limit(per_minute=600, burst=60)
EPHEMERAL = Limit(per_minute=240, burst=40, strikes=200)  # typing, viewing, beats


class TokenBucket:
    """Counts what one peer sends against a `Limit`."""

    __slots__ = ("_level", "_limit", "_since", "_strikes")

    def __init__(self, limit: Limit, now: float) -> None:
        self._limit = limit
        self._level = float(limit.burst)
        self._since = now
        self._strikes = 0

    def take(self, now: float) -> float:
        """Count one. Return 0 when it is within the limit, else seconds to wait."""
        rate = self._limit.per_minute / 60
        self._level = min(self._limit.burst, self._level + (now - self._since) * rate)
        self._since = now
        if self._level >= 1:
            self._level -= 1
            self._strikes = 0
            return 0.0
        self._strikes += 1
        return (1 - self._level) / rate

    @property
    def exhausted(self) -> bool:
        """Whether the peer went on and on after it was told to wait."""
        return self._strikes > self._limit.strikes
