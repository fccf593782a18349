"""Handing conversations over: to a colleague, to a department, by a supervisor."""

from __future__ import annotations

import pytest

from server.domain.commands import Actor, AssignTask, MoveTask
from server.domain.routing import State
from server.store import tasks
from signaling import messages
from signaling.backend import Principal
from signaling.errors import Refusal
from tests.contract.conftest import Desk, new_id
from tests.contract.routed import Routed, waiting


@pytest.fixture
async def routed(desk: Desk) -> Routed:
    """Give a shop in which only anna is offered anything."""
    routed = Routed(desk)
    await routed.online(routed.anna, routed.bo, routed.boss)
    await routed.away(routed.bo, routed.boss)
    return routed


async def _ask(routed: Routed, conv: str, to: Principal) -> None:
    command = messages.RequestTransfer(id=new_id(), conv=conv, to=to.person.id, note="Katso")
    await routed.do(routed.anna, command)


async def _ask_department(routed: Routed, conv: str, department: str) -> None:
    command = messages.RequestTransfer(id=new_id(), conv=conv, department=department)
    await routed.do(routed.anna, command)


async def test_the_owner_keeps_it_until_the_colleague_accepts(routed: Routed) -> None:
    _, conv = await routed.served(routed.anna)
    await routed.back(routed.bo)
    before = await routed.task(conv)
    routed.desk.clock.forward(seconds=1)
    await _ask(routed, conv, routed.bo)
    ringing = await routed.task(conv, "transfer")
    assert (ringing.state, ringing.agent, ringing.only) == (
        State.OFFERED,
        routed.bo.person.id,
        routed.bo.person.id,
    )
    assert (await routed.state(conv)).assignee == routed.anna.person
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((1, 0), (1, 0))
    accept = messages.AcceptOffer(id=new_id(), conv=conv, task=ringing.id, fence=ringing.fence)
    await routed.do(routed.bo, accept)
    state = await routed.state(conv)
    assert (state.assignee, state.transfer) == (routed.bo.person, None)
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((0, 0), (1, 0))
    after = await routed.task(conv)
    assert (after.id, after.state) == (ringing.id, State.ACCEPTED)
    async with routed.desk.one.db.read() as tx:
        old = await tasks.by_id(tx, before.id)
    assert old is not None
    assert (old.state, old.outcome) == (State.CLOSED, "transferred")


async def test_a_transfer_nobody_answers_ends_and_its_colleague_does_not_respond(
    routed: Routed,
) -> None:
    _, conv = await routed.served(routed.anna)
    await routed.back(routed.bo)
    await _ask(routed, conv, routed.bo)
    for _ in range(4):
        await routed.online(routed.anna, routed.bo)
        await routed.sweep(seconds=14)
    assert (await routed.state(conv)).transfer is not None
    await routed.online(routed.anna, routed.bo)
    await routed.sweep(seconds=4)
    state = await routed.state(conv)
    assert (state.assignee, state.transfer) == (routed.anna.person, None)
    assert await routed.says(routed.bo) == "not_responding"
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((1, 0), (0, 0))


async def test_a_declined_transfer_frees_the_colleague(routed: Routed) -> None:
    _, conv = await routed.served(routed.anna)
    await routed.back(routed.bo)
    await _ask(routed, conv, routed.bo)
    ringing = await routed.task(conv, "transfer")
    reject = messages.RejectOffer(id=new_id(), conv=conv, task=ringing.id, fence=ringing.fence)
    await routed.do(routed.bo, reject)
    assert (await routed.state(conv)).transfer is None
    assert await routed.used(routed.bo) == (0, 0)
    assert await routed.says(routed.bo) == "available"


async def test_a_transfer_to_who_is_away_or_full_is_refused(routed: Routed) -> None:
    _, conv = await routed.served(routed.anna)
    with pytest.raises(Refusal) as away:
        await _ask(routed, conv, routed.bo)
    assert away.value.code == "agent_unavailable"
    await routed.back(routed.bo)
    await routed.capacity(routed.bo, 1)
    _, other = await routed.waits()
    await routed.do(routed.bo, messages.Accept(id=new_id(), conv=other))
    with pytest.raises(Refusal) as full:
        await _ask(routed, conv, routed.bo)
    assert full.value.code == "no_capacity"
    assert (await routed.state(conv)).transfer is None


async def test_a_second_transfer_takes_the_place_of_the_first(routed: Routed) -> None:
    _, conv = await routed.served(routed.anna)
    await routed.back(routed.bo, routed.boss)
    await _ask(routed, conv, routed.bo)
    await _ask(routed, conv, routed.boss)
    transfer = (await routed.state(conv)).transfer
    assert transfer is not None
    assert transfer.to == routed.boss.person
    assert (await routed.used(routed.bo), await routed.used(routed.boss)) == ((0, 0), (1, 0))


