"""Says how people stand in the queue: an agent's desk, a visitor's place. Only reads.

Gateways ask for all of their connections once a second, so what is asked for everybody is one
statement, and who works in a department and how fast is looked up every two seconds only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.crew import Crew
from server.domain.routing import State, Task
from server.domain.waiting import estimate
from server.store import standing
from server.store.database import Database
from server.store.standing import Held, Load, Place, Served
from signaling.backend import Principal
from signaling.queue import Department, Desk, QueuePlace, Reason, Reservation, Wrapup

__all__ = ["Standing"]

_KEPT: Final = 2_000  # ms that agents and their pace are believed
_CONNECTED: Final = 180_000  # ms that a place is kept for a visitor who is here
_LEFT: Final = 120_000  # ms that it is kept for one who has left
_AT_ONCE: Final = 3_000  # ms within which who is offered to somebody did not have to wait
_STEPS: Final = ((600, 60), (120, 30))  # waits of so many seconds are told in such steps
_STEP: Final = 15  # s, of shorter ones
_UNKNOWN: Final = Reason(kind="chosen")


@dataclass(frozen=True, slots=True)
class _Pace:
    """How fast a department has served lately: what `estimate` asks for."""

    departures: list[int]  # ms
    handled: list[float]  # s


class Standing:
    """The places and desks of all sites."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._crews: dict[str, tuple[int, Crew]] = {}  # by site, when it was read
        self._paces: dict[str, tuple[int, _Pace]] = {}  # by department

    async def standing(self, who: Sequence[Principal]) -> list[Desk | QueuePlace | None]:
        """Return how each of them stands now; None: they have no desk, or do not wait."""
        staff = [one for one in who if one.audience == "staff"]
        visitors = [one for one in who if one.audience == "visitor"]
        stands: dict[str, Desk | QueuePlace] = {}
        async with self._db.read() as tx:
            if staff:
                stands |= await self._desks(tx, staff)
            if visitors:
                stands |= await self._places(tx, visitors)
        return [stands.get(one.person.id) if one.audience != "expert" else None for one in who]

    async def renew(self, visitors: Sequence[Principal], online: bool) -> None:
        """Keep the places of those who are here, or for two minutes those of who has left."""
        people = [one.person.id for one in visitors]

        async def job(tx: AsyncConnection) -> None:
            await standing.keep(tx, people, _CONNECTED if online else _LEFT)

        await self._db.run(job)

    # --- agents -----------------------------------------------------------------------------

    async def _desks(self, tx: AsyncConnection, staff: Sequence[Principal]) -> dict[str, Desk]:
        agents = {one.person.id for one in staff}
        sites = {one.site for one in staff}
        loads = await standing.loads(tx, agents)
        if not loads:
            return {}
        held = await standing.held(tx, agents)
        waiting = await standing.waiting(tx, sites)
        now = max(load.now for load in loads.values())
        crews = await self._crew(tx, sites, now) if waiting else {}
        return {
            one.person.id: _desk(
                load,
                [each for each in held if each.task.agent == load.agent],
                _takable(load, crews.get(one.site), waiting),
            )
            for one in staff
            if (load := loads.get(one.person.id)) is not None
        }

    async def _crew(self, tx: AsyncConnection, sites: Collection[str], now: int) -> dict[str, Crew]:
        old = [site for site in sites if not _fresh(self._crews.get(site), now)]
        if old:
            for site, agents in (await standing.crew(tx, old)).items():
                self._crews[site] = (now, Crew(agents))
        return {site: self._crews[site][1] for site in sites}

    # --- visitors ---------------------------------------------------------------------------

    async def _places(
        self, tx: AsyncConnection, visitors: Sequence[Principal]
    ) -> dict[str, QueuePlace]:
        places = await standing.places(tx, {one.person.id for one in visitors})
        if not places:
            return {}
        sites = {one.person.id: one.site for one in visitors}
        now = max(place.now for place in places.values())
        crews = await self._crew(tx, {sites[visitor] for visitor in places}, now)
        paces = await self._pace(tx, {place.task.department for place in places.values()}, now)
        return {
            visitor: _place(place, crews[sites[visitor]], paces[place.task.department])
            for visitor, place in places.items()
        }

    async def _pace(
        self, tx: AsyncConnection, departments: Collection[str], now: int
    ) -> dict[str, _Pace]:
        old = [one for one in departments if not _fresh(self._paces.get(one), now)]
        if old:
            found = await standing.served(tx, old)
            for one in old:
                self._paces[one] = (now, _pace(each for each in found if each.department == one))
        return {one: self._paces[one][1] for one in departments}


