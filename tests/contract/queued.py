"""Tasks in every state, put straight into the tables, with conversations to go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace as with_
from sqlalchemy import insert, select, update

from server.domain.record import advance, begin
from server.domain.routing import Change, Charge, State, Task, calls_of
from server.services.secrets import new_id
from server.store import conversations, tasks
from server.store.queue_tables import (
    agent_capacity,
    agent_department,
    agent_skill,
    department,
    skill,
    task,
)
from server.store.tables import agent
from signaling.backend import Principal
from signaling.events import Message, Opened, Page, Person, TimelineEvent, Visitor

if TYPE_CHECKING:
    from tests.contract.conftest import Desk

_HOLDS = (State.OFFERED, State.ACCEPTED, State.CONNECTED, State.WRAPUP)
PAGE = Page(url="https://shop.example/skates", title="Skates")


class Queue:
    """The queue of a desk's shop."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.db = desk.one.db

    async def usual(self) -> str:
        """Return the department that all agents are in."""
        async with self.db.read() as tx:
            query = select(department.c.id).where(
                department.c.site == self.desk.site.id, department.c.usual
            )
            found: str = (await tx.execute(query)).scalar_one()
            return found

    async def department(self, name: str, *members: Principal, **more: Any) -> str:
        key = new_id()
        async with self.db.write() as tx:
            await tx.execute(
                insert(department).values(
                    id=key, site=self.desk.site.id, name=name, created_at=0, **more
                )
            )
            for one in members:
                await tx.execute(
                    insert(agent_department).values(agent=one.person.id, department=key)
                )
        return key

    async def skill(self, name: str, **levels: int) -> None:
        """Add a skill; `levels`: by the names of agents."""
        key = new_id()
        async with self.db.write() as tx:
            await tx.execute(insert(skill).values(id=key, site=self.desk.site.id, name=name))
            for who, level in levels.items():
                found = select(agent.c.id).where(agent.c.name == who)
                key_of = (await tx.execute(found)).scalar_one()
                await tx.execute(insert(agent_skill).values(agent=key_of, skill=key, level=level))

    async def speaks(self, who: Principal, langs: str) -> None:
        async with self.db.write() as tx:
            await tx.execute(update(agent).where(agent.c.id == who.person.id).values(langs=langs))

    async def set(self, who: Principal, **columns: Any) -> None:
        """Change an agent's capacity row."""
        mine = agent_capacity.c.agent == who.person.id
        async with self.db.write() as tx:
            await tx.execute(update(agent_capacity).where(mine).values(**columns))

    async def online(self, *who: Principal) -> None:
        for one in who:
            await self.desk.one.presence.touch(one, True)

    async def put(
        self,
        visitor: Principal,
        state: State = State.WAITING,
        *,
        ago: float = 0,
        agent: Principal | None = None,
        text: str = "Huhuu",
        **more: Any,
    ) -> Task:
        """Put a task that was enqueued `ago` seconds ago; what holds a slot is charged."""
        now = self.desk.clock.now
        conv = await self._conversation(visitor, text)
        one = Task(
            id=new_id(),
            conversation=conv,
            visitor=visitor.person.id,
            department=more.pop("department", None) or await self.usual(),
            kind=more.pop("kind", "service"),
            state=state,
            mode=more.pop("mode", "chat"),
            weight=more.pop("weight", 1),
            lang=more.pop("lang", "fi"),
            needs=more.pop("needs", ()),
            fence=more.pop("fence", 1),
            enqueued_at=now - int(ago * 1000),
            agent=None if agent is None else agent.person.id,
            created_at=now,
            **more,
        )
        charges = (
            (Charge(agent.person.id, one.weight, calls_of(one.mode)),)
            if agent is not None and state in _HOLDS
            else ()
        )
        async with self.db.write() as tx:
            step = tasks.Step(None, Change(one, charges, "opened"))
            await tasks.apply(tx, visitor.site, [step], now)
        return one

    async def _conversation(self, visitor: Principal, text: str) -> str:
        conv, at = new_id(), self.desk.clock.now
        who = Visitor(id=visitor.person.id, name="Vieras")
        by = Person(id=who.id, role="visitor", name=who.name)
        record = begin(
            conv, TimelineEvent(seq=1, at=at, by=by, event=Opened(visitor=who, lang="fi"))
        )
        said = TimelineEvent(seq=2, at=at, by=by, event=Message(id="m", text=text))
        record = advance(record, said, 15)
        record = with_(record, state=with_(record.state, page=PAGE))
        async with self.db.write() as tx:
            feed = await conversations.next_feed(tx, visitor.site)
            await conversations.create(tx, record, site_id=visitor.site, visitor=who.id, feed=feed)
        return conv

    async def row(self, one: Task) -> Any:
        async with self.db.read() as tx:
            return (await tx.execute(select(task).where(task.c.id == one.id))).one()