async def test_a_department_offers_it_to_its_own_and_not_to_the_owner(routed: Routed) -> None:
    experts = await routed.department("Experts", routed.anna, routed.bo)
    _, conv = await routed.served(routed.anna)
    await _ask_department(routed, conv, experts)
    assert await routed.match() == 0  # bo is away, anna has it already
    assert waiting(await routed.task(conv, "transfer"))
    await routed.back(routed.bo)
    assert await routed.match() == 1
    ringing = await routed.task(conv, "transfer")
    accept = messages.AcceptOffer(id=new_id(), conv=conv, task=ringing.id, fence=ringing.fence)
    await routed.do(routed.bo, accept)
    state = await routed.state(conv)
    assert state.assignee == routed.bo.person
    assert state.department is not None
    assert state.department.name == "Experts"


async def test_a_department_in_which_nobody_takes_it_leaves_it_to_the_owner(
    routed: Routed,
) -> None:
    experts = await routed.department("Experts", routed.bo)
    _, conv = await routed.served(routed.anna)
    await _ask_department(routed, conv, experts)
    for _ in range(8):
        await routed.online(routed.anna)
        await routed.sweep(seconds=15)
    state = await routed.state(conv)
    assert (state.assignee, state.transfer) == (routed.anna.person, None)
    assert (await routed.task(conv, "transfer")).outcome == "unanswered"


async def test_closing_ends_the_transfer_too(routed: Routed) -> None:
    _, conv = await routed.served(routed.anna)
    await routed.back(routed.bo)
    await _ask(routed, conv, routed.bo)
    await routed.do(routed.anna, messages.Close(id=new_id(), conv=conv, reason="solved"))
    assert (await routed.task(conv, "transfer")).state is State.CLOSED
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((0, 0), (0, 0))


async def test_a_supervisor_takes_over_above_their_capacity(routed: Routed) -> None:
    _, conv = await routed.served(routed.anna)
    await routed.capacity(routed.boss, 1)
    _, own = await routed.waits()
    await routed.do(routed.boss, messages.Accept(id=new_id(), conv=own))
    await routed.do(routed.boss, messages.TakeOver(id=new_id(), conv=conv))
    assert (await routed.state(conv)).assignee == routed.boss.person
    assert (await routed.used(routed.anna), await routed.used(routed.boss)) == ((0, 0), (2, 0))


async def test_a_supervisor_gives_what_rings_at_one_agent_to_another(routed: Routed) -> None:
    _, conv = await routed.waits()
    await routed.match()
    await routed.back(routed.bo)
    boss = Actor(routed.boss.person, "staff")
    await routed.desk.one.conversations.act(conv, AssignTask(routed.bo.person), boss)
    state = await routed.state(conv)
    assert state.assignee == routed.bo.person
    assert state.why is not None
    assert state.why.kind == "supervisor"
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((0, 0), (1, 0))


async def test_what_a_supervisor_gives_has_to_fit(routed: Routed) -> None:
    _, conv = await routed.waits()
    boss = Actor(routed.boss.person, "staff")
    with pytest.raises(Refusal) as refused:
        await routed.desk.one.conversations.act(conv, AssignTask(routed.bo.person), boss)
    assert refused.value.code == "agent_unavailable"


async def test_a_moved_conversation_waits_elsewhere_at_its_place(routed: Routed) -> None:
    experts = await routed.department("Experts", routed.bo)
    _, conv = await routed.waits()
    await routed.match()
    first = await routed.task(conv)
    boss = Actor(routed.boss.person, "staff")
    await routed.desk.one.conversations.act(conv, MoveTask(experts), boss)
    found = await routed.task(conv)
    assert waiting(found)
    assert (found.department, found.enqueued_at) == (experts, first.enqueued_at)
    assert await routed.used(routed.anna) == (0, 0)
    await routed.back(routed.bo)
    await routed.match()
    assert (await routed.task(conv)).agent == routed.bo.person.id


async def test_what_is_served_is_moved_too(routed: Routed) -> None:
    experts = await routed.department("Experts", routed.bo)
    _, conv = await routed.served(routed.anna)
    boss = Actor(routed.boss.person, "staff")
    await routed.desk.one.conversations.act(conv, MoveTask(experts), boss)
    found = await routed.task(conv)
    assert waiting(found)
    assert found.department == experts
    assert (await routed.state(conv)).assignee is None
    assert await routed.used(routed.anna) == (0, 0)


async def test_a_late_no_to_one_transfer_does_not_decline_the_next(routed: Routed) -> None:
    _, conv = await routed.served(routed.anna)
    await routed.back(routed.bo)
    await _ask(routed, conv, routed.bo)
    first = await routed.task(conv, "transfer")
    await routed.do(routed.anna, messages.EndTransfer(id=new_id(), conv=conv))
    routed.desk.clock.forward(seconds=1)
    await _ask(routed, conv, routed.bo)
    reject = messages.RejectOffer(id=new_id(), conv=conv, task=first.id, fence=first.fence)
    with pytest.raises(Refusal) as late:
        await routed.do(routed.bo, reject)
    assert late.value.code == "offer_gone"
    assert (await routed.task(conv, "transfer")).state is State.OFFERED
