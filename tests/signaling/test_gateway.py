"""The WebSocket endpoint over real sockets."""

import asyncio
import json

import aiohttp
import pytest
from ulid import ULID

from signaling import hints, messages, rate
from signaling.events import Person
from signaling.messages import (
    Ack,
    AnswerTaken,
    Availability,
    DirectSignal,
    Event,
    Gone,
    Heartbeat,
    InboxChanges,
    InboxSnapshot,
    Nack,
    Snapshot,
    Typing,
    Viewers,
    VisitorPresence,
)

AGENT = Person(id="a", role="agent", name="A")


async def test_visitor_and_agent_write_to_each_other(node):
    async with node.client("visitor:v", {"c": None}) as visitor:
        await visitor.hear(Snapshot)
        async with node.client("staff:a", {"c": None, "inbox": None}) as agent:
            await agent.hear(InboxSnapshot)
            ack = await visitor.send("c", "moi")
            assert ack.seq == 1
            event = await agent.hear(Event)
            assert (event.event.text, event.seq, event.prev) == ("moi", 1, 0)
            assert (await agent.hear(InboxChanges)).seq == 1
            await agent.say({"t": "message.send", "id": "2", "conv": "c", "text": "hei"})
            assert (await visitor.hear(Event)).event.text in ("moi", "hei")


async def test_sender_gets_their_own_event_too(node):
    async with node.client("visitor:v", {"c": None}) as visitor:
        await visitor.say({"t": "message.send", "id": "1", "conv": "c", "text": "moi"})
        assert {type(await visitor.hear(Event, Ack)) for _ in range(2)} == {Event, Ack}


async def test_availability_follows_the_welcome(node):
    async with node.client("visitor:v") as visitor:
        assert (await visitor.hear(Availability)).online


async def test_same_command_twice_is_done_once(node):
    async with node.client("visitor:v", {"c": None}) as visitor:
        first = await visitor.send("c", "moi", "id-1")
        assert await visitor.send("c", "moi", "id-1") == first
        assert len(node.backend.events["c"]) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{", "bad_frame"),
        ('{"t":"no.such","id":"1"}', "unknown_type"),
        ('{"t":"message.send","id":"1"}', "bad_frame"),
        ('{"t":"subscribe","id":"1","stream":"secret"}', "not_found"),
        (
            '{"t":"rtc.offer","id":"1","conv":"c","call":"k","generation":1,"sdp":"garbage"}',
            "bad_offer",
        ),
    ],
)
async def test_bad_input_gets_a_stable_code_and_the_chat_goes_on(node, said, code):
    async with node.client("visitor:v", {"c": None}) as visitor:
        await visitor.say(said)
        assert (await visitor.hear(Nack)).code == code
        assert (await visitor.send("c", "still here")).seq == 1


async def test_offer_is_answered_beside_the_chat(node):
    async with node.client("visitor:v", {"c": None}) as visitor:
        await visitor.say(
            {"t": "rtc.offer", "id": "1", "conv": "c", "call": "k", "generation": 4, "sdp": "v=0"}
        )
        answer = await visitor.hear(messages.Answer)
        assert (answer.id, answer.generation, answer.sdp) == ("1", 4, "v=0")


async def test_frame_over_64_kib_closes_with_1009_and_harms_nobody_else(node):
    async with node.client("visitor:v") as rude, node.client("visitor:w", {"c": None}) as other:
        await rude.say("x" * (messages.MAX_FRAME + 1))
        assert await rude.closed() == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
        assert (await other.send("c", "fine")).seq == 1


async def test_frame_of_64_kib_is_read(node):
    async with node.client("visitor:v") as visitor:
        await visitor.say(json.dumps({"t": "x"}).ljust(messages.MAX_FRAME))
        assert (await visitor.hear(Nack)).code == "unknown_type"


async def test_binary_frame_is_refused(node):
    async with node.client("visitor:v") as visitor:
        await visitor.ws.send_bytes(b"{}")
        assert (await visitor.hear(Nack)).code == "bad_frame"


@pytest.mark.parametrize(("token", "code"), [("expired", 4001), ("wrong", 4003), ("", 4003)])
async def test_bad_tokens_close_with_their_code(node, token, code):
    async with node.client() as client:
        await client.say({"t": "hello", "v": 1, "token": token})
        bye = await client.hear(messages.Bye)
        assert bye.code == code
        assert await client.closed() == code


async def test_token_that_expires_closes_with_4001(node):
    async with node.client("visitor:v:60") as client:
        node.offset = 61.0
        assert await client.closed() == 4001


async def test_old_page_is_told_to_reload(node):
    async with node.client() as client:
        await client.say({"t": "hello", "v": 9, "token": "visitor:v"})
        assert await client.closed() == 4010


async def test_silent_socket_is_closed(node):
    async with node.client() as client:
        node.offset = 6.0
        assert await client.closed() == 1008


