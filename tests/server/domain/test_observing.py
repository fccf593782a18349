"""Who looks in, whom the visitor knows of it, and who may write: the rules said one by one."""

from __future__ import annotations

import pytest

from server.domain.audience import on_hold, redact_state
from server.domain.commands import ExpireCall, LoseObserver, LoseParticipant
from signaling import messages
from signaling.events import (
    CallEnded,
    CallJoined,
    CallLeft,
    CallMedia,
    Closed,
    ConsultAsked,
    ConsultEnded,
    Message,
    Observer,
    ObserverJoined,
    ObserverLeft,
    Part,
    Person,
)
from tests.server.domain.counter import AGENT, BOSS, CLOCK, COLLEAGUE, EXPERT, GUEST, Counter
from tests.server.history import AGENTS, CONV, SUPERVISOR

ASK = messages.AskConsult(id="a", conv=CONV, to=AGENTS[1].id, note="n")
ASK_BOSS = messages.AskConsult(id="b", conv=CONV, to=SUPERVISOR.id)
ADVISE = messages.AcceptConsult(id="c", conv=CONV)
END = messages.EndConsult(id="d", conv=CONV)
STOP = messages.StopObserving(id="e", conv=CONV)
TAKE = messages.TakeOver(id="f", conv=CONV)
CLOSE = messages.Close(id="g", conv=CONV, reason="solved")
TO_COLLEAGUE = messages.RequestTransfer(id="h", conv=CONV, to=AGENTS[1].id)
ACCEPT_TRANSFER = messages.AcceptTransfer(id="i", conv=CONV)


def _observe(part: Part) -> messages.Observe:
    return messages.Observe(id=f"o-{part}", conv=CONV, part=part)


def _seen(counter: Counter) -> list[str]:
    """Return whom the visitor sees in the call."""
    call = redact_state(counter.record.state, "visitor").call
    return [] if call is None else [member.person.id for member in call.members]


def _media(counter: Counter, person: str) -> list[str]:
    return next(list(m.media) for m in counter.call.members if m.person.id == person)


# --- supervisors ----------------------------------------------------------------------------------


def test_only_a_supervisor_looks_in_unasked() -> None:
    counter = Counter.at("served")
    assert counter.refuses(_observe("listen"), COLLEAGUE, AGENT, GUEST, EXPERT)
    joined = counter.does(_observe("listen"), BOSS)
    observer = Observer(person=SUPERVISOR, part="listen", since=counter.now)
    assert joined == [ObserverJoined(observer=observer)]
    assert counter.does(_observe("listen"), BOSS) == []
    counter.does(_observe("whisper"), BOSS)
    assert [one.since for one in counter.record.state.observers] == [observer.since]
    assert Counter.at("closed").refuses(_observe("listen"), BOSS)


def test_who_serves_does_not_look_in() -> None:
    counter = Counter.at("served")
    counter.does(TAKE, BOSS)
    assert counter.refuses(_observe("barge"), BOSS)


def test_a_visitor_learns_nothing_of_who_listens() -> None:
    counter = Counter.at("served")
    seq = counter.record.seq
    counter.does(_observe("listen"), BOSS)
    counter.does(_observe("whisper"), BOSS)
    counter.does(STOP, BOSS)
    assert counter.told("visitor", seq) == []
    assert len(counter.told("staff", seq)) == 3


def test_a_listener_in_a_call_sends_nothing_and_puts_nobody_on_hold() -> None:
    counter = Counter.at("watched")
    assert _media(counter, "s1") == []
    call = counter.call.id
    media = messages.SetMedia(id="m", conv=CONV, call=call, media=["audio", "video"])
    assert counter.does(media, BOSS) == []
    assert not on_hold(counter.record.state)
    assert _seen(counter) == ["a1", "v1"]


def test_the_visitor_meets_a_supervisor_who_barges_in_and_loses_one_who_hides_again() -> None:
    counter = Counter.at("watched")
    call, seq = counter.call.id, counter.record.seq
    counter.does(_observe("barge"), BOSS)
    joined = [(CallJoined(call=call, media=[]), SUPERVISOR)]
    assert counter.told("visitor", seq) == joined
    assert _seen(counter) == ["a1", "v1", "s1"]
    media = messages.SetMedia(id="m", conv=CONV, call=call, media=["audio"])
    counter.does(media, BOSS)
    seq = counter.record.seq
    counter.does(_observe("listen"), BOSS)
    assert counter.told("visitor", seq) == [(CallLeft(call=call), SUPERVISOR)]
    assert _media(counter, "s1") == []
    assert (CallMedia(call=call, media=[]), SUPERVISOR) in counter.told("staff", seq)


def test_who_stops_leaves_the_call_too() -> None:
    counter = Counter.at("barged")
    call, seq = counter.call.id, counter.record.seq
    counter.does(STOP, BOSS)
    assert counter.told("visitor", seq) == [(CallLeft(call=call), SUPERVISOR)]
    assert counter.refuses(STOP, BOSS)


