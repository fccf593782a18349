"""The races of the queue that must be harmless, 1 to 9: who gets what, when two want it at once.

The books are held against each other after each (`ledger.py`), so that a race also fails by what
it left behind. 10 to 17 are in `test_races_of_nodes.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from server.domain.commands import Actor, AssignTask
from server.domain.routing import State
from server.store import people
from server.store.queue_tables import agent_capacity, agent_department, agent_skill, task
from signaling import messages
from signaling.queue import Need
from tests.contract.conftest import Desk, new_id
from tests.contract.queued import Queue
from tests.contract.raced import Race, outcome, raced
from tests.contract.routed import waiting

BOTH = pytest.mark.parametrize("first", ["accept", "other"])


@pytest.fixture
async def race(desk: Desk, database_url: str, tmp_path: Path) -> AsyncIterator[Race]:
    async with raced(desk, database_url, tmp_path) as race:
        yield race


async def test_race_01_two_nodes_claim_one_task(race: Race) -> None:
    routed = race.routed
    _, conv = await routed.waits()
    late = await race.decided(race.two)
    await routed.away(routed.bo if late.found[0].agent == routed.anna.person.id else routed.anna)
    early = await race.decided(race.one)
    await routed.back(routed.anna, routed.bo)
    assert await race.write(race.one, early) == 1
    first = await routed.task(conv)
    assert await race.write(race.two, late) == 0
    assert await routed.task(conv) == first
    assert await race.count(conv, "offered") == 1


async def test_race_01_two_nodes_claim_one_task_for_different_agents(race: Race) -> None:
    routed = race.routed
    _, conv = await routed.waits()
    late = await race.decided(race.two)
    (chosen,) = late.found
    mine = routed.anna if chosen.agent == routed.anna.person.id else routed.bo
    other = routed.bo if mine is routed.anna else routed.anna
    await routed.away(mine)
    assert await race.one.router.match() == 1
    await routed.back(mine)
    assert await race.write(race.two, late) == 0
    assert (await routed.task(conv)).agent == other.person.id
    assert await routed.used(mine) == (0, 0)


async def test_race_01_routers_that_run_together_offer_each_task_once(race: Race) -> None:
    routed = race.routed
    for who in (routed.anna, routed.bo):
        await routed.capacity(who, 20)
    convs = [(await routed.waits())[1] for _ in range(20)]
    for _ in range(4):
        await asyncio.gather(race.one.router.match(), race.two.router.match())
    assert [await race.count(conv, "offered") for conv in convs] == [1] * 20


async def test_race_01_a_row_that_somebody_decides_on_is_passed_over(race: Race) -> None:
    if not race.postgres:
        pytest.skip("SQLite has no locks of rows")
    routed = race.routed
    _, held = await routed.waits()
    _, free = await routed.waits()
    async with race.held(task=(await routed.task(held)).id):
        assert await race.two.router.match() == 1
    assert waiting(await routed.task(held))
    assert (await routed.task(free)).state is State.OFFERED


async def test_race_02_two_tasks_take_the_last_slot(race: Race) -> None:
    routed = race.routed
    await routed.away(routed.bo)
    await routed.capacity(routed.anna, 1)
    _, one = await routed.waits()
    late = await race.decided(race.two)
    boss = routed.boss
    await routed.back(boss)
    await routed.online(boss)
    await routed.do(boss, messages.Accept(id=new_id(), conv=one))
    _, two = await routed.waits()
    await routed.away(boss)
    assert await race.one.router.match() == 1  # two, at anna
    await routed.do(boss, messages.HandBack(id=new_id(), conv=one))
    again = await routed.task(one)
    found = [late.found[0]._replace(task=again)]  # the task is as it should be; anna is not
    assert await race.write(race.two, type(late)(late.queue, found, late.now)) == 0
    assert waiting(await routed.task(one))
    assert (await routed.task(two)).agent == routed.anna.person.id
    assert await routed.used(routed.anna) == (1, 0)


async def test_race_02_two_tasks_taken_by_hand_into_the_last_slot(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.capacity(anna, 1)
    convs = [(await routed.waits())[1] for _ in range(2)]
    async with race.held(agent=anna.person.id):
        takes = await race.in_line(
            *(
                race.do(node, anna, messages.Accept(id=new_id(), conv=conv))
                for node, conv in zip((race.one, race.two), convs, strict=True)
            )
        )
    told = await asyncio.gather(*takes)
    assert sorted(told) == ["no_capacity", "ok"]
    assert await routed.used(anna) == (1, 0)


async def test_race_02_two_calls_take_the_only_line(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    await routed.capacity(anna, 10, calls=1)
    convs = [(await routed.waits())[1] for _ in range(2)]
    async with race.side.write() as tx:
        await tx.execute(update(task).values(mode="voice", weight=3))
    plan = await race.decided(race.two)
    assert len(plan.found) == 1
    one, two = [await routed.task(conv) for conv in convs]
    both = [plan.found[0]._replace(task=one), plan.found[0]._replace(task=two)]
    assert await race.write(race.two, type(plan)(plan.queue, both, plan.now)) == 1
    assert await routed.used(anna) == (3, 1)


@BOTH
async def test_race_03_accept_against_the_timeout(race: Race, first: str) -> None:
    routed, anna = race.routed, race.routed.anna
    _, conv, found = await race.ringing()
    routed.desk.clock.forward(seconds=15)
    await routed.away(routed.bo)
    jobs = [race.accept(race.one, anna, found), outcome(race.two.router.sweep())]
    async with race.held(agent=anna.person.id):
        started = await race.in_line(*(jobs if first == "accept" else reversed(jobs)))
    told = await asyncio.gather(*started)
    accepted = told[0 if first == "accept" else 1]
    after = await routed.task(conv)
    if accepted == "ok":
        assert (after.state, after.agent) == (State.ACCEPTED, anna.person.id)
        assert (await routed.says(anna), await routed.used(anna)) == ("available", (1, 0))
    else:
        assert accepted == "offer_gone"
        assert waiting(after)
        assert after.enqueued_at == found.enqueued_at
        assert (await routed.says(anna), await routed.used(anna)) == ("not_responding", (0, 0))
    if race.postgres:
        assert (accepted == "ok") == (first == "accept")


@BOTH
async def test_race_04_accept_against_the_visitor_who_left(race: Race, first: str) -> None:
    routed, anna = race.routed, race.routed.anna
    _, conv, found = await race.ringing()
    async with race.side.write() as tx:
        await tx.execute(update(task).values(visitor_due_at=routed.desk.clock() - 1))
    jobs = [race.accept(race.one, anna, found), outcome(race.two.router.sweep())]
    async with race.held(conversation=conv):
        started = await race.in_line(*(jobs if first == "accept" else reversed(jobs)))
    told = await asyncio.gather(*started)
    accepted = told[0 if first == "accept" else 1]
    after, state = await routed.task(conv), await routed.state(conv)
    if accepted == "ok":
        assert (after.state, state.assignee) == (State.ACCEPTED, anna.person)
        assert await routed.used(anna) == (1, 0)
    else:
        assert accepted == "offer_gone"
        assert (after.state, state.left, state.assignee) == (State.ABANDONED, "left", None)
        assert await routed.used(anna) == (0, 0)
    if race.postgres:
        assert (accepted == "ok") == (first == "accept")


async def test_race_04_a_visitor_seen_at_the_last_moment_keeps_waiting(race: Race) -> None:
    routed = race.routed
    await routed.away(routed.anna, routed.bo)
    _, conv = await routed.waits()
    found = await routed.task(conv)
    routed.desk.clock.forward(seconds=600)
    async with race.held(task=found.id) as tx:
        (sweep,) = await race.in_line(outcome(race.two.router.sweep()))
        seen = update(task).where(task.c.id == found.id)
        await tx.execute(seen.values(visitor_due_at=routed.desk.clock() + 180_000))
    await sweep
    assert waiting(await routed.task(conv))
    assert (await routed.state(conv)).left is None


@BOTH
async def test_race_05_accept_against_the_lease_that_ran_out(race: Race, first: str) -> None:
    routed, anna = race.routed, race.routed.anna
    _, conv, found = await race.ringing()
    await routed.away(routed.bo)
    routed.desk.clock.forward(seconds=14)
    async with race.side.read() as tx:
        gone = await people.agent_by_id(tx, anna.person.id)
    assert gone is not None
    await race.two.staff.sign_out(gone, anna.session, everywhere=True)
    jobs = [race.accept(race.one, anna, found), outcome(race.two.router.sweep())]
    async with race.held(agent=anna.person.id):
        started = await race.in_line(*(jobs if first == "accept" else reversed(jobs)))
    await asyncio.gather(*started)
    await race.one.router.sweep()  # what slipped in before is found at the next look
    after = await routed.task(conv)
    assert waiting(after)
    assert after.enqueued_at == found.enqueued_at
    assert (await routed.state(conv)).assignee is None
    assert await routed.used(anna) == (0, 0)


async def test_race_05_nothing_is_offered_to_who_signed_out_meanwhile(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    _, conv = await routed.waits()
    late = await race.decided(race.two)
    async with race.side.read() as tx:
        gone = await people.agent_by_id(tx, anna.person.id)
    assert gone is not None
    await race.one.staff.sign_out(gone, anna.session, everywhere=True)
    assert await race.write(race.two, late) == 0
    assert waiting(await routed.task(conv))
    assert await routed.used(anna) == (0, 0)


async def test_race_06_two_tabs_accept_at_once(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    _, conv, found = await race.ringing()
    async with race.held(conversation=conv):
        tabs = await race.in_line(
            race.accept(race.one, anna, found), race.accept(race.two, anna, found)
        )
    assert await asyncio.gather(*tabs) == ["ok", "ok"]
    assert await race.count(conv, "accepted") == 1
    assert await routed.used(anna) == (1, 0)


async def test_race_06_a_double_click_is_one_command(race: Race) -> None:
    anna = race.routed.anna
    _, conv, found = await race.ringing()
    click = messages.AcceptOffer(id=new_id(), conv=conv, task=found.id, fence=found.fence)
    one, two = await asyncio.gather(
        race.one.backend.execute(anna, click), race.two.backend.execute(anna, click)
    )
    assert one == two
    assert await race.count(conv, "accepted") == 1


async def test_race_06_a_double_click_on_reject_passes_it_on_once(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    _, conv, found = await race.ringing()
    click = messages.RejectOffer(id=new_id(), conv=conv, task=found.id, fence=found.fence)
    async with race.held(agent=anna.person.id):
        tabs = await race.in_line(race.do(race.one, anna, click), race.do(race.two, anna, click))
    assert set(await asyncio.gather(*tabs)) <= {"ok", "offer_gone"}
    assert await race.count(conv, "rejected") == 1
    assert await routed.used(anna) == (0, 0)


async def test_race_07_an_accept_of_the_offer_before_this_one(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    _, conv, old = await race.ringing()
    reject = messages.RejectOffer(id=new_id(), conv=conv, task=old.id, fence=old.fence)
    assert await race.do(race.two, anna, reject) == "ok"
    routed.desk.clock.forward(seconds=16)  # the pause of who missed it alone
    await race.two.presence.touch(anna, True)
    assert await race.two.router.match() == 1
    new = await routed.task(conv)
    assert (new.agent, new.fence) == (old.agent, old.fence + 2)
    assert await race.accept(race.one, anna, old) == "offer_gone"
    assert await race.do(race.one, anna, reject) == "offer_gone"
    assert await routed.task(conv) == new
    assert await race.accept(race.one, anna, new) == "ok"


async def test_race_08_a_supervisor_assigns_what_the_router_offers(race: Race) -> None:
    routed = race.routed
    await routed.away(routed.boss)
    _, conv = await routed.waits()
    late = await race.decided(race.two)
    (chosen,) = late.found
    other = routed.bo if chosen.agent == routed.anna.person.id else routed.anna
    boss = Actor(routed.boss.person, "staff")
    await race.one.conversations.act(conv, AssignTask(other.person), boss)
    assert await race.write(race.two, late) == 0
    assert (await routed.state(conv)).assignee == other.person
    assert (await routed.task(conv)).agent == other.person.id


async def test_race_08_the_router_offers_what_a_supervisor_is_assigning(race: Race) -> None:
    if not race.postgres:
        pytest.skip("SQLite lets no offer in between")
    routed = race.routed
    await routed.away(routed.bo)
    _, conv = await routed.waits()
    late = await race.decided(race.two)  # for anna
    await routed.back(routed.bo)
    boss = Actor(routed.boss.person, "staff")
    async with race.held(agent=routed.bo.person.id):
        assigning = race.one.conversations.act(conv, AssignTask(routed.bo.person), boss)
        (given,) = await race.in_line(outcome(assigning))
        assert await race.write(race.two, late) == 1
    assert await given == "ok"
    assert (await routed.state(conv)).assignee == routed.bo.person
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((0, 0), (1, 0))


async def test_race_08_a_transfer_to_an_agent_whose_last_slot_the_router_fills(
    race: Race,
) -> None:
    routed = race.routed
    await routed.away(routed.bo)
    _, conv = await routed.served(routed.anna)
    await routed.back(routed.bo)
    await routed.capacity(routed.bo, 1)
    await routed.away(routed.anna)
    _, other = await routed.waits()
    plan = await race.decided(race.two)  # at bo
    ask = messages.RequestTransfer(id=new_id(), conv=conv, to=routed.bo.person.id)
    async with race.held(conversation=conv):
        (asked,) = await race.in_line(race.do(race.one, routed.anna, ask))
        offered = await race.write(race.two, plan) if race.postgres else 0
    told = await asked
    offered = offered or await race.write(race.two, plan)
    assert (told, offered) in (("no_capacity", 1), ("ok", 0))
    assert await routed.used(routed.bo) == (1, 0)
    assert (await routed.state(conv)).assignee == routed.anna.person
    assert (await routed.task(other)).state in (State.OFFERED, State.WAITING)


async def test_race_09_who_left_the_department_after_the_look_is_not_offered_its_task(
    race: Race,
) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    _, conv = await routed.waits()
    late = await race.decided(race.two)
    async with race.side.write() as tx:
        gone = agent_department.c.agent == anna.person.id
        await tx.execute(delete(agent_department).where(gone))
    assert await race.write(race.two, late) == 0
    assert waiting(await routed.task(conv))


async def test_race_09_who_lost_the_skill_after_the_look_is_not_offered_its_task(
    race: Race,
) -> None:
    routed, anna, bo = race.routed, race.routed.anna, race.routed.bo
    queue = Queue(routed.desk)
    await queue.skill("returns", One=5, Two=3)
    await routed.away(bo)
    visitor = await routed.desk.visitor()
    found = await queue.put(visitor, needs=(Need(skill="returns", level=3),))
    late = await race.decided(race.two)
    async with race.side.write() as tx:
        await tx.execute(delete(agent_skill).where(agent_skill.c.agent == anna.person.id))
    assert await race.write(race.two, late) == 0
    assert (await queue.row(found)).state == "waiting"
    await routed.back(bo)
    assert await race.one.router.match() == 1
    assert (await queue.row(found)).agent == bo.person.id


async def test_race_09_capacity_lowered_after_the_look_holds(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    await routed.waits()
    await routed.waits()
    late = await race.decided(race.two)
    assert len(late.found) == 2
    async with race.side.write() as tx:
        mine = agent_capacity.c.agent == anna.person.id
        await tx.execute(update(agent_capacity).where(mine).values(capacity=1))
    assert await race.write(race.two, late) == 1
    assert await routed.used(anna) == (1, 0)
