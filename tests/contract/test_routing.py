"""What the router makes of visitors, agents and time, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import pytest

from server.domain.routing import State
from signaling import messages
from signaling.errors import Refusal
from signaling.hints import StandingChanged
from tests.contract.conftest import Desk, new_id, start
from tests.contract.routed import Routed, waiting


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
    assert queue is not None and queue.task == found.id and waiting(found)
    assert await routed.match() == 1
    offered = await routed.task(conv)
    assert offered.state is State.OFFERED and offered.agent is not None
    assert offered.why is not None and offered.why.kind == "idle"
    assert await routed.match() == 0
    hints = [topic for topic, hint in routed.desk.one.bus.published if hint == StandingChanged()]
    assert f"person.{offered.agent}" in hints


async def test_an_accepted_offer_is_connected_closed_and_wrapped_up(routed: Routed) -> None:
    await routed.usual(wrapup_seconds=30)
    await routed.desk.one.router.desks.set_state(routed.bo.person.id, "away", "lunch", routed.bo)
    _, conv = await routed.served(routed.anna)
    state = await routed.state(conv)
    assert state.assignee == routed.anna.person and state.queue is None
    assert state.why is not None and state.why.kind == "idle"
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
