"""One worker of a crowded shop: a process with the real services and the agents of its sockets.

    python -m tests.contract.crowd DATABASE_URL NUMBER OF_HOW_MANY SEED JOURNAL

It matches, sweeps, and drops leases as a server does, without any bus. Its agents answer, reject,
let ring, press twice, answer too late, vanish and come back; each answer that the services give
them is a line of JSON in the journal. SIGTERM ends it; it may also be killed or stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import signal
import sys
import time
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from typing import IO, Any, Final

import structlog
from sqlalchemy import bindparam, select

from server.domain.routing import State, Task
from server.services.audit import Audit
from server.services.clock import system_clock
from server.services.conversations import Conversations
from server.services.outbox import Outbox
from server.services.presence import Presence
from server.services.routing import Router
from server.services.secrets import new_id
from server.store import tasks
from server.store.database import Database
from server.store.migrate import fact
from server.store.queue_tables import agent_capacity, task
from signaling import messages
from signaling.backend import Command, Principal
from signaling.errors import Refusal
from tests.contract.crowded import NoBus, agents_of, begin, first_line

__all__ = ["Services"]

_LOOK: Final = 0.25  # seconds between looks at what is offered, as a gateway's standing
_RENEW: Final = 5.0  # seconds between renewals of a lease
_AT_ONCE: Final = 8  # things that the agents of one worker do at the same time
_BEGIN: Final = 1.0  # seconds between visitors who come to this worker
_VISITORS: Final = 20  # of them

_NO_BUS: Final = NoBus()

_mine = tasks.reads.where(
    task.c.agent.in_(bindparam("agents", expanding=True)),
    task.c.state.in_(("offered", "accepted", "connected")),
)
_deaf = select(agent_capacity.c.agent).where(
    agent_capacity.c.agent.in_(bindparam("agents", expanding=True)),
    agent_capacity.c.state == "not_responding",
)


class Services:
    """What a server has of the queue, on a database; without a bus, unless it is given one."""

    def __init__(self, db: Database, epoch: str, bus: object = _NO_BUS) -> None:
        clock, audit = system_clock, Audit(system_clock)
        self.db = db
        self.outbox = Outbox(db, bus, clock)  # type: ignore[arg-type]
        self.presence = Presence(db, bus, new_id())  # type: ignore[arg-type]
        self.conversations = Conversations(db, self.outbox, audit, clock, epoch)
        self.router = Router(db, self.conversations, self.outbox, audit)
        self.presence.follow(back=self.router.returned, gone=self.router.gone)

    async def run(self) -> None:
        """Match and sweep until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.router.run())
            group.create_task(self.outbox.run())
            group.create_task(self._leases())

    async def _leases(self) -> None:
        while True:
            with contextlib.suppress(Exception):  # the next round tries again
                await self.presence.sweep()
            await asyncio.sleep(0.5)


@dataclass
class _Agent:
    who: Principal
    renew_at: float
    away_until: float = 0.0

    def there(self) -> bool:
        return time.monotonic() >= self.away_until


