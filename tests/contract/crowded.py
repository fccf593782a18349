"""A shop with very many agents and visitors, put into a database in bulk.

One conversation is really begun, through `Conversations`; the others are its rows over again,
with ids of their own. So they are what the product writes, and five thousand of them are there
in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table, func, insert, select, update

from server.services.audit import Audit
from server.services.clock import system_clock
from server.services.conversations import Conversations
from server.services.outbox import Outbox
from server.services.secrets import new_id
from server.store import people
from server.store.clock import database_now
from server.store.database import Database
from server.store.people import Agent, Site
from server.store.queue_tables import agent_capacity, department, service_clock, task, task_event
from server.store.tables import agent_session, conversation, event, site, visitor
from signaling import messages
from signaling.backend import Principal
from signaling.events import Person

__all__ = ["Crowded", "NoBus", "agents_of", "begin"]

_NUMBERED: Final = (task_event, service_clock)  # their ids are the database's
_DAY: Final = 86_400_000  # ms

Rows = dict[Table, list[dict[str, Any]]]


class NoBus:
    """A bus that is down: whatever is published gets nowhere, and nobody is woken by it."""

    async def publish(self, topic: str, data: bytes) -> None:
        del topic, data

    def subscribe(self, topic: str, callback: object) -> object:
        raise AssertionError("services do not listen")


@dataclass
class Crowded:
    """One site with its agents, and the rows of a conversation that has just begun there."""

    db: Database
    site: str
    department: str
    agents: list[str]
    _pattern: Rows = field(default_factory=dict)
    _ids: tuple[str, ...] = ()

    @classmethod
    async def opened(
        cls, db: Database, epoch: str, agents: int, *, capacity: int, **settings: object
    ) -> Crowded:
        """Add a site; `settings`: of its department."""
        new = Site(new_id(), new_id().lower(), "Shop", "#123456", ["fi"], ["https://shop.example"])
        staff = [
            Agent(new_id(), new.id, f"{new_id()}@shop.example", f"A{n}", "agent", "", "fi", True)
            for n in range(agents)
        ]
        async with db.write() as tx:
            await people.add_site(tx, new)
            found = select(department.c.id).where(department.c.site == new.id)
            key: str = (await tx.execute(found)).scalar_one()
            if settings:
                await tx.execute(update(department).where(department.c.id == key).values(settings))
            for one in staff:
                await people.add_agent(tx, one, system_clock())
                await people.open_agent_session(
                    tx,
                    key=new_id(),
                    agent_id=one.id,
                    secret=new_id(),
                    now=system_clock(),
                    expires_at=system_clock() + _DAY,
                )
            mine = agent_capacity.c.site == new.id
            await tx.execute(update(agent_capacity).where(mine).values(capacity=capacity))
        shop = cls(db, new.id, key, [one.id for one in staff])
        await shop._begin(epoch)
        return shop

    async def _begin(self, epoch: str) -> None:
        clock = system_clock
        outbox = Outbox(self.db, NoBus(), clock)  # type: ignore[arg-type]
        conversations = Conversations(self.db, outbox, Audit(clock), clock, epoch)
        who = await begin(self.db, self.site)
        conv = (await conversations.execute(who, first_line())).conv
        async with self.db.write() as tx:
            found = select(task.c.id).where(task.c.conversation == conv)
            one: str = (await tx.execute(found)).scalar_one()
            self._ids = (conv or "", who.person.id, one)
            whose = {
                visitor: visitor.c.id == who.person.id,
                conversation: conversation.c.id == conv,
                event: event.c.conversation == conv,
                service_clock: service_clock.c.conversation == conv,
                task: task.c.id == one,
                task_event: task_event.c.task == one,
            }
            for table, mine in whose.items():
                rows = (await tx.execute(select(table).where(mine))).mappings()
                self._pattern[table] = [dict(row) for row in rows]
            # It is the pattern alone: whoever counts begins with none.
            for table, mine in reversed(whose.items()):
                await tx.execute(table.delete().where(mine))

    async def wait(self, patience: Sequence[float]) -> list[str]:
        """Let so many begin to wait; `patience`: in how many seconds each is gone if not served.

        Returns:
            the conversations.
        """
        rows: Rows = {table: [] for table in self._pattern}
        convs = []
        async with self.db.write() as tx:
            feed = update(site).where(site.c.id == self.site)
            feed = feed.values(feed_seq=site.c.feed_seq + len(patience))
            last: int = (await tx.execute(feed.returning(site.c.feed_seq))).scalar_one()
            now: int = (await tx.execute(select(database_now()))).scalar_one()
            for n, seconds in enumerate(patience):
                ids = dict(zip(self._ids, (new_id(), new_id(), new_id()), strict=True))
                convs.append(ids[self._ids[0]])
                for table, pattern in self._pattern.items():
                    for row in pattern:
                        mine = {name: _renamed(value, ids) for name, value in row.items()}
                        if table in _NUMBERED:
                            del mine["id"]
                        if table is conversation:
                            mine["changed"] = last - n
                            mine["auto_due_at"] = None  # nobody sweeps these here
                        if table is task:
                            mine |= {"enqueued_at": now, "created_at": now}
                            mine["visitor_due_at"] = now + int(seconds * 1000)
                        rows[table].append(mine)
            for table, many in rows.items():
                if many:
                    await tx.execute(insert(table), many)
        return convs

    async def states(self) -> dict[str, int]:
        """Return how many tasks are in each state."""
        query = select(task.c.state, func.count()).group_by(task.c.state)
        async with self.db.read() as tx:
            rows = await tx.execute(query.where(task.c.site == self.site))
            return {row[0]: row[1] for row in rows}


def _renamed(value: Any, ids: dict[str, str]) -> Any:
    for old, new in ids.items():
        if isinstance(value, str):
            value = value.replace(old, new)
        elif isinstance(value, bytes):
            value = value.replace(old.encode(), new.encode())
    return value


async def begin(db: Database, site_id: str) -> Principal:
    """Let a new visitor come in."""
    key = new_id()
    async with db.write() as tx:
        row = {"id": key, "site": site_id, "name": "Vieras", "kind": "anonymous", "created_at": 0}
        await tx.execute(insert(visitor).values(row))
    return Principal(Person(id=key, role="visitor", name="Vieras"), "visitor", site_id, key, 1e12)


def first_line() -> messages.Start:
    """Return the command that begins a conversation."""
    return messages.Start(id=new_id(), text="Huhuu", lang="fi")


async def agents_of(db: Database) -> list[Principal]:
    """Return every agent who is signed in, in one order."""
    query = select(agent_session.c.id, agent_session.c.agent).order_by(agent_session.c.agent)
    async with db.read() as tx:
        sessions = (await tx.execute(query)).all()
        found = [(row.id, await people.agent_by_id(tx, row.agent)) for row in sessions]
    return [
        Principal(one.person, "staff", one.site, session, 1e12)
        for session, one in found
        if one is not None
    ]