def test_who_takes_over_looks_in_no_more_and_stays_in_the_call() -> None:
    counter = Counter.at("watched")
    call, seq = counter.call.id, counter.record.seq
    said = counter.does(TAKE, BOSS)
    assert ObserverLeft(person=SUPERVISOR, reason="assigned") in said
    assert (CallJoined(call=call, media=[]), SUPERVISOR) in counter.told("visitor", seq)
    assert _seen(counter) == ["a1", "v1", "s1"]


def test_only_who_barged_in_or_serves_writes_to_the_visitor() -> None:
    line = messages.Send(id="l", conv=CONV, text="Hei")
    counter = Counter.at("watched")
    assert counter.refuses(line, BOSS, COLLEAGUE)
    counter.does(_observe("barge"), BOSS)
    said = counter.does(line, BOSS)
    assert said == [Message(id="l", text="Hei")]
    assert counter.record.state.clock is None  # it is an answer
    counter.does(CLOSE, AGENT)
    assert counter.refuses(line, BOSS)


# --- nothing waits for an observer ----------------------------------------------------------------


def test_a_call_rings_on_though_an_observer_is_in_it() -> None:
    counter = Counter.at("served")
    counter.does(_observe("whisper"), BOSS)
    counter.does(messages.StartCall(id="s", conv=CONV, media=["audio"]), AGENT)
    join = messages.JoinCall(id="j", conv=CONV, call=counter.call.id, media=["audio"])
    counter.does(join, BOSS)
    assert counter.call.state == "ringing"
    counter.does(_observe("barge"), BOSS)
    assert counter.call.state == "active"
    visitor = redact_state(counter.record.state, "visitor").call
    assert visitor is not None
    assert visitor.state == "active"


def test_one_alone_with_an_observer_is_alone() -> None:
    counter = Counter.at("watched")
    counter.does(LoseParticipant(counter.call.id, "v1"), CLOCK)
    assert counter.record.call_due == counter.now + 30_000
    counter.does(ExpireCall(), CLOCK, after=30_000)
    assert counter.record.state.call is None


def test_a_call_that_only_observers_are_in_ends_and_does_not_name_them() -> None:
    counter = Counter.at("watched")
    call = counter.call.id
    for actor in (AGENT, GUEST):
        said = counter.does(messages.LeaveCall(id="l", conv=CONV, call=call), actor)
    assert said[-1] == CallEnded(call=call, reason="hangup", seconds=2)
    assert counter.record.state.call is None

    counter = Counter.at("barged")
    for actor in (AGENT, GUEST):
        counter.does(messages.LeaveCall(id="l", conv=CONV, call=counter.call.id), actor)
    counter.does(_observe("listen"), BOSS)
    seq = counter.record.seq
    counter.does(STOP, BOSS)
    assert [by.id for _, by in counter.told("visitor", seq)] == ["system"]


def test_who_hides_starts_opens_declines_and_ends_no_call() -> None:
    counter = Counter.at("served")
    counter.does(_observe("listen"), BOSS)
    assert counter.refuses(messages.StartCall(id="s", conv=CONV, media=[]), BOSS)
    counter.does(messages.StartCall(id="s", conv=CONV, media=["audio"]), GUEST)
    call = counter.call.id
    assert counter.refuses(messages.EndCall(id="e", conv=CONV, call=call), BOSS)
    assert counter.refuses(messages.DeclineCall(id="d", conv=CONV, call=call), BOSS)
    assert counter.refuses(messages.OpenCall(id="o", conv=CONV, call=call), BOSS)
    counter.does(_observe("barge"), BOSS)
    assert counter.does(messages.EndCall(id="e", conv=CONV, call=call), BOSS)


# --- colleagues -----------------------------------------------------------------------------------


def test_who_serves_asks_one_colleague_who_comes_to_whisper() -> None:
    counter = Counter.at("served")
    assert counter.refuses(ASK, COLLEAGUE, BOSS, GUEST)
    assert counter.does(ASK, AGENT) == [ConsultAsked(to=AGENTS[1], note="n")]
    assert counter.does(ASK, AGENT) == []
    seq = counter.record.seq
    assert counter.refuses(ADVISE, BOSS, AGENT, GUEST)
    counter.does(ADVISE, COLLEAGUE)
    state = counter.record.state
    observer = Observer(person=AGENTS[1], part="whisper", since=counter.now, consult=True)
    assert (state.observers, state.consult) == ([observer], None)
    assert counter.told("visitor", seq) == []
    assert counter.does(ASK, AGENT) == []  # they are here


@pytest.mark.parametrize("to", ["a1", "a9"])
def test_advice_comes_from_somebody_else_who_exists(to: str) -> None:
    counter = Counter.at("served")
    assert counter.refuses(messages.AskConsult(id="w", conv=CONV, to=to), AGENT)


def test_who_is_not_there_gives_no_advice() -> None:
    counter = Counter.at("served")
    counter.colleague_online = False
    assert counter.refuses(ASK, AGENT)