class Crowd:
    """The agents and visitors whose sockets are at one worker."""

    def __init__(
        self, services: Services, agents: list[Principal], journal: IO[str], seed: int
    ) -> None:
        self._services = services
        self._random = random.Random(seed)
        now = time.monotonic()
        self._agents = {
            one.person.id: _Agent(one, now + n * _RENEW / len(agents) - _RENEW)
            for n, one in enumerate(agents)
        }
        self._journal = journal
        self._answered: set[tuple[str, int]] = set()
        self._doing = asyncio.Semaphore(_AT_ONCE)
        self._jobs: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Live until cancelled."""
        begin_at, left = time.monotonic(), _VISITORS
        while True:
            try:
                await self._look()
                if left and time.monotonic() >= begin_at:
                    begin_at, left = time.monotonic() + _BEGIN, left - 1
                    self._start(self._visit())
            except Exception as error:  # a connection that was lost; the next look has another
                self._note("look", said=type(error).__name__)
            await asyncio.sleep(_LOOK)

    async def _look(self) -> None:
        now, presence = time.monotonic(), self._services.presence
        for one in self._agents.values():
            if one.there() and now >= one.renew_at:
                one.renew_at = now + _RENEW
                await presence.touch(one.who, True)
        keys = list(self._agents)
        async with self._services.db.read() as tx:
            found = [tasks.read(row) for row in await tx.execute(_mine, {"agents": keys})]
            deaf = (await tx.execute(_deaf, {"agents": keys})).scalars().all()
        for one in found:
            agent = self._agents[one.agent or ""]
            if agent.there() and (one.id, one.fence) not in self._answered:
                self._answered.add((one.id, one.fence))
                self._start(self._answer(agent, one))
        for key in deaf:
            desks = self._services.router.desks
            self._start(self._quietly(desks.set_state(key, "available", None, self._who(key))))

    def _who(self, key: str) -> Principal:
        return self._agents[key].who

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    # --- visitors ---------------------------------------------------------------------------------

    async def _visit(self) -> None:
        site = self._random.choice(list(self._agents.values())).who.site
        with contextlib.suppress(Exception):  # whoever gets no answer comes again
            who = await begin(self._services.db, site)
            await self._services.conversations.execute(who, first_line())

    # --- agents -----------------------------------------------------------------------------------

    async def _answer(self, agent: _Agent, one: Task) -> None:
        if one.state is not State.OFFERED:
            await self._serve(agent, one)
            return
        chance = self._random.random()
        await asyncio.sleep(self._random.uniform(0.0, 0.4))
        accept = messages.AcceptOffer(
            id=new_id(), conv=one.conversation, task=one.id, fence=one.fence
        )
        if chance < 0.03:
            return  # it rings out
        if chance < 0.05:
            agent.away_until = time.monotonic() + self._random.uniform(5.0, 25.0)
            agent.renew_at = agent.away_until
            await self._quietly(self._services.presence.touch(agent.who, False))
        elif chance < 0.15:
            desks = self._services.router.desks
            await self._do("reject", agent, one, desks.reject(agent.who, one.id, one.fence))
            await asyncio.sleep(self._random.uniform(0.0, 3.0))
            await self._execute("stale", agent, one, accept)
        elif chance < 0.20:
            again = messages.AcceptOffer(
                id=new_id(), conv=one.conversation, task=one.id, fence=one.fence
            )
            await asyncio.gather(
                self._execute("accept", agent, one, accept),
                self._execute("accept", agent, one, again),
            )
        else:
            await self._execute("accept", agent, one, accept)

    async def _serve(self, agent: _Agent, one: Task) -> None:
        conv, chance = one.conversation, self._random.random()
        if one.state is State.ACCEPTED and chance < 0.01:
            return  # it is never on their screen
        if one.state is State.ACCEPTED and chance < 0.10:
            # Seen again when it is connected.
            done = await self._execute(
                "connect", agent, one, messages.Connect(id=new_id(), conv=conv)
            )
        else:
            await asyncio.sleep(self._random.uniform(0.1, 2.0))
            close = messages.Close(id=new_id(), conv=conv, reason="solved")
            back = messages.HandBack(id=new_id(), conv=conv)
            what, command = ("handback", back) if chance > 0.97 else ("close", close)
            done = agent.there() and await self._execute(what, agent, one, command)
        if not done:  # looked at again, if it is theirs still
            self._answered.discard((one.id, one.fence))

    async def _execute(self, what: str, agent: _Agent, one: Task, command: Command) -> bool:
        doing = self._services.conversations.execute(agent.who, command)
        return await self._do(what, agent, one, doing)

    async def _do(self, what: str, agent: _Agent, one: Task, doing: Awaitable[object]) -> bool:
        async with self._doing:
            try:
                await doing
                said = "ok"
            except Refusal as refusal:
                said = refusal.code
            except Exception as error:  # a connection that the server has ended
                said = type(error).__name__
        self._note(
            what,
            task=one.id,
            conv=one.conversation,
            fence=one.fence,
            agent=agent.who.person.id,
            offered=one.offered_at,
            said=said,
        )
        return said == "ok"

    async def _quietly(self, doing: Awaitable[object]) -> None:
        with contextlib.suppress(Exception):
            await doing

    def _note(self, what: str, **more: object) -> None:
        self._journal.write(json.dumps({"at": system_clock(), "what": what, **more}) + "\n")
        self._journal.flush()


async def _live(url: str, number: int, of: int, seed: int, journal: IO[str]) -> None:
    db = Database(url)
    services = Services(db, await fact(db, "epoch"))
    agents = (await agents_of(db))[number::of]
    crowd = Crowd(services, agents, journal, seed)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    jobs = [asyncio.create_task(services.run()), asyncio.create_task(crowd.run())]
    await ended.wait()
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    await db.aclose()


def main() -> None:
    url, number, of, seed, journal = sys.argv[1:]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    with open(journal, "a", encoding="utf-8") as notes:
        asyncio.run(_live(url, int(number), int(of), int(seed), notes))


if __name__ == "__main__":
    main()
