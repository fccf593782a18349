"""How a conversation is handed over: a second task beside the one that is served.

The owner keeps the service task until somebody accepts the transfer; then the one closes and the
other becomes the service task (`transferred`). `raise_mode` is for both while both live. What a
transfer's times mean is in `server/domain/expiry.py`, as of any task.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

from server.domain.routing import SERVED, UNSERVED, Change, Charge, NotSo, State, Task, calls_of
from server.domain.steps import TRANSFER_MS, release, settled
from server.domain.transitions import accept
from signaling.queue import Need, Reason

__all__ = ["end_transfer", "transfer_to_agent", "transfer_to_department", "transferred"]

ANSWER_MS: Final = 60_000  # a colleague has so long to answer


def transfer_to_agent(service: Task, task: str, to: str, now: int) -> Change:
    """Return the new transfer task, offered to `to` alone. Charges them, if it fits."""
    made = _beside(service, task, now)
    if to == service.agent:
        raise NotSo("agent_unavailable", "You serve it: choose somebody else.")
    offered = replace(
        made,
        state=State.OFFERED,
        agent=to,
        only=to,
        why=Reason(kind="chosen"),
        deadline_at=now + ANSWER_MS,
        offered_at=now,
    )
    charge = Charge(to, made.weight, calls_of(made.mode), fits=True)
    return Change(offered, (charge,), "transfer")


def transfer_to_department(
    service: Task, task: str, department: str, now: int, needs: Iterable[Need] = ()
) -> Change:
    """Return the new transfer task, which waits in `department` for somebody with `needs`."""
    made = replace(
        _beside(service, task, now),
        department=department,
        needs=tuple(needs),
        deadline_at=now + TRANSFER_MS,
    )
    return Change(made, (), "transfer")


def transferred(
    service: Task, transfer: Task, agent: str, now: int, *, fence: int | None = None
) -> tuple[Change, Change]:
    """Let `agent` accept: the old task closes, and the transfer is the service task. In this order.

    Without a `fence` it is taken by hand, offered or not.
    """
    if transfer.kind != "transfer" or service.state not in SERVED:
        raise NotSo("not_transferring", "It is not handed over any more.")
    if service.agent == agent:
        raise NotSo("already_assigned", "You serve it already.")
    if transfer.only not in (None, agent):
        raise NotSo("already_offered", "It is handed over to somebody else.")
    taken = accept(transfer, agent, now, fence=fence, hand=fence is None)
    closed = replace(
        service,
        state=State.CLOSED,
        fence=service.fence + 1,
        deadline_at=None,
        ended_at=now,
        outcome="transferred",
    )
    serves = replace(taken.task, kind="service")
    return (
        Change(closed, release(service, idle=True), "transferred"),
        Change(serves, taken.charges, taken.reason),
    )


def end_transfer(
    transfer: Task, now: int, outcome: Literal["declined", "cancelled", "unanswered"]
) -> Change:
    """End a transfer that nobody has accepted; the owner keeps the conversation."""
    if transfer.kind != "transfer" or transfer.state not in UNSERVED:
        raise NotSo("not_transferring", "It is not handed over any more.")
    return settled(transfer, now, outcome)


def _beside(service: Task, task: str, now: int) -> Task:
    """Return a transfer task that waits beside `service`, at its place."""
    if service.kind != "service" or service.state not in SERVED:
        raise NotSo("not_assigned", "Only what is served can be handed over.")
    return Task(
        id=task,
        conversation=service.conversation,
        visitor=service.visitor,
        department=service.department,
        kind="transfer",
        state=State.WAITING,
        mode=service.mode,
        weight=service.weight,
        lang=service.lang,
        needs=service.needs,
        fence=1,
        enqueued_at=service.enqueued_at,
        former=service.agent,
        created_at=now,
    )
