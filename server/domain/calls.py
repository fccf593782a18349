"""Decides what happens to the call of a conversation.

    (none) ──start──► ringing ──second member──► active ──► ended (hangup, lost, closed)
                         └──► ended (unanswered, declined, hangup)
    private ──opened──► ringing at the visitor ──declined, unanswered──► private

Whoever starts a call is in it; everybody else joins by their own consent. Staff's own
media is for the server to forward or not: `signaling/calls.py`.
"""

from __future__ import annotations

from typing import Final, Literal

from server.domain.audience import seat_of, visitor_call
from server.domain.commands import SYSTEM, Actor, ExpireCall, Facts, LoseParticipant
from server.domain.drafting import Drafting
from server.domain.membership import hidden, present, watching
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    CallAsked,
    CallDeclined,
    CallEnded,
    CallJoined,
    CallLeft,
    CallMedia,
    CallOpened,
    CallStarted,
    CallState,
    CallWithdrawn,
    ConversationState,
    MediaKind,
    Person,
)

__all__ = ["MAX_MEMBERS", "decide_call", "decide_loss", "end", "leave"]

MAX_MEMBERS: Final = 5  # whom the visitor may meet; who looks in is counted in `observing`

_EndReason = Literal["hangup", "declined", "unanswered", "lost", "closed"]
CallCommand = (
    messages.StartCall
    | messages.OpenCall
    | messages.JoinCall
    | messages.DeclineCall
    | messages.AskMedia
    | messages.SetMedia
    | messages.LeaveCall
    | messages.EndCall
)


def end(drafting: Drafting, reason: _EndReason, by: Person) -> None:
    """End the call, if there is one."""
    call = drafting.state.call
    if call is None:
        return
    seconds = (drafting.now - call.active_at) // 1000 if call.active_at else 0
    drafting.add(CallEnded(call=call.id, reason=reason, seconds=seconds), by)


def leave(drafting: Drafting, person: Person, reason: Literal["left", "lost", "removed"]) -> None:
    """Take a person out of the call, if they are in it.

    A call that nobody but observers is in ends; one alone waits for the other until the
    deadline.
    """
    call = drafting.state.call
    member = None if call is None else _member(call, person.id)
    if call is None or member is None:
        return
    by = SYSTEM if member.id in hidden(drafting.state) else member
    drafting.add(CallLeft(call=call.id, reason=reason), member)
    if drafting.state.call is not None and not present(drafting.state, drafting.state.call):
        end(drafting, "lost" if reason == "lost" else "hangup", by)


def decide_loss(drafting: Drafting, command: ExpireCall | LoseParticipant, facts: Facts) -> None:
    """Do what nobody asked for: a deadline passed, or a member is gone from the network."""
    call = drafting.state.call
    if call is None:
        return
    match command:
        case ExpireCall():
            if facts.call_due is None or facts.call_due > facts.now:
                return  # somebody came in time
            if call.state != "ringing":
                end(drafting, "hangup", SYSTEM)
            elif not _withdraw(drafting, "unanswered", SYSTEM):
                end(drafting, "unanswered", SYSTEM)
        case LoseParticipant():
            member = _member(call, command.person)
            if call.id != command.call or member is None:
                return
            leave(drafting, member, "lost")


def decide_call(drafting: Drafting, command: CallCommand, actor: Actor, facts: Facts) -> None:
    """Decide a command of a browser about the call."""
    state = drafting.state
    match command:
        case messages.StartCall():
            _start(drafting, command, actor, facts)
            return
        case messages.JoinCall():
            _join(drafting, command, actor)
            return
        case _:
            call = _call(state, command.call, actor)
    me = _member(call, actor.person.id)
    match command:
        case messages.OpenCall():
            _open(drafting, call, actor)
        case messages.DeclineCall():
            if me is not None:
                raise Refusal("forbidden", "You are in the call: leave it instead.")
            if actor.person.id in watching(state):
                raise Refusal("forbidden", "You look in: the call is not for you to decline.")
            _decline(drafting, call, actor)
        case messages.EndCall():
            if actor.audience == "expert":
                raise Refusal("forbidden", "Leave the call instead.")
            if actor.audience == "staff":
                _may_speak(state, actor)
            end(drafting, "hangup", actor.person)
        case messages.LeaveCall():
            if me is not None:
                leave(drafting, me, "left")
        case messages.AskMedia():
            _in_call(me)
            drafting.add(CallAsked(call=call.id, media=command.media), actor.person)
        case messages.SetMedia():
            media = _allowed(state, command.media, actor)
            known = _in_call(me)
            if media != next(m.media for m in call.members if m.person.id == known.id):
                drafting.add(CallMedia(call=call.id, media=media), known)


def _call(state: ConversationState, call: str, actor: Actor) -> CallState:
    hidden = actor.audience == "visitor" and state.call is not None and state.call.private
    if state.call is None or state.call.id != call or hidden:
        raise Refusal("no_call", "The call is over.")
    return state.call


