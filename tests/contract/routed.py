"""A shop whose agents are online and have capacity, to hold what the router does with visitors."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from server.domain.routing import State, Task
from server.store import tasks
from server.store.queue_tables import agent_capacity, agent_department, department, task
from signaling import messages
from signaling.backend import Principal
from signaling.events import Message
from signaling.messages import Ack, Snapshot
from signaling.state import ConversationState
from tests.contract.conftest import Desk, new_id


@dataclass
class Routed:
    """The shop. What it does goes through its first node, unless said."""

    desk: Desk

    @property
    def anna(self) -> Principal:
        return self.desk.agents[0]

    @property
    def bo(self) -> Principal:
        return self.desk.agents[1]

    @property
    def boss(self) -> Principal:
        return self.desk.supervisor

    # --- what is so beforehand --------------------------------------------------------------------

    async def online(self, *who: Principal) -> None:
        """Give agents a live lease, as a gateway does."""
        for one in who:
            await self.desk.one.presence.touch(one, True)

    async def capacity(self, who: Principal, units: int, calls: int = 1) -> None:
        mine = agent_capacity.c.agent == who.person.id
        async with self.desk.one.db.write() as tx:
            await tx.execute(
                update(agent_capacity).where(mine).values(capacity=units, max_calls=calls)
            )

    async def usual(self, **values: object) -> str:
        """Let the usual department be otherwise; return its id."""
        async with self.desk.one.db.write() as tx:
            key: str = (
                await tx.execute(
                    select(department.c.id).where(
                        department.c.site == self.desk.site.id, department.c.usual
                    )
                )
            ).scalar_one()
            if values:
                await tx.execute(update(department).where(department.c.id == key).values(**values))
        return key

    async def department(self, name: str, *members: Principal, **values: object) -> str:
        """Add a department."""
        key = new_id()
        async with self.desk.one.db.write() as tx:
            new = {"id": key, "site": self.desk.site.id, "name": name, "created_at": 0}
            await tx.execute(insert(department).values(**new, **values))
            for one in members:
                row = {"agent": one.person.id, "department": key}
                await tx.execute(insert(agent_department).values(row))
        return key

    async def away(self, *who: Principal) -> None:
        for one in who:
            await self.desk.one.router.desks.set_state(one.person.id, "away", "lunch", one)

    async def back(self, *who: Principal) -> None:
        for one in who:
            await self.desk.one.router.desks.set_state(one.person.id, "available", None, one)

    # --- what happens -----------------------------------------------------------------------------

    async def waits(self, text: str = "Huhuu") -> tuple[Principal, str]:
        """Let a new visitor write; return them and their conversation."""
        visitor = await self.desk.visitor()
        return visitor, await self.desk.conversation(visitor, text)

    async def do(self, who: Principal, command: object) -> Ack:
        return await self.desk.one.backend.execute(who, command)  # type: ignore[arg-type]

    async def accept(self, who: Principal, conv: str) -> Ack:
        """Accept what is offered."""
        found = await self.task(conv)
        command = messages.AcceptOffer(id=new_id(), conv=conv, task=found.id, fence=found.fence)
        return await self.do(who, command)

    async def served(self, who: Principal) -> tuple[Principal, str]:
        """Let a visitor be served by the agent that the router has chosen."""
        visitor, conv = await self.waits()
        await self.match()
        await self.accept(who, conv)
        await self.do(who, messages.Connect(id=new_id(), conv=conv))
        return visitor, conv

    async def match(self) -> int:
        return await self.desk.one.router.match()

    async def sweep(self, *, seconds: float = 0) -> None:
        """Let time pass, leases being renewed or not as the test says, and sweep on a node."""
        self.desk.clock.forward(seconds=seconds)
        await self.desk.two.router.sweep()

    # --- what is so then --------------------------------------------------------------------------

    async def task(self, conv: str, kind: str = "service") -> Task:
        """Return the newest task of a conversation."""
        query = tasks.reads.where(task.c.conversation == conv, task.c.kind == kind)
        async with self.desk.one.db.read() as tx:
            row = (await tx.execute(query.order_by(task.c.created_at.desc()).limit(1))).first()
        assert row is not None
        return tasks.read(row)

    async def state(self, conv: str) -> ConversationState:
        opened = await self.desk.one.backend.open_conversation(self.anna, conv, None)
        assert isinstance(opened, Snapshot)
        return opened.state

    async def lines(self, who: Principal, conv: str) -> list[Message]:
        """Return what is said in a conversation, as somebody sees it."""
        opened = await self.desk.one.backend.open_conversation(who, conv, None)
        assert isinstance(opened, Snapshot)
        return [e.event for e in opened.events if isinstance(e.event, Message)]

    async def used(self, who: Principal) -> tuple[int, int]:
        """Return how many units and calls an agent has taken."""
        query = select(agent_capacity).where(agent_capacity.c.agent == who.person.id)
        async with self.desk.one.db.read() as tx:
            row = (await tx.execute(query)).one()
        return row.used, row.calls

    async def says(self, who: Principal) -> str:
        """Return the state of an agent."""
        query = select(agent_capacity.c.state).where(agent_capacity.c.agent == who.person.id)
        async with self.desk.one.db.read() as tx:
            found: str = (await tx.execute(query)).scalar_one()
        return found


def waiting(found: Task) -> bool:
    return found.state is State.WAITING and found.agent is None


def by(routed: Routed, agent: str | None) -> tuple[Principal, Principal]:
    """Return the agent with this id, and the other one."""
    both = [routed.anna, routed.bo]
    both.sort(key=lambda one: one.person.id != agent)
    return both[0], both[1]
