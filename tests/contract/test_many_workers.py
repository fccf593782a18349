"""Four workers, two hundred agents, five thousand visitors, on PostgreSQL and without a bus.

The workers are processes (`crowd.py`) with the real services. One is killed and replaced; one is
stopped for a minute, in which its agents' work goes to others, and goes on then with all that
it had in hand: every late answer of it must lose. What happened is read from SQL (`ledger.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import func, select, text

from server.domain.routing import ENDED
from server.store.clock import database_now
from server.store.database import Database
from server.store.migrate import fact, migrate
from server.store.queue_tables import agent_capacity, task, task_event
from server.store.tables import event
from signaling.events import TimelineEvent
from tests.contract import ledger
from tests.contract.crowded import Crowded

WORKERS: Final = 4
AGENTS: Final = 200
TASKS: Final = 5_000
STOPPED: Final = 60.0  # seconds that a worker is stopped
SHOPS: Final = 4
WRAPPED: Final = {"offer_seconds": 12, "wrapup_seconds": 1}
QUICK: Final = {"offer_seconds": 8}
LIMIT: Final = 260.0  # seconds after which a run counts as hanging; idle, it takes two minutes
SEED: Final = 5
BUSY: Final = 40  # answers that the agents of a worker have had

_OPEN: Final = text("SELECT count(*) FROM task WHERE ended_at IS NULL")


class Workers:
    """The processes. All that are left are killed in the end."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._started = 0
        self.running: dict[int, asyncio.subprocess.Process] = {}

    async def start(self, number: int) -> None:
        """Start the worker of a part of the agents."""
        self._started += 1
        journal = self._folder / f"worker-{number}-{self._started}.jsonl"
        self.running[number] = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.contract.crowd", self._url, str(number), str(WORKERS)),
            *(str(SEED + self._started), str(journal)),
        )

    async def busy(self, number: int) -> None:
        """Wait until the agents of a worker are in the middle of their work."""
        while len(self.notes(number)) < BUSY:  # noqa: ASYNC110 — another process writes them
            await asyncio.sleep(0.1)

    async def kill(self, number: int) -> None:
        """Let a worker end in the middle of whatever it does."""
        process = self.running.pop(number)
        process.kill()
        await process.wait()

    async def end(self) -> None:
        """Let all workers end by themselves."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            codes = [await process.wait() for process in self.running.values()]
        assert codes == [0] * len(codes)
        self.running.clear()

    def notes(self, number: int) -> list[dict[str, Any]]:
        """Return what the workers of a part have written down."""
        found = []
        for path in sorted(self._folder.glob(f"worker-{number}-*.jsonl")):
            for line in path.read_text().splitlines():
                with contextlib.suppress(json.JSONDecodeError):  # the last one of who was killed
                    found.append(json.loads(line))
        return found


@contextlib.asynccontextmanager
async def _workers(url: str, folder: Path) -> AsyncIterator[Workers]:
    workers = Workers(url, folder)
    try:
        yield workers
    finally:
        for process in workers.running.values():
            process.kill()
            await process.wait()


async def _arrivals(shops: Sequence[Crowded], until: float) -> int:
    """Let visitors come: half of them at once, the others bit by bit."""
    chance = random.Random(SEED)

    def patience() -> float:
        return chance.uniform(0.5, 20.0) if chance.random() < 0.6 else 900.0

    first = TASKS // 2
    rounds = 20
    each = (TASKS - first) // rounds
    for n, shop in enumerate(shops):
        share = first // len(shops) if n else first - first // len(shops) * (len(shops) - 1)
        await shop.wait([patience() for _ in range(share)])
    came = first
    pause = (until - time.monotonic()) / rounds
    for n in range(rounds):
        await asyncio.sleep(max(0.0, pause))
        await shops[n % len(shops)].wait([patience() for _ in range(each)])
        came += each
    return came


async def _open(db: Database) -> int:
    async with db.read() as tx:
        n: int = (await tx.execute(_OPEN)).scalar_one()
        return n


async def _late(db: Database) -> str:
    """Say which tasks are open still, and whose time is over."""
    left = await _open(db)
    open_ = select(task, database_now().label("now")).where(task.c.ended_at.is_(None))
    async with db.read() as tx:
        rows = (await tx.execute(open_.limit(20))).all()
        deaf = select(agent_capacity.c.state, func.count()).group_by(agent_capacity.c.state)
        agents = (await tx.execute(deaf)).all()
    lines = [
        f"{row.id} {row.state} at {row.fence}, {row.agent}, deadline in "
        f"{None if row.deadline_at is None else row.deadline_at - row.now} ms"
        for row in rows
    ]
    return "\n".join([f"{left} still open:", *lines, f"agents: {agents}"])


@pytest.mark.postgres
async def test_many_workers_lose_nobody_and_serve_nobody_twice(
    postgres_url: str, tmp_path: Path
) -> None:
    began = time.monotonic()
    db = Database(postgres_url)
    await migrate(db)
    epoch = await fact(db, "epoch")
    shops = [
        await Crowded.opened(db, epoch, AGENTS // SHOPS, capacity=2, **settings)
        for settings in (WRAPPED, QUICK, WRAPPED, QUICK)
    ]
    async with _workers(postgres_url, tmp_path) as workers:
        for number in range(WORKERS):
            await workers.start(number)
        arriving = asyncio.create_task(_arrivals(shops, time.monotonic() + STOPPED + 10))
        async with asyncio.timeout(LIMIT / 2):
            await workers.busy(0)
            await workers.kill(0)
            await workers.start(0)
            await workers.busy(1)
        stopped = workers.running[1]
        stopped.send_signal(signal.SIGSTOP)
        stopped_at = time.time() * 1000
        await asyncio.sleep(STOPPED)
        stopped.send_signal(signal.SIGCONT)
        went_on_at = time.time() * 1000
        came = await arriving
        while await _open(db):
            assert time.monotonic() - began < LIMIT, await _late(db)
            await asyncio.sleep(0.5)
        await workers.end()
        notes = {number: workers.notes(number) for number in range(WORKERS)}
    async with db.read() as tx:
        found = await ledger.faults(tx)
        tasks = (await tx.execute(select(task))).all()
        history = (await tx.execute(select(task_event).order_by(task_event.c.id))).all()
        closings = (await tx.execute(select(event).where(event.c.kind == "closed"))).all()
        used = (await tx.execute(select(agent_capacity.c.used))).scalars().all()
    await db.aclose()

    assert found == []
    assert came == TASKS
    assert len(tasks) >= TASKS
    assert {row.state for row in tasks} <= {state.value for state in ENDED}
    assert list(used) == [0] * AGENTS
    said = _contradictions(history, [note for one in notes.values() for note in one])
    assert said == []
    late = [n for n in notes[1] if n["at"] >= went_on_at and (n.get("offered") or 0) < stopped_at]
    late = [note for note in late if note["what"] in ("accept", "reject", "close")]
    refused = [note for note in late if note["said"] != "ok"]
    assert refused, "the stopped worker had nothing in hand"
    wrong = _stale(late, history, went_on_at)
    assert not wrong, _story(wrong[0], history, stopped_at)
    # Whoever was back first has what they served again, and may close it; see `_closings`.
    assert _closings(closings, tasks, history) == []
    after = [n for n in notes[1] if (n.get("offered") or 0) > went_on_at and n["said"] == "ok"]
    assert after, "the stopped worker did nothing any more"
    reasons = Counter(row.reason for row in history)
    for reason in ("accepted", "rejected", "missed", "left", "gone", "handback", "unconnected"):
        assert reasons[reason] > 0, f"nobody was {reason}"
    states = Counter(row.state for row in tasks)
    sys.stdout.write(
        f"{len(tasks)} tasks, {dict(states)}, {reasons['offered']} offers, "
        f"{reasons['accepted']} accepted, {reasons['rejected']} rejected, {reasons['missed']} "
        f"missed, {reasons['gone']} lost with their agent, {reasons['returned']} returned, "
        f"{len(refused)} late writes refused; 0 double assignments, 0 lost, 0 stale writes; "
        f"{time.monotonic() - began:.0f} s\n"
    )


def _stale(late: Iterable[dict[str, Any]], history: Iterable[Any], went_on_at: float) -> list[Any]:
    """Return late answers that were told `ok`, and were not so before the worker went on.

    The answer to what was done before it was stopped may be read after it; and who rejects what
    rang out for them is told that it is as they want it.
    """
    so: dict[str, set[tuple[str, int, str]]] = {"accept": set(), "reject": set()}
    for row in history:
        what = _WAYS.get(row.reason)
        if what is not None and row.at < went_on_at:
            so[what].add((row.task, row.fence - 1, row.agent))
    return [
        note
        for note in late
        if note["said"] == "ok"
        and note["what"] in so
        and (note["task"], note["fence"], note["agent"]) not in so[note["what"]]
    ]


#: How an offer came to what an agent wanted with their answer.
_WAYS: Final = {"accepted": "accept", "rejected": "reject", "missed": "reject"}


def _story(note: dict[str, Any], history: Iterable[Any], since: float) -> str:
    """Tell what an agent did, and all that happened to the task; times from the stop on."""
    lines = [
        f"{row.at - since:.0f} ms {row.before}→{row.after} at {row.fence}: {row.agent} {row.reason}"
        for row in history
        if row.task == note["task"]
    ]
    return "\n".join([f"{note['at'] - since:.0f} ms: {note}", *lines])


def _closings(closings: Iterable[Any], tasks: Iterable[Any], history: Iterable[Any]) -> list[str]:
    """Return conversations that were closed by somebody while another agent served them.

    Anybody of the staff may close what nobody has.
    """
    conv_of = {row.id: row.conversation for row in tasks}
    served = {
        conv_of[row.task]: row.agent
        for row in history
        if row.before in ("accepted", "connected") and row.after in ("closed", "wrapup")
    }
    found = []
    for row in closings:
        who = msgspec.json.decode(row.body, type=TimelineEvent).by.id
        if served.get(row.conversation, who) != who:
            found.append(f"{row.conversation}: {served[row.conversation]}'s, closed by {who}")
    return found


def _contradictions(history: Iterable[Any], notes: Iterable[dict[str, Any]]) -> list[str]:
    """Return where agents were told otherwise than what is kept."""
    accepted = {(row.task, row.fence - 1): row.agent for row in history if row.reason == "accepted"}
    theirs = {(key, agent) for (key, _), agent in accepted.items()}
    told: dict[tuple[str, int, str], set[str]] = {}
    for note in notes:
        if note["what"] in ("accept", "stale"):
            told.setdefault((note["task"], note["fence"], note["agent"]), set()).add(note["said"])
    found = []
    for (key, fence, agent), said in told.items():
        kept = accepted.get((key, fence)) == agent
        if "ok" in said and (key, agent) in theirs:
            continue  # of a later offer, maybe: who has it already is told so
        if kept != ("ok" in said) and said <= _CERTAIN:
            found.append(f"{key} at {fence}: {agent} was told {said}, kept: {kept}")
    return found


#: What leaves no doubt; a connection that broke does.
_CERTAIN: Final = {"ok", "offer_gone", "already_offered", "not_waiting", "conversation_closed"}
