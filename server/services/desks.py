"""What agents do with what is offered to them, and with their own state.

Offers and wrap-ups are of tasks alone; what is a conversation's too goes through
`Conversations` (accepting, transfers). All of it ends with the router being woken when
somebody may be served now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.matching import eligible
from server.domain.routing import Agent, Change, NotSo, State, Task
from server.domain.serving import end_wrapup, extend_wrapup
from server.domain.transitions import reject
from server.services.announcing import standing_changed
from server.services.audit import Audit
from server.services.conversations import Conversations
from server.services.offers import Decide, Offers
from server.services.outbox import Outbox, Owed
from server.services.secrets import new_id
from server.store import capacity, matching, policies, tasks
from server.store.database import Database
from signaling import messages
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.queue import AgentState, AwayReason

__all__ = ["Desks"]

log = structlog.get_logger(__name__)

_PAGE: Final = 50  # tasks of a department that one by hand is looked for among
_LOOKS: Final = 8  # of these, tried until one is not somebody else's by then


class Desks:
    """The desks of all agents, as one process serves them."""

    def __init__(
        self,
        db: Database,
        conversations: Conversations,
        offers: Offers,
        outbox: Outbox,
        audit: Audit,
        wake: Callable[[str], None],
    ) -> None:
        self._db = db
        self._conversations = conversations
        self._offers = offers
        self._outbox = outbox
        self._audit = audit
        self._wake = wake

    # --- offers -----------------------------------------------------------------------------------

    async def reject(self, who: Principal, key: str, fence: int) -> None:
        """Let an offer pass to somebody else; if it has, as they said so or let it ring, fine.

        Raises:
            Refusal: `offer_gone`.
        """
        task = await self._own(who, key)
        if task is None or who.audience != "staff":
            raise Refusal("offer_gone", "This went to somebody else, or took you too long.")
        if who.person.id in task.missed and task.agent != who.person.id:
            return  # a resend, or they were too late: it is as they want it
        if task.only is not None:
            if (task.state, task.agent, task.fence) != (State.OFFERED, who.person.id, fence):
                raise Refusal("offer_gone", "This is over: it was taken back, or took too long.")
            command = messages.EndTransfer(id=new_id(), conv=task.conversation)
            await self._conversations.execute(who, command)
            return

        async def decide(_tx: AsyncConnection, task: Task, now: int) -> Change | None:
            return reject(task, who.person.id, fence, now)

        await self._change(who.site, key, decide)
        self._wake(who.site)

    async def next(self, who: Principal) -> str | None:
        """Let an agent take by hand what comes next of what they may; return the conversation.

        None: nothing of that waits.

        Raises:
            Refusal: `no_capacity`.
        """
        for task in await self._candidates(who.person.id):
            take = messages.Accept if task.kind == "service" else messages.AcceptTransfer
            try:
                await self._conversations.execute(who, take(id=new_id(), conv=task.conversation))
            except Refusal as refusal:
                if refusal.code == "no_capacity":
                    raise
                continue  # somebody was faster: the next one
            return task.conversation
        return None

    async def _candidates(self, agent_id: str) -> list[Task]:
        found: list[Task] = []
        async with self._db.read() as tx:
            agent = await matching.one_agent(tx, agent_id)
            if agent is None:
                return []
            free = _free(agent)
            for department in sorted(agent.departments):
                team = await matching.team(tx, department)
                waiting = await matching.waiting(tx, department, most=_PAGE)
                found += [task for task in waiting if eligible(task, free, team)]
        found.sort(key=lambda t: (agent_id in t.missed, not t.front, t.enqueued_at, t.id))
        return found[:_LOOKS]

    # --- wrap-ups ---------------------------------------------------------------------------------

    async def end_wrapup(self, who: Principal, key: str) -> None:
        """Give the slot back before its time; that it is given back is fine.

        Raises:
            Refusal: `not_found`.
        """
        await self._must_own(who, key)

        async def decide(_tx: AsyncConnection, task: Task, now: int) -> Change | None:
            return end_wrapup(task, now) if task.state is State.WRAPUP else None

        if await self._change(who.site, key, decide) is not None:
            self._wake(who.site)

    async def extend_wrapup(self, who: Principal, key: str) -> int:
        """Hold the slot for the same time again; return until when. Once.

        Raises:
            Refusal: `not_found`, `not_assigned`: it is over; `forbidden`: a second time.
        """
        await self._must_own(who, key)

        async def decide(tx: AsyncConnection, task: Task, now: int) -> Change | None:
            known = await policies.of_site(tx, who.site)
            return extend_wrapup(task, now, known.by_id[task.department].wrapup_seconds)

        task = await self._change(who.site, key, decide)
        return 0 if task is None or task.deadline_at is None else task.deadline_at

    # --- the agent --------------------------------------------------------------------------------

    async def set_state(
        self, agent: str, state: AgentState, reason: AwayReason | None, by: Principal
    ) -> None:
        """Let an agent take work, or none; what rings at them then goes on to others.

        Raises:
            Refusal: `not_found`; `forbidden`: only supervisors do this for others.
        """
        own = agent == by.person.id
        if by.audience != "staff" or not (own or by.person.role == "supervisor"):
            raise Refusal("forbidden", "Only a supervisor does this for a colleague.")
        why = "" if state != "away" else reason or "other"

        async def job(tx: AsyncConnection) -> tuple[str, Owed] | None:
            if await capacity.site_of(tx, agent) != by.site:
                raise Refusal("not_found", "There is no such colleague.")
            if not await capacity.set_state(tx, agent, state, why):
                return None
            hints = standing_changed(by.site, [agent])
            key = await self._outbox.owe(tx, hints)
            if not own:
                await self._audit.add(tx, by.site, by.person.id, f"agent_{state}", agent)
            return key, hints

        owed = await self._db.run(job)
        if owed is None:
            return
        await self._outbox.publish(*owed)
        log.info("agent state", agent=agent, state=state, reason=why, by=by.person.id)
        if state == "available":
            self._wake(by.site)
        else:
            await self._pass_on(by.site, agent)

    async def _pass_on(self, site: str, agent: str) -> None:
        """Let what is offered to an agent who takes no work go on to others."""
        async with self._db.read() as tx:
            found = await matching.offered_to(tx, agent)
        for one in found:
            if one.task.only is not None:
                continue  # a colleague asked for them; it rings until its time is over

            async def decide(_tx: AsyncConnection, task: Task, now: int) -> Change | None:
                mine = task.state is State.OFFERED and task.agent == agent
                return reject(task, agent, task.fence, now) if mine else None

            await self._change(site, one.task.id, decide)
        if found:
            self._wake(site)

    # --- what they share --------------------------------------------------------------------------

    async def _own(self, who: Principal, key: str) -> Task | None:
        async with self._db.read() as tx:
            return await tasks.by_id(tx, key, site=who.site)

    async def _must_own(self, who: Principal, key: str) -> None:
        task = await self._own(who, key)
        if who.audience != "staff" or task is None or task.agent != who.person.id:
            raise Refusal("not_found", "There is no such wrap-up of yours.")

    async def _change(self, site: str, key: str, decide: Decide) -> Task | None:
        try:
            return await self._offers.change(site, key, decide)
        except NotSo as refused:
            raise Refusal(refused.code, refused.message) from None


def _free(agent: Agent) -> Agent:
    """Return an agent as one who asks for work: whether they have room is told by accepting."""
    return replace(agent, state="available", online=True, used=0, calls=0)
