"""How agents and visitors stand in the queue, on real databases."""

from __future__ import annotations

import pytest
from sqlalchemy import event as sql

from server.domain.routing import State
from signaling import messages
from signaling.backend import Principal
from signaling.messages import Desk as DeskFrame
from signaling.messages import QueuePlace
from signaling.queue import Department, Need, Reason
from tests.contract.conftest import Desk, new_id
from tests.contract.queued import PAGE, Queue


@pytest.fixture
def queue(desk: Desk) -> Queue:
    return Queue(desk)


async def desk_of(desk: Desk, who: Principal) -> DeskFrame:
    (found,) = await desk.one.backend.standing([who])
    assert isinstance(found, DeskFrame)
    return found


async def place_of(desk: Desk, who: Principal) -> QueuePlace:
    (found,) = await desk.one.backend.standing([who])
    assert isinstance(found, QueuePlace)
    return found


# --- agents -----------------------------------------------------------------------------------


async def test_desk_shows_state_and_load(desk: Desk, queue: Queue) -> None:
    one, two = desk.agents
    await queue.set(one, state="away", reason="lunch", since=7, capacity=6)
    await queue.put(await desk.visitor(), State.CONNECTED, agent=one, weight=3, mode="voice")
    mine, theirs = await desk.one.backend.standing([one, two])
    assert mine == DeskFrame(state="away", reason="lunch", since=7, used=3, capacity=6)
    assert isinstance(theirs, DeskFrame)
    assert (theirs.state, theirs.used, theirs.offers) == ("available", 0, [])


async def test_offer_has_all_that_its_card_shows(desk: Desk, queue: Queue) -> None:
    visitor, now = await desk.visitor(), desk.clock.now
    why = Reason(kind="skill", skill="skates", level=4)
    task = await queue.put(
        visitor,
        State.OFFERED,
        ago=30,
        agent=desk.agents[0],
        text="Do you sharpen skates?",
        fence=3,
        needs=(Need("skates", 2),),
        offered_at=now,
        deadline_at=now + 15_000,
        why=why,
    )
    (offer,) = (await desk_of(desk, desk.agents[0])).offers
    assert (offer.task, offer.conv, offer.fence) == (task.id, task.conversation, 3)
    assert (offer.visitor.id, offer.visitor.name) == (visitor.person.id, "Vieras")
    assert (offer.lang, offer.mode, offer.text, offer.page) == (
        "fi",
        "chat",
        "Do you sharpen skates?",
        PAGE,
    )
    assert offer.department == Department(task.department, "Asiakaspalvelu")
    assert (offer.since, offer.offered_at, offer.deadline_at) == (now - 30_000, now, now + 15_000)
    assert (offer.why, offer.needs, offer.transfer) == (why, [Need("skates", 2)], None)
    assert (await desk_of(desk, desk.agents[1])).offers == []


async def test_card_of_a_transfer_says_who_hands_it_over(desk: Desk, queue: Queue) -> None:
    one, two = desk.agents
    await queue.online(one, two)
    conv = await desk.served(await desk.visitor())
    await desk.one.backend.execute(
        one,
        messages.RequestTransfer(id=new_id(), conv=conv, to=two.person.id, note="Knows skates"),
    )
    (offer,) = (await desk_of(desk, two)).offers
    assert (offer.conv, offer.transfer, offer.note) == (conv, one.person, "Knows skates")
    assert offer.why == Reason(kind="chosen")
    assert (await desk_of(desk, one)).offers == []


async def test_card_of_a_callback_has_its_time_and_number(desk: Desk, queue: Queue) -> None:
    one, visitor = desk.agents[0], await desk.visitor()
    conv = await desk.conversation(visitor)
    at = desk.clock.now + 600_000
    await desk.one.backend.execute(
        visitor, messages.AskCallback(id=new_id(), conv=conv, at=at, phone="+358 40 123 4567")
    )
    desk.clock.forward(seconds=600)
    await queue.online(one)
    await desk.one.router.match()
    (offer,) = (await desk_of(desk, one)).offers
    assert (offer.conv, offer.mode, offer.callback_at) == (conv, "callback", at)
    assert offer.phone == "+358 40 123 4567"


