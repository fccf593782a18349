"""Where calls live, and who may take part, on both databases with the real media server."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from media import MediaConfig
from server.bus import MemoryBus
from server.services.call_figures import CallFigures
from server.services.calls import MediaCalls
from server.services.nodes import Nodes
from server.services.placement import LEASE, ORPHANED, Orphan, Placement
from server.services.rooms import ABSENT, Rooms
from server.services.taping import Taping
from signaling import hints, messages
from signaling.errors import Refusal
from signaling.events import CallEnded
from signaling.messages import Offer, Publications
from tests.contract.conftest import new_id
from tests.contract.proven import vault_of

OFFER = (Path(__file__).parents[1] / "data/sdp/chromium-156.sdp").read_bytes().decode()
SEND = {"0": "audio", "1": "camera", "2": "screen-audio", "3": "screen"}


@pytest.fixture
async def places(desk):
    """Give the placement of three media nodes; none has announced itself."""
    return [Placement(desk.one.db, desk.clock, new_id()) for _ in range(3)]


async def call_of(desk):
    visitor = await desk.visitor()
    return new_id(), await desk.served(visitor)


async def test_call_goes_to_the_least_loaded_node_and_stays(desk, places):
    for place, load in zip(places, (7, 3, 5), strict=True):
        await place.renew(load)
    call, conv = await call_of(desk)
    assert await places[0].place(call, conv) == places[1].node
    await places[1].renew(99)
    assert await places[2].place(call, conv) == places[1].node


async def test_rush_of_calls_spreads_before_loads_are_told(desk, places):
    for place in places:
        await place.renew(0)
    calls = [await call_of(desk) for _ in range(6)]
    nodes = [await places[0].place(call, conv) for call, conv in calls]
    assert all(nodes.count(place.node) == 2 for place in places)


async def test_offers_at_once_on_all_nodes_find_one_place(desk, places):
    for place in places:
        await place.renew(0)
    call, conv = await call_of(desk)
    found = await asyncio.gather(*(place.place(call, conv) for place in places * 4))
    assert len(set(found)) == 1


async def test_without_a_media_node_there_is_no_place(desk, places):
    call, conv = await call_of(desk)
    assert await places[0].place(call, conv) is None


async def test_draining_node_keeps_its_rooms_and_takes_no_more(desk, places):
    await places[0].renew(0)
    call, conv = await call_of(desk)
    assert await places[0].place(call, conv) == places[0].node
    await places[0].renew(2, accepting=False)
    assert await places[1].place(call, conv) == places[0].node
    assert await places[1].place(*await call_of(desk)) is None


async def test_room_of_a_dead_node_is_placed_anew_and_the_dead_one_learns_it(desk, places):
    await places[0].renew(0)
    call, conv = await call_of(desk)
    await places[0].place(call, conv)
    desk.clock.forward(seconds=LEASE / 1000 + 1)
    await places[1].renew(0)
    assert await places[2].place(call, conv) == places[1].node
    assert await places[0].renew(2) == set()
    assert await places[1].renew(2) == {call}


async def test_orphan_is_adopted_once(desk, places):
    await places[0].renew(0)
    call, conv = await call_of(desk)
    await places[0].place(call, conv)
    assert await places[1].orphans() == []
    desk.clock.forward(seconds=(LEASE + ORPHANED) / 1000 + 1)
    assert await places[1].orphans() == [Orphan(call, conv)]
    taken = [await place.adopt(Orphan(call, conv)) for place in places[1:]]
    assert taken == [True, False]


async def test_node_that_leaves_frees_its_rooms_at_once(desk, places):
    await places[0].renew(0)
    await places[1].renew(50)
    call, conv = await call_of(desk)
    assert await places[0].place(call, conv) == places[0].node
    await places[0].leave()
    assert await places[2].place(call, conv) == places[1].node


# --- rooms ----------------------------------------------------------------------------------


class Ear:
    """Hears the frames that are sent to one person."""

    def __init__(self, bus, person) -> None:
        self.frames: asyncio.Queue[msgspec.Struct] = asyncio.Queue()
        bus.subscribe(hints.person_topic(person), self._heard)

    def _heard(self, data: bytes) -> None:
        hint = hints.decode(data)
        if isinstance(hint, hints.FrameHint):
            self.frames.put_nowait(msgspec.json.decode(hint.frame, type=messages.ServerFrame))

    async def next(self, kind):
        async with asyncio.timeout(10):
            while not isinstance(frame := await self.frames.get(), kind):
                pass
            return frame


@pytest.fixture
async def studio(desk, tmp_path):
    """Give the desk two nodes on one bus: the first has media, the second only asks."""
    bus = MemoryBus()
    for node in (desk.one, desk.two):
        node.outbox._bus = bus
        node.placement = Placement(node.db, desk.clock, node.node)
        node.nodes = Nodes(bus, node.node)
    one = desk.one
    desk.passed = 0.0
    desk.rooms = Rooms(
        MediaConfig(host="127.0.0.1"),
        one.db,
        one.conversations,
        one.placement,
        bus,
        Taping(one.db, vault_of(), one.conversations, tmp_path, desk.clock),
        CallFigures(one.db, one.reading, desk.clock),
        now=lambda: asyncio.get_running_loop().time() + desk.passed,
    )
    one.calls = MediaCalls(one.reading, one.placement, one.nodes, desk.rooms)
    desk.two.calls = MediaCalls(desk.two.reading, desk.two.placement, desk.two.nodes, None)
    await desk.rooms.start()
    for node in (desk.one, desk.two):
        node.nodes.start(node.calls.answer)
    desk.bus = bus
    desk.recordings = tmp_path
    yield desk
    for node in (desk.one, desk.two):
        await node.nodes.aclose()
    await desk.rooms.aclose()


def offer(conv, call, generation=1, sdp=OFFER) -> Offer:
    return Offer(id=new_id(), conv=conv, call=call, generation=generation, sdp=sdp, send=SEND)


async def ring(studio):
    """Start a call by the visitor and let the agent join it."""
    visitor, agent = await studio.visitor(), studio.agents[0]
    conv = await studio.served(visitor)
    start = messages.StartCall(id=new_id(), conv=conv, media=["audio", "video"])
    call = (await studio.one.backend.execute(visitor, start)).call
    join = messages.JoinCall(id=new_id(), conv=conv, call=call, media=["audio"])
    await studio.one.backend.execute(agent, join)
    return visitor, agent, conv, call


async def until(holds) -> None:
    """Wait for what the bus brings."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 — nothing else tells
            await asyncio.sleep(0.01)


