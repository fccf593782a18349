"""How many frames a peer may send: a token bucket with a limit to patience. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakValueDictionary

__all__ = ["AGENT", "EPHEMERAL", "VISITOR", "Allowances", "Limit", "TokenBucket"]


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

    __slots__ = ("__weakref__", "_level", "_limit", "_since", "_strikes")

    def __init__(self, limit: Limit, now: float) -> None:
        self._limit = limit
        self._level = float(limit.burst)
        self._since = now
        self._strikes = 0

    def take(self, now: float, cost: float = 1.0) -> float:
        """Count one, or `cost`. Return 0 when it is within the limit, else seconds to wait."""
        rate = self._limit.per_minute / 60
        self._level = self._filled(now)
        self._since = now
        if self._level >= cost:
            self._level -= cost
            self._strikes = 0
            return 0.0
        self._strikes += 1
        return (cost - self._level) / rate

    def _filled(self, now: float) -> float:
        return min(
            self._limit.burst, self._level + (now - self._since) * self._limit.per_minute / 60
        )

    def full(self, now: float) -> bool:
        """Tell whether a new bucket would allow no more."""
        return self._filled(now) >= self._limit.burst

    @property
    def exhausted(self) -> bool:
        """Whether the peer went on and on after it was told to wait."""
        return self._strikes > self._limit.strikes


class Allowances:
    """The buckets of visitors and experts on one node: a new connection is no new allowance."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[str, TokenBucket] = WeakValueDictionary()
        self._left: set[TokenBucket] = set()  # of people who are gone, until they are full

    def of(self, person: str, limit: Limit, now: float) -> TokenBucket:
        """Return the bucket that all connections of `person` share."""
        found = self._known.get(person)
        if found is None:
            found = self._known[person] = TokenBucket(limit, now)
        return found

    def left(self, bucket: TokenBucket) -> None:
        """Keep the bucket of a connection that ended, in case its owner comes back."""
        self._left.add(bucket)

    def forget(self, now: float) -> None:
        """Forget those who did not come back and could begin anew."""
        self._left = {bucket for bucket in self._left if not bucket.full(now)}
