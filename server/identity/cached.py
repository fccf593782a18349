"""Something of a provider's that is fetched when first needed, and kept for a while.

         get                      older than FRESH            renew (the thing lacks what is asked)
    nothing ──► fetched ──► kept ──► fetched anew              └─► fetched anew, once a PAUSE
                                 └─ fails: kept until STALE

Whoever asks while it is being fetched waits for the same fetch. A provider that is down is not
asked by every visitor in turn: a failure holds for RETRY.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import structlog

from server.identity.interface import IdentityError
from server.services.clock import Clock

__all__ = ["FRESH", "PAUSE", "RETRY", "STALE", "Cached"]

log = structlog.get_logger(__name__)

FRESH: Final = 3_600_000  # milliseconds
STALE: Final = 24 * 3_600_000  # milliseconds; brokers let keys be kept for a day at most
PAUSE: Final = 60_000  # milliseconds between two renewals: what strangers send must not drive us
RETRY: Final = 5_000  # milliseconds

T = TypeVar("T")


class Cached(Generic[T]):
    """One thing, fetched by `fetch`, which raises IdentityError when it cannot."""

    def __init__(
        self, fetch: Callable[[], Awaitable[T]], clock: Clock, *, what: str, provider: str
    ) -> None:
        """Make it; `what` and `provider` are for the log."""
        self._fetch = fetch
        self._log = log.bind(what=what, provider=provider)
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value: T | None = None
        self._fetched_at = 0
        self._renewed_at: int | None = None
        self._failure: tuple[int, IdentityError] | None = None

    async def get(self) -> T:
        """Return it, fetched now if need be.

        Raises:
            IdentityError: it cannot be had.
        """
        if (value := self._within(FRESH)) is not None:
            return value
        async with self._lock:
            if (value := self._within(FRESH)) is not None:
                return value
            try:
                return await self._load()
            except IdentityError:
                if (value := self._within(STALE)) is not None:
                    return value
                raise

    async def renew(self, seen: T) -> T:
        """Return a newer one than `seen` if there is one and it is time to look; else `seen`."""
        async with self._lock:
            if self._value is not None and self._value is not seen:
                return self._value
            now = self._clock()
            if self._renewed_at is not None and now - self._renewed_at < PAUSE:
                return seen
            self._renewed_at = now
            try:
                return await self._load()
            except IdentityError:
                return seen

    def _within(self, age: int) -> T | None:
        return self._value if self._clock() - self._fetched_at < age else None

    async def _load(self) -> T:
        if self._failure is not None and self._clock() - self._failure[0] < RETRY:
            failed = self._failure[1]
            raise IdentityError(failed.reason, failed.code, str(failed))
        try:
            value = await self._fetch()
        except IdentityError as error:
            self._log.warning("provider not read", code=error.code, why=str(error))
            self._failure = (self._clock(), error)
            raise
        self._log.info("provider read")
        self._failure = None
        self._value, self._fetched_at = value, self._clock()
        return value
