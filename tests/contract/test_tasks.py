"""How transitions are kept: compare-and-set, agents' rows first, all or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from server.domain.following import Step
from server.domain.routing import Change, Charge, State, Weights
from server.domain.serving import raise_mode
from server.domain.transitions import offer
from server.store import policies, tasks
from server.store.queue_tables import task_event
from server.store.tasks import Stale
from signaling.queue import Reason
from tests.contract.conftest import Desk
from tests.contract.routed import Routed, waiting

WHY = Reason(kind="idle")


@pytest.fixture
async def routed(desk: Desk) -> Routed:
    routed = Routed(desk)
    await routed.online(routed.anna, routed.bo)
    return routed


async def _offers(routed: Routed, conv: str) -> list[Step]:
    """Return the same task offered to anna and to bo."""
    found, now = await routed.task(conv), routed.desk.clock()
    people = (routed.anna, routed.bo)
    return [Step(found, offer(found, who.person.id, WHY, now, 15)) for who in people]


async def _apply(routed: Routed, step: Step) -> None:
    async with routed.desk.one.db.write() as tx:
        await tasks.apply(tx, routed.desk.site.id, [step], routed.desk.clock())


async def _claim(routed: Routed, steps: list[Step]) -> list[Step]:
    async with routed.desk.one.db.write() as tx:
        return await tasks.claim(
            tx, routed.desk.site.id, steps[0].change.task.department, steps, routed.desk.clock()
        )


async def test_a_task_is_read_as_it_was_written(routed: Routed) -> None:
    _, conv = await routed.waits()
    found = await routed.task(conv)
    changed = replace(
        found,
        fence=found.fence + 1,
        front=True,
        former=routed.bo.person.id,
        missed=(routed.anna.person.id,),
        visited=(found.department,),
        why=Reason(kind="skill", skill="Skates", level=3, waived=["sv"]),
        not_before=5,
        overflow_due_at=7,
    )
    await _apply(routed, Step(found, Change(changed, (), "moved")))
    assert await routed.task(conv) == changed


async def test_what_has_changed_meanwhile_is_stale_and_nothing_of_it_happens(
    routed: Routed,
) -> None:
    _, conv = await routed.waits()
    first, second = await _offers(routed, conv)
    await _apply(routed, first)
    with pytest.raises(Stale):
        await _apply(routed, second)
    assert (await routed.task(conv)).agent == routed.anna.person.id
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((1, 0), (0, 0))
    async with routed.desk.one.db.read() as tx:
        told = select(func.count()).where(task_event.c.task == (await routed.task(conv)).id)
        assert (await tx.execute(told)).scalar_one() == 2  # opened, offered


async def test_a_mode_that_changed_without_the_fence_makes_an_offer_stale(routed: Routed) -> None:
    _, conv = await routed.waits()
    first, _ = await _offers(routed, conv)
    found = await routed.task(conv)
    known = await _weights(routed)
    await _apply(routed, Step(found, raise_mode(found, "video", known, found.created_at)))
    assert (await routed.task(conv)).fence == found.fence
    with pytest.raises(Stale):
        await _apply(routed, first)
    assert await _claim(routed, [first]) == []


async def test_an_agent_without_a_lease_or_room_is_not_charged(routed: Routed) -> None:
    _, conv = await routed.waits()
    first, second = await _offers(routed, conv)
    routed.desk.clock.forward(seconds=17)
    await routed.online(routed.bo)
    with pytest.raises(Stale):
        await _apply(routed, first)
    await routed.capacity(routed.bo, 0)
    with pytest.raises(Stale):
        await _apply(routed, second)
    assert await _claim(routed, [first, second]) == []
    assert waiting(await routed.task(conv))


async def test_of_offers_made_together_the_last_slot_goes_to_one(routed: Routed) -> None:
    await routed.capacity(routed.anna, 1)
    convs = [(await routed.waits())[1] for _ in range(3)]
    steps = [(await _offers(routed, conv))[0] for conv in convs]
    made = await _claim(routed, steps)
    assert made == steps[:1]
    assert await routed.used(routed.anna) == (1, 0)


async def test_of_nodes_that_offer_the_same_at_once_each_task_has_one_agent(
    routed: Routed,
) -> None:
    for who in (routed.anna, routed.bo):
        await routed.capacity(who, 10)
    convs = [(await routed.waits())[1] for _ in range(20)]
    nodes = [routed.desk.one, routed.desk.two] * 2
    made = await asyncio.gather(*(node.router.match() for node in nodes))
    while sum(made) < 20 and (again := await routed.match()):
        made.append(again)
    assert sum(made) == 20
    found = [await routed.task(conv) for conv in convs]
    assert all(task.state is State.OFFERED for task in found)
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((10, 0), (10, 0))


async def test_agents_are_charged_in_one_order_whatever_the_steps(routed: Routed) -> None:
    _, one = await routed.waits()
    _, two = await routed.waits()
    people = sorted((routed.anna, routed.bo), key=lambda who: who.person.id)

    async def swap(first: int) -> None:
        """Charge both agents, the one or the other first."""
        found = await routed.task(one if first else two)
        charges = (
            Charge(people[first].person.id, 1, fits=True),
            Charge(people[1 - first].person.id, 1, fits=True),
        )
        after = replace(found, fence=found.fence + 1)
        await _apply(routed, Step(found, Change(after, charges, "test")))

    await asyncio.gather(swap(0), swap(1))  # in different orders they would wait for each other
    assert await routed.used(routed.anna) == (2, 0)


async def _weights(routed: Routed) -> Weights:
    async with routed.desk.one.db.read() as tx:
        return (await policies.of_site(tx, routed.desk.site.id)).routing.weights
