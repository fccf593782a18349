"""What may become of a task that an agent serves, or has served: each transition a pure function.

A transfer that stands beside a service task which is handed back, lost, finished or taken over
is ended too, by the caller (`server/domain/transfers.py`). How changes are kept is told in
`server/domain/transitions.py`.
"""

from __future__ import annotations

from dataclasses import replace

from server.domain.routing import (
    ENDED,
    HELD,
    SERVED,
    UNSERVED,
    Change,
    Charge,
    NotSo,
    State,
    Task,
    Weights,
    calls_of,
)
from server.domain.steps import (
    VISITOR_MS,
    accepted,
    ended,
    merged,
    must_be_served,
    release,
    settled,
    unoffered,
    waiting_again,
)
from signaling.queue import Mode, Reason

__all__ = [
    "connect",
    "end_wrapup",
    "extend_wrapup",
    "finish",
    "give_back",
    "lose_agent",
    "raise_mode",
    "requeue",
    "take",
]


def connect(task: Task, now: int) -> Change:
    """Note that the agent has the conversation before them."""
    if task.state is not State.ACCEPTED:
        raise NotSo("not_assigned", "Nobody has just accepted it.")
    connected = replace(
        task,
        state=State.CONNECTED,
        fence=task.fence + 1,
        deadline_at=None,
        connected_at=now,
    )
    return Change(connected, (), "connected")


def take(task: Task, agent: str, now: int) -> Change:
    """Give it to a supervisor who takes it over from whoever has it, above their capacity."""
    if task.state not in UNSERVED | SERVED:
        raise NotSo("not_waiting", "It is closed.")
    if task.state in SERVED and task.agent == agent:
        raise NotSo("already_assigned", "You serve it already.")
    taken = accepted(task, agent, now, Reason(kind="supervisor"))
    charge = Charge(agent, task.weight, calls_of(task.mode), idle=True)
    return Change(taken, merged(*release(task), charge), "taken")


def requeue(
    task: Task,
    now: int,
    reason: str,
    *,
    front: bool = True,
    overflow_seconds: int | None = None,
) -> Change:
    """Take it from its agent; it waits again at its old place, and before others if `front`.

    `reason`: `handback`, `unconnected`, or another word for the record.
    """
    must_be_served(task)
    return Change(
        waiting_again(task, now, front, overflow_seconds), release(task, idle=True), reason
    )


def lose_agent(task: Task, now: int, overflow_seconds: int | None = None) -> Change:
    """Take it from an agent who is gone: an offer back to its place, what they served in front.

    What they served is theirs again if they come back first (`give_back`). A transfer to them
    alone ends; a wrap-up ends by its own deadline.
    """
    if task.state is State.OFFERED:
        if task.only is not None:
            return settled(task, now, "unanswered")
        return Change(unoffered(task), release(task), "agent_gone")
    must_be_served(task)
    waits = waiting_again(task, now, True, overflow_seconds)
    return Change(replace(waits, former=task.agent), release(task, idle=True), "gone")


def give_back(task: Task, now: int) -> Change:
    """Give it to the one who lost it when their connection was gone; an offer is withdrawn.

    Whoever had it before them needs not to show that they have it again.
    """
    former = task.former
    if former is None or task.kind != "service" or task.state not in UNSERVED:
        raise NotSo("not_waiting", "It is somebody else's now.")
    back = accepted(task, former, now, Reason(kind="returned"))
    if task.connected_at is not None:
        back = replace(
            back, state=State.CONNECTED, deadline_at=None, connected_at=task.connected_at
        )
    charge = Charge(former, task.weight, calls_of(task.mode))
    return Change(back, merged(*release(task), charge), "returned")


def raise_mode(task: Task, mode: Mode, weights: Weights, now: int) -> Change:
    """Let the task weigh as `mode` does; whoever holds it is charged the difference, fit or not.

    The fence stays: an offer that rings is still good. A callback that waits stays one when a
    call ends; a call on it shows that the visitor is there, and then they have to stay.
    """
    if task.state in ENDED:
        raise NotSo("not_waiting", "It is closed.")
    waits = task.kind == "service" and task.state in UNSERVED
    if mode == "chat" and (task.not_before is not None or (waits and task.mode == "callback")):
        mode = "callback"
    weight = weights.of(mode)
    raised = replace(task, mode=mode, weight=weight)
    if waits and mode != "callback" and task.not_before is None and task.visitor_due_at is None:
        raised = replace(raised, visitor_due_at=now + VISITOR_MS)
    units, calls = weight - task.weight, calls_of(mode) - calls_of(task.mode)
    if task.agent is None or task.state not in HELD or not (units or calls):
        return Change(raised, (), "mode")
    return Change(raised, (Charge(task.agent, units, calls),), "mode")


def finish(task: Task, now: int, wrapup_seconds: int = 0) -> Change:
    """End a task with its conversation; its agent keeps the slot for `wrapup_seconds`.

    What nobody served is only put away.
    """
    if task.state in UNSERVED:
        return ended(task, State.CLOSED, now, "unserved", release(task))
    must_be_served(task)
    if wrapup_seconds <= 0:
        return ended(task, State.CLOSED, now, "served", release(task, idle=True))
    wraps = replace(
        task,
        state=State.WRAPUP,
        fence=task.fence + 1,
        deadline_at=now + wrapup_seconds * 1000,
    )
    return Change(wraps, (), "finished")


def end_wrapup(task: Task, now: int) -> Change:
    """Give the slot back. A conversation that goes on ends the wrap-up of its task first."""
    if task.state is not State.WRAPUP:
        raise NotSo("not_assigned", "This is finished.")
    return ended(task, State.CLOSED, now, "served", release(task, idle=True))


def extend_wrapup(task: Task, now: int, wrapup_seconds: int) -> Change:
    """Give the agent the same time again, once. The outcome notes it until the end."""
    if task.state is not State.WRAPUP:
        raise NotSo("not_assigned", "This is finished.")
    if task.outcome == "extended":
        raise NotSo("forbidden", "The time can be extended once.")
    longer = replace(
        task,
        fence=task.fence + 1,
        deadline_at=(task.deadline_at or now) + wrapup_seconds * 1000,
        outcome="extended",
    )
    return Change(longer, (), "extended")
