"""Who is told how they stand in the queue, and when: the pure parts, and over real sockets."""

import asyncio
import contextlib

import pytest

from signaling import hints
from signaling.attendance import Attendance
from signaling.backend import Principal
from signaling.events import Person
from signaling.gateway import TOGETHER
from signaling.messages import Bye, Desk, QueuePlace, Snapshot, Welcome
from signaling.outgoing import MAX_QUEUED
from signaling.session import Phase
from signaling.standing import EVERY, SOON, Rounds, Told
from tests.signaling.test_session import listening, opened_session, said

FIRST = QueuePlace(conv="c", place=1, low=60, high=120)
SECOND = QueuePlace(conv="c", place=2)
DESK = Desk(state="available", capacity=4)
BUSY = Desk(state="available", capacity=4, used=4)
OVER = QueuePlace(conv="c")


# --- what is news -----------------------------------------------------------------------------


def test_standing_is_told_once_and_again_when_it_changes():
    session = listening()
    for found in (SECOND, SECOND, FIRST, FIRST):
        session.stand(found)
    assert said(session) == [FIRST]  # the one that was not sent yet is replaced
    session.stand(FIRST)
    assert said(session) == []
    session.stand(SECOND)
    assert said(session) == [SECOND]


def test_visitor_who_never_waited_is_told_nothing():
    session = listening()
    assert session.stand(None) == []
    assert said(session) == []
    assert not session.waits


def test_end_of_waiting_is_told_once():
    session = listening()
    session.stand(FIRST)
    assert session.waits
    said(session)
    session.stand(None)
    session.stand(None)
    assert said(session) == [OVER]
    assert not session.waits


def test_place_after_the_end_is_told_again():
    told = Told()
    assert [told.news(found, 0) for found in (FIRST, None, None, FIRST)] == [
        FIRST,
        OVER,
        None,
        FIRST,
    ]


def test_desk_that_cannot_be_read_stays():
    told = Told()
    assert told.news(DESK, 0) == DESK
    assert told.news(None, 0) is None
    assert told.waits


def test_standing_lost_for_want_of_room_is_told_again():
    session = opened_session(audience="staff")
    session.pass_on(b" " * (MAX_QUEUED - 10))
    session.stand(DESK)
    assert session.outgoing.dropped == 1
    session.outgoing.take()
    session.stand(DESK)
    assert said(session) == [DESK]
    session.stand(DESK)
    assert said(session) == []


def test_closed_connection_is_told_nothing():
    session = listening()
    session.lost()
    assert session.stand(FIRST) == []
    assert not session.stands


@pytest.mark.parametrize(
    ("session", "stands"),
    [
        (opened_session(audience="staff"), True),
        (opened_session({"inbox": None}), False),
        (opened_session({"c": None}), False),  # not let in yet
        (listening(), True),
        (listening(audience="expert"), False),
    ],
)
def test_staff_and_visitors_with_a_conversation_have_a_standing(session, stands):
    assert session.phase is Phase.OPEN
    assert session.stands is stands


# --- when to look -----------------------------------------------------------------------------


def test_everybody_is_looked_up_each_second():
    rounds = Rounds(10.0)
    assert rounds.deadline == 10.0 + EVERY
    assert rounds.take("ab", 10.5) == []
    assert rounds.take("ab", 11.0) == ["a", "b"]
    assert rounds.take("ab", 11.5) == []
    assert rounds.deadline == 12.0


def test_hints_are_gathered_before_a_look():
    rounds = Rounds(0.0)
    rounds.wake("a", 0.1)
    rounds.wake("b", 0.1 + SOON / 2)
    rounds.wake("a", 0.1 + SOON / 2)
    assert rounds.deadline == pytest.approx(0.1 + SOON)
    assert rounds.take("abc", 0.1 + SOON) == ["a", "b"]
    assert rounds.deadline == EVERY


def test_round_covers_those_who_were_woken():
    rounds = Rounds(0.0)
    rounds.wake("a", 0.99)
    assert rounds.take("ab", 1.2) == ["a", "b"]
    assert rounds.deadline == pytest.approx(2.2)


def test_slow_looks_are_followed_by_a_pause():
    rounds = Rounds(0.0)
    rounds.take("a", 1.0)
    rounds.looked(1.0, 2.0)
    rounds.wake("a", 2.0)
    assert rounds.deadline == 5.0
    assert rounds.take("a", 4.9) == []
    assert rounds.take("a", 5.0) == ["a"]


# --- who is here ------------------------------------------------------------------------------


def visitor(name: str) -> Principal:
    return Principal(Person(id=name, role="visitor"), "visitor", "site", "login", 1e12)


def test_visitor_is_here_from_the_first_tab_to_the_last():
    here, v = Attendance(), visitor("v")
    here.arrived(v)
    here.arrived(v)
    assert here.changes() == ([v], [])
    here.departed(v)
    assert here.changes() == ([], [])
    assert here.everybody() == [v]
    here.departed(v)
    assert here.changes() == ([], [v])
    assert here.everybody() == []


def test_visitor_who_comes_back_at_once_did_not_leave():
    here, v = Attendance(), visitor("v")
    here.arrived(v)
    here.changes()
    here.departed(v)
    here.arrived(v)
    assert here.changes() == ([v], [])


def test_visitor_who_leaves_at_once_left():
    here, v = Attendance(), visitor("v")
    here.arrived(v)
    here.departed(v)
    here.departed(v)  # a connection that was never counted
    assert here.changes() == ([], [v])


# --- over sockets -----------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def waiting(node, name="v"):
    async with node.client(f"visitor:{name}", {"c": None}) as client:
        await client.hear(Snapshot)
        yield client


