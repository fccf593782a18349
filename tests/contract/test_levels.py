"""Service clocks follow the conversation in its own transaction, against the targets."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from server.domain.departments import DepartmentSettings
from server.domain.hours import Hours, Week
from server.domain.sla import Targets
from server.services.departments import Departments
from server.services.levels import Level, Score, today
from server.store import departments
from server.store.queue_tables import department, service_clock
from signaling import messages
from signaling.backend import Principal
from tests.contract.conftest import Desk, new_id

TARGETS = Targets(first=60, next=120, wait=30)


@pytest.fixture
async def floor(desk: Desk) -> Desk:
    """Give the desk's department targets, and let its agents be there; nothing is offered."""
    async with desk.one.db.write() as tx:
        (one,) = (await departments.of_site(tx, desk.site.id)).values()
        settings = DepartmentSettings(
            one.settings.name,
            usual=True,
            assignment="manual",
            targets=TARGETS,
            members=one.settings.members,
        )
        await departments.save(tx, departments.Department(one.id, one.site, settings))
    for agent in desk.agents:
        await desk.one.presence.touch(agent, True)
    return desk


async def clocks(desk: Desk) -> list[tuple[str, int, int | None, str | None]]:
    """Return kind, seconds to the target, seconds it ran, outcome; in the order they began."""
    async with desk.one.db.read() as tx:
        rows = (await tx.execute(select(service_clock).order_by(service_clock.c.id))).all()
    return [
        (
            row.kind,
            (row.due_at - row.started_at) // 1000,
            None if row.stopped_at is None else (row.stopped_at - row.started_at) // 1000,
            row.outcome,
        )
        for row in rows
    ]


async def do(desk: Desk, who: Principal, frame: type[Any], conv: str, **more: Any) -> None:
    await desk.one.backend.execute(who, frame(id=new_id(), conv=conv, **more))


async def test_the_first_message_starts_the_clocks_of_an_answer_and_of_the_queue(
    floor: Desk,
) -> None:
    await floor.conversation(await floor.visitor())
    assert sorted(await clocks(floor)) == [("first", 60, None, None), ("wait", 30, None, None)]


async def test_accepting_stops_the_wait_and_writing_stops_the_answer(floor: Desk) -> None:
    visitor = await floor.visitor()
    conv = await floor.conversation(visitor)
    floor.clock.forward(seconds=20)
    await do(floor, floor.agents[0], messages.Accept, conv)
    floor.clock.forward(seconds=41)
    await do(floor, floor.agents[0], messages.Send, conv, text="Hei")
    found = sorted(await clocks(floor))
    assert found == [("first", 60, 61, "breached"), ("wait", 30, 20, "achieved")]


async def test_an_answer_at_the_last_moment_is_in_time(floor: Desk) -> None:
    visitor = await floor.visitor()
    conv = await floor.conversation(visitor)
    await do(floor, floor.agents[0], messages.Accept, conv)
    floor.clock.forward(seconds=60)
    await do(floor, floor.agents[0], messages.Send, conv, text="Hei")
    assert ("first", 60, 60, "achieved") in await clocks(floor)


async def test_after_the_first_answer_the_next_clock_runs_from_the_first_unanswered_message(
    floor: Desk,
) -> None:
    visitor = await floor.visitor()
    conv = await floor.served(visitor)
    await do(floor, floor.agents[0], messages.Send, conv, text="Hei")
    floor.clock.forward(seconds=5)
    await do(floor, visitor, messages.Send, conv, text="Kysyn vielä")
    floor.clock.forward(seconds=50)
    await do(floor, visitor, messages.Send, conv, text="Oletko siellä?")
    floor.clock.forward(seconds=60)
    await do(floor, floor.agents[0], messages.AddNote, conv, text="checking")
    assert (await clocks(floor))[-1] == ("next", 120, None, None)
    await do(floor, floor.agents[0], messages.Send, conv, text="Olen")
    assert (await clocks(floor))[-1] == ("next", 120, 110, "achieved")