async def test_foreign_origin_is_turned_away(node):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with node.client(origin="https://evil.example"):
            pass
    assert refused.value.status == 403
    for ours in ("https://ours.example", str(node.server.make_url("/")).rstrip("/")):
        async with node.client("visitor:v", origin=ours):
            pass


async def test_flood_is_told_to_wait_and_then_closed_with_4009(node):
    async with node.client("visitor:v", {"c": None}) as rude:
        for n in range(200):
            await rude.say({"t": "message.send", "id": f"i{n}", "conv": "c", "text": "spam"})
        assert await rude.closed() == 4009
        nacks = [frame for frame in rude.heard if isinstance(frame, Nack)]
        assert nacks
        assert all(nack.code == "rate_limited" and nack.retry_after > 0 for nack in nacks)
        assert len(node.backend.events["c"]) == 20


async def test_coming_again_is_no_new_allowance(node):
    for _ in range(rate.VISITOR.burst):
        async with node.client("visitor:v", {"c": None}) as visitor:
            last = await visitor.send("c", "again", str(ULID()))
    assert isinstance(last, Ack)
    async with node.client("visitor:v", {"c": None}) as one, node.client("visitor:w") as other:
        assert (await one.send("c", "too much", str(ULID()))).code == "rate_limited"
        assert isinstance(await other.send("c", "somebody else", str(ULID())), Ack)


async def test_failing_store_is_a_temporary_nack_without_details(node):
    node.backend.failing = True
    async with node.client("visitor:v", {"c": None}) as visitor:
        nack = await visitor.send("c", "moi")
        assert (nack.code, nack.temporary) == ("internal", True)
        assert "database" not in nack.message
        node.backend.failing = False
        assert (await visitor.send("c", "moi")).seq == 1


async def test_slow_reader_is_closed_with_4008_and_holds_nobody_up(node):
    async with (
        node.client("staff:slow", {"c": None}) as slow,
        node.client("staff:quick", {"c": None}) as quick,
    ):
        await quick.hear(Snapshot)
        await slow.hear(Snapshot)
        slow.ws._reader._protocol.pause_reading()  # the peer's TCP window fills up
        text = "x" * 8000
        for _ in range(1500):
            await node.backend.append("c", AGENT, text)
            await quick.hear(Event)
            if len(node.gateway._connections) == 1 or any(
                one.finish for one in node.gateway._connections
            ):
                break
        (finished,) = [one for one in node.gateway._connections if one.finish]
        assert finished.finish.code == 4008
        assert (await quick.send("c", "after")).seq > 1


async def test_typing_reaches_the_other_side_and_not_oneself(node):
    async with (
        node.client("visitor:v", {"c": None}) as visitor,
        node.client("staff:a", {"c": None}) as agent,
    ):
        await visitor.hear(Snapshot)
        await agent.hear(Snapshot)
        await visitor.say({"t": "typing", "conv": "c", "on": True})
        typing = await agent.hear(Typing)
        assert (typing.by.id, typing.on) == ("v", True)
        await agent.say({"t": "typing", "conv": "c", "on": True})
        assert (await visitor.hear(Typing)).by.id == "a"


async def test_what_is_said_to_a_room_goes_to_the_room_alone(node):
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    node.backend.bus.subscribe(hints.call_topic("k"), heard.put_nowait)
    async with (
        node.client("visitor:v", {"c": None}) as visitor,
        node.client("staff:a", {"c": None}) as agent,
    ):
        await visitor.hear(Snapshot)
        await agent.hear(Snapshot)
        said = {"conv": "c", "call": "k", "attempt": 1, "sdp": "v=0"}
        await visitor.say({"t": "direct.signal", **said})
        async with asyncio.timeout(5):
            hint = hints.decode(await heard.get())
        assert hint == hints.CallSaid(person="v", frame=DirectSignal(**said))
        taken = {"conv": "c", "call": "k", "generation": 7}
        await visitor.say({"t": "rtc.taken", **taken})
        async with asyncio.timeout(5):
            hint = hints.decode(await heard.get())
        assert hint == hints.CallSaid(person="v", frame=AnswerTaken(**taken))
        await visitor.say({"t": "typing", "conv": "c", "on": True})
        await agent.hear(Typing)
        assert not any(isinstance(frame, DirectSignal) for frame in agent.heard)


async def test_staff_see_whether_the_visitor_is_there(node):
    async with node.client("staff:a", {"c": None}) as agent:
        assert not (await agent.hear(VisitorPresence)).online
        async with node.client("visitor:v", {"c": None}) as visitor:
            await visitor.hear(Snapshot)
            assert (await agent.hear(VisitorPresence)).online
        assert not (await agent.hear(VisitorPresence)).online