async def test_wrapup_is_shown_until_its_end(desk: Desk, queue: Queue) -> None:
    until = desk.clock.now + 60_000
    task = await queue.put(
        await desk.visitor(), State.WRAPUP, agent=desk.agents[0], deadline_at=until
    )
    found = await desk_of(desk, desk.agents[0])
    assert [(one.task, one.conv, one.until) for one in found.wrapups] == [
        (task.id, task.conversation, until)
    ]
    assert found.used == 1


async def test_next_counts_what_the_agent_may_take(desk: Desk, queue: Queue) -> None:
    one, two = desk.agents
    await queue.online(one, two)
    await queue.skill("skates", One=3)
    elsewhere = await queue.department("Elsewhere", two)
    await queue.speaks(two, '["sv"]')
    await queue.put(await desk.visitor())  # Finnish: of both who are there, One only
    await queue.put(await desk.visitor(), needs=(Need("skates", 3),))
    await queue.put(await desk.visitor(), lang="sv", department=elsewhere)
    await queue.put(await desk.visitor(), not_before=desk.clock.now + 1, mode="callback")
    await queue.put(await desk.visitor(), only=two.person.id)
    await queue.put(await desk.visitor(), State.OFFERED, agent=two)
    assert (await desk_of(desk, one)).next == 2
    assert (await desk_of(desk, two)).next == 1


async def test_next_is_none_for_who_is_full_and_not_for_who_is_away(
    desk: Desk, queue: Queue
) -> None:
    one, two = desk.agents
    await queue.set(one, capacity=1)
    await queue.set(two, state="away", reason="break")
    await queue.put(await desk.visitor(), State.CONNECTED, agent=one)
    await queue.put(await desk.visitor())
    assert (await desk_of(desk, one)).next == 0
    assert (await desk_of(desk, two)).next == 1


# --- visitors ---------------------------------------------------------------------------------


async def test_places_follow_the_routers_order(desk: Desk, queue: Queue) -> None:
    visitors = [await desk.visitor() for _ in range(4)]
    later, first, front, other = visitors
    await queue.put(later, ago=10)
    await queue.put(first, State.OFFERED, agent=desk.agents[0], ago=20)
    await queue.put(front, ago=5, front=True)
    await queue.put(other, department=await queue.department("Elsewhere"))
    stands = await desk.one.backend.standing(visitors)
    assert [one.place for one in stands if isinstance(one, QueuePlace)] == [3, 2, 1, 1]
    assert [one.ringing for one in stands if isinstance(one, QueuePlace)] == [
        False,
        True,
        False,
        False,
    ]


async def test_callback_stands_before_nobody_until_its_time(desk: Desk, queue: Queue) -> None:
    early, late = await desk.visitor(), await desk.visitor()
    at = desk.clock.now + 60_000
    await queue.put(early, ago=60, not_before=at, mode="callback", weight=3)
    await queue.put(late, ago=10)
    place = await place_of(desk, early)
    assert (place.place, place.callback_at, place.low) == (1, at, None)
    assert (await place_of(desk, late)).place == 1
    desk.clock.forward(seconds=60)
    assert (await place_of(desk, late)).place == 2
    assert (await place_of(desk, early)).callback_at is None


async def test_who_does_not_wait_has_no_place(desk: Desk, queue: Queue) -> None:
    idle, served, gone = [await desk.visitor() for _ in range(3)]
    await queue.put(served, State.CONNECTED, agent=desk.agents[0])
    await queue.put(gone, State.ABANDONED, ended_at=desk.clock.now, outcome="abandoned")
    assert await desk.one.backend.standing([idle, served, gone]) == [None, None, None]


