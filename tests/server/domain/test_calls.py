"""The rules of calls, said one by one; what random histories keep to is in `test_folding.py`."""

from __future__ import annotations

from server.domain.audience import redact_state, visible
from server.domain.commands import SYSTEM, Actor, ExpireCall
from signaling import messages
from signaling.events import CallDeclined, CallEnded, CallState, CallWithdrawn
from tests.server.history import AGENTS, CONV, EXPERTS, VISITOR, History
from tests.server.scenes import set_the_scene

AGENT = Actor(AGENTS[0], "staff")
GUEST = Actor(VISITOR, "visitor")
EXPERT = Actor(EXPERTS[0], "expert")


def _opened() -> tuple[History, CallState]:
    """Return a consult that was just opened to the visitor, and rings there."""
    history = History.started()
    set_the_scene(history, "opened")
    call = history.record.state.call
    assert call is not None
    assert (call.private, call.state) == (False, "ringing")
    return history, call


def _call(history: History) -> CallState:
    call = history.record.state.call
    assert call is not None
    return call


def _told(history: History, since: int) -> list[object]:
    """Return what the visitor was told after `since`."""
    return [
        event.event
        for event, mask in history.events
        if event.seq > since and visible(mask, event.seq, "visitor", None)
    ]


def test_a_consult_goes_on_in_private_when_the_visitor_declines() -> None:
    history, call = _opened()
    before = history.record.seq
    history.do(messages.DeclineCall(id="d", conv=CONV, call=call.id), GUEST)
    after = _call(history)
    assert (after.private, after.opened, after.state) == (True, False, "active")
    assert after.members == call.members
    assert history.record.call_due is None
    ended = CallEnded(call=call.id, reason="declined")
    assert _told(history, before) == [CallDeclined(call=call.id), ended]
    assert redact_state(history.record.state, "visitor").call is None
    # From here on the visitor learns nothing of it, and cannot join.
    seq, refused = history.record.seq, history.refused
    history.do(messages.SetMedia(id="m", conv=CONV, call=call.id, media=["video"]), AGENT)
    history.do(messages.JoinCall(id="j", conv=CONV, call=call.id, media=[]), GUEST)
    assert _told(history, seq) == []
    assert history.refused == refused + 1


def test_a_consult_goes_on_in_private_when_the_visitor_does_not_answer() -> None:
    history, call = _opened()
    before = history.record.seq
    history.do(ExpireCall(), Actor(SYSTEM, "staff"), after=59_000)
    assert not _call(history).private
    history.do(ExpireCall(), Actor(SYSTEM, "staff"), after=1_000)
    assert _call(history).private
    assert _told(history, before) == [CallEnded(call=call.id, reason="unanswered")]
    history.do(messages.OpenCall(id="o", conv=CONV, call=call.id), AGENT)
    assert not _call(history).private
    history.do(messages.JoinCall(id="j", conv=CONV, call=call.id, media=["audio"]), GUEST)
    assert _call(history).state == "active"


def test_a_call_that_one_alone_opened_ends_when_the_visitor_declines() -> None:
    history, call = _opened()
    history.do(messages.LeaveCall(id="l", conv=CONV, call=call.id), EXPERT)
    history.do(messages.DeclineCall(id="d", conv=CONV, call=call.id), GUEST)
    assert history.record.state.call is None


def test_a_call_that_never_was_private_is_not_withdrawn() -> None:
    history = History.started()
    set_the_scene(history, "expert")
    history.do(messages.StartCall(id="c", conv=CONV, media=["audio"]), AGENT)
    call = _call(history)
    history.do(messages.JoinCall(id="j", conv=CONV, call=call.id, media=[]), EXPERT)
    history.do(ExpireCall(), Actor(SYSTEM, "staff"), after=60_000)
    assert history.record.state.call is None
    assert not any(isinstance(event.event, CallWithdrawn) for event, _ in history.events)


def test_the_visitor_is_not_told_that_a_call_was_private() -> None:
    history, _ = _opened()
    seen = redact_state(history.record.state, "visitor").call
    assert seen is not None
    assert not seen.opened


def test_a_call_ends_with_the_removal_of_the_last_who_is_in_it() -> None:
    history = History.started()
    set_the_scene(history, "private")
    call = _call(history)
    history.do(messages.LeaveCall(id="l", conv=CONV, call=call.id), AGENT)
    history.do(messages.RemoveExpert(id="r", conv=CONV, expert=EXPERTS[0].id), AGENT)
    assert history.record.state.call is None
    assert history.record.state.experts == []
