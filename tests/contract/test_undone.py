"""What PostgreSQL undoes, because two stood in each other's way, is done again."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.services.reorganizing import bequeath, bury
from server.store.queue_tables import agent_capacity, task
from signaling import messages
from tests.contract.conftest import Desk, new_id
from tests.contract.routed import Routed

_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@_postgres
async def test_of_two_that_wait_for_each_other_both_are_done(desk: Desk) -> None:
    anna, bo = (one.person.id for one in desk.agents)
    met = asyncio.Barrier(2)
    starts: list[str] = []

    async def both(first: str, second: str) -> None:
        async def job(tx: AsyncConnection) -> None:
            starts.append(first)
            one = update(agent_capacity).values(used=agent_capacity.c.used + 1)
            await tx.execute(one.where(agent_capacity.c.agent == first))
            if len(starts) <= 2:
                await met.wait()
            await tx.execute(one.where(agent_capacity.c.agent == second))

        await desk.one.db.run(job)

    await asyncio.gather(both(anna, bo), both(bo, anna))
    assert len(starts) == 3
    async with desk.one.db.read() as tx:
        rows = await tx.execute(agent_capacity.select())
        assert {row.agent: row.used for row in rows if row.agent in (anna, bo)} == {anna: 2, bo: 2}


@_postgres
async def test_a_department_stays_while_somebody_begins_to_wait_there(desk: Desk) -> None:
    routed = Routed(desk)
    await routed.capacity(routed.anna, 4)
    usual, garden = await routed.usual(), await routed.department("Garden", routed.anna)
    _, conv = await routed.waits()
    await routed.do(routed.anna, messages.Accept(id=new_id(), conv=conv))
    mine = update(task).where(task.c.conversation == conv)
    boss = routed.boss.person.id

    async def remove(tx: AsyncConnection) -> bool:
        return await bury(tx, desk.one.audit, desk.site.id, boss, garden, usual, members=True)

    async with desk.two.db.write() as tx:
        await tx.execute(mine.values(department=garden))
    async with desk.one.db.write() as tx:
        await bequeath(tx, desk.site.id, garden, usual)
    async with desk.two.db.write() as tx:
        await tx.execute(mine.values(state="waiting"))
        removing = asyncio.create_task(desk.one.db.run(remove))
        done, _ = await asyncio.wait([removing], timeout=0.5)
        assert not done, "it did not wait for who is just beginning to"
    assert await removing is False
