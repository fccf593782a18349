"""What may become of a task that nobody serves yet: each transition a pure function.

Each returns a `Change`, or raises `NotSo` when the task is not in a state for it. What may become
of it once it is served is in `server/domain/serving.py`, what the end of a time means in
`server/domain/expiry.py`, handing over in `server/domain/transfers.py`.

Whoever keeps tasks compares before they write: the state, the fence, and, where the change
charges anybody, also the weight and the mode, which change without raising the fence
(`serving.raise_mode`); for `abandon` also `visitor_due_at`, which gateways renew. Charges come
sorted by agent, each agent at most once. The rules are told in docs/queue.md; times are UTC
milliseconds of one clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

from server.domain.routing import Change, Charge, NotSo, State, Task, Weights, calls_of
from server.domain.steps import (
    VISITOR_MS,
    accepted,
    after,
    ended,
    must_be_unserved,
    must_wait,
    passed_over,
    release,
    settled,
    unoffered,
)
from signaling.queue import Mode, Need, Reason

__all__ = [
    "abandon",
    "accept",
    "callback",
    "enqueue",
    "join",
    "leave",
    "move",
    "offer",
    "overflow",
    "reject",
]

CALLBACK_FIRST_MS: Final = 5 * 60_000
CALLBACK_LAST_MS: Final = 14 * 24 * 3_600_000


def enqueue(
    task: str,
    *,
    conversation: str,
    visitor: str,
    department: str,
    lang: str,
    now: int,
    needs: Iterable[Need] = (),
    mode: Mode = "chat",
    weights: Weights,
    overflow_seconds: int | None = None,
    enqueued_at: int | None = None,
    reason: str = "opened",
) -> Change:
    """Return the new service task of a conversation, which waits in `department`.

    `enqueued_at`: its place, if it has one from before. Who answers a conversation that does
    not wait has `accept(enqueue(…).task, …, hand=True)` stored as the new task.
    """
    made = Task(
        id=task,
        conversation=conversation,
        visitor=visitor,
        department=department,
        kind="service",
        state=State.WAITING,
        mode=mode,
        weight=weights.of(mode),
        lang=lang,
        needs=tuple(needs),
        fence=1,
        enqueued_at=now if enqueued_at is None else enqueued_at,
        visitor_due_at=now + VISITOR_MS,
        overflow_due_at=after(now, overflow_seconds),
        created_at=now,
    )
    return Change(made, (), reason)


def offer(task: Task, agent: str, why: Reason, now: int, seconds: int) -> Change:
    """Reserve the task for `agent` for `seconds`. Charges them, if it fits."""
    must_wait(task)
    if task.not_before is not None and now < task.not_before:
        raise NotSo("not_waiting", "The visitor wants to be called back later.")
    offered = replace(
        task,
        state=State.OFFERED,
        fence=task.fence + 1,
        agent=agent,
        why=why,
        deadline_at=now + seconds * 1000,
        offered_at=now,
    )
    charge = Charge(agent, task.weight, calls_of(task.mode), fits=True, idle=True)
    return Change(offered, (charge,), "offered")


def accept(
    task: Task,
    agent: str,
    now: int,
    *,
    fence: int | None = None,
    hand: bool = False,
    fits: bool = True,
    why: Reason | None = None,
) -> Change:
    """Let `agent` have what was offered to them, or (`hand`) what waits for anybody.

    `fence`: of the offer that they answer; an older one has lost. An offer is charged already;
    what waits is charged now, if it `fits`. An offer past its deadline that nobody has swept is
    still theirs. `why`: of what is taken by hand (default: pulled).

    Raises:
        NotSo: `offer_gone`, `already_offered`, `already_assigned` or `not_waiting`.
    """
    mine = task.state is State.OFFERED and task.agent == agent
    if fence is not None and not hand and not (mine and task.fence == fence):
        raise NotSo("offer_gone", "This went to somebody else, or took you too long.")
    if mine:
        return Change(
            accepted(task, agent, now, task.why),
            (Charge(agent, 0, idle=True),),
            "accepted",
        )
    must_wait(task)
    if not hand:
        raise NotSo("offer_gone", "This is not offered to you.")
    charge = Charge(agent, task.weight, calls_of(task.mode), fits=fits, idle=True)
    return Change(accepted(task, agent, now, why or Reason(kind="pulled")), (charge,), "pulled")


def reject(task: Task, agent: str, fence: int, now: int) -> Change:
    """Pass the offer on; the task keeps its place, the agent stays available.

    A transfer to them alone is declined with it.
    """
    if task.state is not State.OFFERED or task.agent != agent or task.fence != fence:
        raise NotSo("offer_gone", "This went to somebody else, or took you too long.")
    if task.only is not None:
        return settled(task, now, "declined")
    return Change(passed_over(unoffered(task), agent, now), release(task), "rejected")


def abandon(task: Task, now: int) -> Change:
    """End a task whose visitor has been gone for too long; it is a message to be answered."""
    must_be_unserved(task)
    if task.visitor_due_at is None or now < task.visitor_due_at:
        raise NotSo("not_waiting", "The visitor is still there.")
    return ended(task, State.ABANDONED, now, "left", release(task))


def leave(task: Task, now: int, outcome: Literal["message", "overflow", "closed"]) -> Change:
    """End a wait that nobody has answered: it is a message from now on.

    `message`: the visitor wants it so. `overflow`: it waited too long. `closed`: the department
    is, and nobody is there.
    """
    must_be_unserved(task)
    return ended(task, State.OVERFLOW, now, outcome, release(task))


def overflow(task: Task, now: int, department: str | None, seconds: int | None) -> Change:
    """Let a task that waited too long wait in `department`, at its old place.

    `seconds`: of that department; then it overflows again. Without one, or in one that it came
    from, nobody new would see it: it becomes a message.
    """
    must_wait(task)
    if task.overflow_due_at is None or now < task.overflow_due_at:
        raise NotSo("not_waiting", "It has not waited for so long yet.")
    if department is None or department == task.department or department in task.visited:
        return leave(task, now, "overflow")
    went = replace(
        task,
        fence=task.fence + 1,
        department=department,
        missed=(),
        visited=(*task.visited, task.department),
        overflow_due_at=after(now, seconds),
    )
    return Change(went, (), "overflow")


def move(
    task: Task,
    department: str,
    now: int,
    *,
    front: bool | None = None,
    needs: Iterable[Need] | None = None,
    overflow_seconds: int | None = None,
) -> Change:
    """Let it wait in `department` as somebody says; an offer is withdrawn, the place kept.

    Who lost it when their connection was gone does not get it back.

    `front`, `needs`: None leaves them. `overflow_seconds`: of the department, from now on.
    """
    must_be_unserved(task)
    back = unoffered(task)
    moved = replace(
        back,
        fence=task.fence + 1,
        department=department,
        former=_handing_over(task),
        front=task.front if front is None else front,
        needs=task.needs if needs is None else tuple(needs),
        missed=(),
        visited=(),
        overflow_due_at=after(max(now, task.not_before or now), overflow_seconds),
    )
    return Change(moved, release(task), "moved")


def callback(
    task: Task, at: int, now: int, weights: Weights, overflow_seconds: int | None = None
) -> Change:
    """Let it wait until `at` for a call back; the visitor may go, the place is kept.

    Who lost it when their connection was gone does not get it back before that.

    That the department is open at `at` is for the caller to know.

    Raises:
        NotSo: `not_open`, when `at` is too near or too far; `already_assigned`; `not_waiting`.
    """
    must_be_unserved(task)
    if not now + CALLBACK_FIRST_MS <= at <= now + CALLBACK_LAST_MS:
        raise NotSo("not_open", "Choose a time from 5 minutes to 14 days from now.")
    later = replace(
        unoffered(task),
        fence=task.fence + 1,
        former=_handing_over(task),
        mode="callback",
        weight=weights.of("callback"),
        not_before=at,
        visitor_due_at=None,
        overflow_due_at=after(at, overflow_seconds),
    )
    return Change(later, release(task), "callback")


def _handing_over(task: Task) -> str | None:
    """Return who hands a transfer over: of anything else nobody has a claim on it."""
    return task.former if task.kind == "transfer" else None


def join(task: Task, now: int, weights: Weights, overflow_seconds: int | None = None) -> Change:
    """Let a visitor who wanted to be called back wait here after all, at their old place."""
    must_be_unserved(task)
    if task.mode != "callback" and task.not_before is None:
        raise NotSo("not_waiting", "You wait already.")
    mode: Mode = "chat" if task.mode == "callback" else task.mode  # a call may be on
    here = replace(
        unoffered(task),
        fence=task.fence + 1,
        mode=mode,
        weight=weights.of(mode),
        not_before=None,
        visitor_due_at=now + VISITOR_MS,
        overflow_due_at=after(now, overflow_seconds),
    )
    return Change(here, release(task), "rejoined")
