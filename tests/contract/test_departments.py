"""Changes of departments hold together when several are made at once, on both databases."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from server.domain.departments import AgentSettings, DepartmentSettings
from server.domain.hours import Hours, Week
from server.domain.refusing import BadSetting
from server.domain.routing import State
from server.services.agents import Agents
from server.services.departments import Departments
from server.services.passwords import Passwords
from server.store import conversations, departments, profiles
from server.store.departments import Department
from server.store.queue_tables import task
from signaling import messages
from signaling.errors import Refusal
from signaling.hints import FrameHint
from tests.contract.conftest import QUICK, Desk, Node, new_id
from tests.contract.routed import Routed


def _whole(node: Node) -> Departments:
    return Departments(node.db, node.conversations, node.audit)


async def _add(desk: Desk, name: str, **more: object) -> Department:
    typed = replace(DepartmentSettings(name), **more)
    return await _whole(desk.one).add(desk.supervisor, typed)


async def _usual(desk: Desk) -> Department:
    return (await _whole(desk.one).all(desk.supervisor))[0]


async def test_two_supervisors_cannot_close_a_circle_together(desk: Desk) -> None:
    a, b = await _add(desk, "A"), await _add(desk, "B")
    to_b = replace(a.settings, overflow_seconds=60, overflow_to=b.id)
    to_a = replace(b.settings, overflow_seconds=60, overflow_to=a.id)
    done = await asyncio.gather(
        _whole(desk.one).change(desk.supervisor, a.id, to_b),
        _whole(desk.two).change(desk.supervisor, b.id, to_a),
        return_exceptions=True,
    )
    refused = [one for one in done if isinstance(one, BadSetting)]
    assert [one.code for one in refused] == ["circular_overflow"]
    assert sum(isinstance(one, Department) for one in done) == 1


async def test_two_departments_cannot_get_one_name(desk: Desk) -> None:
    typed = DepartmentSettings("Same")
    done = await asyncio.gather(
        *(_whole(node).add(desk.supervisor, typed) for node in (desk.one, desk.two)),
        return_exceptions=True,
    )
    assert [one.code for one in done if isinstance(one, BadSetting)] == ["name_taken"]
    assert len(await _whole(desk.one).all(desk.supervisor)) == 2


async def test_whoever_comes_while_a_department_goes_is_in_another(desk: Desk) -> None:
    for agent in desk.agents:
        await desk.one.presence.touch(agent, True)
    old = await _usual(desk)
    new = await _add(desk, "New", assignment="manual", members=old.settings.members, usual=True)
    await _whole(desk.one).change(
        desk.supervisor, old.id, replace(old.settings, usual=True, assignment="manual")
    )
    visitors = [await desk.visitor() for _ in range(6)]
    early = [await desk.conversation(who) for who in visitors[:3]]
    await _whole(desk.one).change(desk.supervisor, new.id, replace(new.settings, usual=True))
    removed, *late = await asyncio.gather(
        _whole(desk.two).remove(desk.supervisor, old.id, new.id),
        *(desk.conversation(who) for who in visitors[3:]),
    )
    assert removed is None
    async with desk.one.db.read() as tx:
        rows = list(await tx.execute(select(task.c.conversation, task.c.department, task.c.state)))
        states = [await conversations.load(tx, conv) for conv in (*early, *late)]
    assert {(row.department, row.state) for row in rows} == {(new.id, "waiting")}
    assert sorted(row.conversation for row in rows) == sorted([*early, *late])
    for row in states:
        assert row is not None
        assert row.record.state.queue is not None
        assert row.record.state.queue.department.id == new.id


async def test_what_rings_and_what_is_served_go_on_when_their_department_goes(desk: Desk) -> None:
    routed = Routed(desk)
    await routed.online(routed.anna)
    old = await _usual(desk)
    _, served = await routed.served(routed.anna)
    _, ringing = await routed.waits()
    await routed.match()
    offer = await routed.task(ringing)
    assert offer.state is State.OFFERED
    new = await _add(desk, "New", usual=True)

    await _whole(desk.two).remove(desk.supervisor, old.id, new.id)
    for conv, state in ((served, State.CONNECTED), (ringing, State.WAITING)):
        found = await routed.task(conv)
        assert (found.department, found.state) == (new.id, state)
    assert (await routed.task(ringing)).enqueued_at == offer.enqueued_at
    assert await routed.used(routed.anna) == (1, 0)  # the offer's unit is given back

    late = messages.AcceptOffer(id=new_id(), conv=ringing, task=offer.id, fence=offer.fence)
    with pytest.raises(Refusal) as refused:
        await routed.do(routed.anna, late)
    assert refused.value.code == "offer_gone"
    assert await routed.match() == 1  # the members have moved too
    await routed.accept(routed.anna, ringing)
    await routed.do(routed.anna, messages.Close(id=new_id(), conv=served, reason="solved"))
    assert await routed.used(routed.anna) == (1, 0)


async def test_a_department_is_removed_once(desk: Desk) -> None:
    gone = await _add(desk, "Gone")
    done = await asyncio.gather(
        *(_whole(node).remove(desk.supervisor, gone.id, None) for node in (desk.one, desk.two)),
        return_exceptions=True,
    )
    assert sorted(type(one) for one in done if one is not None) == [Refusal]


async def test_the_last_two_supervisors_cannot_both_step_down(desk: Desk) -> None:
    whole = _whole(desk.one)
    nodes = (desk.one, desk.two)
    agents = [
        Agents(
            node.db,
            node.bus,  # type: ignore[arg-type]
            Passwords(QUICK),
            whole,
            node.audit,
            desk.clock,
        )
        for node in nodes
    ]
    other = desk.agents[0].person.id
    settings = AgentSettings("One", role="supervisor")
    await agents[0].change(desk.supervisor, other, settings)
    plain = AgentSettings("Somebody")
    done = await asyncio.gather(
        agents[0].change(desk.supervisor, other, plain),
        agents[1].change(desk.supervisor, desk.supervisor.person.id, plain),
        return_exceptions=True,
    )
    assert [one.code for one in done if isinstance(one, BadSetting)] == ["last_supervisor"]


async def test_an_agents_load_stays_when_their_capacity_changes(desk: Desk) -> None:
    one = desk.agents[0]
    await desk.one.presence.touch(one, True)
    await desk.served(await desk.visitor())
    async with desk.one.db.write() as tx:
        before = (await profiles.of_site(tx, desk.site.id))[one.person.id]
        await profiles.save(tx, one.person.id, replace(before.settings, capacity=1), desk.site.id)
        after = (await profiles.of_site(tx, desk.site.id))[one.person.id]
    assert (before.used, after.used) == (1, 1)
    assert after.settings.capacity == 1


# --- who is told ------------------------------------------------------------------------------


def _told(node: Node) -> list[bool]:
    """Return whether the site was online, each time that staff was told."""
    return [
        b'"online":true' in bytes(hint.frame)
        for _, hint in node.bus.published
        if isinstance(hint, FrameHint) and hint.key == "availability" and "staff" in hint.audiences
    ]


async def _sweep_on(node: Node) -> None:
    for _ in range(21):
        await node.presence.sweep()


async def test_a_site_that_closes_by_the_clock_is_told_of_it_once(desk: Desk) -> None:
    """It is 10:00 in Helsinki; the site is open until 10:05."""
    async with desk.one.db.write() as tx:
        hours = Hours(week=Week(*((("09:00", "10:05"),),) * 7))
        await departments.set_hours(tx, desk.site.id, hours)
    for _ in range(2):
        await desk.one.presence.touch(desk.agents[0], True)
    await _sweep_on(desk.one)
    assert _told(desk.one) == [True]
    for _ in range(20):
        desk.clock.forward(seconds=15)
        await desk.one.presence.touch(desk.agents[0], True)
    await _sweep_on(desk.one)
    await _sweep_on(desk.one)
    assert _told(desk.one) == [True, False]


async def test_whoever_follows_hears_of_a_change_after_its_commit(desk: Desk) -> None:
    heard: list[tuple[str, int]] = []
    whole = _whole(desk.one)

    async def listen(site: str) -> None:
        async with desk.two.db.read() as tx:
            heard.append((site, len(await departments.of_site(tx, site))))

    whole.follow(listen)
    await whole.add(desk.supervisor, DepartmentSettings("New"))
    with pytest.raises(BadSetting):
        await whole.add(desk.supervisor, DepartmentSettings("New"))
    assert heard == [(desk.site.id, 2)]
