"""`/ws/cobrowse` over real sockets."""

import asyncio
import contextlib
import json
import random
import socket
import zlib

import aiohttp
import pytest

from signaling import hints
from signaling.cobrowse import connection, frames
from signaling.cobrowse.flow import Pace
from signaling.cobrowse.frames import (
    Bye,
    Curtain,
    Operate,
    Operated,
    PageShown,
    Pointer,
    Sharing,
    Shown,
    TakeSnapshot,
    Viewers,
)
from signaling.events import Page
from tests.signaling.cobrowse.fakes import CHANGE, FULL, META, PAGE, delta, recorded, snapshot
from tests.signaling.cobrowse.stage import operate

FORBIDDEN, SUPERSEDED, POLICY = 4003, 4004, 1008


@contextlib.asynccontextmanager
async def showing(node):
    """Connect a sharer and a viewer who sees epoch 1."""
    async with node.sharer() as sharer, node.viewer() as viewer:
        await sharer.hear(TakeSnapshot)
        await sharer.show(snapshot(1))
        await viewer.see()
        yield sharer, viewer


async def test_viewer_sees_what_the_sharer_records(node):
    async with node.sharer() as sharer, node.viewer() as viewer:
        assert viewer.welcome.sharing
        await sharer.hear(TakeSnapshot)
        await sharer.show(snapshot(1, packed=True))
        await sharer.show(delta(1, 1))
        first, _ = await viewer.see()
        second, payload = await viewer.see()
        assert (first.epoch, first.seq, second.epoch, second.seq) == (1, 0, 1, 1)
        assert payload == delta(1, 1)[frames.HEADER :]
        assert second.at >= first.at > 1_600_000_000_000


async def test_large_and_small_frames_keep_their_order(node):
    async with showing(node) as (sharer, viewer):
        text = "".join(random.choices("abcdefgh", k=600_000))
        large = [{"type": 3, "data": {"text": text}, "timestamp": 1}]
        for seq in range(1, 13):
            await sharer.show(delta(1, seq, packed=True, events=large if seq % 3 else [CHANGE]))
        assert [(await viewer.see())[0].seq for _ in range(12)] == list(range(1, 13))


async def test_welcome_tells_a_late_viewer_everything(node):
    async with showing(node) as (sharer, viewer):
        await sharer.say(PageShown(page=Page(url="https://shop.example/pay?x=1"), width=400))
        await sharer.say(Curtain(down=True, reason="page"))
        await viewer.hear(Curtain)
        async with node.viewer("b") as late:
            assert late.welcome.page.page.url == "https://shop.example/pay"
            assert late.welcome.curtain.down
            assert [one.colour for one in late.welcome.viewers] == [0, 1]
        assert node.backend.pages == [PAGE.url, "https://shop.example/pay"]


async def test_fourth_viewer_is_closed_with_full(node):
    async with node.viewer("a"), node.viewer("b"), node.viewer("c"), node.socket() as fourth:
        hello = frames.Hello(v=1, token="staff:d", cobrowse="cb", role="view")
        await fourth.say(hello)
        assert await fourth.closed() == (FORBIDDEN, "full")


async def test_viewers_come_and_go(node):
    async with node.sharer() as sharer:
        async with node.viewer("a"):
            assert len((await sharer.hear(Viewers)).viewers) == 1
        assert (await sharer.hear(Viewers)).viewers == []
        await node.until(lambda: node.backend.left == ["a"])


async def test_viewer_with_another_tab_has_not_left(node):
    async with node.viewer("a") as one:
        async with node.viewer("a"):
            assert len((await one.hear(Viewers)).viewers) == 2
        assert len((await one.hear(Viewers)).viewers) == 1
        assert node.backend.left == []
    await node.until(lambda: node.backend.left == ["a"])


async def test_resume_takes_the_place_of_the_old_page(node):
    async with showing(node) as (old, viewer):
        async with node.sharer(resume=old.welcome.resume) as new:
            assert await old.closed() == (SUPERSEDED, "superseded")
            await new.show(snapshot(2))
            header, _ = await viewer.see()
            assert header.epoch == 2
            assert node.backend.left == []
        assert await viewer.hear(Sharing) == Sharing(on=False)
        await node.until(lambda: node.backend.left == ["sharer"])


async def test_token_that_was_used_lets_nobody_in(node):
    async with node.sharer() as sharer:
        async with node.socket() as thief:
            hello = frames.Hello(v=1, token="visitor:v", cobrowse="cb", role="share", page=PAGE)
            await thief.say(hello)
            assert await thief.closed() == (FORBIDDEN, "forbidden")
        await sharer.say(Curtain(down=False))
        async with node.viewer() as viewer:
            assert viewer.welcome.sharing