async def test_offer_on_another_node_is_answered_where_the_room_is(studio):
    visitor, agent, conv, call = await ring(studio)
    ear = Ear(studio.bus, agent.person.id)
    first = await studio.one.calls.offer(visitor, offer(conv, call))
    second = await studio.two.calls.offer(agent, offer(conv, call))
    for answer in (first, second):
        assert f" {studio.rooms.port} typ host" in answer.sdp
    told = await ear.next(Publications)
    assert {one.participant for one in told.publications} == {visitor.person.id}


async def test_the_room_learns_on_any_node_that_an_answer_was_taken_in(studio, monkeypatch):
    visitor, agent, conv, call = await ring(studio)
    await studio.two.calls.offer(visitor, offer(conv, call))
    learned = []
    monkeypatch.setattr(studio.rooms._media, "taken", lambda *told: learned.append(told))
    other = await studio.served(await studio.visitor())
    for where, generation in ((other, 6), (conv, 7)):
        taken = messages.AnswerTaken(conv=where, call=call, generation=generation)
        hint = hints.CallSaid(person=agent.person.id, frame=taken)
        await studio.bus.publish(hints.call_topic(call), hints.encode(hint))
    await studio.bus.publish(hints.call_topic(call), b"of another release")
    await until(lambda: learned)
    assert learned == [(call, agent.person.id, 7)]


async def test_refusals_cross_nodes_as_they_are(studio):
    visitor, _, conv, call = await ring(studio)
    await studio.two.calls.offer(visitor, offer(conv, call, generation=5))
    for bad, code in (
        (offer(conv, call, generation=6, sdp="garbage"), "bad_offer"),
        (offer(conv, call, generation=4), "stale_generation"),
        (offer(conv, new_id()), "no_call"),
    ):
        with pytest.raises(Refusal) as refused:
            await studio.two.calls.offer(visitor, bad)
        assert refused.value.code == code


async def test_strangers_and_those_who_did_not_join_are_refused(studio):
    _, _, conv, call = await ring(studio)
    for who, code in (
        (await studio.visitor(), "not_found"),
        (studio.agents[1], "not_in_call"),
    ):
        with pytest.raises(Refusal) as refused:
            await studio.one.calls.offer(who, offer(conv, call))
        assert refused.value.code == code


async def test_expert_in_consult_is_told_of_staff_alone_and_the_visitor_of_nobody(studio):
    visitor, agent, conv, call = await ring(studio)
    expert = await studio.expert(conv)
    join = messages.JoinCall(id=new_id(), conv=conv, call=call, media=["audio"])
    await studio.one.backend.execute(expert, join)
    for who in (visitor, agent, expert):
        await studio.one.calls.offer(who, offer(conv, call))
    visible = {
        who.person.id: {one.participant for one in studio.rooms._media.visible(call, who.person.id)}
        for who in (visitor, agent, expert)
    }
    assert visible[visitor.person.id] == set()
    assert visible[expert.person.id] == {agent.person.id}
    assert visible[agent.person.id] == {visitor.person.id, expert.person.id}