async def test_staffed_while_somebody_able_is_there_full_or_not(desk: Desk, queue: Queue) -> None:
    one, two = desk.agents
    visitor = await desk.visitor()
    await queue.speaks(two, '["sv"]')
    await queue.online(two)
    await queue.put(visitor)
    assert not (await place_of(desk, visitor)).staffed
    await queue.online(one)
    desk.clock.forward(seconds=2)
    assert (await place_of(desk, visitor)).staffed
    await queue.set(one, used=4, capacity=4)
    desk.clock.forward(seconds=2)
    assert (await place_of(desk, visitor)).staffed
    await queue.set(one, state="not_responding")
    desk.clock.forward(seconds=2)
    assert not (await place_of(desk, visitor)).staffed


async def test_expected_wait_needs_somebody_and_a_pace(desk: Desk, queue: Queue) -> None:
    visitor, now = await desk.visitor(), desk.clock.now
    await queue.put(visitor)
    assert (await place_of(desk, visitor)).low is None
    for n in range(1, 13):
        accepted = now - n * 60_000
        await queue.put(
            await desk.visitor(),
            State.CLOSED,
            agent=desk.agents[0],
            accepted_at=accepted,
            ended_at=min(now, accepted + 240_000),
            outcome="served",
        )
    desk.clock.forward(seconds=2)
    assert (await place_of(desk, visitor)).low is None  # nobody is there
    await queue.online(desk.agents[0])
    desk.clock.forward(seconds=2)
    place = await place_of(desk, visitor)
    assert place.low is not None
    assert place.high is not None
    assert 0 <= place.low < place.high <= 3600


async def test_nobody_is_told_of_anothers_standing(desk: Desk, queue: Queue) -> None:
    waits, other = await desk.visitor(), await desk.visitor()
    await queue.put(waits)
    one, none, mine = await desk.one.backend.standing([desk.agents[0], other, waits])
    assert isinstance(one, DeskFrame)
    assert none is None
    assert isinstance(mine, QueuePlace)


@pytest.mark.parametrize("count", [1, 30])
async def test_statements_do_not_grow_with_people(desk: Desk, queue: Queue, count: int) -> None:
    idle = [await desk.visitor() for _ in range(count)]
    waiting = [await desk.visitor() for _ in range(count)]
    for one in waiting:
        await queue.put(one)
    assert await statements(desk, idle) == 1
    assert await statements(desk, waiting) <= 6  # two of them, once they know who is there
    assert await statements(desk, waiting) == 2
    assert await statements(desk, desk.agents) == 3


async def statements(desk: Desk, who: list[Principal]) -> int:
    """Return how many statements a look at `who` takes."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append(statement)

    engine = desk.one.db._reader.sync_engine
    sql.listen(engine, "before_cursor_execute", note)
    try:
        await desk.one.backend.standing(who)
    finally:
        sql.remove(engine, "before_cursor_execute", note)
    return len(seen)


# --- leases -----------------------------------------------------------------------------------


async def test_place_is_kept_for_who_is_here_and_two_minutes_longer(
    desk: Desk, queue: Queue
) -> None:
    visitor, other = await desk.visitor(), await desk.visitor()
    due = desk.clock.now + 1000
    mine = await queue.put(visitor, visitor_due_at=due)
    theirs = await queue.put(other, visitor_due_at=due)
    await desk.one.backend.renew([visitor], True)
    assert (await queue.row(mine)).visitor_due_at == desk.clock.now + 180_000
    assert (await queue.row(theirs)).visitor_due_at == due
    desk.clock.forward(seconds=20)
    await desk.one.backend.renew([visitor], False)
    assert (await queue.row(mine)).visitor_due_at == desk.clock.now + 120_000


async def test_callbacks_and_what_is_served_or_over_need_no_visitor(
    desk: Desk, queue: Queue
) -> None:
    visitors = [await desk.visitor() for _ in range(3)]
    now = desk.clock.now
    put = [
        await queue.put(visitors[0], not_before=now + 10**6, mode="callback"),
        await queue.put(visitors[1], State.CONNECTED, agent=desk.agents[0]),
        await queue.put(visitors[2], State.ABANDONED, ended_at=now, visitor_due_at=now - 1),
    ]
    await desk.one.backend.renew(visitors, True)
    assert [(await queue.row(one)).visitor_due_at for one in put] == [None, None, now - 1]