async def until(done) -> None:
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110 — the fake has no event
            await asyncio.sleep(0.01)


@pytest.fixture
def unasked(node):
    """Give a node that makes no rounds: it looks only when something tells it to."""
    node.gateway._rounds._round = float("inf")
    return node


async def test_desk_is_told_on_connecting(unasked):
    unasked.backend.standings = {"a": DESK}
    async with unasked.client("staff:a") as agent:
        assert await agent.hear(Desk) == DESK


async def test_place_is_told_when_the_conversation_is_opened(unasked):
    unasked.backend.standings = {"v": FIRST}
    async with unasked.client("visitor:v", {"c": None}) as client:
        assert await client.hear(QueuePlace) == FIRST


async def test_offer_shows_within_two_seconds_without_the_bus(node):
    node.backend.standings = {"a": DESK}
    async with node.client("staff:a") as agent:
        await agent.hear(Desk)
        node.backend.standings = {"a": BUSY}  # and no hint
        async with asyncio.timeout(2):
            assert await agent.hear(Desk) == BUSY


@pytest.mark.parametrize("topic", [hints.person_topic("a"), hints.site_topic("site")])
async def test_hint_brings_the_desk_at_once_and_hints_are_gathered(unasked, topic):
    unasked.backend.standings = {"a": DESK}
    async with unasked.client("staff:a") as agent:
        await agent.hear(Desk)
        looks = len(unasked.backend.stood)
        unasked.backend.standings = {"a": BUSY}
        for _ in range(3):
            unasked.gateway.hub.publish(topic, hints.StandingChanged())
        assert await agent.hear(Desk) == BUSY
        assert len(unasked.backend.stood) - looks == 1


async def test_site_hint_looks_at_visitors_who_wait_and_at_no_others(unasked):
    unasked.backend.standings = {"v": SECOND}
    async with waiting(unasked) as client, waiting(unasked, "w"):
        await client.hear(QueuePlace)
        stood = unasked.backend.stood
        await until(lambda: any("w" in look for look in stood))
        looks = len(stood)
        unasked.backend.standings = {"v": FIRST}
        unasked.gateway.hub.publish(hints.site_topic("site"), hints.StandingChanged())
        assert await client.hear(QueuePlace) == FIRST
        assert stood[looks:] == [["v"]]


async def test_standing_reaches_every_tab_of_the_person_and_nobody_else(node):
    node.backend.standings = {"a": DESK, "b": BUSY, "v": FIRST}
    async with (
        node.client("staff:a") as one,
        node.client("staff:a") as tab,
        node.client("staff:b") as other,
        waiting(node) as client,
        node.client("expert:e", {"c": None}) as expert,
    ):
        assert await one.hear(Desk) == await tab.hear(Desk) == DESK
        assert await other.hear(Desk) == BUSY
        assert await client.hear(QueuePlace) == FIRST
        assert not [f for f in expert.heard if isinstance(f, Desk | QueuePlace)]
        assert all(look.count("a") <= 1 and "e" not in look for look in node.backend.stood)


async def test_unchanged_standing_is_not_told_again(node):
    node.backend.standings = {"a": DESK}
    async with node.client("staff:a", {"c": None}) as agent:
        await agent.hear(Desk)
        looks = len(node.backend.stood)
        await until(lambda: len(node.backend.stood) >= looks + 2)
        await agent.send("c", "after two rounds")
        assert sum(isinstance(frame, Desk) for frame in agent.heard) == 1


async def test_end_of_waiting_reaches_the_visitor_without_the_bus(node):
    node.backend.standings = {"v": FIRST}
    async with waiting(node) as client:
        await client.hear(QueuePlace)
        node.backend.standings = {}
        async with asyncio.timeout(2):
            assert await client.hear(QueuePlace) == OVER


async def test_standing_that_failed_is_read_again(node, caplog):
    node.backend.failing = True
    async with node.client("staff:a") as agent:
        await until(lambda: node.backend.stood)
        node.backend.failing = False
        node.backend.standings = {"a": DESK}
        assert await agent.hear(Desk) == DESK


async def test_many_are_looked_up_in_batches(node):
    people = [f"v{n}" for n in range(TOGETHER + 5)]
    listeners = []
    for name in people:
        session = listening()
        session.principal = visitor(name)
        listeners.append(Silent(session))
    await node.gateway._stand(listeners)
    assert [len(look) for look in node.backend.stood] == [TOGETHER, 5]
    assert [name for look in node.backend.stood for name in look] == people


class Silent:
    """A connection that nobody reads."""

    viewing = None

    def __init__(self, session) -> None:
        self.session = session
        self.principal = session.principal

    def react(self, actions) -> None:
        assert actions == []


async def test_place_is_kept_while_the_visitor_is_connected_and_after(node):
    async with node.client("visitor:v"):
        await until(lambda: node.backend.kept == [("v", True)])
        node.offset = 21.0
        await until(lambda: node.backend.kept == [("v", True), ("v", True)])
    await until(lambda: node.backend.kept[-1] == ("v", False))
    assert len(node.backend.kept) == 3


async def test_staff_and_experts_keep_no_place(node):
    async with node.client("staff:a") as agent, node.client("expert:e", {"c": None}) as expert:
        node.offset = 21.0
        async with waiting(node):
            await until(lambda: node.backend.kept)
        assert {name for name, _ in node.backend.kept} == {"v"}
        assert isinstance(agent.heard[0], Welcome)
        assert not [f for f in expert.heard if isinstance(f, Bye)]