async def test_operation_goes_to_the_page_and_back_and_to_the_audit(node):
    async with showing(node) as (sharer, viewer):
        await node.backend.grant("a", ["fill"])
        await node.until(lambda: node.backend.asked >= 3)
        await viewer.say(operate(op="fill", value="Turku"))
        asked = await sharer.hear(Operate)
        assert (asked.value, asked.viewer) == ("Turku", viewer.welcome.you)
        await sharer.say(Operated(id="o", code="covered"))
        assert (await viewer.hear(Operated)).code == "covered"
        await node.until(lambda: node.backend.done)
        (done,) = node.backend.done
        assert (done.person, done.op, done.node, done.code) == ("a", "fill", 7, "covered")


async def test_operations_that_cannot_be_accounted_for_are_not_done(node):
    async with showing(node) as (sharer, viewer):
        await node.backend.grant("a")
        await node.until(lambda: node.backend.asked >= 3)
        node.backend.failing = True
        codes = []
        for n in range(15):
            for m in range(15):
                await viewer.say(operate(f"{n}.{m}", op="scroll"))
            codes += [(await viewer.hear(Operated)).code for _ in range(15)]
            node.offset += 1.0
        assert codes[:200] == ["no_grant"] * 200
        assert codes[-1] == "rate_limited"
        await viewer.say(operate())
        assert (await viewer.hear(Operated)).code == "rate_limited"
        node.backend.failing = False
        await node.until(lambda: len(node.backend.done) >= 200)
        await viewer.say(operate("again"))
        assert (await sharer.hear(Operate)).id == "again"


async def test_end_closes_everybody_with_its_word(node):
    async with showing(node) as (sharer, viewer):
        await node.backend.end()
        assert await viewer.closed() == (FORBIDDEN, "ended")
        assert await sharer.closed() == (FORBIDDEN, "ended")


async def test_viewer_who_may_no_longer_is_closed_at_once_and_the_others_stay(node):
    async with showing(node) as (sharer, viewer), node.viewer("x", "expert") as expert:
        await sharer.show(snapshot(2))
        await expert.see()
        node.backend.banned.add("x")
        await node.backend.hint()
        assert await expert.closed() == (FORBIDDEN, "forbidden")
        await viewer.hear(Viewers)
        await viewer.hear(Viewers)
        await sharer.show(delta(2, 1))
        header, _ = await viewer.see()
        assert header.epoch == 2


async def test_lost_hint_is_made_up_for_by_the_lease(node):
    async with showing(node) as (_, viewer):
        node.backend.state = None
        node.offset += 10.0
        assert await viewer.closed() == (FORBIDDEN, "ended")


async def test_hints_that_come_together_are_asked_about_together(node):
    async with node.viewer():
        await node.until(lambda: node.backend.asked)
        before = node.backend.asked
        for _ in range(50):
            await node.backend.hint()
        await node.until(lambda: node.backend.asked > before)
        await asyncio.sleep(0.05)
        assert node.backend.asked - before <= 4


async def test_lease_of_a_sharer_is_renewed(node):
    async with node.sharer(), node.viewer():
        node.offset += 10.0
        await node.until(lambda: node.backend.renewed)
        assert node.backend.renewed[0] == ["cb"]


async def test_login_that_ended_is_closed(node):
    async with node.viewer("a") as viewer:
        ended = hints.encode(hints.SessionEnded(session="login-a"))
        await node.backend.bus.publish(hints.person_topic("a"), ended)
        assert (await viewer.closed())[0] == SUPERSEDED


async def test_token_that_expires_closes_with_4001(node):
    async with node.viewer("a:60") as viewer:
        node.offset = 61.0
        assert (await viewer.closed())[0] == 4001


# --- bad peers --------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ['{"t":"pong"}', "{", '{"t":"of.tomorrow"}', b"\x01\x02"])
async def test_first_frame_is_a_hello(node, first):
    async with node.socket() as peer:
        await (peer.show(first) if isinstance(first, bytes) else peer.say(first))
        assert (await peer.closed())[0] == POLICY


async def test_socket_without_a_hello_is_closed_after_5_s(node):
    async with node.socket() as peer:
        node.offset = 5.1
        assert (await peer.closed())[0] == POLICY


async def test_second_hello_is_a_mistake_and_changes_nothing(node):
    async with node.viewer("a") as viewer:
        await viewer.say(frames.Hello(v=1, token="staff:b", cobrowse="cb", role="view"))
        async with node.viewer("c") as other:
            people = [one.person.id for one in other.welcome.viewers]
            assert people == ["a", "c"]