async def test_admitted_expert_does_not_learn_who_the_visitor_is(studio):
    visitor, agent, conv, call = await ring(studio)
    expert = await studio.expert(conv)
    ear = Ear(studio.bus, expert.person.id)
    admit = messages.AdmitExpert(id=new_id(), conv=conv, expert=expert.person.id)
    await studio.one.backend.execute(agent, admit)
    join = messages.JoinCall(id=new_id(), conv=conv, call=call, media=["audio"])
    await studio.one.backend.execute(expert, join)
    for who in (visitor, agent, expert):
        await studio.one.calls.offer(who, offer(conv, call))
    people: set[str] = set()
    while len(people) < 2:
        told = await ear.next(Publications)
        people |= {one.participant for one in told.publications}
    assert people == {"visitor", agent.person.id}


async def test_end_of_the_call_closes_its_room_and_frees_its_place(studio):
    visitor, agent, conv, call = await ring(studio)
    await studio.one.calls.offer(visitor, offer(conv, call))
    assert studio.rooms.has(call)
    end = messages.EndCall(id=new_id(), conv=conv, call=call)
    await studio.one.backend.execute(agent, end)
    await until(lambda: not studio.rooms.has(call))
    assert await studio.one.placement.renew(0) == set()


async def test_members_who_bring_no_media_are_taken_out(studio):
    visitor, _, conv, call = await ring(studio)
    await studio.one.calls.offer(visitor, offer(conv, call))
    studio.passed += ABSENT + 1  # neither of them ever connects
    studio.rooms._sweep()
    await until(lambda: not studio.rooms.has(call))
    assert (await studio.one.reading.access(visitor, conv)).state.call is None


async def test_call_whose_members_all_vanished_before_any_offer_is_lost(studio):
    visitor, _, conv, call = await ring(studio)
    await studio.rooms._keep_leases()
    assert not studio.rooms.has(call)  # somebody may be about to offer
    studio.clock.forward(seconds=ORPHANED / 1000 + 1)
    await studio.rooms._keep_leases()
    await until(lambda: len(studio.rooms._rooms[call].plans) == 2)
    studio.passed += ABSENT + 1
    studio.rooms._sweep()
    await until(lambda: not studio.rooms.has(call))
    opened = await studio.one.backend.open_conversation(visitor, conv, None)
    ended = [e.event.reason for e in opened.events if isinstance(e.event, CallEnded)]
    assert ended == ["lost"]
    studio.clock.forward(seconds=ORPHANED / 1000 + 1)
    assert await studio.one.placement.orphans() == []


async def test_call_that_ended_before_any_offer_leaves_nothing(studio):
    _, agent, conv, call = await ring(studio)
    await studio.one.backend.execute(agent, messages.EndCall(id=new_id(), conv=conv, call=call))
    studio.clock.forward(seconds=ORPHANED / 1000 + 1)
    await studio.rooms._keep_leases()
    await until(lambda: not studio.rooms.has(call))
    await asyncio.gather(*studio.rooms._tasks)
    assert await studio.one.placement.orphans() == []
    assert await studio.one.placement.renew(0) == set()


async def test_room_whose_node_died_is_looked_after_by_another(studio):
    visitor, _, conv, call = await ring(studio)
    gone = Placement(studio.one.db, studio.clock, new_id())
    await studio.rooms.drain()
    await gone.renew(0)
    assert await gone.place(call, conv) == gone.node
    studio.clock.forward(seconds=(LEASE + ORPHANED) / 1000 + 1)
    studio.rooms._draining = False
    await studio.rooms._keep_leases()
    assert studio.rooms.has(call)
    answer = await studio.two.calls.offer(visitor, offer(conv, call))
    assert f" {studio.rooms.port} typ host" in answer.sdp


async def test_removed_expert_loses_their_media_at_once(studio):
    _, agent, conv, call = await ring(studio)
    expert = await studio.expert(conv)
    join = messages.JoinCall(id=new_id(), conv=conv, call=call, media=["audio"])
    await studio.one.backend.execute(expert, join)
    for who in (agent, expert):
        await studio.one.calls.offer(who, offer(conv, call))
    assert studio.rooms._media.visible(call, expert.person.id)
    remove = messages.RemoveExpert(id=new_id(), conv=conv, expert=expert.person.id)
    await studio.one.backend.execute(agent, remove)
    await until(lambda: not studio.rooms._media.visible(call, expert.person.id))
