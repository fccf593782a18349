"""The floor as a supervisor sees it, on real databases."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from server.domain.routing import State
from server.services.floor import Floor, FloorAgent, FloorDepartment, look
from server.store.queue_tables import service_clock, task_event
from server.store.tables import site
from signaling.queue import Need
from tests.contract.conftest import Desk
from tests.contract.queued import Queue

#: The tests' clock is at 10:00 on 15 January 2027 in Helsinki.
MIDNIGHT = 1_800_000_000_000 - 10 * 3_600_000


@pytest.fixture
def queue(desk: Desk) -> Queue:
    return Queue(desk)


async def floor_of(desk: Desk) -> Floor:
    return await look(desk.one.db, desk.site.id)


def department(floor: Floor, key: str) -> FloorDepartment:
    return next(one for one in floor.departments if one.id == key)


def agent(floor: Floor, name: str) -> FloorAgent:
    return next(one for one in floor.agents if one.name == name)


async def hours(desk: Desk, week: str) -> None:
    async with desk.one.db.write() as tx:
        told = update(site).where(site.c.id == desk.site.id)
        await tx.execute(told.values(hours=f'{{"tz":"Europe/Helsinki","week":{week}}}'))


async def test_an_empty_floor_has_departments_and_agents(desk: Desk, queue: Queue) -> None:
    floor = await floor_of(desk)
    assert floor.now == desk.clock.now
    assert floor.waiting == []
    (usual,) = floor.departments
    assert (usual.id, usual.open, usual.closes_at, usual.opens_at) == (
        await queue.usual(),
        True,
        None,
        None,
    )
    assert (usual.waiting, usual.offered, usual.longest_since, usual.served) == (0, 0, None, 0)
    assert not usual.staffed
    assert [one.name for one in floor.agents] == ["Boss", "One", "Two"]
    assert not any(one.online or one.serving for one in floor.agents)


async def test_departments_say_who_waits_and_for_how_long(desk: Desk, queue: Queue) -> None:
    now, usual = desk.clock.now, await queue.usual()
    other = await queue.department("Spare parts", desk.agents[1])
    await queue.put(await desk.visitor(), ago=70)
    await queue.put(await desk.visitor(), State.OFFERED, ago=90, agent=desk.agents[0])
    await queue.put(await desk.visitor(), ago=5, department=other)
    later = now + 60_000
    await queue.put(await desk.visitor(), ago=999, not_before=later, mode="callback")
    await queue.online(desk.agents[1])
    floor = await floor_of(desk)
    mine, theirs = department(floor, usual), department(floor, other)
    assert (mine.waiting, mine.offered, mine.longest_since) == (2, 1, now - 90_000)
    assert (theirs.waiting, theirs.offered, theirs.longest_since) == (1, 0, now - 5_000)
    assert mine.staffed
    assert theirs.staffed


async def test_who_waits_is_listed_in_the_routers_order(desk: Desk, queue: Queue) -> None:
    now = desk.clock.now
    other = await queue.department("Spare parts")
    visitor = await desk.visitor()
    second = await queue.put(visitor, ago=10, needs=(Need("skates", 2),), lang="sv")
    rings = await queue.put(await desk.visitor(), State.OFFERED, ago=50, agent=desk.agents[0])
    front = await queue.put(await desk.visitor(), ago=1, front=True)
    alone = await queue.put(await desk.visitor(), ago=5, department=other)
    later = await queue.put(await desk.visitor(), ago=30, not_before=now + 1, mode="callback")
    await queue.put(await desk.visitor(), State.CONNECTED, agent=desk.agents[1])
    waiting = (await floor_of(desk)).waiting
    assert [(one.task, one.place) for one in waiting] == [
        (front.id, 1),
        (rings.id, 2),
        (later.id, 0),
        (second.id, 3),
        (alone.id, 1),
    ]
    line = waiting[3]
    assert (line.conv, line.visitor.id, line.since) == (
        second.conversation,
        visitor.person.id,
        now - 10_000,
    )
    assert (line.mode, line.lang, line.needs, line.state) == (
        "chat",
        "sv",
        (Need("skates", 2),),
        "waiting",
    )
    assert (waiting[1].state, waiting[1].agent) == ("offered", desk.agents[0].person.id)
    assert waiting[2].callback_at == now + 1


async def test_agents_show_their_state_load_and_conversations(desk: Desk, queue: Queue) -> None:
    one, two = desk.agents
    now = desk.clock.now
    await queue.online(one)
    await queue.skill("skates", One=4)
    await queue.set(one, capacity=5)
    await queue.set(two, state="away", reason="lunch", since=5)
    task = await queue.put(
        await desk.visitor(),
        State.CONNECTED,
        agent=one,
        mode="voice",
        weight=3,
        accepted_at=now - 60_000,
    )
    wraps = await queue.put(
        await desk.visitor(), State.WRAPUP, agent=one, accepted_at=now, deadline_at=now + 1
    )
    floor = await floor_of(desk)
    mine, theirs = agent(floor, "One"), agent(floor, "Two")
    assert (mine.state, mine.online, mine.used, mine.capacity) == ("available", True, 4, 5)
    assert (mine.skills, mine.departments) == ({"skates": 4}, [await queue.usual()])
    assert mine.langs == ["en", "fi", "sv"]
    assert [(each.conv, each.mode, each.state, each.since) for each in mine.serving] == [
        (task.conversation, "voice", "connected", now - 60_000),
        (wraps.conversation, "chat", "wrapup", now),
    ]
    assert (theirs.state, theirs.reason, theirs.since, theirs.online) == ("away", "lunch", 5, False)


async def test_today_begins_at_midnight_of_the_site(desk: Desk, queue: Queue) -> None:
    one = desk.agents[0]
    await hours(desk, '{"fri":[["09:00","17:00"]]}')
    for ended in (MIDNIGHT - 1, MIDNIGHT, desk.clock.now):
        await queue.put(
            await desk.visitor(), State.CLOSED, agent=one, ended_at=ended, outcome="served"
        )
    await queue.put(
        await desk.visitor(),
        State.ABANDONED,
        ended_at=desk.clock.now,
        outcome="abandoned",
    )
    for at in (MIDNIGHT - 1, MIDNIGHT):
        await missed(desk, one.person.id, at, "missed")
        await clock(desk, await queue.usual(), at, "achieved")
    await missed(desk, one.person.id, MIDNIGHT, "rejected")
    await clock(desk, await queue.usual(), MIDNIGHT, "breached")
    floor = await floor_of(desk)
    (usual,) = floor.departments
    assert usual.served == 2
    assert (usual.level.first.achieved, usual.level.first.breached) == (1, 1)
    assert (agent(floor, "One").served_today, agent(floor, "One").missed_today) == (2, 1)
    assert (agent(floor, "Two").served_today, agent(floor, "Two").missed_today) == (0, 0)


async def missed(desk: Desk, who: str, at: int, reason: str) -> None:
    async with desk.one.db.write() as tx:
        await tx.execute(
            insert(task_event).values(
                at=at,
                site=desk.site.id,
                task="t",
                fence=1,
                before="offered",
                after="waiting",
                agent=who,
                reason=reason,
            )
        )


async def clock(desk: Desk, where: str, at: int, outcome: str) -> None:
    conv = await Queue(desk)._conversation(await desk.visitor(), "Huhuu")
    async with desk.one.db.write() as tx:
        await tx.execute(
            insert(service_clock).values(
                site=desk.site.id,
                conversation=conv,
                department=where,
                kind="first",
                started_at=at,
                due_at=at + 1000,
                stopped_at=at + 500,
                outcome=outcome,
            )
        )


async def test_hours_say_when_it_closes_and_opens(desk: Desk, queue: Queue) -> None:
    await hours(desk, '{"fri":[["09:00","17:00"]],"mon":[["09:00","17:00"]]}')
    (usual,) = (await floor_of(desk)).departments
    assert (usual.open, usual.closes_at, usual.opens_at) == (
        True,
        MIDNIGHT + 17 * 3_600_000,
        None,
    )
    desk.clock.forward(seconds=8 * 3600)
    (usual,) = (await floor_of(desk)).departments
    monday = MIDNIGHT + 3 * 86_400_000 + 9 * 3_600_000
    assert (usual.open, usual.closes_at, usual.opens_at) == (False, None, monday)