@pytest.mark.parametrize(
    ("token", "cobrowse", "role", "v", "code"),
    [
        ("expired", "cb", "view", 1, 4001),
        ("wrong", "cb", "view", 1, FORBIDDEN),
        ("staff:a", "other", "view", 1, FORBIDDEN),
        ("staff:a", "cb", "share", 1, FORBIDDEN),
        ("visitor:v", "cb", "view", 1, FORBIDDEN),
        ("staff:a", "cb", "view", 9, 4010),
    ],
)
async def test_who_may_not_is_closed_with_its_code(node, token, cobrowse, role, v, code):
    async with node.socket() as peer:
        await peer.say(frames.Hello(v=v, token=token, cobrowse=cobrowse, role=role, page=PAGE))
        assert (await peer.closed())[0] == code


async def test_foreign_origin_is_turned_away(node):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with node.socket(origin="https://evil.example"):
            pass
    assert refused.value.status == 403
    async with node.socket(origin="https://ours.example"):
        pass


async def test_silent_peer_is_closed_after_two_pings(node):
    async with node.viewer() as viewer:
        for _ in range(4):
            node.offset += 5.0
            with contextlib.suppress(TimeoutError):
                await viewer.ws.receive(timeout=0.7)
        await node.until(lambda: node.gateway.stats().viewers == 0)
        assert node.gateway.stats().closed == {1001: 1}


async def test_peer_that_answers_pings_stays(node):
    async with node.sharer(), node.viewer() as viewer, node.viewer("b") as other:
        for _ in range(2):
            node.offset += 5.0
            async with asyncio.timeout(5):
                for peer in (viewer, other):
                    while json.loads((await peer.ws.receive()).data)["t"] != "ping":
                        pass
                    await peer.say(frames.Pong())
        await viewer.say(Pointer(x=1, y=1))
        assert (await other.hear(Pointer)).x == 1


async def test_binary_garbage_is_dropped_and_repeated_closes_with_1008(node):
    async with showing(node) as (sharer, viewer):
        await sharer.show(recorded(2, 1, 1, b"[1]"))
        await sharer.show(delta(1, 1))
        assert (await viewer.see())[0].seq == 1
        for _ in range(30):
            await sharer.show(b"\x01\x07garbage")
        assert (await sharer.closed())[0] == POLICY
        assert await viewer.hear(Sharing) == Sharing(on=False)
        assert node.gateway.stats().dropped["malformed"] >= 10


async def test_gzip_bomb_is_dropped_and_the_mirror_goes_on(node):
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(bomb.compress(bytes(2**20)) for _ in range(40)) + bomb.flush()
    bad = recorded(2, 1, 1, packed)
    async with showing(node) as (sharer, viewer):
        await sharer.show(bad[:2] + b"\x01" + bad[3:])
        await sharer.show(delta(1, 1))
        assert (await viewer.see())[0].seq == 1


async def test_viewer_cannot_send_pictures(node):
    async with showing(node) as (sharer, viewer), node.viewer("b") as rude:
        await sharer.show(snapshot(2))
        for _ in range(30):
            await rude.show(snapshot(9))
        assert (await rude.closed())[0] == POLICY
        await sharer.show(snapshot(3))
        assert [(await viewer.see())[0].epoch for _ in range(2)] == [2, 3]


async def test_frame_over_8_mib_ends_the_connection(node):
    async with node.sharer() as sharer:
        with contextlib.suppress(ConnectionError):
            await sharer.show(snapshot(1) + bytes(frames.MAX_PAYLOAD))
        code, _ = await sharer.closed()
        # Cut while it still sends, a client may not get to read why.
        assert code in (1006, 1009)


async def test_flood_of_text_is_closed_with_4009(node):
    async with node.viewer() as viewer:
        with contextlib.suppress(ConnectionError):
            for _ in range(3_000):
                await viewer.say('{"t":"resync"}')
        assert (await viewer.closed())[0] == 4009