def _member(call: CallState, person: str) -> Person | None:
    return next((m.person for m in call.members if m.person.id == person), None)


def _in_call(member: Person | None) -> Person:
    if member is None:
        raise Refusal("not_in_call", "Join the call first.")
    return member


def _may_speak(state: ConversationState, actor: Actor) -> None:
    """Refuse staff who neither serve the conversation nor supervise, or who hide."""
    mine = state.assignee is not None and state.assignee.id == actor.person.id
    if not mine and not actor.supervisor:
        raise Refusal("not_assigned", "Accept the conversation first.")
    if actor.person.id in watching(state):
        raise Refusal("forbidden", "The visitor does not know of you: barge in first.")


def _may_join(state: ConversationState, actor: Actor) -> None:
    """Refuse staff who neither serve the conversation nor look in: nobody comes unannounced."""
    mine = state.assignee is not None and state.assignee.id == actor.person.id
    if not mine and all(one.person.id != actor.person.id for one in state.observers):
        raise Refusal("not_assigned", "Accept the conversation first, or look in.")


def _allowed(state: ConversationState, media: list[MediaKind], actor: Actor) -> list[MediaKind]:
    """Return `media`, each once; nothing for who listens, or whose link does not let them speak."""
    listens = (one.person.id for one in state.observers if one.part == "listen")
    if actor.person.id in listens:
        return []
    if actor.audience == "expert":
        seat = seat_of(state, actor.person.id)
        if seat is None or "speak" not in seat.scope:
            return []
    kinds: tuple[MediaKind, ...] = ("audio", "video", "screen")
    return [kind for kind in kinds if kind in media]


def _start(drafting: Drafting, command: messages.StartCall, actor: Actor, facts: Facts) -> None:
    state = drafting.state
    if state.state == "closed":
        raise Refusal("conversation_closed", "The conversation is closed.")
    match actor.audience:
        case "expert":
            raise Refusal("forbidden", "The agent starts the call.")
        case "staff":
            _may_speak(state, actor)
        case "visitor":
            if command.private:
                raise Refusal("forbidden", "Only staff consults.")
    if command.private and not state.experts:
        raise Refusal("not_found", "No expert is here to consult.")
    if state.call is not None:
        raise Refusal("call_exists", "A call is on already: join it.")
    started = CallStarted(
        call=facts.new_id,
        media=_allowed(state, command.media, actor),
        private=command.private,
    )
    drafting.add(started, actor.person)


def _join(drafting: Drafting, command: messages.JoinCall, actor: Actor) -> None:
    state = drafting.state
    call = _call(state, command.call, actor)
    media = _allowed(state, command.media, actor)
    known = next((m for m in call.members if m.person.id == actor.person.id), None)
    if known is not None:  # another tab, or back from the next page
        if known.media != media:
            drafting.add(CallMedia(call=call.id, media=media), known.person)
        return
    if actor.audience == "staff":
        _may_join(state, actor)
    if actor.audience == "expert":
        seat = seat_of(state, actor.person.id)
        if seat is None or not {"hear", "see", "speak"} & set(seat.scope):
            raise Refusal("forbidden", "The link does not allow calls.")
    looks_in = actor.person.id in watching(state)
    if not looks_in and len(present(state, call)) >= MAX_MEMBERS:
        raise Refusal("call_full", f"A call has room for {MAX_MEMBERS} people.")
    drafting.add(CallJoined(call=call.id, media=media), actor.person)


def _open(drafting: Drafting, call: CallState, actor: Actor) -> None:
    if actor.audience != "staff":
        raise Refusal("forbidden", "Only staff opens the call to the visitor.")
    _may_speak(drafting.state, actor)
    if not call.private:
        return
    # The visitor's picture of the call is the one after it was opened.
    preview = Drafting(drafting.state, drafting.now)
    preview.add(CallOpened(call=call.id), actor.person)
    opened = CallOpened(call=call.id, state=visitor_call(preview.state))
    drafting.add(opened, actor.person)


def _decline(drafting: Drafting, call: CallState, actor: Actor) -> None:
    drafting.add(CallDeclined(call=call.id), actor.person)
    if call.state != "ringing":
        return
    match actor.audience:
        case "expert":
            others = [s for s in drafting.state.experts if s.person.id != actor.person.id]
            last = call.private and not others
        case "staff":
            last = call.by.role == "visitor"
        case "visitor":
            if _withdraw(drafting, "declined", actor.person):
                return
            last = True
    if last and len(present(drafting.state, call)) < 2:
        end(drafting, "declined", actor.person)


def _withdraw(drafting: Drafting, reason: Literal["declined", "unanswered"], by: Person) -> bool:
    """Make a call private again that the visitor did not take, while others talk in it."""
    call = drafting.state.call
    if call is None or not call.opened or len(present(drafting.state, call)) < 2:
        return False
    if any(member.person.role == "visitor" for member in call.members):
        return False
    drafting.add(CallWithdrawn(call=call.id, reason=reason), by)
    return True
