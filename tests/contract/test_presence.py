"""Leases of staff live on the database's clock, and whoever follows hears of their changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from sqlalchemy import bindparam, select
from ulid import ULID

from server.services.presence import GRACE, LEASE
from server.store import leases, people
from server.store.clock import database_now
from server.store.database import Database
from server.store.tables import agent
from signaling.backend import Principal
from tests.contract.conftest import Clock, Desk


class Followed:
    """What a node's presence has told of the desk's agents, in order."""

    def __init__(self, desk: Desk) -> None:
        self.told: list[tuple[str, str]] = []
        desk.one.presence.follow(back=self._back, gone=self._gone)

    async def _back(self, _site: str, who: str) -> None:
        self.told.append(("back", who))

    async def _gone(self, agents: Sequence[tuple[str, str]]) -> None:
        self.told.extend(("gone", who) for _site, who in agents)


async def second_tab(desk: Desk, who: Principal) -> Principal:
    """Sign an agent in once more."""
    session = str(ULID())
    async with desk.one.db.write() as tx:
        await people.open_agent_session(
            tx, key=session, agent_id=who.person.id, secret=session, now=1, expires_at=10**15
        )
    return Principal(who.person, "staff", who.site, session, 1e12)


async def test_agent_whose_last_lease_is_swept_is_gone_and_comes_back_once(desk: Desk) -> None:
    followed, who = Followed(desk), desk.agents[0]
    for _ in range(3):
        await desk.one.presence.touch(who, True)
    desk.clock.forward(seconds=LEASE / 1000)
    await desk.one.presence.sweep()
    await desk.one.presence.sweep()
    await desk.one.presence.touch(who, True)
    agent = who.person.id
    assert followed.told == [("back", agent), ("gone", agent), ("back", agent)]


async def test_agent_is_not_gone_with_one_of_two_tabs(desk: Desk) -> None:
    followed, who = Followed(desk), desk.agents[0]
    other = await second_tab(desk, who)
    await desk.one.presence.touch(who, True)
    await desk.two.presence.touch(other, True)
    desk.clock.forward(seconds=LEASE / 1000 - 1)
    await desk.two.presence.touch(other, True)
    desk.clock.forward(seconds=1)
    followed.told.clear()
    await desk.one.presence.sweep()
    assert followed.told == []
    assert (await desk.one.presence.availability(desk.site.id)).online


async def test_lease_that_ran_out_unswept_is_fresh_when_it_is_renewed(desk: Desk) -> None:
    who = desk.agents[0]
    await desk.one.presence.touch(who, True)
    desk.clock.forward(seconds=LEASE / 1000)
    followed = Followed(desk)
    await desk.one.presence.touch(who, True)
    assert followed.told == [("back", who.person.id)]


async def test_dropped_connection_has_its_grace_and_no_more(desk: Desk) -> None:
    who = desk.agents[0]
    await desk.one.presence.touch(who, True)
    await desk.one.presence.touch(who, False)
    desk.clock.forward(seconds=GRACE / 1000 - 1)
    assert (await desk.one.presence.availability(desk.site.id)).online
    desk.clock.forward(seconds=1)
    assert not (await desk.one.presence.availability(desk.site.id)).online


async def test_agent_who_signs_out_is_gone_at_the_next_sweep(desk: Desk) -> None:
    followed, who = Followed(desk), desk.agents[0]
    await desk.one.presence.touch(who, True)
    async with desk.one.db.read() as tx:
        account = await people.agent_by_id(tx, who.person.id)
    assert account is not None
    await desk.one.staff.sign_out(account, who.session, everywhere=False)
    assert not (await desk.one.presence.availability(desk.site.id)).online
    await desk.one.presence.touch(who, True)  # its socket was not closed yet
    await desk.one.presence.sweep()
    assert not (await desk.one.presence.availability(desk.site.id)).online
    assert followed.told == [("back", who.person.id), ("gone", who.person.id)]


async def test_agents_are_found_by_their_leases_in_one_statement(desk: Desk) -> None:
    await desk.one.presence.touch(desk.agents[0], True)
    async with desk.one.db.read() as tx:
        online = select(agent.c.id).where(leases.is_online(agent.c.id))
        assert (await tx.execute(online)).scalars().all() == [desk.agents[0].person.id]


async def test_databases_clock_is_the_machines_in_milliseconds(database_url: str) -> None:
    db = Database(database_url)
    before = time.time_ns() // 1_000_000
    async with db.read() as tx:
        read = await db.moment(tx)
    written = await db.run(db.moment)
    after = time.time_ns() // 1_000_000
    assert before - 1 <= read <= written + 1 <= after + 2  # SQLite rounds
    await db.aclose()


async def test_clock_that_a_database_is_given_is_told_by_cached_statements(
    db: Database, clock: Clock
) -> None:
    later = select(database_now() + bindparam("ms"))
    told = []
    for _ in range(2):
        async with db.read() as tx:
            told.append((await tx.execute(later, {"ms": 5})).scalar_one())
        told.append(await db.run(db.moment))
        clock.forward(seconds=1)
    start = clock() - 2000
    assert told == [start + 5, start, start + 1005, start + 1000]


async def test_two_connections_that_come_at_once_have_one_lease_and_no_error(desk: Desk) -> None:
    anna = desk.agents[0]
    for _ in range(5):
        await asyncio.gather(*(desk.one.presence.touch(anna, True) for _ in range(6)))
        assert (await desk.one.presence.availability(desk.site.id)).online
        desk.clock.forward(seconds=18)
        await desk.one.presence.sweep()