async def test_garbage_of_all_kinds_ends_in_stable_codes_and_the_server_goes_on(node):
    chance = random.Random(7)
    tags = [tag.__struct_config__.tag for tag in frames.ClientFrame.__args__]
    async with showing(node) as (sharer, viewer):
        for _ in range(25):
            role = chance.choice(["staff:z", None])
            async with node.socket() as rude:
                with contextlib.suppress(ConnectionError):
                    if role:
                        hello = frames.Hello(v=1, token=role, cobrowse="cb", role="view")
                        await rude.say(hello)
                    for _ in range(15):
                        if chance.random() < 0.5:
                            await rude.show(chance.randbytes(chance.randrange(1, 200)))
                        else:
                            junk = {"t": chance.choice(tags), "x": chance.choice([1, "a", None])}
                            await rude.say(json.dumps(junk)[: chance.randrange(1, 60)])
                assert (await rude.closed())[0] in (POLICY, FORBIDDEN, SUPERSEDED)
        await sharer.show(snapshot(2))
        assert (await viewer.see())[0].epoch == 2


async def test_closing_peer_in_the_midst_of_its_hello_harms_nobody(node):
    for _ in range(10):
        async with node.socket() as peer:
            await peer.say(frames.Hello(v=1, token="staff:a", cobrowse="cb", role="view"))
    await node.until(lambda: node.gateway.stats().viewers == 0)
    assert node.gateway._rooms == {}


# --- slow ones --------------------------------------------------------------------------------


async def test_slow_viewer_holds_up_nobody_and_gets_a_snapshot_once_it_reads(node):
    noise = random.Random(1)
    async with node.sharer() as sharer, node.viewer("slow") as slow, node.viewer("b") as quick:
        await sharer.hear(TakeSnapshot)
        await sharer.show(snapshot(1))
        await quick.see()
        await quick.say(Shown(epoch=1, seq=0))
        for seq in range(1, 81):  # 12 MB: more than sockets hold
            text = noise.randbytes(75_000).hex()
            events = [{"type": 3, "data": {"text": text}, "timestamp": 1}]
            await sharer.show(delta(1, seq, events=events))
            header, _ = await quick.see()
            assert header.seq == seq
            await quick.say(Shown(epoch=1, seq=seq))
            node.offset += 0.1  # within the rate
        viewer = node.gateway._rooms["cb"]._relay.viewers[slow.welcome.you]
        assert viewer.flow.pace is Pace.BEHIND
        seen = []

        async def catch_up() -> None:
            while not seen or seen[-1].epoch == 1:
                seen.append((await slow.see())[0])
                await slow.say(Shown(epoch=seen[-1].epoch, seq=seen[-1].seq))

        reading = asyncio.create_task(catch_up())
        await sharer.hear(TakeSnapshot)
        await sharer.show(snapshot(2))
        await reading
        assert [one.seq for one in seen] == [*range(len(seen) - 1), 0]
        assert len(seen) < 60


async def test_viewer_that_reads_nothing_does_not_keep_its_socket(node):
    big = {"type": 3, "data": {"text": random.randbytes(3_500_000).hex()}, "timestamp": 1}
    async with node.sharer() as sharer, node.viewer("dead") as dead:
        (transport,) = (
            one._transport for one in node.gateway._connections if one.id == dead.welcome.you
        )
        # The system would take all of it into its own buffers; the client holds one message.
        dead.ws.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        for epoch in (1, 2):
            await node.until(lambda: not transport.get_write_buffer_size())
            await sharer.show(snapshot(epoch, events=[META, FULL, big]))
            size = epoch * 7_000_000
            await node.until(lambda: node.gateway.relayed > size)  # noqa: B023

        def gone() -> bool:
            node.offset += connection.STALLED / 100
            return not any(one.id == dead.welcome.you for one in node.gateway._connections)

        await node.until(gone)
        assert 4008 in node.gateway.stats().closed


# --- leaving ----------------------------------------------------------------------------------


async def test_drain_sends_everybody_elsewhere(node):
    async with node.sharer() as sharer, node.viewer() as viewer:
        leaving = asyncio.create_task(node.gateway.drain(3.0))
        for peer in (sharer, viewer):
            bye = await peer.hear(Bye)
            assert bye.code == 4012
            assert 0 <= bye.retry_after <= 3
            await peer.closed()
        await leaving
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with node.socket():
            pass
    assert refused.value.status == 503


async def test_stats_tell_who_is_here_and_what_passed(node):
    async with showing(node) as (sharer, _):
        stats = node.gateway.stats()
        assert (stats.sharers, stats.viewers, stats.relayed) == (1, 1, len(snapshot(1)))
        node.offset += 2.0
        await sharer.show(delta(1, 5))
        await sharer.hear(TakeSnapshot)
        assert node.gateway.stats().dropped == {"gap": 1}


async def test_nothing_is_left_when_everybody_has_gone(node):
    async with showing(node):
        pass
    await node.until(lambda: node.gateway._rooms == {})
    assert node.gateway.stats().sharers == 0
