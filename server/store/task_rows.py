"""What a row of the table `task` holds: a `Task`, its lists and its reason as JSON."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import Select, select

from server.domain.routing import State, Task
from server.store.queue_tables import task
from signaling.queue import Need, Reason

__all__ = ["columns", "read", "reads"]

_needs: msgspec.json.Decoder[tuple[Need, ...]] = msgspec.json.Decoder(tuple[Need, ...])
_names: msgspec.json.Decoder[tuple[str, ...]] = msgspec.json.Decoder(tuple[str, ...])
_reason: msgspec.json.Decoder[Reason] = msgspec.json.Decoder(Reason)
_encoder = msgspec.json.Encoder()
_EMPTY: Final = "[]"


#: The columns of a `Task`, in its order.
reads: Select[Any] = select(
    task.c.id,
    task.c.conversation,
    task.c.visitor,
    task.c.department,
    task.c.kind,
    task.c.state,
    task.c.mode,
    task.c.weight,
    task.c.lang,
    task.c.needs,
    task.c.fence,
    task.c.enqueued_at,
    task.c.front,
    task.c.not_before,
    task.c.agent,
    task.c.only,
    task.c.former,
    task.c.missed,
    task.c.visited,
    task.c.why,
    task.c.deadline_at,
    task.c.visitor_due_at,
    task.c.overflow_due_at,
    task.c.created_at,
    task.c.offered_at,
    task.c.accepted_at,
    task.c.connected_at,
    task.c.ended_at,
    task.c.outcome,
)


def read(row: Any) -> Task:
    """Return the task that a row of `reads` holds."""
    return Task(
        id=row.id,
        conversation=row.conversation,
        visitor=row.visitor,
        department=row.department,
        kind=row.kind,
        state=State(row.state),
        mode=row.mode,
        weight=row.weight,
        lang=row.lang,
        needs=() if row.needs == _EMPTY else _needs.decode(row.needs),
        fence=row.fence,
        enqueued_at=row.enqueued_at,
        front=bool(row.front),
        not_before=row.not_before,
        agent=row.agent,
        only=row.only,
        former=row.former,
        missed=() if row.missed == _EMPTY else _names.decode(row.missed),
        visited=() if row.visited == _EMPTY else _names.decode(row.visited),
        why=None if row.why is None else _reason.decode(row.why),
        deadline_at=row.deadline_at,
        visitor_due_at=row.visitor_due_at,
        overflow_due_at=row.overflow_due_at,
        created_at=row.created_at,
        offered_at=row.offered_at,
        accepted_at=row.accepted_at,
        connected_at=row.connected_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
    )


def columns(after: Task) -> dict[str, Any]:
    """Return what a transition may change; `visitor_due_at` is renewed by others too."""
    return {
        "department": after.department,
        "kind": after.kind,
        "state": after.state.value,
        "mode": after.mode,
        "weight": after.weight,
        "needs": _listed(after.needs),
        "fence": after.fence,
        "front": after.front,
        "enqueued_at": after.enqueued_at,
        "not_before": after.not_before,
        "agent": after.agent,
        "only": after.only,
        "former": after.former,
        "missed": _listed(after.missed),
        "visited": _listed(after.visited),
        "why": None if after.why is None else _encoder.encode(after.why).decode(),
        "deadline_at": after.deadline_at,
        "overflow_due_at": after.overflow_due_at,
        "offered_at": after.offered_at,
        "accepted_at": after.accepted_at,
        "connected_at": after.connected_at,
        "ended_at": after.ended_at,
        "outcome": after.outcome,
    }


def _listed(values: tuple[str, ...] | tuple[Need, ...]) -> str:
    return _encoder.encode(values).decode() if values else _EMPTY
