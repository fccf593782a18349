"""Checks before a call: rooms of a browser's own on the real media server, few and short."""

import asyncio
from pathlib import Path

import pytest

from media import MediaConfig, MediaServer, Quality
from server.bus import MemoryBus
from server.domain.checking import MAX_WAYS, SeatOffer
from server.services import doctor
from server.services.doctor import CEILING, LIMITS, MAX_CHECKS, Checks, Doctor
from server.services.nodes import Nodes
from server.services.placement import Placement
from server.services.throttle import TooManyAttempts
from signaling.errors import Refusal
from tests.contract.conftest import new_id

SDP = (Path(__file__).parents[1] / "data/sdp/chromium-156.sdp").read_bytes().decode()
PAIR = {"up": SeatOffer(SDP, "1"), "down": SeatOffer(SDP, "3")}
WAY = SeatOffer(SDP, "0")
FAR = "203.0.113.7"  # loopback counts for nobody


class Deaf:
    """The media server's owner: nothing that it tells matters here."""

    def __getattr__(self, _name):
        return lambda *_: None


@pytest.fixture
async def media():
    server = MediaServer(MediaConfig(host="127.0.0.1"), Deaf())
    await server.start()
    yield server
    await server.aclose()


@pytest.fixture
async def checks(media):
    found = Checks(media)
    yield found
    found.aclose()


def directions(sdp: str) -> list[str]:
    known = ("a=recvonly", "a=sendonly", "a=inactive")
    return [line for line in sdp.split("\r\n") if line in known]


async def refused(work) -> str:
    with pytest.raises(Refusal) as refusal:
        await work
    return refusal.value.code


async def test_what_goes_up_comes_down_and_ways_carry_nothing(checks, media):
    opened = await checks.open({**PAIR, "udp": WAY, "tcp": WAY})
    assert opened.answers.keys() == {"up", "down", "udp", "tcp"}
    assert directions(opened.answers["up"])[1] == "a=recvonly"
    assert directions(opened.answers["down"])[3] == "a=sendonly"
    assert set(directions(opened.answers["udp"])) == {"a=inactive"}
    for sdp in opened.answers.values():
        assert f" {media.port} typ host" in sdp
    assert media.stats().participants == 4


async def test_two_checks_do_not_meet(checks, media):
    first, second = [await checks.open(PAIR) for _ in range(2)]
    assert first.check != second.check
    for opened in (first, second):
        assert len(media.visible(opened.check, "down")) == 1


async def test_a_check_ends_by_itself(checks, media, monkeypatch):
    monkeypatch.setattr(doctor, "SECONDS", 0.05)
    await checks.open({**PAIR, "udp": WAY})
    assert media.stats().rooms == 2
    async with asyncio.timeout(5):
        while media.stats().rooms:  # noqa: ASYNC110 — nothing else tells
            await asyncio.sleep(0.01)


async def test_checks_are_few_and_one_that_ends_makes_room(checks):
    opened = [await checks.open({"udp": WAY}) for _ in range(MAX_CHECKS)]
    assert await refused(checks.open({"udp": WAY})) == "unavailable"
    checks.close(opened[0].check)
    await checks.open({"udp": WAY})


@pytest.mark.parametrize(
    "offers",
    [
        {},
        {"up": PAIR["up"]},
        {"down": PAIR["down"], "udp": WAY},
        {f"way-{'abcdef'[i]}": WAY for i in range(MAX_WAYS + 1)},
        {"udp": SeatOffer("garbage", "0")},
        {"up": SeatOffer(SDP, "9"), "down": PAIR["down"]},
    ],
)
async def test_an_offer_that_makes_no_check_leaves_nothing_behind(checks, media, offers):
    assert await refused(checks.open(offers)) == "bad_offer"
    assert media.stats().rooms == 0


async def test_a_check_that_is_used_for_more_is_closed(checks, media):
    opened = await checks.open(PAIR)

    def sends(kbps: float) -> Quality:
        return Quality(0, 0, 0, None, kbps, 0, 5)

    checks.watch(opened.check, "up", sends(CEILING))
    assert media.stats().rooms == 1
    checks.watch(opened.check, "up", sends(CEILING + 1))
    assert media.stats().rooms == 0


# --- the way to a check -----------------------------------------------------------------------


@pytest.fixture
async def two(desk, checks):
    """Give the doctors of two nodes: the first has media, the second only asks."""
    bus = MemoryBus()
    nodes = [Nodes(bus, new_id()) for _ in range(2)]
    places = [Placement(desk.one.db, desk.clock, node.node) for node in nodes]
    doctors = [
        Doctor(desk.one.db, place, node, mine, desk.clock)
        for place, node, mine in zip(places, nodes, (checks, None), strict=True)
    ]

    async def nobody(_question: bytes) -> bytes:
        raise AssertionError("this is no question of calls")

    for node, one in zip(nodes, doctors, strict=True):
        node.start(one.answering(nobody))
    await places[0].renew(0)
    yield doctors
    for node in nodes:
        await node.aclose()


async def test_a_node_without_media_asks_one_that_has(desk, two, media):
    who = await desk.visitor()
    opened = await two[1].check(who, FAR, PAIR)
    assert directions(opened.answers["down"])[3] == "a=sendonly"
    assert media.stats().participants == 2
    bad = {"udp": SeatOffer("garbage", "0")}
    assert await refused(two[1].check(who, FAR, bad)) == "bad_offer"


async def test_without_any_media_node_there_is_no_check(desk, two):
    desk.clock.forward(seconds=60)
    assert await refused(two[1].check(await desk.visitor(), FAR, PAIR)) == "unavailable"


async def test_a_person_checks_a_few_times_and_may_again_later(desk, two):
    who, other = await desk.visitor(), await desk.visitor()
    for _ in range(LIMITS[0].most):
        await two[0].check(who, FAR, {"udp": WAY})
    with pytest.raises(TooManyAttempts):
        await two[0].check(who, FAR, {"udp": WAY})
    await two[0].check(other, FAR, {"udp": WAY})
    desk.clock.forward(seconds=LIMITS[0].window / 1000 + 1)
    await two[0].check(who, FAR, {"udp": WAY})


async def test_an_address_checks_for_all_its_people(desk, two, monkeypatch):
    monkeypatch.setattr(doctor, "MAX_CHECKS", 1000)
    for _ in range(LIMITS[1].most):
        await two[0].check(await desk.visitor(), FAR, {"udp": WAY})
    with pytest.raises(TooManyAttempts):
        await two[0].check(await desk.visitor(), FAR, {"udp": WAY})
    await two[0].check(await desk.visitor(), "203.0.113.8", {"udp": WAY})
