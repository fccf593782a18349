"""Looks up what decisions about the queue depend on: where a conversation waits, until when.

Only for commands that may put somebody in a queue, start a clock or say who serves.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Actor, AnyCommand, MoveTask, QueueFacts, ReturnTask
from server.domain.departments import on_page
from server.domain.hours import Hours, is_open, next_open
from server.domain.policy import Policy
from server.domain.routing import State, Task
from server.domain.sla import due
from server.domain.text import clean_page
from server.services.secrets import new_id
from server.store import matching, policies, tasks
from server.store.conversations import Row
from server.store.policies import Policies
from signaling import messages
from signaling.queue import Department, Need, Reason

__all__ = ["Queueing", "queueing"]

_TAKES = messages.Accept | messages.AcceptOffer | messages.AcceptTransfer
_NEVER: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Queueing:
    """What is known of the queue: `server.domain.commands.Facts` has the same fields."""

    queue: QueueFacts | None = None
    department: Department | None = None
    why: Reason | None = None


async def queueing(
    tx: AsyncConnection, row: Row | None, command: AnyCommand, actor: Actor, site: str
) -> Queueing:
    """Return what is known of the queue for `command`; None of it unless it may matter."""
    match command:
        case messages.Accept() | messages.AcceptOffer() | messages.AcceptTransfer():
            if row is None:
                return Queueing()
            return Queueing(why=await _why(tx, row.id, command, actor))
        case messages.RequestTransfer():
            if not command.department:
                return Queueing()
            known = await policies.of_site(tx, site)
            policy = known.by_id.get(command.department)
            return Queueing(department=None if policy is None else policy.department)
        case messages.Start() | messages.Send():
            if actor.audience != "visitor" or not _may_wait(row):
                return Queueing()
        case (
            messages.HandBack()
            | messages.JoinQueue()
            | messages.AskCallback()
            | MoveTask()
            | ReturnTask()
        ):
            pass
        case _:
            return Queueing()
    return Queueing(queue=await _queue(tx, row, command, site))


def _may_wait(row: Row | None) -> bool:
    """Tell whether a line of the visitor may put them in a queue, or start a clock."""
    if row is None:
        return True
    state = row.record.state
    left = state.queue is None and state.assignee is None
    return state.clock is None or left


async def _why(tx: AsyncConnection, conv: str, command: _TAKES, actor: Actor) -> Reason:
    """Return why a task is theirs: as it was offered, handed over, or taken by hand."""
    live = await tasks.live_of(tx, conv)
    for task in live.values():
        if task.state is State.OFFERED and task.agent == actor.person.id and task.why is not None:
            return task.why
    return Reason(kind="chosen" if isinstance(command, messages.AcceptTransfer) else "pulled")


async def _queue(
    tx: AsyncConnection, row: Row | None, command: AnyCommand, site: str
) -> QueueFacts | None:
    known = await policies.of_site(tx, site)
    if known.usual is None:
        return None
    task = None
    if row is not None and row.record.state.state != "closed":
        task = (await tasks.live_of(tx, row.id)).get("service")
        if task is not None and task.state is State.WRAPUP:
            task = None
    policy, needs = _place(known, known.usual, row, command, task)
    since = known.now if task is None else task.enqueued_at
    staffed = True
    if isinstance(command, messages.JoinQueue):
        team = await matching.team(tx, policy.department.id)
        staffed = any(agent.online and agent.state == "available" for agent in team)
    return _facts(policy, needs, task, command, now=known.now, since=since, staffed=staffed)


def _place(
    known: Policies, usual: Policy, row: Row | None, command: AnyCommand, task: Task | None
) -> tuple[Policy, tuple[Need, ...]]:
    """Return the department in which a conversation waits, or would, and what it asks for."""
    if isinstance(command, MoveTask):
        return known.by_id.get(command.department, usual), _NEVER if task is None else task.needs
    if task is not None:
        return known.by_id[task.department], task.needs
    if row is not None and row.record.state.department is not None:
        before = known.by_id.get(row.record.state.department.id)
        if before is not None:
            return before, _NEVER
    page = command.page if isinstance(command, messages.Start) else None
    if page is None and row is not None:
        page = row.record.state.page
    shown = None if page is None else clean_page(page)
    if shown is not None:
        path = urlsplit(shown.url).path or "/"
        for rule in known.routing.rules:
            if on_page(rule.pages, path):
                return known.by_id.get(rule.department, usual), tuple(rule.needs)
    return usual, _NEVER


def _facts(
    policy: Policy,
    needs: tuple[Need, ...],
    task: Task | None,
    command: AnyCommand,
    *,
    now: int,
    since: int,
    staffed: bool,
) -> QueueFacts:
    hours, targets = policy.hours, policy.targets
    opened = is_open(hours, now)
    wait, first, following = (due(hours, targets, kind, now) for kind in ("wait", "first", "next"))
    return QueueFacts(
        department=policy.department,
        task=new_id() if task is None else task.id,
        now=now,
        since=since,
        needs=needs,
        wait_due=None if wait is None else wait.due_at,
        first_due=None if first is None else first.due_at,
        first_warn=None if first is None else first.warn_at,
        next_due=None if following is None else following.due_at,
        next_warn=None if following is None else following.warn_at,
        open=opened and staffed,
        open_at=not isinstance(command, messages.AskCallback) or is_open(hours, command.at),
        opens="" if opened else _as_read(hours, next_open(hours, now)),
    )


def _as_read(hours: Hours, at: int | None) -> str:
    """Return a moment as it is on the wall of the department, such as 2026-11-23 09:00."""
    if at is None:
        return ""
    there = datetime.datetime.fromtimestamp(at / 1000, ZoneInfo(hours.tz))
    return there.strftime("%Y-%m-%d %H:%M")
