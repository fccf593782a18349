"""Deadlines are in SQL: they come once, on whichever node, and not when somebody was in time."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Engine, event

from server.domain.commands import SYSTEM
from signaling import messages
from signaling.events import CallEnded, Message
from signaling.messages import Snapshot
from tests.contract.conftest import Desk, new_id


async def _autos(desk: Desk, conv: str) -> list[str | None]:
    opened = await desk.one.backend.open_conversation(desk.supervisor, conv, None)
    assert isinstance(opened, Snapshot)
    return [e.event.auto for e in opened.events if isinstance(e.event, Message) and e.by == SYSTEM]


async def _sweep(desk: Desk) -> None:
    await asyncio.gather(*(node.deadlines.sweep() for node in (desk.one, desk.two)))


async def test_silence_of_ten_seconds_is_answered_once(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.conversation(visitor)
    desk.clock.forward(seconds=9.9)
    await _sweep(desk)
    assert await _autos(desk, conv) == []
    desk.clock.forward(seconds=0.2)
    await _sweep(desk)
    assert await _autos(desk, conv) == ["finding_someone"]
    await desk.one.backend.execute(visitor, messages.Send(id=new_id(), conv=conv, text="Huhuu?"))
    desk.clock.forward(seconds=60)
    await _sweep(desk)
    assert await _autos(desk, conv) == ["finding_someone"]


async def test_a_new_wait_gets_a_line_of_its_own(desk: Desk) -> None:
    visitor, agent = await desk.visitor(), desk.agents[0]
    conv = await desk.served(visitor)
    await desk.one.backend.execute(agent, messages.Send(id=new_id(), conv=conv, text="Hei"))
    await desk.one.backend.execute(agent, messages.HandBack(id=new_id(), conv=conv))
    desk.clock.forward(seconds=11)
    await _sweep(desk)
    assert await _autos(desk, conv) == ["finding_someone"]


async def test_who_is_being_served_gets_no_automatic_line(desk: Desk) -> None:
    conv = await desk.served(await desk.visitor())
    desk.clock.forward(seconds=60)
    await _sweep(desk)
    assert await _autos(desk, conv) == []


async def test_a_message_left_when_nobody_is_there_is_confirmed(desk: Desk) -> None:
    visitor = await desk.visitor()
    begin = messages.Start(
        id=new_id(), text="Soittakaa", lang="sv", offline=True, email="a@example.com", name="A"
    )
    ack = await desk.one.backend.execute(visitor, begin)
    assert ack.conv is not None
    desk.clock.forward(seconds=60)
    await _sweep(desk)
    assert await _autos(desk, ack.conv) == ["offline_received"]
    record = await desk.one.reading.access(desk.agents[0], ack.conv)
    assert (record.state.visitor.email, record.state.offline) == ("a@example.com", True)


async def test_a_call_rings_for_a_minute_and_ends_once(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.served(visitor)
    call = messages.StartCall(id=new_id(), conv=conv, media=["audio"])
    ack = await desk.one.backend.execute(desk.agents[0], call)
    assert ack.call is not None
    assert await desk.two.backend.execute(desk.agents[0], call) == ack
    desk.clock.forward(seconds=59)
    await _sweep(desk)
    assert (await desk.one.reading.access(visitor, conv)).state.call is not None
    desk.clock.forward(seconds=2)
    await _sweep(desk)
    opened = await desk.one.backend.open_conversation(visitor, conv, None)
    assert isinstance(opened, Snapshot)
    ended = [e.event for e in opened.events if isinstance(e.event, CallEnded)]
    assert [one.reason for one in ended] == ["unanswered"]


async def test_one_alone_in_a_call_waits_half_a_minute_for_the_other(desk: Desk) -> None:
    visitor, agent = await desk.visitor(), desk.agents[0]
    conv = await desk.served(visitor)
    execute = desk.one.backend.execute
    call = (await execute(visitor, messages.StartCall(id=new_id(), conv=conv, media=[]))).call
    assert call is not None
    join = messages.JoinCall(id=new_id(), conv=conv, call=call, media=["audio"])
    await execute(agent, join)
    leave = messages.LeaveCall(id=new_id(), conv=conv, call=call)
    await execute(visitor, leave)
    desk.clock.forward(seconds=20)
    await _sweep(desk)
    back = messages.JoinCall(id=new_id(), conv=conv, call=call, media=["audio"])
    await execute(visitor, back)  # the next page of the shop
    desk.clock.forward(seconds=20)
    await _sweep(desk)
    assert (await desk.one.reading.access(visitor, conv)).state.call is not None
    await execute(agent, messages.LeaveCall(id=new_id(), conv=conv, call=call))
    desk.clock.forward(seconds=31)
    await _sweep(desk)
    assert (await desk.one.reading.access(visitor, conv)).state.call is None


async def test_a_look_that_finds_nothing_due_goes_by_indexes(desk: Desk) -> None:
    looks: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        looks.append((sql, parameters))

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        await desk.one.deadlines.sweep()
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    [(sql, parameters)] = [look for look in looks if "SELECT" in look[0]]
    if not desk.one.db.sqlite:
        return  # which index it takes there depends on how full the tables are
    async with desk.one.db.read() as tx:
        plan = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
        steps = [row.detail for row in plan]
    scans = [step for step in steps if step.startswith("SCAN") and "CONSTANT" not in step]
    assert scans == ["SCAN observer"]  # it has but those who look in now
    assert any("ix_invite_open" in step for step in steps)


async def test_staff_is_there_while_a_lease_lives(desk: Desk) -> None:
    agent, site = desk.agents[0], desk.site.id
    await desk.one.backend.touch(agent, True)
    assert (await desk.two.presence.availability(site)).online
    desk.clock.forward(seconds=16)
    await desk.one.backend.touch(agent, True)
    await desk.one.backend.touch(agent, False)  # the connection dropped: grace
    desk.clock.forward(seconds=14)
    await _sweep(desk)
    assert (await desk.two.presence.availability(site)).online
    desk.clock.forward(seconds=2)
    desk.one.bus.published.clear()
    desk.two.bus.published.clear()
    await _sweep(desk)
    assert not (await desk.two.presence.availability(site)).online
    told = desk.one.bus.topics() + desk.two.bus.topics()
    assert f"site.{site}" in told


async def test_an_agent_on_a_break_is_not_offered(desk: Desk) -> None:
    agent = desk.agents[0]
    await desk.one.backend.touch(agent, True)
    await desk.one.presence.set_available(agent, False)
    assert not (await desk.one.presence.availability(desk.site.id)).online