async def test_a_stranger_does_not_look_like_the_visitor(node):
    async with node.client("staff:a", {"another's": None}) as agent:
        assert not (await agent.hear(VisitorPresence)).online
        async with node.client("visitor:w", {"another's": None}) as stranger:
            await stranger.hear(Gone)
        await node.backend.append("another's", AGENT, "still alone")
        await agent.hear(Event)
        assert [f.online for f in agent.heard if isinstance(f, VisitorPresence)] == [False]


async def test_staff_see_who_else_looks(node):
    async with (
        node.client("staff:a", {"c": None}) as one,
        node.client("staff:b", {"c": None}) as other,
    ):
        await one.hear(Snapshot)
        await other.hear(Snapshot)
        assert (await one.hear(Viewers)).people == []
        await other.say({"t": "viewing", "conv": "c"})
        assert [person.id for person in (await one.hear(Viewers)).people] == ["b"]
        await other.ws.close()
        assert (await one.hear(Viewers)).people == []


async def test_lost_hint_is_found_by_the_next_heartbeat(node):
    async with node.client("visitor:v", {"c": None}) as visitor:
        await visitor.hear(Snapshot)
        node.backend.silent = True
        await node.backend.append("c", AGENT, "lost by the bus")
        node.offset = 26.0
        beat = await visitor.hear(Heartbeat)
        assert beat.heads == {"c": 1}
        assert (await visitor.hear(Event)).event.text == "lost by the bus"


async def test_events_during_the_snapshot_come_once_after_it(node):
    node.backend.gate = asyncio.Event()
    for n in range(3):
        await node.backend.append("c", AGENT, f"old {n}")
    async with node.client("visitor:v", {"c": None}) as visitor:
        await visitor.hear(Availability)
        for n in range(3):
            await node.backend.append("c", AGENT, f"new {n}")
        node.backend.gate.set()
        assert (await visitor.hear(Snapshot)).seq == 6
        await node.backend.append("c", AGENT, "last")
        event = await visitor.hear(Event)
        assert (event.seq, event.prev) == (7, 6)


async def test_resume_replays_what_was_missed(node):
    for n in range(5):
        await node.backend.append("c", AGENT, str(n))
    async with node.client("visitor:v", {"c": ("E1", 2)}) as visitor:
        assert [(await visitor.hear(Event)).seq for _ in range(3)] == [3, 4, 5]
        assert not any(isinstance(frame, Snapshot) for frame in visitor.heard)


async def test_foreign_epoch_gets_a_snapshot(node):
    await node.backend.append("c", AGENT, "x")
    async with node.client("visitor:v", {"c": ("before the restore", 9)}) as visitor:
        assert (await visitor.hear(Snapshot)).seq == 1


async def test_stream_without_access_is_gone(node):
    async with node.client("visitor:v", {"secret": None}) as visitor:
        assert await visitor.hear(Gone) == Gone(stream="secret", code="not_found")


async def test_expert_reads_from_the_store_and_not_from_shared_frames(node):
    async with node.client("expert:e", {"c": None}) as expert:
        await expert.hear(Snapshot)
        await node.backend.append("c", AGENT, "hello")
        assert (await expert.hear(Event)).event.text == "hello"
        assert node.backend.reads == 1


async def test_ended_login_closes_its_sockets_with_4004(node):
    async with node.client("staff:a") as ended, node.client("staff:b", {"c": None}) as other:
        for login, topic in (("login-a", "a"), ("another", "b")):
            hint = hints.encode(hints.SessionEnded(session=login))
            await node.backend.bus.publish(hints.person_topic(topic), hint)
        assert await ended.closed() == 4004
        assert (await other.send("c", "still here")).seq == 1


async def test_staff_lease_is_taken_with_the_first_tab_and_left_with_the_last(node):
    async with node.client("staff:a"):
        async with node.client("staff:a"):
            pass
        assert node.backend.online == [("a", True)]
    async with asyncio.timeout(5):
        while node.backend.online[-1] != ("a", False):  # noqa: ASYNC110 — the fake has no event
            await asyncio.sleep(0)


async def test_draining_sends_everybody_away_and_takes_nobody(node):
    async with node.client("visitor:v") as visitor:
        await node.gateway.drain(spread=4.0)
        bye = await visitor.hear(messages.Bye)
        assert bye.code == 4012
        assert 0 <= bye.retry_after <= 4.0
        assert await visitor.closed() == 4012
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with node.client():
            pass
    assert refused.value.status == 503


async def test_draining_lets_a_call_finish(node):
    async with node.client() as caller:
        await caller.hello("visitor:v", active=True)
        drained = asyncio.create_task(node.gateway.drain(spread=0.0, patience=30.0))
        await asyncio.sleep(0)  # let it begin
        async with node.http.get(node.server.make_url("/ws")) as refused:
            assert refused.status == 503
        await caller.say({"t": "subscribe", "id": "1", "stream": "c"})
        assert (await caller.hear(Ack)).id == "1"
        await caller.say({"t": "beat", "active": False})
        assert await caller.closed() == 4012
        await drained
