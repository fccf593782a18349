"""How each department of a site works, for routing: read in one statement, decoded once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.hours import ALWAYS, Hours
from server.domain.policy import Policy
from server.domain.routing import Routing
from server.domain.sla import Targets
from server.store.clock import database_now
from server.store.queue_tables import department
from server.store.tables import site
from signaling.queue import Department

__all__ = ["Policies", "of_site"]

_KEPT: Final = 256  # decoded settings of a kind; they change when a supervisor changes them


@dataclass(frozen=True, slots=True)
class Policies:
    """The departments of a site by their ids. `now`: when they were read, the database's clock."""

    now: int
    by_id: dict[str, Policy]

    @property
    def usual(self) -> Policy | None:
        """Where all goes that has no place of its own."""
        return next((one for one in self.by_id.values() if one.usual), None)

    @property
    def routing(self) -> Routing:
        """How the site routes."""
        return next((one.routing for one in self.by_id.values()), Routing())


@lru_cache(_KEPT)
def _hours(kept: str) -> Hours:
    return msgspec.json.decode(kept, type=Hours)


@lru_cache(_KEPT)
def _targets(kept: str) -> Targets:
    return msgspec.json.decode(kept, type=Targets)


@lru_cache(_KEPT)
def _routing(kept: str) -> Routing:
    return msgspec.json.decode(kept, type=Routing)


_of_site = (
    select(
        department.c.id,
        department.c.name,
        department.c.usual,
        department.c.assignment,
        department.c.offer_seconds,
        department.c.wrapup_seconds,
        department.c.overflow_seconds,
        department.c.overflow_to,
        func.coalesce(department.c.hours, site.c.hours).label("hours"),
        department.c.targets,
        site.c.routing,
        database_now().label("now"),
    )
    .join(site, site.c.id == department.c.site)
    .where(site.c.id == bindparam("site"))
    .order_by(department.c.name)
)


async def of_site(tx: AsyncConnection, site_id: str) -> Policies:
    """Return the departments of a site, in the order of their names, and the time."""
    rows = (await tx.execute(_of_site, {"site": site_id})).all()
    found = {
        row.id: Policy(
            department=Department(id=row.id, name=row.name),
            usual=bool(row.usual),
            auto=row.assignment == "auto",
            offer_seconds=row.offer_seconds,
            wrapup_seconds=row.wrapup_seconds,
            overflow_seconds=row.overflow_seconds,
            overflow_to=row.overflow_to,
            hours=ALWAYS if row.hours is None else _hours(row.hours),
            targets=Targets() if row.targets is None else _targets(row.targets),
            routing=Routing() if row.routing is None else _routing(row.routing),
        )
        for row in rows
    }
    return Policies(rows[0].now if rows else 0, found)
