"""Who of a site can be reached now, when somebody can next, and when to call a visitor back.

A department is there when it is open and one of its members is online and takes work. Who has
their hands full counts: one queues for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.hours import DAY, is_open, next_open, open_slots
from server.store import departments
from server.store.departments import Schedule
from signaling.events import ConversationState, Person
from signaling.messages import Availability

__all__ = ["CallbackTimes", "Reach", "callback_times", "reach", "reachable", "reachable_sites"]

_SOONEST: Final = 5 * 60_000  # ms from now to a callback
_LATEST: Final = 14 * DAY
_DAYS: Final = 5  # open ones that are offered
_STEP: Final = 30  # minutes


@dataclass(frozen=True, slots=True)
class Reach:
    """A department as it stands now. `staffed`: a member is online and takes work."""

    id: str
    name: str
    open: bool
    staffed: bool


@dataclass(frozen=True, slots=True)
class CallbackTimes:
    """When somebody could call back (UTC ms), and in which time zone (IANA) they work."""

    times: list[int]
    tz: str


async def reachable(tx: AsyncConnection, site: str, now: int) -> Availability:
    """Return who of a site takes work where it is open, and else when a department opens.

    `now`: UTC milliseconds of the database's clock.
    """
    known = await departments.schedules(tx, site)
    return _reachable(known, await departments.staffed(tx, site), now)


async def reachable_sites(tx: AsyncConnection, now: int) -> dict[str, Availability]:
    """Return the same of every site, in two statements."""
    members: dict[str, list[Any]] = {}
    for row in await departments.staffed(tx):
        members.setdefault(row.department, []).append(row)
    sites: dict[str, list[Schedule]] = {}
    for one in await departments.schedules(tx):
        sites.setdefault(one.site, []).append(one)
    return {
        site: _reachable(of, [row for one in of for row in members.get(one.id, [])], now)
        for site, of in sites.items()
    }


async def reach(tx: AsyncConnection, site: str, now: int) -> list[Reach]:
    """Return how each department of a site stands, the usual one first."""
    staffed = {row.department for row in await departments.staffed(tx, site) if row.serves}
    return [
        Reach(one.id, one.name, is_open(one.hours, now), one.id in staffed)
        for one in await departments.schedules(tx, site)
    ]


async def callback_times(
    tx: AsyncConnection, state: ConversationState, site: str, now: int
) -> CallbackTimes:
    """Return when somebody of the department where a conversation waits could call back."""
    where = state.department if state.queue is None else state.queue.department
    known = await departments.schedules(tx, site)
    one = next((one for one in known if where is not None and one.id == where.id), known[0])
    slots = open_slots(one.hours, now + _SOONEST, _DAYS, _STEP)
    return CallbackTimes([at for at in slots if at <= now + _LATEST], one.hours.tz)


def _reachable(known: Iterable[Schedule], members: Iterable[Any], now: int) -> Availability:
    rows = list(members)
    manned = {row.department for row in rows}
    # A department without members tells nobody when somebody comes.
    counting = [one for one in known if one.id in manned]
    there = {one.id for one in counting if is_open(one.hours, now)}
    people = {
        row.agent: Person(row.agent, row.role, row.name)
        for row in rows
        if row.serves and row.department in there
    }
    opens = None
    if not there:
        soonest = (next_open(one.hours, now) for one in counting)
        opens = min((at for at in soonest if at is not None), default=None)
    ordered = sorted(people.values(), key=lambda person: (person.name, person.id))
    return Availability(online=bool(ordered), people=ordered, opens_at=opens)