def _fresh(kept: tuple[int, object] | None, now: int) -> bool:
    return kept is not None and kept[0] <= now < kept[0] + _KEPT


def _takable(load: Load, crew: Crew | None, waiting: Iterable[tuple[Task, int]]) -> int:
    """Return how many of the tasks that wait the agent may take by hand."""
    me = None if crew is None else crew.get(load.agent)
    if crew is None or me is None:
        return 0
    me = replace(
        me, used=load.used, capacity=load.capacity, calls=load.calls, max_calls=load.max_calls
    )
    return sum(count for task, count in waiting if crew.may_take(task, me))


def _desk(load: Load, held: Iterable[Held], takable: int) -> Desk:
    offers, wrapups = [], []
    for one in held:
        match one.task.state:
            case State.OFFERED:
                offers.append(_reservation(one))
            case State.WRAPUP:
                wrapups.append(
                    Wrapup(
                        task=one.task.id,
                        conv=one.task.conversation,
                        visitor=one.record.state.visitor,
                        until=one.task.deadline_at or 0,
                    )
                )
            case _:
                pass  # `held` has these two only
    return Desk(
        state=load.state,
        reason=load.reason,
        since=load.since,
        used=load.used,
        capacity=load.capacity,
        offers=offers,
        wrapups=wrapups,
        next=takable,
    )


def _reservation(one: Held) -> Reservation:
    task, state = one.task, one.record.state
    handed = state.transfer if task.kind == "transfer" else None
    return Reservation(
        task=task.id,
        conv=task.conversation,
        fence=task.fence,
        visitor=state.visitor,
        lang=task.lang,
        department=Department(task.department, one.department),
        mode=task.mode,
        since=task.enqueued_at,
        offered_at=task.offered_at or 0,
        deadline_at=task.deadline_at or 0,
        why=task.why or _UNKNOWN,
        transfer=None if handed is None else handed.by,
        note="" if handed is None else handed.note,
        text="" if one.record.last is None else one.record.last.text,
        page=state.page,
        needs=list(task.needs),
        callback_at=task.not_before,
        phone="" if state.queue is None else state.queue.phone,
    )


def _place(place: Place, crew: Crew, pace: _Pace) -> QueuePlace:
    task, now = place.task, place.now
    able = crew.able(task)
    later = task.not_before is not None and task.not_before > now
    # Who has nothing may have anything, once.
    slots = sum(max(1, one.capacity // task.weight) for one in able)
    wait = None
    if able and not later:
        wait = estimate(place.place, pace.departures, pace.handled, slots, now)
    low, high = (None, None) if wait is None else _rounded(*wait)
    return QueuePlace(
        conv=task.conversation,
        place=place.place,
        low=low,
        high=high,
        ringing=task.state is State.OFFERED,
        staffed=bool(able),
        callback_at=task.not_before if later else None,
    )


def _rounded(low: int, high: int) -> tuple[int, int]:
    """Return a range that has the given one in it and does not change with every second."""
    step = next((step for least, step in _STEPS if high >= least), _STEP)
    return low // step * step, -(-high // step) * step


def _pace(served: Iterable[Served]) -> _Pace:
    """Return how fast these left the queue; who did not have to wait tells nothing of that."""
    departures, handled = [], []
    for one in served:
        left = one.ended_at if one.accepted_at is None else one.accepted_at
        reached = one.offered_at or left
        if left is not None and reached is not None and reached - one.enqueued_at > _AT_ONCE:
            departures.append(left)
        if one.accepted_at is not None and one.ended_at is not None:
            handled.append((one.ended_at - one.accepted_at) / 1000)
    return _Pace(departures, handled)
