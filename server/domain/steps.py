"""The steps that transitions of tasks are made of: what a task loses and gets with each state."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from server.domain.routing import (
    HELD,
    SERVED,
    UNSERVED,
    Change,
    Charge,
    NotSo,
    State,
    Task,
    calls_of,
)
from signaling.queue import AgentState, Reason

__all__ = [
    "MOST_MISSED",
    "TRANSFER_MS",
    "VISITOR_MS",
    "accepted",
    "after",
    "ended",
    "merged",
    "must_be_served",
    "must_be_unserved",
    "must_wait",
    "passed_over",
    "release",
    "settled",
    "unoffered",
    "waiting_again",
]

CONNECT_MS: Final = 15_000  # from accepting until the conversation is on the agent's screen
MOST_MISSED: Final = 5  # times that are told apart: who declines once more waits no longer
VISITOR_MS: Final = 120_000  # a visitor who is not seen keeps their place for so long
TRANSFER_MS: Final = 120_000  # a transfer to a department waits for somebody for so long


def release(
    task: Task, state: AgentState | None = None, *, idle: bool = False
) -> tuple[Charge, ...]:
    """Return what gives back all that the task takes from its agent, who is in `state` then."""
    if task.agent is None or task.state not in HELD:
        return ()
    return (Charge(task.agent, -task.weight, -calls_of(task.mode), state=state, idle=idle),)


def settled(
    task: Task,
    now: int,
    outcome: Literal["declined", "cancelled", "unanswered"],
    state: AgentState | None = None,
) -> Change:
    """End a transfer that nobody accepted; whoever it rings at is in `state` then."""
    return ended(task, State.CLOSED, now, outcome, release(task, state))


def ended(task: Task, state: State, now: int, outcome: str, charges: tuple[Charge, ...]) -> Change:
    ended = replace(
        task,
        state=state,
        fence=task.fence + 1,
        agent=None if task.state in UNSERVED else task.agent,
        deadline_at=None,
        visitor_due_at=None,
        overflow_due_at=None,
        ended_at=now,
        outcome=outcome,
    )
    return Change(ended, charges, outcome)


def accepted(task: Task, agent: str, now: int, why: Reason | None) -> Task:
    return replace(
        task,
        state=State.ACCEPTED,
        fence=task.fence + 1,
        front=False,
        not_before=None,
        agent=agent,
        only=None,
        former=None,
        missed=(),
        why=why,
        deadline_at=now + CONNECT_MS,
        visitor_due_at=None,
        overflow_due_at=None,
        accepted_at=now,
        connected_at=None,
    )


def passed_over(task: Task, agent: str, now: int) -> Task:
    """Return the task after `agent` has missed it, declined it or given it away."""
    often = task.missed.count(agent) >= MOST_MISSED
    return replace(task, missed=task.missed if often else (*task.missed, agent), offered_at=now)


def unoffered(task: Task) -> Task:
    """Return the task as it waits after an offer; one that waits already stays as it is."""
    if task.state is not State.OFFERED:
        return task
    return replace(
        task,
        state=State.WAITING,
        fence=task.fence + 1,
        agent=None,
        why=None,
        deadline_at=None if task.kind == "service" else task.created_at + TRANSFER_MS,
    )


def waiting_again(task: Task, now: int, front: bool, overflow_seconds: int | None) -> Task:
    return replace(
        task,
        state=State.WAITING,
        fence=task.fence + 1,
        front=front,
        agent=None,
        why=None,
        deadline_at=None,
        # Who is called back need not be there.
        visitor_due_at=None if task.mode == "callback" else now + VISITOR_MS,
        overflow_due_at=after(now, overflow_seconds),
    )


def after(now: int, seconds: int | None) -> int | None:
    return None if seconds is None else now + seconds * 1000


def merged(*charges: Charge) -> tuple[Charge, ...]:
    """Return the charges sorted by agent, the order in which rows are locked; one for each."""
    if len(charges) == 2 and charges[0].agent == charges[1].agent:
        before, after = charges
        units, calls = before.units + after.units, before.calls + after.calls
        return (replace(after, units=units, calls=calls),)
    return tuple(sorted(charges, key=lambda charge: charge.agent))


def must_wait(task: Task) -> None:
    if task.state is State.OFFERED:
        raise NotSo("already_offered", "This is being offered to somebody else just now.")
    must_be_unserved(task)


def must_be_unserved(task: Task) -> None:
    if task.state in SERVED:
        raise NotSo("already_assigned", "Somebody serves it already.")
    if task.state not in UNSERVED:
        raise NotSo("not_waiting", "It does not wait any more.")


def must_be_served(task: Task) -> None:
    if task.state not in SERVED:
        raise NotSo("not_assigned", "Nobody serves it just now.")
