"""What PostgreSQL undoes, because two stood in each other's way, is done again."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.queue_tables import agent_capacity
from tests.contract.conftest import Desk


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
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
