"""The call that is on, who is in it, and whom the visitor does not know: a part of the fold.

An expert in consult and an observer who listens or whispers are hidden from the visitor. An
expert in consult puts the visitor on hold (`server/domain/audience.py`); an observer does not,
and nothing in a call waits for them: it rings on, and one alone with them is alone. So it is with
guests, outside sources and players, whom everybody knows.

Whoever comes out of hiding moves to the end of the lists: the visitor meets them only then.
"""

from __future__ import annotations

from msgspec.structs import replace

from signaling.events import (
    CallEnded,
    CallJoined,
    CallLeft,
    CallMedia,
    CallMember,
    CallOpened,
    CallStarted,
    CallState,
    CallWithdrawn,
    ConversationState,
    ExpertAdmitted,
    ExpertSeat,
    MediaKind,
    ObserverJoined,
    ObserverLeft,
    Person,
    RecordingAsked,
    RecordingConsented,
    RecordingEnded,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingState,
)

__all__ = [
    "admit",
    "consulting",
    "counted",
    "hidden",
    "media_on",
    "observe",
    "present",
    "step_call",
    "step_recording",
    "watching",
    "without_seat",
]


def consulting(state: ConversationState) -> frozenset[str]:
    """Return the ids of the experts whom the visitor does not know yet."""
    return frozenset(seat.person.id for seat in state.experts if seat.status == "consult")


def watching(state: ConversationState) -> frozenset[str]:
    """Return the ids of the staff who look in without the visitor knowing."""
    return frozenset(one.person.id for one in state.observers if one.part != "barge")


def hidden(state: ConversationState) -> frozenset[str]:
    """Return the ids of all whom the visitor does not know."""
    return consulting(state) | watching(state)


def media_on(call: CallState) -> list[MediaKind]:
    """Return what somebody sends in the call now, each kind once."""
    kinds: tuple[MediaKind, ...] = ("audio", "video", "screen")
    sent = {kind for member in call.members for kind in member.media}
    return [kind for kind in kinds if kind in sent]


def present(state: ConversationState, call: CallState) -> list[CallMember]:
    """Return the members whom the others talk with: all but guests and observers in hiding."""
    return _people(call, watching(state))


def _people(call: CallState, away: frozenset[str]) -> list[CallMember]:
    return [
        member
        for member in call.members
        if member.person.id not in away and member.person.role != "guest"
    ]


def counted(state: ConversationState, call: CallState) -> list[CallMember]:
    """Return the members who make the call active: in a public one, not those in consult."""
    return _people(call, watching(state) if call.private else hidden(state))


def _activated(state: ConversationState, call: CallState, at: int) -> CallState:
    if call.state == "ringing" and len(counted(state, call)) >= 2:
        return replace(call, state="active", active_at=at)
    return call


def _without(call: CallState, person: str) -> list[CallMember]:
    return [member for member in call.members if member.person.id != person]


def without_seat(state: ConversationState, person: str) -> list[ExpertSeat]:
    """Return the seats of the other experts."""
    return [seat for seat in state.experts if seat.person.id != person]


def step_call(
    state: ConversationState,
    at: int,
    by: Person,
    body: CallStarted | CallOpened | CallWithdrawn | CallJoined | CallMedia | CallLeft | CallEnded,
) -> CallState | None:
    """Return the call after an event that changes it."""
    call = state.call
    match body:
        case CallStarted():
            return CallState(
                id=body.call,
                by=by,
                media=body.media,
                state="ringing",
                members=[CallMember(person=by, media=body.media, joined_at=at)],
                private=body.private,
                started_at=at,
            )
        case CallOpened() if call is None:  # the visitor, who saw nothing of the private call
            return body.state
        case CallEnded():
            return None
    if call is None:
        return None
    match body:
        case CallOpened():
            return replace(
                call, private=False, opened=True, state="ringing", started_at=at, active_at=0
            )
        case CallWithdrawn():
            return _activated(state, replace(call, private=True, opened=False), at)
        case CallJoined():
            joined = CallMember(person=by, media=body.media, joined_at=at)
            members = [*_without(call, by.id), joined]
            return _activated(state, replace(call, members=members), at)
        case CallMedia():
            members = [
                replace(member, media=body.media) if member.person.id == by.id else member
                for member in call.members
            ]
            return replace(call, members=members)
        case CallLeft():
            return replace(call, members=_without(call, by.id))


def step_recording(
    call: CallState | None,
    at: int,
    by: Person,
    body: RecordingAsked
    | RecordingConsented
    | RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingEnded,
) -> CallState | None:
    """Return the call after an event of its recording."""
    if call is None:
        return None
    if isinstance(body, RecordingAsked):
        asked = RecordingState(
            id=body.recording, by=by, state="asked", consents=[by], days=body.days
        )
        return replace(call, recording=asked)
    recording = call.recording
    if recording is None or recording.id != body.recording:
        return call
    match body:
        case RecordingConsented():
            others = [person for person in recording.consents if person.id != by.id]
            recording = replace(recording, consents=[*others, by])
        case RecordingStarted():
            recording = replace(recording, state="on", started_at=at)
        case RecordingPaused():
            others_held = [reason for reason in recording.pauses if reason != body.reason]
            recording = replace(recording, state="paused", pauses=[*others_held, body.reason])
        case RecordingResumed():
            held = [reason for reason in recording.pauses if reason != body.reason]
            recording = replace(recording, state="paused" if held else "on", pauses=held)
        case RecordingEnded():
            return replace(call, recording=None)
    return replace(call, recording=recording)


def admit(state: ConversationState, at: int, body: ExpertAdmitted) -> ConversationState:
    """Move the expert to the end of both lists: the visitor meets them only now."""
    person = body.expert.id
    seat = next((seat for seat in state.experts if seat.person.id == person), None)
    admitted = ExpertSeat(
        person=body.expert,
        scope=[] if seat is None else seat.scope,
        status="admitted",
        from_seq=body.from_seq,
    )
    state = replace(state, experts=[*without_seat(state, person), admitted])
    if state.call is None or state.call.private:
        return state
    return _met(state, person, at)


def observe(
    state: ConversationState, at: int, body: ObserverJoined | ObserverLeft
) -> ConversationState:
    """Note who looks in, and how; whoever does not hide any more is met only now."""
    before = watching(state)
    match body:
        case ObserverJoined():
            person = body.observer.person.id
            others = [one for one in state.observers if one.person.id != person]
            consult = state.consult
            if body.observer.consult and consult is not None and consult.to.id == person:
                consult = None
            state = replace(state, observers=[*others, body.observer], consult=consult)
        case ObserverLeft():
            person = body.person.id
            others = [one for one in state.observers if one.person.id != person]
            state = replace(state, observers=others)
    if person not in before or person in watching(state):
        return state
    return _met(state, person, at)


def _met(state: ConversationState, person: str, at: int) -> ConversationState:
    call = state.call
    if call is None:
        return state
    member = next((member for member in call.members if member.person.id == person), None)
    if member is None:
        return state
    members = [*_without(call, person), replace(member, joined_at=at)]
    return replace(state, call=_activated(state, replace(call, members=members), at))
