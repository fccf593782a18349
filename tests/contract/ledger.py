"""Holds the books of the queue against each other: what SQL says happened, and what it says is.

Every proof of the queue ends here, whatever its people and nodes did: `faults` reads the tasks,
their history, the agents' capacities and the conversations, and returns what does not add up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.routing import ENDED, HELD, SERVED, State, calls_of
from server.store.queue_tables import agent_capacity, task, task_event
from server.store.tables import conversation

__all__ = ["double_assignments", "faults", "stale_writes"]

_HELD: Final = {state.value for state in HELD}
_SERVED: Final = {state.value for state in SERVED}
_ENDED: Final = {state.value for state in ENDED}
#: May change what a task weighs in any state; the offer that rings stays good.
_SAME_FENCE: Final = "mode"


async def faults(tx: AsyncConnection) -> list[str]:
    """Return all that does not add up, in words; nothing, if the queue has kept its promises."""
    tasks = (await tx.execute(select(task))).all()
    history = (await tx.execute(select(task_event).order_by(task_event.c.id))).all()
    agents = (await tx.execute(select(agent_capacity))).all()
    convs = (await tx.execute(select(conversation))).all()
    return [
        *double_assignments(history, {row.id: row.conversation for row in tasks}),
        *stale_writes(history),
        *_as_last_written(tasks, history),
        *_charged(tasks, agents),
        *_owned(tasks, convs),
    ]


def double_assignments(history: Iterable[Any], convs: dict[str, str]) -> list[str]:
    """Return where a conversation had two owners at once, or an owner without being let go."""
    found = []
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for row in history:
        serving = owners[convs[row.task]]
        before = serving.pop(row.task, None)
        if row.after not in _SERVED:
            continue
        kept = row.before in _SERVED and row.reason not in ("taken", "returned")
        if before is not None and kept and before != row.agent:
            found.append(f"{row.task}: {before} lost it to {row.agent} by {row.reason}")
        serving[row.task] = row.agent
        if len(serving) > 1:
            found.append(f"{convs[row.task]}: served twice at once, {sorted(serving.values())}")
    return found


def stale_writes(history: Iterable[Any]) -> list[str]:
    """Return transitions that were not made on what the one before them left."""
    found = []
    last: dict[str, Any] = {}
    for row in history:
        before = last.get(row.task)
        if before is None:
            first = (row.before, row.fence) in (("", 1), ("", 2))  # 2: taken as it is made
            if not first:
                found.append(f"{row.task}: begins with {row.before!r} at fence {row.fence}")
        else:
            raised = 0 if row.reason == _SAME_FENCE else 1
            if row.before != before.after or row.fence != before.fence + raised:
                found.append(
                    f"{row.task}: {row.before}→{row.after} ({row.reason}) at fence {row.fence} "
                    f"after {before.before}→{before.after} ({before.reason}) at {before.fence}"
                )
        last[row.task] = row
    return found


def _as_last_written(tasks: Iterable[Any], history: Iterable[Any]) -> list[str]:
    last = {row.task: row for row in history}
    return [
        f"{row.id}: is {row.state} at {row.fence}, its history ends with {last[row.id].after} "
        f"at {last[row.id].fence}"
        for row in tasks
        if row.id in last and (row.state, row.fence) != (last[row.id].after, last[row.id].fence)
    ] + [f"{row.id}: has no history" for row in tasks if row.id not in last]


def _charged(tasks: Iterable[Any], agents: Iterable[Any]) -> list[str]:
    units: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for row in tasks:
        if row.state in _HELD:
            units[row.agent] += row.weight
            calls[row.agent] += calls_of(row.mode)
    return [
        f"{row.agent}: has taken {row.used} units, {row.calls} calls; its tasks are "
        f"{units[row.agent]}, {calls[row.agent]}"
        for row in agents
        if (row.used, row.calls) != (units[row.agent], calls[row.agent])
    ]


def _owned(tasks: Iterable[Any], convs: Iterable[Any]) -> list[str]:
    serving = {
        row.conversation: row.agent
        for row in tasks
        if row.kind == "service" and row.state in _SERVED
    }
    live = Counter(row.conversation for row in tasks if row.kind == "service" and _live(row))
    found = [f"{conv}: {n} live tasks" for conv, n in live.items() if n > 1]
    for row in convs:
        owner = serving.get(row.id)
        if row.state == "closed":
            if owner is not None:
                found.append(f"{row.id}: is closed, and {owner} serves it")
        elif row.assignee != owner:
            found.append(f"{row.id}: is {row.assignee}'s, its task {owner}'s")
    return found


def _live(row: Any) -> bool:
    return row.state not in _ENDED and row.state != State.WRAPUP.value
