"""Keeps the service level: how long visitors waited for an answer, and for anybody at all.

`follow` is told of every commit of a conversation, in its transaction, and keeps a row of
`service_clock` for each wait, so reports need no timelines. A wait that ends at or before its
time was achieved, later it was breached; one that nobody need answer any more (the conversation
is closed, the visitor has left the queue) is cancelled, unless its time was over before that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import ColumnElement, and_, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.sla import Kind
from server.store.clock import database_now
from server.store.conversations import Row, StoredEvent
from server.store.queue_tables import service_clock
from signaling.events import Message
from signaling.state import ConversationState

__all__ = ["Level", "Score", "follow", "today"]

_End = Literal["met", "dropped"]
_c: Final = service_clock.c


@dataclass(slots=True)
class Score:
    """How many waits ended in time, and how many did not."""

    achieved: int = 0
    breached: int = 0


@dataclass(slots=True)
class Level:
    """The service level of a department."""

    first: Score = field(default_factory=Score)
    next: Score = field(default_factory=Score)
    wait: Score = field(default_factory=Score)

    def of(self, kind: Kind) -> Score:
        """Return one of them."""
        return {"first": self.first, "next": self.next, "wait": self.wait}[kind]


async def follow(
    tx: AsyncConnection,
    row: Row,
    before: ConversationState | None,
    after: ConversationState,
    events: Sequence[StoredEvent],
) -> None:
    """Keep the clocks of a conversation as its events want it.

    Args:
        tx: the transaction of the commit, after the conversation was stored.
        row: whose; its id and site are read.
        before: the state before the commit; None: the conversation has just begun.
        after: the state after it.
        events: what was committed, at least one.
    """
    now = events[0].event.at
    await _answer(tx, row, before, after, events, now)
    await _wait(tx, row, before, after, now)


async def _answer(
    tx: AsyncConnection,
    row: Row,
    before: ConversationState | None,
    after: ConversationState,
    events: Sequence[StoredEvent],
    now: int,
) -> None:
    """Follow the clock of the first or the next answer."""
    old, new = None if before is None else before.clock, after.clock
    if old == new:
        return
    if old is not None:
        answered = any(
            isinstance(stored.event.event, Message)
            and stored.event.by.role in ("agent", "supervisor")
            for stored in events
        )
        if new is not None and (new.kind, new.since) == (old.kind, old.since):
            await _move(tx, row, (old.kind,), new.due_at, _department(after))
            return
        await _stop(tx, row, (old.kind,), now, "met" if answered else "dropped")
    if new is not None:
        await _start(tx, row, new.kind, new.since, new.due_at, _department(after))


async def _wait(
    tx: AsyncConnection,
    row: Row,
    before: ConversationState | None,
    after: ConversationState,
    now: int,
) -> None:
    """Follow the clock from the queue to the one who accepts.

    Who is to be called back at a time of their own waits for nobody until then: their queue is
    due after that time, or not at all.
    """
    old, new = None if before is None else before.queue, after.queue
    due = None if new is None else new.due_at
    running = None if old is None else old.due_at
    if running is not None and due is None:
        taken = new is None and after.assignee is not None
        await _stop(tx, row, ("wait",), now, "met" if taken else "dropped")
    elif running is None and due is not None:
        await _start(tx, row, "wait", now, due, _department(after))
    elif due is not None and old != new:
        await _move(tx, row, ("wait",), due, _department(after))


def _department(state: ConversationState) -> str:
    if state.queue is not None:
        return state.queue.department.id
    return "" if state.department is None else state.department.id


def _running(row: Row, kinds: Sequence[Kind]) -> ColumnElement[bool]:
    return and_(_c.conversation == row.id, _c.kind.in_(kinds), _c.stopped_at.is_(None))


async def _start(
    tx: AsyncConnection, row: Row, kind: Kind, start: int, due: int, department: str
) -> None:
    await tx.execute(
        insert(service_clock).values(
            site=row.site,
            conversation=row.id,
            department=department,
            kind=kind,
            started_at=start,
            due_at=due,
        )
    )


async def _move(
    tx: AsyncConnection, row: Row, kinds: Sequence[Kind], due: int, department: str
) -> None:
    """Let a running clock be another department's, whose targets count from the same start."""
    change = update(service_clock).where(_running(row, kinds))
    await tx.execute(change.values(due_at=due, department=department))


async def _stop(tx: AsyncConnection, row: Row, kinds: Sequence[Kind], now: int, end: _End) -> None:
    in_time = "achieved" if end == "met" else "cancelled"
    outcome = case((_c.due_at >= now, in_time), else_="breached")
    change = update(service_clock).where(_running(row, kinds))
    await tx.execute(change.values(stopped_at=now, outcome=outcome))


_late = and_(_c.stopped_at.is_(None), _c.due_at < database_now())
_breached = or_(_c.outcome == "breached", _late)
_sums = select(
    _c.department,
    _c.kind,
    func.sum(case((_c.outcome == "achieved", 1), else_=0)).label("achieved"),
    func.sum(case((_breached, 1), else_=0)).label("breached"),
).group_by(_c.department, _c.kind)


async def today(tx: AsyncConnection, site: str, since: int) -> dict[str, Level]:
    """Return the level of each department of a site, of waits that began at `since` or later.

    Who waits still, and for too long already, counts as breached. Departments in which nobody
    waited are absent.
    """
    levels: dict[str, Level] = {}
    query = _sums.where(_c.site == site, _c.started_at >= since)
    for row in await tx.execute(query):
        score = levels.setdefault(row.department, Level()).of(row.kind)
        score.achieved, score.breached = int(row.achieved), int(row.breached)
    return levels
