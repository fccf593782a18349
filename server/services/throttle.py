"""Keeps guessing and flooding slow: counts attempts in SQL, so on every node.

Each attempt is a row under a key; when a key has too many within its window, the next one
is refused until the oldest of them is that old. `Deadlines.tidy` removes old rows.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import attempt

__all__ = ["LONGEST", "Limit", "TooManyAttempts", "count", "forget", "network"]

LONGEST: Final = 15 * 60_000  # ms; no window is longer
_PREFIX: Final = 64  # bits of an IPv6 address that its owner cannot choose (RFC 6177)


class TooManyAttempts(Exception):  # noqa: N818 — an answer, not a failure
    """Come back in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` attempts in `window` milliseconds."""

    most: int
    window: int


async def count(tx: AsyncConnection, limits: Mapping[str, Limit], now: int) -> None:
    """Count one attempt under each key.

    Raises:
        TooManyAttempts: a key has too many already; nothing is counted.
    """
    for key, limit in limits.items():
        counted = select(func.count().label("attempts"), func.min(attempt.c.at).label("oldest"))
        recent = (attempt.c.key == key) & (attempt.c.at > now - limit.window)
        row = (await tx.execute(counted.where(recent))).one()
        if row.attempts >= limit.most:
            raise TooManyAttempts(max(1, -((now - row.oldest - limit.window) // 1000)))
    await tx.execute(insert(attempt), [{"key": key, "at": now} for key in limits])


async def forget(tx: AsyncConnection, now: int) -> None:
    """Remove attempts that no window reaches any more."""
    await tx.execute(delete(attempt).where(attempt.c.at <= now - LONGEST))


def network(address: str) -> str | None:
    """Return what an address counts as: itself, or the network of an IPv6 one.

    None for loopback: that is the operator's own, or a proxy that `TISKI_PROXIES` does not
    know of, behind which everybody would share one count.
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        known = known.ipv4_mapped or known
    if known.is_loopback:
        return None
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, _PREFIX), strict=False))