async def test_closing_cancels_what_was_not_due_and_nothing_runs_on(floor: Desk) -> None:
    conv = await floor.served(await floor.visitor())
    await do(floor, floor.agents[0], messages.Close, conv, reason="resolved")
    assert ("first", 60, 0, "cancelled") in await clocks(floor)
    floor.clock.forward(seconds=3600)
    assert all(outcome is not None for _, _, _, outcome in await clocks(floor))


async def test_closing_does_not_hide_that_nobody_answered_in_time(floor: Desk) -> None:
    conv = await floor.served(await floor.visitor())
    floor.clock.forward(seconds=61)
    await do(floor, floor.agents[0], messages.Close, conv, reason="spam")
    assert ("first", 60, 61, "breached") in await clocks(floor)


async def test_handing_back_leaves_the_answer_due_and_starts_a_new_wait(floor: Desk) -> None:
    conv = await floor.served(await floor.visitor())
    floor.clock.forward(seconds=10)
    await do(floor, floor.agents[0], messages.HandBack, conv)
    found = await clocks(floor)
    assert ("first", 60, None, None) in found
    assert [one for one in found if one[0] == "wait"] == [
        ("wait", 30, 0, "achieved"),
        ("wait", 30, None, None),
    ]


async def test_leaving_the_queue_cancels_the_wait(floor: Desk) -> None:
    visitor = await floor.visitor()
    conv = await floor.conversation(visitor)
    floor.clock.forward(seconds=10)
    await do(floor, visitor, messages.LeaveQueue, conv, email="v@visitor.example")
    assert ("wait", 30, 10, "cancelled") in await clocks(floor)


async def test_a_move_takes_the_clock_to_the_other_department(floor: Desk) -> None:
    whole = Departments(floor.one.db, floor.one.conversations, floor.one.audit)
    typed = DepartmentSettings("Other", assignment="manual", targets=Targets(wait=300))
    other = await whole.add(floor.supervisor, typed)
    (usual,) = [one for one in await whole.all(floor.supervisor) if one.settings.usual]
    await floor.conversation(await floor.visitor())
    async with floor.one.db.write() as tx:
        await departments.set_usual(tx, other.id, floor.site.id)
    floor.clock.forward(seconds=5)
    await whole.remove(floor.supervisor, usual.id, other.id)
    async with floor.one.db.read() as tx:
        rows = (await tx.execute(select(service_clock))).all()
    assert {row.department for row in rows} == {other.id}
    (wait,) = [row for row in rows if row.kind == "wait"]
    assert wait.stopped_at is None
    assert wait.due_at - wait.started_at >= 300_000


async def test_clocks_stand_outside_the_hours(floor: Desk) -> None:
    """It is 10:00 on a Friday in Helsinki; the department is open from nine to half past ten."""
    hours = Hours(week=Week(*((("09:00", "10:30"),),) * 5))
    async with floor.one.db.write() as tx:
        await departments.set_hours(tx, floor.site.id, hours)
    floor.clock.forward(seconds=30 * 60 - 40)
    await floor.conversation(await floor.visitor())
    weekend = 3 * 86_400 - 90 * 60
    found = {kind: seconds for kind, seconds, _, _ in await clocks(floor)}
    assert found == {"first": weekend + 60, "wait": 30}


async def test_without_targets_nothing_is_kept(floor: Desk) -> None:
    async with floor.one.db.write() as tx:
        await tx.execute(update(department).values(targets=None))
    await floor.served(await floor.visitor())
    assert await clocks(floor) == []


async def test_the_level_of_today_counts_what_is_late_already(floor: Desk) -> None:
    began = floor.clock.now
    conv = await floor.served(await floor.visitor())
    await do(floor, floor.agents[0], messages.Send, conv, text="Hei")
    await floor.conversation(await floor.visitor())
    await floor.conversation(await floor.visitor())
    floor.clock.forward(seconds=31)
    async with floor.one.db.read() as tx:
        (usual,) = await departments.of_site(tx, floor.site.id)
        found = await today(tx, floor.site.id, began)
        later = await today(tx, floor.site.id, floor.clock.now)
        others = await today(tx, "another site", began)
    assert found == {usual: Level(first=Score(1, 0), wait=Score(1, 2))}
    assert later == others == {}
