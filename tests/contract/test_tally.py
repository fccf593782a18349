"""The figures of the queue, on real databases."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from server.domain.routing import State
from server.services.tally import Tally
from server.store.queue_tables import task_event
from tests.contract.conftest import Desk
from tests.contract.queued import Queue


@pytest.fixture
def queue(desk: Desk) -> Queue:
    return Queue(desk)


async def happened(desk: Desk, *events: tuple[str, str, str]) -> None:
    """Put events of a task, as (before, after, reason)."""
    async with desk.one.db.write() as tx:
        for before, after, reason in events:
            await tx.execute(
                insert(task_event).values(
                    at=desk.clock.now,
                    site=desk.site.id,
                    task="t",
                    fence=1,
                    before=before,
                    after=after,
                    reason=reason,
                )
            )


async def test_who_waits_and_who_is_there_is_counted(desk: Desk, queue: Queue) -> None:
    one, two = desk.agents
    await queue.online(one, two)
    await queue.set(two, state="not_responding")
    await queue.put(await desk.visitor(), ago=30)
    await queue.put(await desk.visitor(), State.OFFERED, ago=45, agent=one)
    await queue.put(await desk.visitor(), State.CONNECTED, ago=99, agent=one)
    later = desk.clock.now + 1
    await queue.put(await desk.visitor(), ago=500, not_before=later, mode="callback")
    tally = Tally(desk.one.db)
    await tally.look()
    stats = tally.stats()
    assert (stats.waiting, stats.longest) == (3, 45_000)
    assert stats.agents == {"available": 1, "not_responding": 1, "offline": 1}


async def test_offers_are_counted_once_and_from_the_first_look_on(desk: Desk) -> None:
    await happened(desk, ("waiting", "offered", "offered"))
    tally = Tally(desk.one.db)
    await tally.look()
    assert set(tally.stats().offers.values()) == {0}
    await happened(
        desk,
        ("waiting", "offered", "offered"),
        ("", "offered", "transfer"),
        ("offered", "offered", "mode"),
        ("offered", "accepted", "accepted"),
        ("offered", "waiting", "missed"),
        ("offered", "waiting", "rejected"),
        ("offered", "waiting", "agent_gone"),
        ("waiting", "accepted", "pulled"),
    )
    await tally.look()
    assert set(tally.stats().offers.values()) == {0}  # others of the same time may come yet
    for _ in range(2):
        desk.clock.forward(seconds=6)
        await tally.look()
        assert tally.stats().offers == {
            "made": 2,
            "accepted": 1,
            "missed": 1,
            "rejected": 1,
            "withdrawn": 1,
        }
