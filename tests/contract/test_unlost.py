"""That nobody is lost on the ways that few go: callbacks, returns, bad rows, odd pages."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from server.domain.routing import EntryRule, Routing, State
from server.services.supervising import Supervising
from server.store import departments
from server.store.queue_tables import department, task
from server.store.tables import conversation
from signaling import messages
from signaling.events import Page
from tests.contract.conftest import Desk, new_id, start
from tests.contract.routed import Routed, waiting


@pytest.fixture
async def routed(desk: Desk) -> Routed:
    routed = Routed(desk)
    await routed.online(routed.anna, routed.bo)
    for who in (routed.anna, routed.bo, routed.boss):
        await routed.capacity(who, 4)
    return routed


async def test_who_was_gone_and_writes_again_waits_though_the_clock_of_an_answer_runs(
    routed: Routed,
) -> None:
    await routed.usual(targets='{"first": 60}')
    await routed.away(routed.anna, routed.bo)
    visitor, conv = await routed.waits()
    assert (await routed.state(conv)).clock is not None
    await routed.sweep(seconds=130)
    assert (await routed.state(conv)).left == "left"
    await routed.do(visitor, messages.Send(id=new_id(), conv=conv, text="Here again"))
    assert (await routed.state(conv)).queue is not None
    assert waiting(await routed.task(conv))


async def _called_back(routed: Routed) -> str:
    """Let an agent accept a callback whose visitor is gone."""
    visitor, conv = await routed.waits()
    at = routed.desk.clock.now + 600_000
    phone = "+358 40 123 4567"
    await routed.do(visitor, messages.AskCallback(id=new_id(), conv=conv, at=at, phone=phone))
    await routed.away(routed.bo)
    routed.desk.clock.forward(seconds=600)
    await routed.online(routed.anna)
    await routed.match()
    await routed.accept(routed.anna, conv)
    await routed.do(routed.anna, messages.Connect(id=new_id(), conv=conv))
    return conv


async def test_a_callback_is_not_given_up_because_the_one_who_took_it_is_gone(
    routed: Routed,
) -> None:
    conv = await _called_back(routed)
    await routed.sweep(seconds=18)
    assert (await routed.state(conv)).assignee is None
    await routed.sweep(seconds=200)
    assert waiting(await routed.task(conv))
    assert (await routed.state(conv)).left is None


async def test_who_is_back_does_not_get_what_was_moved_or_booked_for_later_meanwhile(
    routed: Routed,
) -> None:
    garden = await routed.department("Garden")
    await routed.away(routed.bo)
    _, moved = await routed.served(routed.anna)
    visitor, booked = await routed.served(routed.anna)
    await routed.sweep(seconds=18)
    assert (await routed.task(moved)).former == routed.anna.person.id
    one = routed.desk.one
    supervising = Supervising(
        one.db, one.conversations, one.router.desks, one.outbox, one.presence, one.audit
    )
    await supervising.move(routed.boss, moved, garden)
    at = routed.desk.clock.now + 600_000
    await routed.do(visitor, messages.AskCallback(id=new_id(), conv=booked, at=at))
    await routed.online(routed.anna)
    await routed.sweep()
    assert waiting(await routed.task(moved))
    assert waiting(await routed.task(booked))
    assert (await routed.task(booked)).not_before == at


@pytest.mark.parametrize("broken", ["hours", "state"])
async def test_one_broken_row_stops_nothing_else(routed: Routed, broken: str) -> None:
    await routed.away(routed.anna, routed.bo)
    garden = await routed.department("Garden", routed.bo)
    _, sick = await routed.waits()
    _, conv = await routed.waits()
    async with routed.desk.one.db.write() as tx:
        if broken == "hours":
            mine = update(task).where(task.c.conversation == sick).values(department=garden)
            await tx.execute(mine)
            bad = '{"tz": "Nowhere/None", "week": {"mon": [["09:00", "10:00"]]}}'
            await tx.execute(update(department).where(department.c.id == garden).values(hours=bad))
        else:
            now = routed.desk.clock.now
            await tx.execute(
                update(task).where(task.c.conversation == sick).values(visitor_due_at=now)
            )
            mine = update(conversation).where(conversation.c.id == sick)
            await tx.execute(mine.values(body=b"{}"))
    await routed.back(routed.anna)
    await routed.sweep()
    assert (await routed.task(conv)).state is State.OFFERED


async def test_bringing_forward_while_the_conversation_goes_on_does_not_deadlock(
    routed: Routed,
) -> None:
    await routed.away(routed.anna, routed.bo)
    one = routed.desk.one
    supervising = Supervising(
        one.db, one.conversations, one.router.desks, one.outbox, one.presence, one.audit
    )
    convs = [(await routed.waits())[1] for _ in range(6)]
    accept = [messages.Accept(id=new_id(), conv=conv) for conv in convs[:4]]
    done = await asyncio.gather(
        *(routed.do(routed.anna, command) for command in accept),
        *(supervising.bring_forward(routed.boss, conv) for conv in convs),
        return_exceptions=True,
    )
    assert [type(one).__name__ for one in done if isinstance(one, Exception)] in (
        [],
        *[["Refusal"] * number for number in range(1, 5)],
    )


@pytest.mark.parametrize("url", ["https://[shop", "https://shop.example/" + "a" * 1900 + "!"])
async def test_no_page_and_no_entry_rule_keeps_anybody_from_writing(
    routed: Routed, url: str
) -> None:
    async with routed.desk.one.db.write() as tx:
        rules = [EntryRule(pages="/" + "*a" * 90 + "b"), EntryRule(pages="/garden/*")]
        await departments.set_routing(tx, routed.desk.site.id, Routing(rules=rules))
    visitor = await routed.desk.visitor()
    page = Page(url=url, title="Odd")
    async with asyncio.timeout(5):
        ack = await routed.do(visitor, start("Huhuu", page=page))
    assert ack.conv is not None
    assert waiting(await routed.task(ack.conv))


async def test_who_booked_and_waits_after_all_is_served_now_though_a_call_is_on(
    routed: Routed,
) -> None:
    await routed.away(routed.anna, routed.bo)
    visitor, conv = await routed.waits()
    at = routed.desk.clock.now + 600_000
    await routed.do(visitor, messages.AskCallback(id=new_id(), conv=conv, at=at))
    await routed.do(visitor, messages.StartCall(id=new_id(), conv=conv, media=["audio"]))
    await routed.back(routed.anna)
    await routed.do(visitor, messages.JoinQueue(id=new_id(), conv=conv))
    found = await routed.task(conv)
    assert (found.mode, found.not_before) == ("voice", None)
    assert found.visitor_due_at is not None
    assert await routed.match() == 1
