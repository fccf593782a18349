"""Two nodes that race, each with its own connections to one database.

What is decided on a stale look is written late on purpose (`decided`, `write`); on PostgreSQL two
transactions are also brought to the same row and let go in a known order: a third one holds
it (`held`), and each is awaited until the server says that it stands in line (`in_line`). SQLite
has one writer: there `held` holds the file, and who is first is its choice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.matching import Match, match
from server.domain.routing import Task
from server.services.offers import Offers
from server.store import matching
from server.store.database import Database
from server.store.matching import Waited
from server.store.queue_tables import agent_capacity, task, task_event
from server.store.tables import conversation
from signaling import messages
from signaling.backend import Principal
from signaling.errors import Refusal
from tests.contract.conftest import Desk, Node, new_id
from tests.contract.ledger import faults
from tests.contract.routed import Routed

__all__ = ["Plan", "Race", "outcome", "raced"]

T = TypeVar("T")

_PATIENCE: Final = 20.0  # seconds; whoever waits longer waits for ever
_IN_LINE: Final = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
_TABLES: Final = {
    "conversation": (conversation, conversation.c.id),
    "agent": (agent_capacity, agent_capacity.c.agent),
    "task": (task, task.c.id),
}


@dataclass(frozen=True)
class Plan:
    """What a node would offer by what it saw, and has not written."""

    queue: Waited
    found: list[Match]
    now: int


@dataclass
class Race:
    """The shop with its two nodes, and a third party that holds rows."""

    routed: Routed
    side: Database

    @property
    def one(self) -> Node:
        return self.routed.desk.one

    @property
    def two(self) -> Node:
        return self.routed.desk.two

    @property
    def postgres(self) -> bool:
        return not self.side.sqlite

    # --- stale looks ------------------------------------------------------------------------------

    async def decided(self, node: Node) -> Plan:
        """Let a node look at the one queue in which somebody waits, and choose."""
        async with node.db.read() as tx:
            (queue,) = await matching.waited_for(tx)
            now = await node.db.moment(tx)
            team = await matching.team(tx, queue.department)
            waiting = await matching.waiting(tx, queue.department, most=100)
            last = await matching.last_agents(tx, [one.visitor for one in waiting])
        return Plan(queue, match(waiting, team, last, now), now)

    async def write(self, node: Node, plan: Plan) -> int:
        """Let a node write what it chose, however long ago; return how much of it was still so."""
        return await Offers(node.db, node.outbox).make(plan.queue, plan.found, plan.now)

    # --- rows that are held -----------------------------------------------------------------------

    @asynccontextmanager
    async def held(self, **rows: str) -> AsyncIterator[AsyncConnection]:
        """Hold rows (`conversation`, `agent`, `task`) until the block ends; on SQLite the file."""
        async with asyncio.timeout(_PATIENCE), self.side.write() as tx:
            for kind, key in rows.items():
                table, name = _TABLES[kind]
                await tx.execute(select(table).where(name == key).with_for_update())
            yield tx

    async def in_line(self, *jobs: Coroutine[Any, Any, T]) -> list[asyncio.Task[T]]:
        """Start jobs, each when the one before it stands in line for what is held."""
        started: list[asyncio.Task[T]] = []
        for job in jobs:
            before = await self._waiting()
            started.append(asyncio.create_task(job))
            async with asyncio.timeout(_PATIENCE):
                while self.postgres and await self._waiting() == before:
                    assert not started[-1].done(), "it did not wait for what is held"
                    await asyncio.sleep(0.005)  # nothing tells when another session waits
        return started

    async def _waiting(self) -> int:
        if not self.postgres:
            return 0
        async with self.side.read() as tx:
            n: int = (await tx.execute(_IN_LINE)).scalar_one()
            return n

    # --- what people do ---------------------------------------------------------------------------

    async def accept(self, node: Node, who: Principal, found: Task) -> str:
        """Let an agent accept an offer through a node; return what they are told."""
        return await self.do(
            node,
            who,
            messages.AcceptOffer(
                id=new_id(), conv=found.conversation, task=found.id, fence=found.fence
            ),
        )

    async def do(self, node: Node, who: Principal, command: object) -> str:
        """Let somebody do something through a node; return what they are told."""
        return await outcome(node.backend.execute(who, command))  # type: ignore[arg-type]

    async def ringing(self) -> tuple[Principal, str, Task]:
        """Let a new visitor's conversation ring at the first agent."""
        visitor, conv = await self.routed.waits()
        assert await self.one.router.match() == 1
        found = await self.routed.task(conv)
        assert found.agent == self.routed.anna.person.id
        return visitor, conv, found

    # --- what is so then --------------------------------------------------------------------------

    async def count(self, conv: str, reason: str) -> int:
        """Return how often a transition happened to the tasks of a conversation."""
        query = (
            select(func.count())
            .select_from(task_event.join(task, task.c.id == task_event.c.task))
            .where(task.c.conversation == conv, task_event.c.reason == reason)
        )
        async with self.side.read() as tx:
            n: int = (await tx.execute(query)).scalar_one()
            return n


@asynccontextmanager
async def raced(desk: Desk, url: str, folder: Path) -> AsyncIterator[Race]:
    """Open the shop with connections of its own for each node; hold the books in the end."""
    clock = desk.clock
    second, side = Database(url, clock), Database(url, clock)
    try:
        two = Node(second, clock, desk.one.conversations.epoch, folder)
        race = Race(Routed(replace(desk, two=two)), side)
        for who in (*desk.agents, desk.supervisor):
            await race.routed.capacity(who, 4)
        await race.routed.online(*desk.agents)
        yield race
        async with side.read() as tx:
            assert await faults(tx) == []
    finally:
        await side.aclose()
        await second.aclose()


async def outcome(doing: Awaitable[object]) -> str:
    """Return `ok`, or the code of the refusal."""
    async with asyncio.timeout(_PATIENCE):
        try:
            await doing
        except Refusal as refusal:
            return refusal.code
    return "ok"
