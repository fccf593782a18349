"""The races of the queue that must be harmless, 10 to 17: nodes that fail, clocks, closing times.

See `test_races.py` for 1 to 9.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from server.domain.following import Step
from server.domain.routing import Change, State, Task
from server.domain.serving import connect, finish, requeue, take
from server.domain.transitions import accept, offer, reject
from server.services.presence import GRACE, LEASE
from server.store import tasks
from server.store.queue_tables import task, task_event
from server.store.tables import outbox
from signaling import messages
from signaling.hints import StandingChanged
from signaling.queue import Reason
from tests.contract.conftest import Clock, Desk, Node, new_id
from tests.contract.raced import Race, outcome, raced
from tests.contract.routed import waiting

CLOSED = '{"tz":"Europe/Helsinki","week":{}}'
SOON = 2.0  # seconds within which a lost wake-up is made good


@pytest.fixture
async def race(desk: Desk, database_url: str, tmp_path: Path) -> AsyncIterator[Race]:
    async with raced(desk, database_url, tmp_path) as race:
        yield race


async def test_race_10_a_slot_freed_without_a_wake_up_is_filled_by_the_sweep(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    race.one.conversations.freed = lambda _site: None  # the wake-up is lost
    await routed.away(routed.bo)
    await routed.capacity(anna, 1)
    _, served = await routed.served(anna)
    _, conv = await routed.waits()
    assert await race.two.router.match() == 0
    running = asyncio.create_task(race.two.router.run())
    try:
        await routed.do(anna, messages.Close(id=new_id(), conv=served, reason="solved"))
        freed = time.monotonic()
        while (await routed.task(conv)).state is State.WAITING:
            assert time.monotonic() - freed < SOON
            await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.wait({running})
    assert (await routed.task(conv)).agent == anna.person.id


async def test_race_11_a_node_that_ends_between_commit_and_notify_is_spoken_for(
    race: Race,
) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    _, conv = await routed.waits()
    race.one.bus.broken = True
    assert await race.one.router.match() == 0  # it never came to know what it had done
    found = await routed.task(conv)
    assert (found.state, found.agent) == (State.OFFERED, anna.person.id)
    routed.desk.clock.forward(seconds=5)
    assert await race.two.outbox.sweep() >= 1
    told = [topic for topic, hint in race.two.bus.published if hint == StandingChanged()]
    assert f"person.{anna.person.id}" in told
    assert await race.accept(race.two, anna, found) == "ok"


async def test_race_11_what_a_lost_node_has_enqueued_is_offered_by_another(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    visitor = await routed.desk.visitor()
    race.one.bus.broken = True
    with pytest.raises(ConnectionError):
        await routed.desk.conversation(visitor)
    async with race.side.read() as tx:
        (conv,) = (await tx.execute(select(task.c.conversation))).scalars()
        assert (await tx.execute(select(outbox.c.id))).first() is not None
    await race.two.router.sweep()
    race.one.bus.broken = False
    assert (await routed.task(conv)).agent == anna.person.id


# --- 12: a paused node writes late ----------------------------------------------------------------

Made = Callable[[Task, str, int], Change]
_WHY = Reason(kind="idle")
#: What the paused node had decided, and the state in which it saw the task.
LATE: dict[str, tuple[State, Made]] = {
    "offer": (State.WAITING, lambda t, a, now: offer(t, a, _WHY, now, 15)),
    "pull": (State.WAITING, lambda t, a, now: accept(t, a, now, hand=True)),
    "accept": (State.OFFERED, lambda t, a, now: accept(t, a, now, fence=t.fence)),
    "reject": (State.OFFERED, lambda t, a, now: reject(t, a, t.fence, now)),
    "connect": (State.ACCEPTED, lambda t, _, now: connect(t, now)),
    "requeue": (State.ACCEPTED, lambda t, _, now: requeue(t, now, "handback")),
    "take": (State.ACCEPTED, lambda t, _, now: take(t, "0" * 26, now)),
    "finish": (State.ACCEPTED, lambda t, _, now: finish(t, now)),
}


async def test_race_12_what_a_paused_node_writes_late_is_nothing(race: Race) -> None:
    """The task has gone once round by then, and is in the very state in which it was seen."""
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    _, conv = await routed.waits()
    for late, (state, made) in LATE.items():
        seen = await _brought(race, conv, state)
        change = made(seen, anna.person.id, routed.desk.clock())
        await _brought(race, conv, State.ACCEPTED)
        await routed.do(anna, messages.HandBack(id=new_id(), conv=conv))
        after = await _brought(race, conv, state)
        used = await routed.used(anna)
        assert (late, await _written(race, Step(seen, change))) == (late, False)
        assert (await routed.task(conv), await routed.used(anna)) == (after, used)
        await _brought(race, conv, State.ACCEPTED)
        await routed.do(anna, messages.HandBack(id=new_id(), conv=conv))


async def _written(race: Race, step: Step) -> bool:
    """Let the second node write a transition; tell whether it was still so."""
    site = race.routed.desk.site.id
    try:
        async with race.two.db.write() as tx:
            if step.change.task.state is State.OFFERED:
                where = step.change.task.department
                return bool(await tasks.claim(tx, site, where, [step], 0))
            await tasks.apply(tx, site, [step], 0)
    except tasks.Stale:
        return False
    return True


async def _brought(race: Race, conv: str, state: State) -> Task:
    """Bring a task that waits, or is on its way, to a state at the first agent."""
    routed, anna = race.routed, race.routed.anna
    found = await routed.task(conv)
    if found.state is State.WAITING and state is not State.WAITING:
        routed.desk.clock.forward(seconds=241)  # the longest pause of who missed it alone
        await race.one.presence.touch(anna, True)
        assert await race.one.router.match() == 1
        found = await routed.task(conv)
    if found.state is State.OFFERED and state is State.ACCEPTED:
        assert await race.accept(race.one, anna, found) == "ok"
        found = await routed.task(conv)
    assert found.state is state
    return found


async def test_race_12_a_sweep_that_was_paused_finds_the_answer_that_came_meanwhile(
    race: Race,
) -> None:
    routed, anna = race.routed, race.routed.anna
    _, conv, found = await race.ringing()
    routed.desk.clock.forward(seconds=15)
    async with race.held(agent=anna.person.id):
        (paused,) = await race.in_line(outcome(race.two.router.sweep()))
        routed.desk.clock.forward(seconds=-1)
        accepting = asyncio.create_task(race.accept(race.one, anna, found))
        routed.desk.clock.forward(seconds=1)
    await asyncio.gather(paused, accepting)
    after = await routed.task(conv)
    accepted = after.state is State.ACCEPTED
    assert accepted == (accepting.result() == "ok")


# --- 13: clock skew -------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-3, 3])
async def test_race_13_a_node_whose_clock_is_wrong_offers_and_sweeps_in_time(
    race: Race, hours: int, tmp_path: Path
) -> None:
    routed, anna = race.routed, race.routed.anna
    wrong = Clock()
    wrong.now = routed.desk.clock() + hours * 3_600_000
    skewed = Node(race.two.db, wrong, race.one.conversations.epoch, tmp_path)
    await routed.away(routed.bo)
    _, conv = await routed.waits()
    assert await skewed.router.match() == 1
    found = await routed.task(conv)
    assert found.deadline_at == routed.desk.clock() + 15_000
    await skewed.presence.touch(anna, True)
    routed.desk.clock.forward(seconds=14)
    await skewed.router.sweep()
    await skewed.deadlines.sweep()
    assert (await routed.task(conv)).fence == found.fence
    assert await race.accept(skewed, anna, found) == "ok"
    taken = await routed.task(conv)
    assert (taken.accepted_at, taken.deadline_at) == (
        routed.desk.clock(),
        routed.desk.clock() + 15_000,
    )
    routed.desk.clock.forward(seconds=15)
    await skewed.presence.touch(anna, True)
    await skewed.router.sweep()
    assert await race.count(conv, "unconnected") == 1
    routed.desk.clock.forward(seconds=LEASE / 1000)
    await skewed.presence.sweep()
    assert not (await skewed.presence.availability(routed.desk.site.id)).online


# --- 14: accepted but never connected -------------------------------------------------------------


@pytest.mark.parametrize("first", ["connect", "other"])
async def test_race_14_accepted_but_never_connected(race: Race, first: str) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    _, conv, found = await race.ringing()
    assert await race.accept(race.one, anna, found) == "ok"
    routed.desk.clock.forward(seconds=15)
    jobs = [
        race.do(race.one, anna, messages.Connect(id=new_id(), conv=conv)),
        outcome(race.two.router.sweep()),
    ]
    async with race.held(conversation=conv):
        started = await race.in_line(*(jobs if first == "connect" else reversed(jobs)))
    told = await asyncio.gather(*started)
    connected = told[0 if first == "connect" else 1]
    after = await routed.task(conv)
    if connected == "ok":
        assert (after.state, after.agent) == (State.CONNECTED, anna.person.id)
        assert (await routed.state(conv)).assignee == anna.person
    else:
        assert connected == "not_assigned"
        assert after.front
        assert after.enqueued_at == found.enqueued_at
        assert (await routed.state(conv)).assignee is None
    if race.postgres:
        assert (connected == "ok") == (first == "connect")


# --- 15: close against a new message --------------------------------------------------------------


@pytest.mark.parametrize("first", ["close", "other"])
async def test_race_15_close_against_a_new_line_of_the_visitor(race: Race, first: str) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    await routed.capacity(anna, 1)
    visitor, conv = await routed.served(anna)
    routed.desk.clock.forward(seconds=1)
    jobs = [
        race.do(race.one, anna, messages.Close(id=new_id(), conv=conv, reason="solved")),
        race.do(race.two, visitor, messages.Send(id=new_id(), conv=conv, text="Vielä yksi")),
    ]
    async with race.held(conversation=conv):
        started = await race.in_line(*(jobs if first == "close" else reversed(jobs)))
    assert await asyncio.gather(*started) == ["ok", "ok"]
    await race.two.router.sweep()
    state, after = await routed.state(conv), await routed.task(conv)
    lines = await routed.lines(anna, conv)
    assert [one.text for one in lines if one.text] == ["Huhuu", "Vielä yksi"]
    if state.state == "closed":  # the line came first; the agent has closed with it before them
        assert after.state is State.CLOSED
        assert await routed.used(anna) == (0, 0)
    else:  # it came after: somebody will answer it
        assert after.state in (State.WAITING, State.OFFERED, State.ACCEPTED)
    if race.postgres:
        assert (state.state == "closed") == (first != "close")


# --- 16: the queue closes while somebody waits ----------------------------------------------------


@pytest.mark.parametrize("first", ["accept", "other"])
async def test_race_16_the_queue_closes_while_somebody_is_taken_from_it(
    race: Race, first: str
) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(anna, routed.bo)
    _, conv = await routed.waits()
    await routed.usual(hours=CLOSED)
    routed.desk.clock.forward(seconds=1)
    jobs = [
        race.do(race.one, anna, messages.Accept(id=new_id(), conv=conv)),
        outcome(race.two.router.sweep()),
    ]
    async with race.held(conversation=conv):
        started = await race.in_line(*(jobs if first == "accept" else reversed(jobs)))
    told = await asyncio.gather(*started)
    assert told[0 if first == "accept" else 1] == "ok"  # a message may be taken too
    after, state = await routed.task(conv), await routed.state(conv)
    assert (after.state, state.assignee) == (State.ACCEPTED, anna.person)
    assert await routed.used(anna) == (1, 0)
    if race.postgres:
        assert await race.count(conv, "closed") == (0 if first == "accept" else 1)


async def test_race_16_who_is_offered_at_closing_time_is_not_sent_away(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(anna, routed.bo)
    _, conv = await routed.waits()
    await routed.usual(hours=CLOSED)
    async with race.held(conversation=conv):
        (closing,) = await race.in_line(outcome(race.two.router.sweep()))
        if race.postgres:  # nobody was there when it looked; now somebody is, and it rings
            await routed.back(anna)
            assert await race.one.router.match() == 1
    await closing
    if race.postgres:
        assert (await routed.task(conv)).state is State.OFFERED
    else:
        assert (await routed.task(conv)).state is State.OVERFLOW


# --- 17: Redis fails over, and all agents look gone ----------------------------------------------


async def test_race_17_without_a_bus_nobody_is_requeued(race: Race) -> None:
    routed, anna, bo = race.routed, race.routed.anna, race.routed.bo
    convs, before = await _both_serve(race)
    race.one.bus.broken = race.two.bus.broken = True
    for _ in range(6):  # half a minute
        for who in (anna, bo):
            await race.one.presence.touch(who, True)
        routed.desk.clock.forward(seconds=5)
        for node in (race.one, race.two):
            await node.presence.sweep()
            await node.router.gone([(routed.desk.site.id, anna.person.id)])  # a false rumour
            await node.router.sweep()
    assert [await routed.task(conv) for conv in convs] == before


async def test_race_17_sockets_that_all_drop_and_come_back_in_time_requeue_nobody(
    race: Race,
) -> None:
    routed = race.routed
    convs, before = await _both_serve(race)
    agents = (routed.anna, routed.bo)
    for who in agents:
        await race.one.presence.touch(who, False)
    routed.desk.clock.forward(seconds=14)
    await race.two.presence.sweep()
    await race.two.router.sweep()
    for who in agents:
        await race.two.presence.touch(who, True)
    routed.desk.clock.forward(seconds=5)
    await race.one.presence.sweep()
    await race.one.router.sweep()
    assert [await routed.task(conv) for conv in convs] == before


async def test_race_17_who_comes_back_too_late_has_their_own_again(race: Race) -> None:
    routed, anna = race.routed, race.routed.anna
    await routed.away(routed.bo)
    _, conv = await routed.served(anna)
    await race.one.presence.touch(anna, False)
    routed.desk.clock.forward(seconds=GRACE / 1000)
    await race.two.presence.sweep()
    assert waiting(await routed.task(conv))
    await race.two.presence.touch(anna, True)
    assert (await routed.task(conv)).agent == anna.person.id
    assert (await routed.state(conv)).assignee == anna.person
    async with race.side.read() as tx:
        reasons = select(task_event.c.reason).order_by(task_event.c.id.desc()).limit(2)
        assert (await tx.execute(reasons)).scalars().all() == ["returned", "gone"]


async def _both_serve(race: Race) -> tuple[list[str], list[Task]]:
    """Let each agent serve somebody; return the conversations and their tasks."""
    routed, convs = race.routed, []
    for busy, away in ((routed.anna, routed.bo), (routed.bo, routed.anna)):
        await routed.away(away)
        convs.append((await routed.served(busy))[1])
        await routed.back(away)
    return convs, [await routed.task(conv) for conv in convs]
