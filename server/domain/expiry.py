"""What the end of each of a task's times means. Pure: sweeps ask `due` and do as it says."""

from __future__ import annotations

from typing import Literal

from server.domain.routing import ENDED, UNSERVED, Change, NotSo, State, Task
from server.domain.serving import end_wrapup
from server.domain.steps import passed_over, release, settled, unoffered, waiting_again

__all__ = ["due", "expire"]


def due(task: Task, now: int) -> Literal["expire", "abandon", "overflow"] | None:
    """Return which of a task's times is over. An offer is answered before the task overflows."""
    if task.state in ENDED:
        return None
    if task.deadline_at is not None and task.deadline_at <= now:
        return "expire"
    if task.state not in UNSERVED:
        return None
    if task.visitor_due_at is not None and task.visitor_due_at <= now:
        return "abandon"
    if task.state is State.OFFERED or task.overflow_due_at is None:
        return None
    return "overflow" if task.overflow_due_at <= now else None


def expire(task: Task, now: int, overflow_seconds: int | None = None) -> Change:
    """Do what the end of the state's time means.

    An offer goes on to others, and its agent does not respond. What was accepted and never
    opened waits in front, for somebody else first. A wrap-up is over. A transfer ends unanswered.
    """
    if task.deadline_at is None or now < task.deadline_at or task.state in ENDED:
        raise NotSo("offer_gone", "There is still time, or it is over.")
    if task.state is State.WRAPUP:
        return end_wrapup(task, now)
    if task.state is State.WAITING:
        return settled(task, now, "unanswered")
    if task.state is State.OFFERED:
        if task.only is not None:
            return settled(task, now, "unanswered", "not_responding")
        charges = release(task, "not_responding")
        return Change(_missed(unoffered(task), task.agent, now), charges, "missed")
    waits = waiting_again(task, now, True, overflow_seconds)
    return Change(_missed(waits, task.agent, now), release(task, idle=True), "unconnected")


def _missed(task: Task, agent: str | None, now: int) -> Task:
    return task if agent is None else passed_over(task, agent, now)
