"""What supervisors do to the floor: set colleagues' states, move what waits. All of it is audited.

Listening in, whispering, barging in and taking over are commands of a conversation, and are
audited as its events.
"""

from __future__ import annotations

from dataclasses import replace

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Actor, AssignTask, MoveTask
from server.domain.routing import UNSERVED, Change, State, Task
from server.services.audit import Audit
from server.services.conversations import Conversations
from server.services.departments import supervise
from server.services.desks import Desks
from server.services.offers import Offers
from server.services.outbox import Outbox
from server.services.presence import Presence
from server.store import conversations, people, tasks
from server.store.database import Database
from server.store.people import Agent
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.queue import AgentState, AwayReason

__all__ = ["Supervising"]

log = structlog.get_logger(__name__)


class Supervising:
    """The acts of supervisors."""

    def __init__(
        self,
        db: Database,
        conversations: Conversations,
        desks: Desks,
        outbox: Outbox,
        presence: Presence,
        audit: Audit,
    ) -> None:
        self._db = db
        self._conversations = conversations
        self._desks = desks
        self._offers = Offers(db, outbox)
        self._presence = presence
        self._audit = audit

    async def set_state(
        self, who: Principal, agent: str, state: AgentState, reason: AwayReason | None
    ) -> None:
        """Set the state of a colleague.

        Raises:
            Refusal: `forbidden`, or `not_found`: there is no such colleague.
        """
        supervise(who)
        await self._desks.set_state(agent, state, reason, by=who)
        await self._presence.tell(who.site)

    async def move(self, who: Principal, conv: str, department: str) -> None:
        """Let a conversation wait in another department; who serves it gives it away.

        Raises:
            Refusal: `forbidden`, `not_found`, `not_waiting`: it is a message, or closed.
        """
        supervise(who)
        actor = Actor(who.person, "staff")
        await self._conversations.act(conv, MoveTask(department), actor, site=who.site)

    async def assign(self, who: Principal, conv: str, agent: str) -> None:
        """Give a conversation to a colleague, whoever has it.

        Raises:
            Refusal: `forbidden`, `not_found`, or they cannot take it.
        """
        supervise(who)
        colleague = await self._colleague(who, agent)
        actor = Actor(who.person, "staff")
        await self._conversations.act(conv, AssignTask(colleague.person), actor, site=who.site)

    async def bring_forward(self, who: Principal, conv: str) -> None:
        """Let a conversation be the next of its department.

        Raises:
            Refusal: `forbidden`, or `not_waiting`.
        """
        supervise(who)
        async with self._db.read() as tx:
            row = await conversations.load(tx, conv)
            task = (await tasks.live_of(tx, conv)).get("service")
        if row is None or row.site != who.site:
            raise Refusal("not_found", "There is no such conversation.")
        if task is None or task.state not in UNSERVED:
            raise Refusal("not_waiting", "It does not wait.")

        async def forward(_tx: AsyncConnection, found: Task, _now: int) -> Change | None:
            if found.state is not State.WAITING or found.front:
                return None  # while it is offered it is served first already
            return Change(replace(found, front=True, fence=found.fence + 1), (), "moved")

        async def told(tx: AsyncConnection) -> None:
            await self._audit.add(tx, who.site, who.person.id, "task_moved", f"{conv} front")

        await self._offers.change(who.site, task.id, forward, told)
        log.info("task brought forward", conversation=conv, by=who.person.id)

    async def _colleague(self, who: Principal, agent: str) -> Agent:
        async with self._db.read() as tx:
            colleague = await people.agent_by_id(tx, agent)
        if colleague is None or colleague.site != who.site:
            raise Refusal("not_found", "There is no such colleague.")
        return colleague
