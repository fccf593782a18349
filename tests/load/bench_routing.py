"""How fast the router is, on a real PostgreSQL and without any bus.

- `offers_per_s`: two worker processes share a queue of thousands in one department, with a
  hundred agents who have room for all; from the start to the last committed offer.
- `slot_to_offer`: a hundred agents, each with room for one, all of them busy, a long queue. From
  the commit that frees a slot to the committed offer of the next task.
- `no_bus_offer_s`: the same, but the process that frees the slot wakes nobody: another one
  has to find it. The longest of the rounds.

PostgreSQL runs with fsync off, as the tests' does, so that the router is measured and not the
disk. The last line is the result:

    {"offers_per_s": …, "slot_to_offer_p50_ms": …, "slot_to_offer_p99_ms": …, "no_bus_offer_s": …}
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Final

import structlog
from sqlalchemy import func, insert, select

from server.domain.routing import Task
from server.services.clock import system_clock
from server.store import tasks
from server.store.clock import database_now
from server.store.database import Database
from server.store.migrate import fact, migrate
from server.store.queue_tables import task
from server.store.tables import presence
from signaling import messages
from signaling.backend import Principal
from tests.contract.crowd import Services
from tests.contract.crowded import Crowded, agents_of
from tests.load.bench_setup import percentile
from tests.services.postgres import PostgresServer, postgres_running

AGENTS: Final = 100
OFFERS: Final = 5_000
ROUNDS: Final = 600
ALONE: Final = 10  # rounds without a wake-up
WORKERS: Final = 2
LANES: Final = 4  # agents who finish at the same time
TARGETS: Final = {"offers_per_s": 500, "slot_to_offer_p99_ms": 300, "no_bus_offer_s": 2.0}
PATIENCE: Final = 60.0  # seconds

_waits = select(func.count()).where(task.c.state == "waiting")


class _Told:
    """A bus that nobody listens to but the bench: when the desk of an agent changed."""

    def __init__(self) -> None:
        self.desks: dict[str, asyncio.Queue[float]] = {}

    async def publish(self, topic: str, data: bytes) -> None:
        del data
        desk = self.desks.get(topic)
        if desk is not None:
            desk.put_nowait(time.perf_counter())


@contextlib.asynccontextmanager
async def _workers(url: str, count: int) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """Start workers that wait for a line before they look at the queue."""
    pipe = asyncio.subprocess.PIPE
    words = (sys.executable, "-m", "tests.load.bench_routing", "--worker", url)
    running = [
        await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe) for _ in range(count)
    ]
    try:
        for one in running:
            assert one.stdout is not None
            await one.stdout.readline()  # it is ready
        yield running
    finally:
        for one in running:
            one.kill()
            await one.wait()


def _go(workers: list[asyncio.subprocess.Process]) -> None:
    for one in workers:
        assert one.stdin is not None
        one.stdin.write(b"\n")


async def _worker(url: str) -> None:
    db = Database(url)
    services = Services(db, await fact(db, "epoch"))
    await services.router.match("")  # its connection is open
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    await services.run()


async def _online(db: Database, agents: list[Principal]) -> None:
    """Give agents leases that outlast the bench."""
    async with db.write() as tx:
        until = (await tx.execute(select(database_now()))).scalar_one() + 3_600_000
        rows = [
            {
                "session": one.session,
                "node": "bench",
                "agent": one.person.id,
                "site": one.site,
                "expires_at": until,
            }
            for one in agents
        ]
        await tx.execute(insert(presence), rows)


async def _shop(db: Database, *, capacity: int) -> tuple[Crowded, str]:
    await migrate(db)
    epoch = await fact(db, "epoch")
    shop = await Crowded.opened(db, epoch, AGENTS, capacity=capacity, offer_seconds=3_000)
    await _online(db, await agents_of(db))
    return shop, epoch


async def offers(url: str, count: int) -> dict[str, float]:
    """Let two processes offer a long queue."""
    db = Database(url)
    shop, _ = await _shop(db, capacity=-(-count // AGENTS))
    await shop.wait([3_600.0] * count)
    async with _workers(url, WORKERS) as workers:
        _go(workers)
        began = time.perf_counter()
        left = count
        while left:
            await asyncio.sleep(0.02)
            async with db.read() as tx:
                left = (await tx.execute(_waits)).scalar_one()
            assert time.perf_counter() - began < PATIENCE, f"{left} of {count} wait still"
        took = time.perf_counter() - began
    await db.aclose()
    return {"offers_per_s": round(count / took), "offers": count}


async def slots(url: str, rounds: int) -> dict[str, float]:
    """Let agents who have room for one finish, and be offered the next."""
    db = Database(url)
    shop, epoch = await _shop(db, capacity=1)
    await shop.wait([3_600.0] * (AGENTS + rounds + LANES + ALONE))
    told = _Told()
    services = Services(db, epoch, told)
    agents = await agents_of(db)
    while await services.router.match():
        pass
    async with _workers(url, 1) as workers:
        matching = asyncio.create_task(services.run())
        taken: list[float] = []
        lanes = [agents[n::LANES] for n in range(LANES)]
        await asyncio.gather(
            *(_finish(services, told, lane, rounds // LANES, taken) for lane in lanes)
        )
        matching.cancel()
        await asyncio.wait({matching})
        services.conversations.freed = lambda _site: None
        _go(workers)
        alone = [await _alone(services, agents[n]) for n in range(ALONE)]
    await db.aclose()
    return {
        "slot_to_offer_p50_ms": round(percentile(taken, 0.5) * 1000, 1),
        "slot_to_offer_p99_ms": round(percentile(taken, 0.99) * 1000, 1),
        "slots": len(taken),
        "no_bus_offer_s": round(max(alone), 2),
    }


async def _finish(
    services: Services, told: _Told, lane: list[Principal], rounds: int, taken: list[float]
) -> None:
    for n in range(rounds):
        who = lane[n % len(lane)]
        found = await _serve(services, who)
        desk = told.desks[f"person.{who.person.id}"] = asyncio.Queue()
        close = messages.Close(id=_id(), conv=found.conversation, reason="solved")
        await services.conversations.execute(who, close)
        async with asyncio.timeout(PATIENCE):
            freed, offered = await desk.get(), await desk.get()
        del told.desks[f"person.{who.person.id}"]
        taken.append(offered - freed)


async def _alone(services: Services, who: Principal) -> float:
    found = await _serve(services, who)
    close = messages.Close(id=_id(), conv=found.conversation, reason="solved")
    await services.conversations.execute(who, close)
    freed = time.perf_counter()
    while await _held(services.db, who) is None:
        assert time.perf_counter() - freed < PATIENCE
        await asyncio.sleep(0.01)
    return time.perf_counter() - freed


async def _serve(services: Services, who: Principal) -> Task:
    """Let an agent accept what is offered to them."""
    found = await _held(services.db, who)
    assert found is not None
    accept = messages.AcceptOffer(
        id=_id(), conv=found.conversation, task=found.id, fence=found.fence
    )
    await services.conversations.execute(who, accept)
    return found


async def _held(db: Database, who: Principal) -> Task | None:
    query = tasks.reads.where(task.c.agent == who.person.id, task.c.state == "offered")
    async with db.read() as tx:
        row = (await tx.execute(query)).first()
    return None if row is None else tasks.read(row)


def _id() -> str:
    return f"{system_clock()}-{os.urandom(6).hex()}"


async def measure(server: PostgresServer, count: int, rounds: int) -> dict[str, float]:
    """Return the figures."""
    with server.database() as url:
        figures = await offers(url, count)
    with server.database() as url:
        figures |= await slots(url, rounds)
    return {**figures, "agents": AGENTS, "load": round(os.getloadavg()[0], 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--offers", type=int, default=OFFERS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if arguments.worker is not None:
        asyncio.run(_worker(arguments.worker))
        return 0
    with postgres_running() as server:
        figures = asyncio.run(measure(server, arguments.offers, arguments.rounds))
    for name, target in TARGETS.items():
        missed = figures[name] < target if name == "offers_per_s" else figures[name] > target
        if missed:
            sys.stderr.write(f"{name} misses its target of {target}\n")
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
