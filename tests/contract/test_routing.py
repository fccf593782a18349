"""What the router makes of visitors, agents and time, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import pytest

from server.domain.routing import State
from signaling import messages
from signaling.errors import Refusal
from signaling.hints import StandingChanged
from tests.contract.conftest import Desk, new_id, start
from tests.contract.routed import Routed, by, waiting


@pytest.fixture
async def routed(desk: Desk) -> Routed:
    routed = Routed(desk)
    await routed.online(routed.anna, routed.bo)
    for who in (routed.anna, routed.bo, routed.boss):
        await routed.capacity(who, 4)
    return routed


async def test_a_first_message_waits_and_is_offered_to_one_agent(routed: Routed) -> None:
    _, conv = await routed.waits()
    queue = (await routed.state(conv)).queue
    found = await routed.task(conv)
    assert queue is not None
    assert queue.task == found.id
    assert waiting(found)
    assert await routed.match() == 1
    offered = await routed.task(conv)
    assert offered.state is State.OFFERED
    assert offered.agent is not None
    assert offered.why is not None
    assert offered.why.kind == "idle"
    assert await routed.match() == 0
    hints = [topic for topic, hint in routed.desk.one.bus.published if hint == StandingChanged()]
    assert f"person.{offered.agent}" in hints


async def test_an_accepted_offer_is_connected_closed_and_wrapped_up(routed: Routed) -> None:
    await routed.usual(wrapup_seconds=30)
    await routed.away(routed.bo)
    _, conv = await routed.served(routed.anna)
    state = await routed.state(conv)
    assert state.assignee == routed.anna.person
    assert state.queue is None
    assert state.why is not None
    assert state.why.kind == "idle"
    assert (await routed.task(conv)).state is State.CONNECTED
    await routed.do(routed.anna, messages.Close(id=new_id(), conv=conv, reason="solved"))
    assert (await routed.task(conv)).state is State.WRAPUP
    assert await routed.used(routed.anna) == (1, 0)
    await routed.sweep(seconds=10)
    assert await routed.used(routed.anna) == (1, 0)
    await routed.online(routed.anna)
    await routed.sweep(seconds=21)
    assert (await routed.task(conv)).state is State.CLOSED
    assert await routed.used(routed.anna) == (0, 0)


async def test_a_rejected_offer_goes_to_the_other_agent_at_the_same_place(routed: Routed) -> None:
    _, conv = await routed.waits()
    await routed.match()
    first = await routed.task(conv)
    who, other = by(routed, first.agent)
    reject = messages.RejectOffer(id=new_id(), conv=conv, task=first.id, fence=first.fence)
    await routed.do(who, reject)
    back = await routed.task(conv)
    assert waiting(back)
    assert back.enqueued_at == first.enqueued_at
    assert await routed.used(who) == (0, 0)
    assert await routed.says(who) == "available"
    await routed.do(who, reject)  # a resend
    await routed.match()
    assert (await routed.task(conv)).agent == other.person.id


async def test_who_lets_an_offer_ring_out_does_not_respond_and_gets_nothing_more(
    routed: Routed,
) -> None:
    _, conv = await routed.waits()
    await routed.match()
    first = await routed.task(conv)
    who, other = by(routed, first.agent)
    await routed.online(routed.anna, routed.bo)
    await routed.sweep(seconds=14)
    assert (await routed.task(conv)).fence == first.fence
    await routed.sweep(seconds=1)
    second = await routed.task(conv)
    assert second.state is State.OFFERED
    assert second.agent == other.person.id
    assert await routed.says(who) == "not_responding"
    assert await routed.used(who) == (0, 0)
    command = messages.AcceptOffer(id=new_id(), conv=conv, task=first.id, fence=first.fence)
    with pytest.raises(Refusal) as late:
        await routed.do(who, command)
    assert late.value.code == "offer_gone"
    await routed.desk.one.router.desks.set_state(who.person.id, "available", None, who)
    assert await routed.says(who) == "available"


async def test_who_rejects_what_rang_out_is_not_blamed_and_changes_nothing(routed: Routed) -> None:
    _, conv = await routed.waits()
    await routed.match()
    first = await routed.task(conv)
    who, other = by(routed, first.agent)
    reject = messages.RejectOffer(id=new_id(), conv=conv, task=first.id, fence=first.fence)
    await routed.online(routed.anna, routed.bo)
    await routed.sweep(seconds=15)
    await routed.match()
    second = await routed.task(conv)
    assert second.agent == other.person.id
    await routed.do(who, reject)
    assert await routed.task(conv) == second
    assert await routed.says(who) == "not_responding"


async def test_an_accepted_conversation_nobody_opens_goes_to_somebody_else(routed: Routed) -> None:
    _, conv = await routed.waits()
    await routed.match()
    who, other = by(routed, (await routed.task(conv)).agent)
    await routed.accept(who, conv)
    await routed.sweep(seconds=14)
    assert (await routed.state(conv)).assignee == who.person
    await routed.online(routed.anna, routed.bo)
    await routed.sweep(seconds=1)
    found = await routed.task(conv)
    assert found.front
    assert found.state is State.OFFERED
    assert found.agent == other.person.id
    assert (await routed.state(conv)).assignee is None
    assert await routed.used(who) == (0, 0)


async def test_whatever_the_one_who_accepted_says_connects_it(routed: Routed) -> None:
    _, conv = await routed.waits()
    await routed.match()
    who, _ = by(routed, (await routed.task(conv)).agent)
    await routed.accept(who, conv)
    await routed.do(who, messages.Send(id=new_id(), conv=conv, text="Hei!"))
    assert (await routed.task(conv)).state is State.CONNECTED


async def test_a_gone_agents_conversation_is_offered_on_in_front(routed: Routed) -> None:
    await routed.away(routed.bo)
    _, conv = await routed.served(routed.anna)
    before = await routed.task(conv)
    await routed.sweep(seconds=16)
    assert (await routed.state(conv)).assignee == routed.anna.person
    await routed.back(routed.bo)
    await routed.online(routed.bo)
    await routed.sweep(seconds=2)
    found = await routed.task(conv)
    assert (found.state, found.agent) == (State.OFFERED, routed.bo.person.id)
    assert (found.front, found.former) == (True, routed.anna.person.id)
    assert found.enqueued_at == before.enqueued_at
    assert await routed.used(routed.anna) == (0, 0)


async def test_an_agent_who_is_back_first_has_their_conversation_again(routed: Routed) -> None:
    await routed.away(routed.bo)
    _, conv = await routed.served(routed.anna)
    await routed.sweep(seconds=10)
    await routed.online(routed.bo)
    await routed.sweep(seconds=7)
    await routed.back(routed.bo)
    await routed.match()
    assert (await routed.task(conv)).agent == routed.bo.person.id
    await routed.online(routed.anna)  # tells the router
    state = await routed.state(conv)
    assert state.assignee == routed.anna.person
    assert state.why is not None
    assert state.why.kind == "returned"
    assert (await routed.task(conv)).state is State.CONNECTED
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((1, 0), (0, 0))


async def test_who_comes_back_too_late_finds_it_served_by_the_other(routed: Routed) -> None:
    await routed.away(routed.bo)
    _, conv = await routed.served(routed.anna)
    await routed.sweep(seconds=10)
    await routed.online(routed.bo)
    await routed.sweep(seconds=7)
    await routed.back(routed.bo)
    await routed.match()
    await routed.accept(routed.bo, conv)
    await routed.online(routed.anna)
    assert (await routed.state(conv)).assignee == routed.bo.person


async def test_capacity_is_never_exceeded_by_offers(routed: Routed) -> None:
    await routed.capacity(routed.anna, 2)
    await routed.capacity(routed.bo, 1)
    for _ in range(5):
        await routed.waits()
    assert await routed.match() == 3
    assert (await routed.used(routed.anna), await routed.used(routed.bo)) == ((2, 0), (1, 0))


async def test_by_hand_too_only_what_fits_is_taken(routed: Routed) -> None:
    await routed.usual(assignment="manual")
    await routed.capacity(routed.anna, 1)
    _, one = await routed.waits()
    _, two = await routed.waits()
    assert await routed.match() == 0
    await routed.do(routed.anna, messages.Accept(id=new_id(), conv=one))
    with pytest.raises(Refusal) as full:
        await routed.do(routed.anna, messages.Accept(id=new_id(), conv=two))
    assert full.value.code == "no_capacity"
    why = (await routed.state(one)).why
    assert why is not None
    assert why.kind == "pulled"


async def test_what_rings_at_a_colleague_is_not_taken_by_hand(routed: Routed) -> None:
    _, conv = await routed.waits()
    await routed.match()
    _, other = by(routed, (await routed.task(conv)).agent)
    with pytest.raises(Refusal) as refused:
        await routed.do(other, messages.Accept(id=new_id(), conv=conv))
    assert refused.value.code == "already_offered"


async def test_a_call_weighs_more_than_a_chat_and_less_again_after_it(routed: Routed) -> None:
    await routed.away(routed.bo)
    visitor, conv = await routed.served(routed.anna)
    await routed.do(routed.anna, messages.StartCall(id=new_id(), conv=conv, media=["audio"]))
    found = await routed.task(conv)
    assert (found.mode, found.weight) == ("voice", 3)
    assert await routed.used(routed.anna) == (3, 1)
    call = (await routed.state(conv)).call
    assert call is not None
    join = messages.JoinCall(id=new_id(), conv=conv, call=call.id, media=["audio", "video"])
    await routed.do(visitor, join)
    assert (await routed.task(conv)).mode == "video"
    await routed.do(routed.anna, messages.EndCall(id=new_id(), conv=conv, call=call.id))
    assert (await routed.task(conv)).mode == "chat"
    assert await routed.used(routed.anna) == (1, 0)


async def test_raising_the_mode_may_exceed_the_capacity_and_stops_offers(routed: Routed) -> None:
    await routed.away(routed.bo)
    await routed.capacity(routed.anna, 2)
    _, conv = await routed.served(routed.anna)
    await routed.do(routed.anna, messages.StartCall(id=new_id(), conv=conv, media=["video"]))
    assert await routed.used(routed.anna) == (3, 1)
    await routed.waits()
    assert await routed.match() == 0


async def test_what_waits_too_long_overflows_at_its_place_and_then_is_a_message(
    routed: Routed,
) -> None:
    await routed.away(routed.anna, routed.bo)
    other = await routed.department("Other", overflow_seconds=20)
    await routed.usual(overflow_seconds=30, overflow_to=other)
    visitor, conv = await routed.waits()
    first = await routed.task(conv)
    await routed.sweep(seconds=30)
    found = await routed.task(conv)
    assert (found.department, found.enqueued_at) == (other, first.enqueued_at)
    queue = (await routed.state(conv)).queue
    assert queue is not None
    assert queue.department.name == "Other"
    assert queue.task == first.id
    await routed.sweep(seconds=20)
    state = await routed.state(conv)
    assert (state.queue, state.left) == (None, "overflow")
    assert (await routed.task(conv)).state is State.OVERFLOW
    assert [m.auto for m in await routed.lines(visitor, conv)][-1] == "overflow"


async def test_a_visitor_who_is_gone_is_abandoned_and_waits_anew_when_they_write(
    routed: Routed,
) -> None:
    await routed.away(routed.anna, routed.bo)
    visitor, conv = await routed.waits()
    first = await routed.task(conv)
    await routed.sweep(seconds=119)
    assert waiting(await routed.task(conv))
    await routed.sweep(seconds=1)
    assert (await routed.task(conv)).state is State.ABANDONED
    assert (await routed.state(conv)).left == "left"
    await routed.do(visitor, messages.Send(id=new_id(), conv=conv, text="Vielä täällä"))
    again = await routed.task(conv)
    assert waiting(again)
    assert again.id != first.id
    assert again.enqueued_at > first.enqueued_at
    assert (await routed.state(conv)).left is None


async def test_a_left_message_is_answered_by_hand(routed: Routed) -> None:
    visitor = await routed.desk.visitor()
    begin = start("Viesti", offline=True, email="a@shop.example")
    conv = (await routed.do(visitor, begin)).conv
    assert conv is not None
    assert await routed.match() == 0
    await routed.do(routed.anna, messages.Accept(id=new_id(), conv=conv))
    found = await routed.task(conv)
    assert (found.state, found.agent) == (State.ACCEPTED, routed.anna.person.id)
    assert await routed.used(routed.anna) == (1, 0)


async def test_a_callback_waits_for_its_time_and_goes_first_then(routed: Routed) -> None:
    await routed.away(routed.bo)
    visitor, conv = await routed.waits()
    at = routed.desk.clock() + 3_600_000
    ask = messages.AskCallback(id=new_id(), conv=conv, at=at, phone="+358 40 123 4567")
    await routed.do(visitor, ask)
    found = await routed.task(conv)
    assert (found.mode, found.not_before, found.visitor_due_at) == ("callback", at, None)
    assert await routed.match() == 0
    await routed.online(routed.anna)
    await routed.sweep(seconds=3_590)
    assert waiting(await routed.task(conv))
    _, later = await routed.waits()
    await routed.capacity(routed.anna, 3)
    await routed.online(routed.anna)
    await routed.sweep(seconds=10)
    assert (await routed.task(conv)).state is State.OFFERED
    assert waiting(await routed.task(later))
    assert await routed.used(routed.anna) == (3, 1)


async def test_closed_and_nobody_there_the_wait_becomes_a_message(routed: Routed) -> None:
    await routed.usual(hours='{"tz":"Europe/Helsinki","week":{}}')
    _, conv = await routed.waits()
    await routed.sweep()
    assert (await routed.task(conv)).state is State.OFFERED  # somebody is there still
    await routed.away(routed.anna, routed.bo)
    await routed.sweep()
    state = await routed.state(conv)
    assert (state.queue, state.left) == (None, "closed")
    assert (await routed.task(conv)).state is State.OVERFLOW


async def test_handed_back_it_is_offered_to_somebody_else_first(routed: Routed) -> None:
    _, conv = await routed.waits()
    await routed.match()
    who, other = by(routed, (await routed.task(conv)).agent)
    await routed.accept(who, conv)
    await routed.do(who, messages.HandBack(id=new_id(), conv=conv))
    assert await routed.used(who) == (0, 0)
    await routed.match()
    assert (await routed.task(conv)).agent == other.person.id


async def test_the_visitors_last_agent_comes_first(routed: Routed) -> None:
    visitor, conv = await routed.waits()
    await routed.do(routed.bo, messages.Accept(id=new_id(), conv=conv))
    await routed.do(routed.bo, messages.Close(id=new_id(), conv=conv, reason="solved"))
    routed.desk.clock.forward(seconds=5)  # anna has been idle for longer
    again = await routed.desk.conversation(visitor, "Vielä yksi asia")
    await routed.match()
    found = await routed.task(again)
    assert found.agent == routed.bo.person.id
    assert found.why is not None
    assert found.why.kind == "last_agent"


async def test_who_writes_on_after_closing_has_their_agent_at_once_if_they_have_room(
    routed: Routed,
) -> None:
    await routed.away(routed.bo)
    await routed.usual(wrapup_seconds=30)
    visitor, conv = await routed.served(routed.anna)
    await routed.do(routed.anna, messages.Close(id=new_id(), conv=conv, reason="solved"))
    assert (await routed.task(conv)).state is State.WRAPUP
    routed.desk.clock.forward(seconds=1)
    await routed.do(visitor, messages.Send(id=new_id(), conv=conv, text="Vielä yksi asia"))
    assert (await routed.state(conv)).assignee == routed.anna.person
    assert (await routed.task(conv)).state is State.ACCEPTED
    assert await routed.used(routed.anna) == (1, 0)  # the wrap-up has ended
    await routed.do(routed.anna, messages.Close(id=new_id(), conv=conv, reason="solved"))
    await routed.capacity(routed.anna, 1)
    await routed.do(visitor, messages.Send(id=new_id(), conv=conv, text="Ja toinen"))
    state = await routed.state(conv)
    assert (state.assignee, state.state) == (None, "waiting")
    assert state.queue is not None
    assert await routed.used(routed.anna) == (0, 0)


async def test_closing_frees_the_slot_and_wakes_the_router(routed: Routed) -> None:
    woken: list[str] = []
    routed.desk.one.conversations.freed = woken.append
    await routed.away(routed.bo)
    await routed.capacity(routed.anna, 1)
    _, conv = await routed.served(routed.anna)
    _, other = await routed.waits()
    assert await routed.match() == 0
    woken.clear()
    await routed.do(routed.anna, messages.Close(id=new_id(), conv=conv, reason="solved"))
    assert woken == [routed.desk.site.id]
    assert await routed.match() == 1
    assert (await routed.task(other)).agent == routed.anna.person.id