def test_a_second_wish_takes_the_place_of_the_first() -> None:
    counter = Counter.at("served")
    counter.does(ASK, AGENT)
    assert counter.does(ASK_BOSS, AGENT) == [
        ConsultEnded(outcome="cancelled"),
        ConsultAsked(to=SUPERVISOR),
    ]
    assert counter.refuses(ADVISE, COLLEAGUE)


def test_a_wish_is_declined_by_the_colleague_or_taken_back() -> None:
    counter = Counter.at("wondering")
    assert counter.refuses(END, GUEST)
    assert counter.does(END, COLLEAGUE) == [ConsultEnded(outcome="declined")]
    assert counter.refuses(END, COLLEAGUE, AGENT)
    counter.does(ASK_BOSS, AGENT)
    assert counter.refuses(END, COLLEAGUE)
    assert counter.does(END, AGENT) == [ConsultEnded(outcome="cancelled")]


def test_a_wish_ends_with_the_service_of_who_had_it() -> None:
    counter = Counter.at("wondering")
    counter.does(TAKE, BOSS)
    assert counter.record.state.consult is None
    assert counter.refuses(ADVISE, COLLEAGUE)


def test_a_supervisor_who_listens_may_be_asked_and_keeps_the_part() -> None:
    counter = Counter.at("watched")
    counter.does(ASK_BOSS, AGENT)
    counter.does(ADVISE, BOSS)
    observer = counter.record.state.observers[0]
    assert (observer.part, observer.consult) == ("listen", True)


def test_a_colleague_who_advises_writes_to_staff_and_not_to_the_visitor() -> None:
    counter = Counter.at("advised")
    seq = counter.record.seq
    assert counter.refuses(messages.Send(id="l", conv=CONV, text="Hei"), COLLEAGUE)
    assert isinstance(counter.says(COLLEAGUE, consult=True)[0], Message)
    assert counter.told("visitor", seq) == []
    assert counter.refuses(_observe("barge"), COLLEAGUE)


def test_the_visitor_meets_a_colleague_only_when_they_take_the_call() -> None:
    counter = Counter.at("advised")
    call = counter.call
    assert (_seen(counter), _media(counter, "a2")) == (["a1", "v1"], ["audio"])
    counter.does(TO_COLLEAGUE, AGENT)
    seq = counter.record.seq
    counter.does(ACCEPT_TRANSFER, COLLEAGUE)
    told = [body for body, by in counter.told("visitor", seq) if by == AGENTS[1]]
    assert told[-1] == CallJoined(call=call.id, media=["audio"])
    assert _seen(counter) == ["a1", "v1", "a2"]
    assert counter.call.id == call.id
    assert not counter.record.state.observers


@pytest.mark.parametrize("actor", [AGENT, BOSS])
def test_who_serves_and_a_supervisor_let_a_colleague_go(actor: object) -> None:
    counter = Counter.at("advised")
    remove = messages.StopObserving(id="r", conv=CONV, person="a2")
    assert counter.refuses(remove, GUEST, EXPERT)
    said = counter.does(remove, actor)  # type: ignore[arg-type]
    assert isinstance(said[0], CallLeft)
    assert said[-1] == ObserverLeft(person=AGENTS[1], reason="removed")
    join = messages.JoinCall(id="j", conv=CONV, call=counter.call.id, media=[])
    assert counter.refuses(join, COLLEAGUE)


def test_nobody_but_a_supervisor_sends_a_supervisor_away() -> None:
    counter = Counter.at("watched")
    assert counter.refuses(messages.StopObserving(id="r", conv=CONV, person="s1"), AGENT, COLLEAGUE)


def test_who_is_gone_looks_in_no_more() -> None:
    counter = Counter.at("advised")
    seq = counter.record.seq
    said = counter.does(LoseObserver("a2"), CLOCK)
    assert said == [CallLeft(call=counter.call.id, reason="lost"), ObserverLeft(person=AGENTS[1])]
    assert counter.does(LoseObserver("a2"), CLOCK) == []
    assert counter.told("visitor", seq) == []


def test_closing_ends_all_looking_in() -> None:
    counter = Counter.at("watched")
    said = counter.does(CLOSE, AGENT)
    assert said[-2] == ObserverLeft(person=SUPERVISOR, reason="closed")
    assert isinstance(said[-1], Closed)
    assert counter.record.state.observers == []


def test_at_most_three_look_in_and_they_take_no_place_in_the_call() -> None:
    counter = Counter.at("watched")
    bosses = [Person(id=f"s{n}", role="supervisor", name="Boss") for n in (2, 3, 4)]
    actors = [type(BOSS)(person, "staff") for person in bosses]
    for actor in actors[:2]:
        counter.does(_observe("listen"), actor)
    assert counter.refuses(_observe("listen"), actors[2])
    join = messages.JoinCall(id="j", conv=CONV, call=counter.call.id, media=[])
    for actor in actors[:2]:
        counter.does(join, actor)
    assert len(counter.call.members) == 5
    assert counter.refuses(join, actors[2])  # who does not look in has to say so first
    counter.does(messages.StopObserving(id="k", conv=CONV), actors[0])
    assert counter.does(_observe("barge"), actors[2])
    assert counter.does(join, actors[2])  # the third whom the visitor meets
