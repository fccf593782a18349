"""Lets the tasks of a conversation follow its events, in the transaction that stores them.

What events mean to tasks is said in `server/domain/following.py`; here it is looked up what
they stand on, and written by compare-and-set. What is not possible any more is a `Refusal`,
which undoes the whole command; `Stale` asks for the command to be decided again on what is
there now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Actor, AnyCommand, AssignTask
from server.domain.following import Following, Step, moves, shows
from server.domain.routing import Charge, NotSo, State, has_room, unfit
from server.services.secrets import new_id
from server.store import matching, policies, tasks
from server.store.tasks import Stale
from signaling import messages
from signaling.errors import Refusal
from signaling.events import ConversationState, TimelineEvent

__all__ = ["TRIES", "Followed", "busy", "follow", "tell"]

log = structlog.get_logger(__name__)

TRIES: Final = 5  # of a transaction that others were faster with


@dataclass(frozen=True, slots=True)
class Followed:
    """What a commit changed in the queue of a site."""

    site: str
    steps: tuple[Step, ...]

    @property
    def agents(self) -> frozenset[str]:
        """The agents whose load or offers are others than before."""
        befores = (step.before.agent for step in self.steps if step.before is not None)
        afters = (step.change.task.agent for step in self.steps)
        return frozenset(agent for agent in (*befores, *afters) if agent is not None)

    @property
    def frees(self) -> bool:
        """Whether a slot is free, or somebody waits, who was not before."""
        return any(
            step.change.task.state is State.WAITING
            or any(charge.units < 0 for charge in step.change.charges)
            for step in self.steps
        )


def tell(steps: Sequence[Step]) -> None:
    """Log what a commit changed."""
    for step in steps:
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


def busy() -> Refusal:
    """Return the refusal of what others were faster with again and again."""
    return Refusal(
        "unavailable",
        "Others change this at the same time: try again.",
        temporary=True,
        retry_after=0.5,
    )


async def follow(
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
    bodies = moves(events)
    shown = isinstance(command, messages.Connect) or shows(state, events)
    if not bodies and not shown:
        return None
    live = await tasks.live_of(tx, state.id)
    service = live.get("service")
    if not bodies and (service is None or service.state is not State.ACCEPTED):
        return None
    known = await policies.of_site(tx, site)
    following = Following(
        state,
        live,
        known.by_id,
        known.now,
        routing=known.routing,
        offer=(command.task, command.fence) if isinstance(command, messages.AcceptOffer) else None,
        given=isinstance(command, AssignTask) or actor.audience != "staff",
    )
    try:
        for body in bodies:
            following.event(body, new_id())
        if any(str(body.__struct_config__.tag).startswith("call_") for body in bodies):
            following.called()
        if shown:
            following.shown()
    except NotSo as refused:
        raise Refusal(refused.code, refused.message) from None
    steps = following.steps
    if not steps:
        return None
    for step in steps:
        for charge in step.change.charges:
            if charge.fits:
                await _must_fit(tx, charge, _given_back(steps, charge), actor, own=step.own)
    await tasks.apply(tx, site, steps, known.now)
    return Followed(site, tuple(steps))


def _given_back(steps: Sequence[Step], to: Charge) -> int:
    """Return how many units the same transaction gives back to who is charged."""
    charges = (charge for step in steps for charge in step.change.charges)
    return -sum(one.units for one in charges if one.agent == to.agent and one.units < 0)


async def _must_fit(
    tx: AsyncConnection, charge: Charge, given_back: int, actor: Actor, *, own: bool
) -> None:
    """Refuse with the reason what does not fit; that it still does is checked as it is written."""
    agent = await matching.one_agent(tx, charge.agent)
    if agent is None:
        raise Refusal("not_found", "There is no such colleague.")
    if own:
        agent = replace(agent, state="available", online=True)  # they are: they ask for it
    there = agent.state == "available" and agent.online
    if there and has_room(replace(agent, used=agent.used - given_back), charge):
        return
    if actor.audience != "staff":
        raise Stale  # nobody has asked for this agent: decide again, without them
    why = unfit(agent, own=own)
    raise Refusal(why.code, why.message)
