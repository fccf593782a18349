"""Lets the tasks of a conversation follow its events, in the transaction that stores them.

The events say what happened to the conversation; here it is said what that means to its
tasks (`server/domain/{transitions,serving,transfers,expiry}.py`), and written by
compare-and-set. What does not fit any more is a `Refusal`, which undoes the whole command;
`Stale` asks for the command to be tried again on what is there now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Actor, AnyCommand
from server.domain.expiry import expire
from server.domain.membership import media_on
from server.domain.routing import (
    SERVED,
    UNSERVED,
    Change,
    Charge,
    NotSo,
    State,
    Task,
    Weights,
    calls_of,
    unfit,
)
from server.domain.serving import (
    connect,
    end_wrapup,
    finish,
    give_back,
    lose_agent,
    raise_mode,
    requeue,
    take,
)
from server.domain.transfers import (
    end_transfer,
    transfer_to_agent,
    transfer_to_department,
    transferred,
)
from server.domain.transitions import (
    abandon,
    accept,
    callback,
    enqueue,
    join,
    leave,
    move,
    overflow,
)
from server.services.secrets import new_id
from server.store import matching, policies, tasks
from server.store.database import Database
from server.store.policies import Policy
from server.store.tasks import Stale, Step
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    Assigned,
    CallEnded,
    CallJoined,
    CallLeft,
    CallMedia,
    CallOpened,
    CallStarted,
    Closed,
    ConversationState,
    Message,
    Note,
    Queued,
    QueueLeft,
    QueueState,
    Read,
    TimelineEvent,
    TransferEnded,
    TransferRequested,
    Unassigned,
)
from signaling.queue import Mode

__all__ = ["Followed", "follow"]

log = structlog.get_logger(__name__)

_CALLS: Final = CallStarted | CallJoined | CallMedia | CallLeft | CallOpened | CallEnded
_MOVES: Final = (
    Queued | QueueLeft | Assigned | Unassigned | Closed | TransferRequested | TransferEnded | _CALLS
)
#: What shows that the one who accepted has the conversation before them.
_SHOWS: Final = Message | Note | Read | CallStarted | CallJoined


@dataclass(frozen=True, slots=True)
class Followed:
    """What a commit changed in the queue: whom to tell, and whether somebody may be served now."""

    site: str
    steps: tuple[Step, ...]

    @property
    def agents(self) -> set[str]:
        """The agents whose load or offers are others than before."""
        befores = (step.before.agent for step in self.steps if step.before is not None)
        afters = (step.change.task.agent for step in self.steps)
        return {agent for agent in (*befores, *afters) if agent is not None}

    @property
    def frees(self) -> bool:
        """Whether a slot is free, or somebody waits, who was not before."""
        return any(
            step.change.task.state is State.WAITING
            or any(charge.units < 0 for charge in step.change.charges)
            for step in self.steps
        )

    def tell(self) -> None:
        """Log what happened, after the commit."""
        for step in self.steps:
            before, after = step.before, step.change.task
            log.info(
                "task changed",
                task=after.id,
                conversation=after.conversation,
                agent=after.agent or (None if before is None else before.agent),
                before="" if before is None else before.state.value,
                after=after.state.value,
                reason=step.change.reason,
            )


async def follow(
    db: Database,
    tx: AsyncConnection,
    site: str,
    state: ConversationState,
    command: AnyCommand,
    actor: Actor,
    events: Sequence[TimelineEvent],
) -> Followed | None:
    """Let the tasks of a conversation follow `events`; `state` is the one after them.

    Raises:
        Refusal: a task does not allow it; says why.
        Stale: others were faster; decide again on what is there now.
    """
    moves = [event.event for event in events if isinstance(event.event, _MOVES)]
    shown = isinstance(command, messages.Connect) or (
        state.assignee is not None
        and any(e.by.id == state.assignee.id and isinstance(e.event, _SHOWS) for e in events)
    )
    if not moves and not shown:
        return None
    live = await tasks.live_of(tx, state.id)
    service = live.get("service")
    if not moves and (service is None or service.state is not State.ACCEPTED):
        return None
    plan = _Plan(
        state=state,
        command=command,
        actor=actor,
        live=live,
        policies=await policies.of_site(tx, site),
        now=await db.moment(tx),
    )
    try:
        for body in moves:
            plan.event(body)
        plan.rest(shown=shown, called=any(isinstance(body, _CALLS) for body in moves))
    except NotSo as refused:
        raise Refusal(refused.code, refused.message) from None
    if not plan.steps:
        return None
    await _check_room(tx, plan)
    await tasks.apply(tx, site, plan.steps, plan.now)
    return Followed(site, tuple(plan.steps))


async def _check_room(tx: AsyncConnection, plan: _Plan) -> None:
    """Refuse with the reason what would not fit; that it still does is checked as it is written."""
    for step in plan.steps:
        for charge in step.change.charges:
            if not charge.fits:
                continue
            agent = await matching.one_agent(tx, charge.agent)
            if agent is None:
                raise Refusal("not_found", "There is no such colleague.")
            own = step.own
            there = own or (agent.state == "available" and agent.online)
            room = agent.used + charge.units <= agent.capacity and (
                charge.calls <= 0 or agent.calls + charge.calls <= agent.max_calls
            )
            if there and room:
                continue
            if plan.actor.person.role == "system" or plan.actor.audience != "staff":
                raise Stale  # nobody asked for this agent: decide again, without them
            why = unfit(agent if not there else replace(agent, state="available", online=True), own=own)
            raise Refusal(why.code, why.message)


class _Plan:
    """The transitions that the events of one commit mean, on copies of the tasks."""

    def __init__(
        self,
        *,
        state: ConversationState,
        command: AnyCommand,
        actor: Actor,
        live: dict[str, Task],
        policies: dict[str, Policy],
        now: int,
    ) -> None:
        self.state = state
        self.command = command
        self.actor = actor
        self.live = live
        self.policies = policies
        self.now = now
        self.steps: list[Step] = []
