"""Supervisors who look in: rooms hear of it at once, and who is gone looks in no more."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from server.store.queue_tables import observer
from server.store.tables import audit
from signaling import messages
from signaling.events import ConversationState
from signaling.hints import ConversationHint
from signaling.messages import Snapshot
from signaling.queue import Part
from tests.contract.conftest import Desk, new_id


async def state_of(desk: Desk, conv: str) -> ConversationState:
    opened = await desk.one.backend.open_conversation(desk.supervisor, conv, None)
    assert isinstance(opened, Snapshot)
    return opened.state


async def observing(desk: Desk, part: Part = "listen") -> str:
    """Let the supervisor be there and look in on what the first agent serves."""
    conv = await desk.served(await desk.visitor())
    await desk.one.presence.touch(desk.agents[0], True)
    await desk.one.presence.touch(desk.supervisor, True)
    await look_in(desk, conv, part)
    return conv


async def look_in(desk: Desk, conv: str, part: Part) -> None:
    command = messages.Observe(id=new_id(), conv=conv, part=part)
    await desk.one.backend.execute(desk.supervisor, command)


async def watched(desk: Desk) -> int:
    async with desk.one.db.read() as tx:
        return int((await tx.execute(select(func.count()).select_from(observer))).scalar_one())


def last_hint(desk: Desk) -> ConversationHint:
    hints = [hint for _, hint in desk.one.bus.published if isinstance(hint, ConversationHint)]
    return hints[-1]


@pytest.mark.parametrize("part", ["whisper", "barge"])
async def test_rooms_hear_at_once_of_who_looks_in_and_how(desk: Desk, part: Part) -> None:
    conv = await observing(desk)
    assert last_hint(desk).call
    await look_in(desk, conv, part)
    assert last_hint(desk).call
    assert await watched(desk) == 1
    stop = messages.StopObserving(id=new_id(), conv=conv)
    await desk.one.backend.execute(desk.supervisor, stop)
    assert last_hint(desk).call
    assert await watched(desk) == 0


async def test_rooms_hear_at_once_of_who_takes_over(desk: Desk) -> None:
    conv = await observing(desk)
    await desk.one.backend.execute(desk.supervisor, messages.TakeOver(id=new_id(), conv=conv))
    assert last_hint(desk).call
    state = await state_of(desk, conv)
    assert state.assignee == desk.supervisor.person
    assert state.observers == []
    assert await watched(desk) == 0


async def test_observer_whose_lease_is_lost_looks_in_no_more(desk: Desk) -> None:
    conv = await observing(desk)
    desk.clock.forward(seconds=16)
    await desk.one.presence.touch(desk.agents[0], True)
    await desk.two.deadlines.sweep()
    assert len((await state_of(desk, conv)).observers) == 1
    desk.clock.forward(seconds=2)
    await desk.two.deadlines.sweep()
    state = await state_of(desk, conv)
    assert state.observers == []
    assert state.assignee == desk.agents[0].person
    assert await watched(desk) == 0


async def test_observer_who_is_back_before_the_sweep_stays(desk: Desk) -> None:
    conv = await observing(desk)
    desk.clock.forward(seconds=18)
    await desk.one.presence.touch(desk.supervisor, True)
    await desk.one.presence.touch(desk.agents[0], True)
    await desk.two.deadlines.sweep()
    assert len((await state_of(desk, conv)).observers) == 1


async def test_nobody_looks_in_on_what_is_closed(desk: Desk) -> None:
    conv = await observing(desk)
    close = messages.Close(id=new_id(), conv=conv, reason="resolved")
    await desk.one.backend.execute(desk.agents[0], close)
    assert await watched(desk) == 0


async def test_every_way_to_look_in_is_audited(desk: Desk) -> None:
    conv = await observing(desk)
    await look_in(desk, conv, "barge")
    await desk.one.backend.execute(desk.supervisor, messages.TakeOver(id=new_id(), conv=conv))
    async with desk.one.db.read() as tx:
        mine = audit.c.actor == desk.supervisor.person.id
        rows = await tx.execute(select(audit.c.action, audit.c.object).where(mine))
        deeds = [(row.action, row.object) for row in rows]
    assert [action for action, _ in deeds[:2]] == ["observer_joined", "observer_joined"]
    assert "assigned" in [action for action, _ in deeds]
    assert all(thing.startswith(conv) for _, thing in deeds)
