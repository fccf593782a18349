"""Two of a call find a direct path through the node with the room, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from server.domain.paths import SETTLE, Stage
from server.store import sites
from signaling import hints, messages
from signaling.direct import DirectEnd, DirectReport, DirectSignal, DirectTry, IceCandidate
from tests.contract.conftest import new_id
from tests.contract.test_calls import Ear, offer, ring, studio, until

__all__ = ["studio"]


async def allow(desk, policy="direct") -> None:
    async with desk.one.db.write() as tx:
        await sites.set_media_policy(tx, desk.site.id, policy)


class Talk:
    """A call of two whose browsers are connected, as far as the media server tells."""

    def __init__(self, desk) -> None:
        self.desk = desk

    async def begin(self) -> Talk:
        self.visitor, self.agent, self.conv, self.call = await ring(self.desk)
        self.ears = {
            who: Ear(self.desk.bus, who.person.id)
            for who in (self.visitor, self.agent, self.desk.agents[1])
        }
        for who in (self.visitor, self.agent):
            await self.desk.one.calls.offer(who, offer(self.conv, self.call))
            self.desk.rooms.participant_connected(self.call, who.person.id)
        self.settle()
        return self

    def settle(self) -> None:
        self.desk.passed += SETTLE
        self.desk.rooms._sweep()

    async def tried(self) -> DirectTry:
        """Return what the visitor is told."""
        mine = await self.ears[self.visitor].next(DirectTry)
        theirs = await self.ears[self.agent].next(DirectTry)
        assert (mine.attempt, mine.offers, theirs.offers) == (theirs.attempt, False, True)
        return mine

    async def say(self, who, kind, **fields) -> None:
        """Say something as the gateway of another node passes it on."""
        fields.setdefault("conv", self.conv)
        frame = kind(call=self.call, **fields)
        hint = hints.CallSaid(person=who.person.id, frame=frame)
        await self.desk.bus.publish(hints.call_topic(self.call), hints.encode(hint))

    async def direct(self, attempt: int) -> None:
        for who in (self.visitor, self.agent):
            await self.say(who, DirectReport, attempt=attempt, state="up")
        await until(lambda: self.stages[Stage.DIRECT] == 1)

    @property
    def stages(self):
        return self.desk.rooms.paths()

    async def nothing_for(self, who, kind) -> None:
        """Hold that nothing of that kind comes to somebody before what is said to them next."""
        marker = messages.CallQuality(call="marker", scores={})
        self.desk.rooms._send(who.person.id, marker, None)
        ear = self.ears[who]
        async with asyncio.timeout(10):
            while (frame := await ear.frames.get()) != marker:
                assert not isinstance(frame, kind), frame


async def test_two_whose_site_allows_it_are_told_to_try(studio):
    await allow(studio)
    talk = await Talk(studio).begin()
    assert (await talk.tried()).call == talk.call
    assert talk.stages[Stage.TRYING] == 1


@pytest.mark.parametrize("policy", ["server", "relay"])
async def test_nobody_is_told_to_try_where_the_site_does_not_allow_it(studio, policy):
    await allow(studio, policy)
    talk = await Talk(studio).begin()
    await talk.nothing_for(talk.visitor, DirectTry)
    assert talk.stages[Stage.SERVER] == 1


async def test_what_one_says_reaches_the_other_alone(studio):
    await allow(studio)
    talk = await Talk(studio).begin()
    attempt = (await talk.tried()).attempt
    candidates = (IceCandidate(candidate="candidate:1 1 udp 1 a.local 5 typ host", mid="0"),)
    said = {"attempt": attempt, "sdp": "v=0", "candidates": candidates}
    await talk.say(talk.agent, DirectSignal, **said)
    got = await talk.ears[talk.visitor].next(DirectSignal)
    assert (got.sdp, got.candidates, got.conv) == ("v=0", candidates, talk.conv)
    await talk.nothing_for(talk.agent, DirectSignal)
    await talk.nothing_for(studio.agents[1], DirectSignal)


async def test_strangers_and_other_attempts_reach_nobody(studio):
    await allow(studio)
    talk = await Talk(studio).begin()
    attempt = (await talk.tried()).attempt
    await talk.say(studio.agents[1], DirectSignal, attempt=attempt, sdp="stranger")
    await talk.say(talk.agent, DirectSignal, attempt=attempt - 1, sdp="stale")
    await talk.say(talk.agent, DirectSignal, attempt=attempt, sdp="elsewhere", conv=new_id())
    await talk.say(studio.agents[1], DirectReport, attempt=attempt, state="failed")
    await talk.nothing_for(talk.visitor, DirectSignal)
    assert talk.stages[Stage.TRYING] == 1


async def test_a_third_person_calls_both_back_and_signals_end(studio):
    await allow(studio)
    talk = await Talk(studio).begin()
    attempt = (await talk.tried()).attempt
    await talk.direct(attempt)
    expert = await studio.expert(talk.conv)
    join = messages.JoinCall(id=new_id(), conv=talk.conv, call=talk.call, media=["audio"])
    await studio.one.backend.execute(expert, join)
    for who in (talk.visitor, talk.agent):
        assert (await talk.ears[who].next(DirectEnd)).attempt == attempt
    await talk.say(talk.agent, DirectSignal, attempt=attempt, sdp="late")
    await talk.nothing_for(talk.visitor, DirectSignal)


async def test_two_who_did_not_hear_that_they_are_called_back_hear_it_when_they_ask(
    studio, monkeypatch
):
    await allow(studio)
    talk = await Talk(studio).begin()
    attempt = (await talk.tried()).attempt
    await talk.direct(attempt)
    lost = []
    await allow(studio, "server")
    with monkeypatch.context() as patch:  # Redis is away for the moment
        patch.setattr(studio.rooms, "_send", lambda *told: lost.append(told))
        await studio.rooms._refresh_alone(studio.rooms._rooms[talk.call])
    assert [type(frame) for _, frame, _ in lost] == [DirectEnd, DirectEnd]
    for who in (talk.visitor, talk.agent):
        await talk.say(who, DirectReport, attempt=attempt, state="up")
        assert (await talk.ears[who].next(DirectEnd)).attempt == attempt
    await talk.nothing_for(talk.visitor, DirectEnd)


async def test_a_supervisor_who_looks_in_calls_both_back_before_they_join(studio):
    await allow(studio)
    talk = await Talk(studio).begin()
    await talk.direct((await talk.tried()).attempt)
    observe = messages.Observe(id=new_id(), conv=talk.conv, part="listen")
    await studio.one.backend.execute(studio.supervisor, observe)
    for who in (talk.visitor, talk.agent):
        await talk.ears[who].next(DirectEnd)
    stop = messages.StopObserving(id=new_id(), conv=talk.conv, person=studio.supervisor.person.id)
    await studio.one.backend.execute(studio.supervisor, stop)
    await until(lambda: studio.rooms._paths._calls[talk.call].path.allowed)
    talk.settle()
    await talk.tried()


async def test_a_site_that_takes_it_back_calls_both_back(studio):
    await allow(studio)
    talk = await Talk(studio).begin()
    await talk.direct((await talk.tried()).attempt)
    await allow(studio, "server")
    studio.passed += 10  # the next look in SQL
    studio.rooms._sweep()
    await talk.ears[talk.visitor].next(DirectEnd)


async def test_the_end_of_the_call_leaves_no_path(studio):
    await allow(studio)
    talk = await Talk(studio).begin()
    await talk.direct((await talk.tried()).attempt)
    end = messages.EndCall(id=new_id(), conv=talk.conv, call=talk.call)
    await studio.one.backend.execute(talk.agent, end)
    await until(lambda: not studio.rooms.has(talk.call))
    assert sum(talk.stages.values()) == 0
