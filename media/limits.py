"""How much strangers may cost us: bounded tables, the same for every way in.

Pure: time is an argument. A stranger is whoever has not yet sent an authentic connectivity
check; for participants there is an allowance of packets. An IPv6 network counts as one address,
as its owner has 2^64 of them (RFC 6177).
"""

from __future__ import annotations

import ipaddress
from typing import Final, Generic, TypeVar

__all__ = ["Allowance", "CheckLimits", "Crowd", "Waiting", "network"]

T = TypeVar("T")

PREFIX: Final = 64  # bits of an IPv6 address that its owner cannot choose


def network(host: str) -> str:
    """Return what an address counts as: itself, or the /64 of an IPv6 one."""
    try:
        known = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if known.version == 6:
        mapped = known.ipv4_mapped
        if mapped is None:
            return str(ipaddress.ip_network((int(known), PREFIX), strict=False))
        known = mapped
    return str(known)


class Waiting(Generic[T]):
    """Those who have yet to prove themselves, bounded per network and in all.

    Whoever comes when it is full takes the place of the one who has waited longest: the honest
    need one round trip, and the others have all the time that we give them.
    """

    __slots__ = ("_networks", "_per_network", "_total", "_waiting")

    def __init__(self, per_network: int, total: int) -> None:
        self._per_network = per_network
        self._total = total
        self._waiting: dict[T, str] = {}  # in the order of their coming
        self._networks: dict[str, dict[T, None]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, one: T, host: str) -> T | None:
        """Let one wait; return who has to leave for it, already forgotten here."""
        name = network(host)
        same = self._networks.get(name, {})
        leaver: T | None = None
        if len(same) >= self._per_network:
            leaver = next(iter(same))
        elif len(self._waiting) >= self._total:
            leaver = next(iter(self._waiting))
        if leaver is not None:
            self.discard(leaver)
        self._waiting[one] = name
        self._networks.setdefault(name, {})[one] = None
        return leaver

    def discard(self, one: T) -> None:
        """Forget one who has proven itself or is gone."""
        name = self._waiting.pop(one, None)
        if name is None:
            return
        same = self._networks[name]
        del same[one]
        if not same:
            del self._networks[name]


class CheckLimits:
    """How many failed checks are worth computing: each costs an HMAC.

    Whoever reads a session's user name off the wire could send checks with a wrong password
    for it. From addresses that are proven they are never counted nor refused, or forged checks
    could end a call.
    """

    PER_NETWORK: Final = 50  # a second; a whole office whose sessions have just ended sends fewer
    TOTAL: Final = 5_000  # a second, 0.05 s of one core
    TABLE: Final = 4_096  # networks remembered in one second

    __slots__ = ("_failed", "_second", "_total")

    def __init__(self) -> None:
        self._second = 0
        self._total = 0
        self._failed: dict[str, int] = {}

    def admits(self, host: str, now: float) -> bool:
        """Tell whether a check from an unproven address is looked at."""
        if int(now) != self._second:
            self._second, self._total = int(now), 0
            self._failed.clear()
        if self._total >= self.TOTAL:
            return False
        return not self._failed or self._failed.get(network(host), 0) < self.PER_NETWORK

    def failed(self, host: str) -> None:
        """Count a check that proved nothing."""
        self._total += 1
        name = network(host)
        if name in self._failed or len(self._failed) < self.TABLE:
            self._failed[name] = self._failed.get(name, 0) + 1


class Crowd:
    """How many proven addresses there are of one network: a table that must not be filled.

    Far above what an office or a relay brings, whose people all come from one address.
    """

    MOST: Final = 2_000

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def full(self, host: str) -> bool:
        """Tell whether one more of this network is too many."""
        return self._counts.get(network(host), 0) >= self.MOST

    def enter(self, host: str) -> None:
        """Count one more."""
        name = network(host)
        self._counts[name] = self._counts.get(name, 0) + 1

    def leave(self, host: str) -> None:
        """Count one less."""
        name = network(host)
        left = self._counts.get(name, 0) - 1
        if left > 0:
            self._counts[name] = left
        else:
            self._counts.pop(name, None)


class Allowance:
    """How many packets a participant may send: a bucket that fills with time.

    A camera in three sizes, a screen and sound twice over make about 1,500 packets a second.
    Connectivity checks come out of it too, but only of its upper half: whoever repeats somebody's
    checks (nothing in them is new each time) must not use up what their media needs.
    """

    RATE: Final = 4_000.0  # packets a second, in the long run
    BURST: Final = 4_000.0  # packets at once: what waits in the kernel while we are busy

    CHECK: Final = 10.0  # packets that a check counts as: two HMACs
    MEDIA: Final = 2_000.0  # packets of the burst that are not for checks

    __slots__ = ("_at", "left")

    def __init__(self, now: float) -> None:
        self.left = self.BURST
        """Packets; the one who takes them counts it down, as that is done for every packet."""
        self._at = now

    def fill(self, now: float) -> None:
        """Add what the time since the last call is worth."""
        self.left = min(self.BURST, self.left + self.RATE * (now - self._at))
        self._at = now
