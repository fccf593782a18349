"""Keeps who of the staff is online: leases in SQL, availability told on the bus.

A gateway renews the lease of each signed-in staff session every 5 s. A connection that
drops leaves `GRACE` to come back before its agent counts as gone, so that one whose node is
lost counts as gone within `LEASE`, and everybody within 20 s with the sweep. Leases are on the
database's clock. Whoever sees a change (a fresh lease, one that ran out, an agent who turned
unavailable) recomputes and tells.

Who keeps work for agents is told that one is back or gone (`follow`). These are hints after the
commit, and may be late, doubled or lost with the process: look at the leases in your own
transaction (`leases.is_online`), and sweep for agents without one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
import structlog
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.services.availability import reachable, reachable_sites
from server.store import leases, people
from server.store.database import Database
from signaling.backend import Bus, Principal
from signaling.hints import FrameHint, encode, site_topic
from signaling.messages import Availability

__all__ = ["GRACE", "LEASE", "Back", "Gone", "Presence"]

log = structlog.get_logger(__name__)

LEASE: Final = 17_000  # ms; two renewals may be lost
_FACES: Final = 5  # people named to a visitor
_LOOK: Final = 20  # sweeps, of half a second
GRACE: Final = 15_000  # ms; a reload or a change of network is not leaving

Back = Callable[[str, str], Awaitable[None]]  # of (site, agent)
Gone = Callable[[Sequence[tuple[str, str]]], Awaitable[None]]  # of several (site, agent)


async def _nobody_back(_site: str, _agent: str) -> None:
    return


async def _nobody_gone(_agents: Sequence[tuple[str, str]]) -> None:
    return


class Presence:
    """The leases of this node's connections."""

    def __init__(self, db: Database, bus: Bus, node: str) -> None:
        self._db = db
        self._bus = bus
        self._node = node
        self._back: Back = _nobody_back
        self._gone: Gone = _nobody_gone
        self._told: dict[str, Availability] = {}  # by site, what this node has told last
        self._look_in = 0  # sweeps until the next look at the hours

    def follow(self, *, back: Back, gone: Gone) -> None:
        """Let `back` and `gone` know of agents, after the commit that says so.

        Args:
            back: called with each agent who has a fresh lease; they may have another besides.
            gone: called with the agents whose last lease this node has swept.
        """
        self._back, self._gone = back, gone

    async def touch(self, who: Principal, online: bool) -> None:
        """Renew the lease of a staff session, or let it run out after its grace."""
        if who.audience != "staff":
            return

        async def shorten(tx: AsyncConnection) -> None:
            await leases.shorten(tx, session=who.session, node=self._node, grace=GRACE)

        async def renew(tx: AsyncConnection) -> bool:
            return await leases.renew(
                tx,
                session=who.session,
                node=self._node,
                agent_id=who.person.id,
                site_id=who.site,
                lease=LEASE,
            )

        if not online:
            await self._db.run(shorten)
            return
        try:
            fresh = await self._db.run(renew)
        except IntegrityError:  # another connection of the session was first with the same
            fresh = False
        if fresh:
            await self._back(who.site, who.person.id)
            await self.tell(who.site)

    async def sweep(self) -> None:
        """Remove leases that ran out; tell sites whose agents are gone or whose hours have come."""
        await self._follow_hours()
        async with self._db.read() as tx:
            due = await leases.due(tx)
        if not due:
            return
        async with self._db.write() as tx:
            gone = await leases.drop(tx)
        if not gone:
            return
        log.info("agents gone", agents=[agent for _, agent in gone])
        await self._gone(gone)
        for site in sorted({site for site, _ in gone}):
            await self.tell(site)

    async def _follow_hours(self) -> None:
        """Tell sites that have opened or closed by themselves, or missed what a node told."""
        self._look_in -= 1
        if self._look_in > 0:
            return
        self._look_in = _LOOK
        async with self._db.read() as tx:
            known = await reachable_sites(tx, await self._db.moment(tx))
        for site, now in known.items():
            if site not in self._told:
                self._told[site] = now  # whoever connects from now on asks
            elif self._told[site] != now:
                await self.tell(site)

    async def set_available(self, who: Principal, available: bool) -> None:
        """Let an agent take a break from new work, or end it."""
        async with self._db.write() as tx:
            await people.set_available(tx, who.person.id, available)
        await self.tell(who.site)

    async def availability(self, site: str) -> Availability:
        """Return who of the site takes work now, and else when it opens."""
        async with self._db.read() as tx:
            return await reachable(tx, site, await self._db.moment(tx))

    async def tell(self, site: str) -> None:
        """Tell every connection of the site who is there now."""
        known = self._told[site] = await self.availability(site)
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
    return replace(known, people=known.people[:_FACES])
