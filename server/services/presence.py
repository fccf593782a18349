"""Keeps who of the staff is online: leases in SQL, availability told on the bus.

A gateway renews the lease of each signed-in staff session every 10 s. A connection that
drops leaves `GRACE` to come back before its agent counts as gone. Whoever sees a change
(a new lease, one that ran out, an agent who turned unavailable) recomputes and tells.
"""

from __future__ import annotations

from typing import Final

import msgspec

from server.services.clock import Clock
from server.store import people
from server.store.database import Database
from signaling.backend import Bus, Principal
from signaling.hints import FrameHint, encode, site_topic
from signaling.messages import Availability

__all__ = ["GRACE", "LEASE", "Presence"]

LEASE: Final = 30_000  # ms; three renewals may be lost
_FACES: Final = 5  # people named to a visitor
GRACE: Final = 15_000  # ms; a reload or a change of network is not leaving


class Presence:
    """The leases of this node's connections."""

    def __init__(self, db: Database, bus: Bus, clock: Clock, node: str) -> None:
        self._db = db
        self._bus = bus
        self._clock = clock
        self._node = node

    async def touch(self, who: Principal, online: bool) -> None:
        """Renew the lease of a staff session, or let it run out after its grace."""
        if who.audience != "staff":
            return
        now = self._clock()
        async with self._db.write() as tx:
            if not online:
                await people.shorten_presence(
                    tx, session=who.session, node=self._node, expires_at=now + GRACE
                )
                return
            fresh = await people.renew_presence(
                tx,
                session=who.session,
                node=self._node,
                agent_id=who.person.id,
                site_id=who.site,
                expires_at=now + LEASE,
            )
        if fresh:
            await self.tell(who.site)

    async def sweep(self) -> None:
        """Remove leases that ran out, and tell the sites."""
        async with self._db.read() as tx:
            due = await people.presence_due(tx, self._clock())
        if not due:
            return
        async with self._db.write() as tx:
            gone = await people.drop_presence(tx, self._clock())
        for site in gone:
            await self.tell(site)

    async def set_available(self, who: Principal, available: bool) -> None:
        """Let an agent take a break from new work, or end it."""
        async with self._db.write() as tx:
            await people.set_available(tx, who.person.id, available)
        await self.tell(who.site)

    async def availability(self, site: str) -> Availability:
        """Return who of the site is online and takes work."""
        async with self._db.read() as tx:
            staff = await people.online(tx, site, self._clock())
        serving = [agent.person for agent in staff if agent.available]
        return Availability(online=bool(serving), people=serving)

    async def tell(self, site: str) -> None:
        """Tell every connection of the site who is there now."""
        known = await self.availability(site)
        staff = FrameHint(
            frame=msgspec.Raw(msgspec.json.encode(known)),
            key="availability",
            audiences=["staff"],
        )
        names = msgspec.Raw(msgspec.json.encode(for_visitors(known)))
        visitors = FrameHint(frame=names, key="availability", audiences=["visitor", "expert"])
        for hint in (staff, visitors):
            await self._bus.publish(site_topic(site), encode(hint))


def for_visitors(known: Availability) -> Availability:
    """Return the same with the few faces that the widget shows."""
    return Availability(online=known.online, people=known.people[:_FACES])
