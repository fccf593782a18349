"""That nobody is rung at for ever, and that nobody waits for room that nobody can have."""

from __future__ import annotations

import pytest

from server.domain.routing import State
from signaling import messages
from signaling.errors import Refusal
from tests.contract.conftest import Desk, new_id
from tests.contract.routed import Routed, waiting


@pytest.fixture
async def routed(desk: Desk) -> Routed:
    """Give a shop where one agent is there alone."""
    routed = Routed(desk)
    await routed.online(routed.anna)
    await routed.capacity(routed.anna, 2)
    return routed


async def test_who_declines_alone_is_not_rung_at_again_at_once(routed: Routed) -> None:
    _, conv = await routed.waits()
    for pause in (15, 30, 60):
        await routed.online(routed.anna)
        assert await routed.match() == 1
        found = await routed.task(conv)
        command = messages.RejectOffer(id=new_id(), conv=conv, task=found.id, fence=found.fence)
        await routed.do(routed.anna, command)
        assert await routed.match() == 0
        routed.desk.clock.forward(seconds=pause - 0.1)
        await routed.online(routed.anna)
        assert await routed.match() == 0
        assert waiting(await routed.task(conv))
        routed.desk.clock.forward(seconds=0.1)
    await routed.online(routed.anna)
    assert await routed.match() == 1


async def test_who_hands_back_alone_is_not_rung_at_with_it_at_once(routed: Routed) -> None:
    _, conv = await routed.served(routed.anna)
    routed.desk.clock.forward(seconds=16)
    await routed.online(routed.anna)
    await routed.do(routed.anna, messages.HandBack(id=new_id(), conv=conv))
    assert await routed.match() == 0
    routed.desk.clock.forward(seconds=15)
    await routed.online(routed.anna)
    assert await routed.match() == 1


async def test_who_has_nothing_is_offered_a_callback_that_weighs_more_than_they_take_on(
    routed: Routed,
) -> None:
    visitor, conv = await routed.waits()
    at = routed.desk.clock.now + 600_000
    await routed.do(visitor, messages.AskCallback(id=new_id(), conv=conv, at=at))
    _, other = await routed.waits("Also here")
    routed.desk.clock.forward(seconds=600)
    await routed.online(routed.anna)
    assert await routed.match() == 1
    assert (await routed.task(conv)).state is State.OFFERED
    assert await routed.used(routed.anna) == (3, 1)
    with pytest.raises(Refusal) as full:
        await routed.do(routed.anna, messages.Accept(id=new_id(), conv=other))
    assert full.value.code == "no_capacity"
    await routed.accept(routed.anna, conv)
    assert await routed.used(routed.anna) == (3, 1)
    assert (await routed.task(conv)).state is State.ACCEPTED


async def test_who_has_a_call_too_many_is_offered_a_chat_all_the_same(routed: Routed) -> None:
    await routed.capacity(routed.anna, 9, calls=1)
    for _ in range(2):
        _, conv = await routed.served(routed.anna)
        await routed.do(routed.anna, messages.StartCall(id=new_id(), conv=conv, media=["audio"]))
    assert await routed.used(routed.anna) == (6, 2)
    _, other = await routed.waits()
    assert await routed.match() == 1
    assert (await routed.task(other)).state is State.OFFERED
