"""Guests of a call: outside sources and players, whom everybody sees and nobody waits for."""

from __future__ import annotations

import pytest

from server.domain.audience import redact_state
from server.domain.commands import SYSTEM, Actor, ConnectGuest, EndGuest, LoseParticipant
from server.domain.guests import MAX_GUESTS
from signaling import messages
from signaling.calls import SOUND, plan
from signaling.events import CallState, MediaKind
from tests.server.history import AGENTS, CONV, GUESTS, VISITOR, History
from tests.server.scenes import set_the_scene

AGENT = Actor(AGENTS[0], "staff")
SHOPPER = Actor(VISITOR, "visitor")
SOURCE, PLAYER, THIRD = (Actor(person, "staff") for person in GUESTS)
SENDS: tuple[MediaKind, ...] = ("audio", "video")


def talking(scene: str = "served") -> tuple[History, str]:
    """Return a call of two."""
    history = History.started()
    set_the_scene(history, scene)
    history.do(messages.StartCall(id="c1", conv=CONV, media=["audio"]), AGENT)
    history.do(messages.JoinCall(id="c2", conv=CONV, call=call_of(history).id, media=[]), SHOPPER)
    return history, call_of(history).id


def call_of(history: History) -> CallState:
    call = history.record.state.call
    assert call is not None
    return call


def members(history: History) -> list[str]:
    return [member.person.id for member in call_of(history).members]


def test_everybody_sees_a_guest_with_its_label() -> None:
    history, call = talking()
    history.do(ConnectGuest(call, SENDS), SOURCE)
    seen = redact_state(history.record.state, "visitor").call
    assert seen is not None
    assert [m.person.name for m in seen.members if m.person.role == "guest"] == ["Source 0"]


def test_a_source_gives_to_everybody_and_takes_nothing() -> None:
    history, call = talking()
    history.do(ConnectGuest(call, SENDS), SOURCE)
    plans = plan(history.record.state)
    assert plans[SOURCE.person.id].publish == {"audio", "camera"}
    assert plans[SOURCE.person.id].receive == {}
    assert SOURCE.person.id in plans[VISITOR.id].receive
    assert SOURCE.person.id in plans[AGENTS[0].id].receive


def test_a_player_takes_from_everybody_and_gives_nothing() -> None:
    history, call = talking()
    history.do(ConnectGuest(call, ()), PLAYER)
    history.do(ConnectGuest(call, ("audio",)), SOURCE)
    its = plan(history.record.state)[PLAYER.person.id]
    assert its.publish == frozenset()
    assert its.receive.keys() == {VISITOR.id, AGENTS[0].id, SOURCE.person.id}
    assert its.receive[VISITOR.id] >= SOUND


def test_a_call_does_not_begin_or_go_on_for_a_guest() -> None:
    history = History.started()
    set_the_scene(history, "served")
    history.do(messages.StartCall(id="c1", conv=CONV, media=["audio"]), AGENT)
    call = call_of(history).id
    history.do(ConnectGuest(call, SENDS), SOURCE)
    assert call_of(history).state == "ringing"
    history.do(messages.LeaveCall(id="l", conv=CONV, call=call), AGENT)
    assert history.record.state.call is None


def test_a_guest_who_goes_ends_no_call() -> None:
    history, call = talking()
    for gone in (EndGuest(SOURCE.person.id, "removed"), LoseParticipant(call, SOURCE.person.id)):
        history.do(ConnectGuest(call, SENDS), SOURCE)
        assert SOURCE.person.id in members(history)
        history.do(gone, Actor(SYSTEM, "staff"))
        assert members(history) == [AGENTS[0].id, VISITOR.id]


def test_people_are_not_shown_out_as_guests() -> None:
    history, _ = talking()
    history.do(EndGuest(VISITOR.id, "removed"), AGENT)
    assert VISITOR.id in members(history)


def test_there_is_room_for_so_many_guests_and_they_take_nobodys_place() -> None:
    history, call = talking()
    assert MAX_GUESTS == 2
    for guest in (SOURCE, PLAYER):
        history.do(ConnectGuest(call, SENDS), guest)
    refused = history.refused
    history.do(ConnectGuest(call, SENDS), THIRD)
    assert history.refused == refused + 1
    history.do(ConnectGuest(call, ()), PLAYER)  # connects anew
    assert history.refused == refused + 1


@pytest.mark.parametrize("scene", ["private"])
def test_a_private_call_has_no_guests(scene: str) -> None:
    history = History.started()
    set_the_scene(history, scene)
    refused = history.refused
    history.do(ConnectGuest(call_of(history).id, SENDS), SOURCE)
    assert history.refused == refused + 1


def test_a_player_hears_nothing_of_staff_while_the_visitor_is_on_hold() -> None:
    history = History.started()
    set_the_scene(history, "public")
    state = history.record.state
    history.do(ConnectGuest(call_of(history).id, ()), PLAYER)
    plans = plan(history.record.state)
    assert state.call is not None
    assert plans[PLAYER.person.id].receive.keys() == plans[VISITOR.id].receive.keys() | (
        {VISITOR.id} if VISITOR.id in plans else set()
    )
