"""Does what is due in the queue: offers nobody answered, agents gone and back, waits too long.

Every half second by any node (`server/services/routing.py`), without a leader. What is found is
looked at again under its locks, so that of several nodes one acts, and one that was paused and
writes late finds nothing to do.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import (
    SYSTEM,
    Actor,
    AnyCommand,
    EndWait,
    ExpireTransfer,
    GiveBack,
    MoveTask,
    ReturnTask,
)
from server.domain.expiry import due, expire
from server.domain.hours import is_open
from server.domain.matching import eligible
from server.domain.routing import SERVED, UNSERVED, Agent, Change, State, Task
from server.domain.serving import lose_agent
from server.services.conversations import Conversations
from server.services.offers import Offers
from server.store import matching, people, policies, tasks
from server.store.conversations import Row
from server.store.database import Database
from server.store.matching import Found, Waited
from signaling.errors import Refusal

__all__ = ["Sweeping"]

log = structlog.get_logger(__name__)

_PAGE: Final = 100  # tasks looked at together
_AT_ONCE: Final = 4  # of what is due, done at the same time by one process
_SYSTEM: Final = Actor(SYSTEM, "staff")

#: Gives the command for a task as it is under the lock; None: nothing is due any more.
Decided = Callable[[AsyncConnection, Task], Awaitable[AnyCommand | None]]


class _Over(Exception):  # noqa: N818 — nothing is to be done
    """What was found is not so any more."""


class Sweeping:
    """The sweep of one process."""

    def __init__(self, db: Database, conversations: Conversations, offers: Offers) -> None:
        self._db = db
        self._conversations = conversations
        self._offers = offers

    async def sweep(self) -> None:
        """Do all that is due now."""
        async with self._db.read() as tx:
            late = await matching.due(tx)
            gone = await matching.gone(tx)
            back = await matching.back(tx)
            queues = await matching.waited_for(tx)
        await self._each(back, self._give_back)
        await self._each(gone, self._lose)
        await self._each(late, self._expire)
        for queue in queues:
            try:
                await self._close(queue)
            except Exception:
                log.exception("department not looked at", department=queue.department)

    async def gone(self) -> None:
        """Do what is due because of agents without a lease."""
        async with self._db.read() as tx:
            found = await matching.gone(tx)
        await self._each(found, self._lose)

    async def returned(self, agent: str) -> None:
        """Give an agent who is there again what they had, unless somebody else has it."""
        async with self._db.read() as tx:
            found = await matching.back(tx, agent)
        await self._each(found, self._give_back)

    async def _each(self, found: Sequence[Found], do: Callable[[Found], Awaitable[None]]) -> None:
        """Do what was found, a few at a time; what cannot be done the next sweep finds again.

        In no order, so that nodes that found the same share it.
        """
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(each: Found) -> None:
            async with turn:
                try:
                    await do(each)
                except Refusal as refusal:  # somebody was faster
                    log.info("due task passed over", task=each.task.id, code=refusal.code)
                except Exception:
                    log.exception("due task failed", task=each.task.id)

        await asyncio.gather(*(one(each) for each in random.sample(found, len(found))))

    async def _act(self, found: Found, decided: Decided) -> None:
        """Do to the conversation what `decided` gives, if it still gives anything."""

        async def prepare(tx: AsyncConnection, _row: Row) -> AnyCommand:
            task = await tasks.by_id(tx, found.task.id)
            command = None if task is None else await decided(tx, task)
            if command is None:
                raise _Over
            return command

        conv, site = found.task.conversation, found.site
        try:
            await self._conversations.act_on(conv, prepare, _SYSTEM, site=site)
        except _Over:
            return

    # --- agents without a lease, and with one again -----------------------------------------------

    async def _lose(self, found: Found) -> None:
        if found.task.state is State.OFFERED and found.task.only is None:
            await self._offers.change(found.site, found.task.id, _withdrawn)
        else:
            await self._act(found, _lost)

    async def _give_back(self, found: Found) -> None:
        await self._act(found, _returned)

    # --- what is over -----------------------------------------------------------------------------

    async def _expire(self, found: Found) -> None:
        state = found.task.state
        if state is State.WRAPUP or (state is State.OFFERED and found.task.only is None):
            await self._offers.change(found.site, found.task.id, _over)

        async def decided(tx: AsyncConnection, task: Task) -> AnyCommand | None:
            known = await policies.of_site(tx, found.site)
            match due(task, known.now):
                case "abandon":
                    return EndWait("left")
                case "overflow":
                    to = known.by_id[task.department].overflow_to
                    if to is None or to == task.department or to in task.visited:
                        return EndWait("overflow")
                    return MoveTask(to, "overflow")
                case "expire" if task.kind == "transfer":
                    return ExpireTransfer()
                case "expire" if task.state is State.ACCEPTED and task.agent is not None:
                    return ReturnTask(task.agent, "unconnected")
                case _:
                    return None

        await self._act(found, decided)

    async def _close(self, queue: Waited) -> None:
        """Let those who wait in a closed department leave a message, when nobody is there."""
        async with self._db.read() as tx:
            known = await policies.of_site(tx, queue.site)
            policy = known.by_id.get(queue.department)
            if policy is None or is_open(policy.hours, known.now):
                return
            team = _unburdened(await matching.team(tx, queue.department))
            waiting = await matching.waiting(tx, queue.department, most=_PAGE)

        async def decided(tx: AsyncConnection, task: Task) -> AnyCommand | None:
            now = await self._db.moment(tx)
            # One that rings is with somebody who has come meanwhile.
            late = task.state is State.WAITING and not is_open(policy.hours, now)
            here = task.department == queue.department
            return EndWait("closed") if late and here else None

        for task in waiting:
            nobody = not any(eligible(task, agent, team) for agent in team)
            if task.kind == "service" and nobody:
                await self._each([Found(queue.site, task)], lambda found: self._act(found, decided))


def _unburdened(team: Sequence[Agent]) -> list[Agent]:
    """Return the team as if nobody had anything to do: who is full is there all the same."""
    return [replace(agent, used=0, calls=0) for agent in team]


async def _withdrawn(tx: AsyncConnection, task: Task, now: int) -> Change | None:
    offered = task.state is State.OFFERED and task.agent is not None
    if not offered or await matching.is_there(tx, task.agent or ""):
        return None
    return lose_agent(task, now)


async def _over(_tx: AsyncConnection, task: Task, now: int) -> Change | None:
    alone = task.state is State.WRAPUP or (task.state is State.OFFERED and task.only is None)
    return expire(task, now) if alone and due(task, now) == "expire" else None


async def _lost(tx: AsyncConnection, task: Task) -> AnyCommand | None:
    if task.agent is None or await matching.is_there(tx, task.agent):
        return None
    if task.kind == "transfer":
        return ExpireTransfer() if task.state is State.OFFERED else None
    return ReturnTask(task.agent, "gone") if task.state in SERVED else None


async def _returned(tx: AsyncConnection, task: Task) -> AnyCommand | None:
    if task.former is None or task.kind != "service" or task.state not in UNSERVED:
        return None
    if not await matching.is_there(tx, task.former):
        return None
    agent = await people.agent_by_id(tx, task.former)
    return None if agent is None else GiveBack(agent.person)
