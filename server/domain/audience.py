"""Who may see what: the mask of each event, and what an audience gets of it.

A stored event has a mask. An expert in consult sees what has bit 8; an admitted one that
too, and what has bit 4 after `from_seq`, where the agent shared from. The rest of the
module takes away what an audience must not read. Both are pure: the same is done to a
snapshot and to the events that follow it, so that folding gives the same as looking anew.

While an expert in consult is in a public call, the visitor is on hold: they see the staff
in the call sending nothing, and nothing of the expert. Of an observer who listens or whispers
they see nothing either, and there is no hold. Events for the visitor alone (mask 1) say so and
never change the whole state.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec.structs import replace

from server.domain.membership import consulting, hidden, media_on
from signaling.events import (
    Assigned,
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
    ClockStarted,
    Closed,
    CobrowseState,
    ConsultAsked,
    ConsultEnded,
    ContactChanged,
    ConversationState,
    ConversationSummary,
    EventBody,
    ExpertJoined,
    ExpertLeft,
    ExpertSeat,
    IdentityAsked,
    IdentityErased,
    IdentityFailed,
    IdentityOpened,
    IdentityProof,
    IdentityVerified,
    InviteCreated,
    InviteEnded,
    Message,
    Note,
    ObserverJoined,
    ObserverLeft,
    Opened,
    PageViewed,
    Person,
    Queued,
    QueueState,
    TimelineEvent,
    TransferEnded,
    TransferRequested,
    VerificationState,
    Visitor,
    VisitorIdentified,
)
from signaling.hints import Audience

__all__ = [
    "ADMITTED",
    "CONSULT",
    "STAFF",
    "VISITOR",
    "VISITOR_UNKNOWN",
    "mask_of",
    "on_hold",
    "redact_event",
    "redact_state",
    "redact_summary",
    "seat_of",
    "visible",
    "visitor_call",
]

VISITOR: Final = 1
STAFF: Final = 2
ADMITTED: Final = 4
CONSULT: Final = 8
_ALL: Final = VISITOR | STAFF | ADMITTED | CONSULT
_BACKSTAGE: Final = STAFF | ADMITTED | CONSULT

#: The visitor as an expert may know them.
VISITOR_UNKNOWN: Final = Person(id="visitor", role="visitor")

_CALL = (
    CallStarted | CallOpened | CallJoined | CallDeclined | CallAsked | CallMedia | CallLeft
    | CallEnded
)  # fmt: skip


def mask_of(body: EventBody, by: Person, before: ConversationState | None) -> int:
    """Return who may see an event by `by` that happens to the state `before`."""
    match body:
        case Message(consult=True):
            return _BACKSTAGE
        case Message(confidential=True):
            return VISITOR | STAFF
        case Message():
            return VISITOR | STAFF | ADMITTED
        case (
            Note()
            | PageViewed()
            | ContactChanged()
            | TransferRequested()
            | TransferEnded()
            | InviteCreated()
            | InviteEnded()
            | IdentityErased()
            | VisitorIdentified()
            | ClockStarted()
            | ConsultAsked()
            | ConsultEnded()
        ):
            return STAFF
        case ExpertJoined() | ObserverJoined() | ObserverLeft():
            return _BACKSTAGE
        case ExpertLeft(expert=expert):
            unknown = before is not None and expert.id in consulting(before)
            return _BACKSTAGE if unknown else _ALL
        case CallStarted(private=True) | CallWithdrawn():
            return _BACKSTAGE
        case CallStarted() | CallOpened():
            return _ALL
        case CallJoined() | CallDeclined() | CallAsked() | CallMedia() | CallLeft() | CallEnded():
            return _call_mask(body, by, before)
        case _:
            return _ALL


def _call_mask(body: EventBody, by: Person, before: ConversationState | None) -> int:
    if before is None or before.call is None or before.call.private:
        return _BACKSTAGE
    if isinstance(body, CallEnded):
        return _ALL
    if by.id in hidden(before):
        return _BACKSTAGE
    staff = by.role in ("agent", "supervisor")
    if staff and isinstance(body, CallJoined | CallMedia) and on_hold(before):
        return _BACKSTAGE  # the visitor is told apart, with nothing sent
    return _ALL


def on_hold(state: ConversationState) -> bool:
    """Tell whether the visitor waits in a public call while staff consults an expert."""
    call = state.call
    if call is None or call.private:
        return False
    unknown = consulting(state)
    return any(member.person.id in unknown for member in call.members)


def seat_of(state: ConversationState, person: str) -> ExpertSeat | None:
    """Return the seat of an expert, if they have one."""
    return next((seat for seat in state.experts if seat.person.id == person), None)


def visible(mask: int, seq: int, audience: Audience, seat: ExpertSeat | None) -> bool:
    """Tell whether the audience (for an expert: with this seat) may see an event."""
    match audience:
        case "visitor":
            return bool(mask & VISITOR)
        case "staff":
            return bool(mask & STAFF)
        case "expert":
            if mask & CONSULT:
                return True
            admitted = seat is not None and seat.status == "admitted"
            return admitted and bool(mask & ADMITTED) and seat is not None and seq > seat.from_seq


def _known(person: Person, audience: Audience) -> Person:
    if audience == "expert" and person.role == "visitor":
        return VISITOR_UNKNOWN
    return person


def _visitor(visitor: Visitor, audience: Audience, *, verified: bool = False) -> Visitor:
    """Return the visitor as `audience` may know them.

    That the shop signed for them is staff's to know; that they proved who they are, everybody's.
    """
    kind: Literal["anonymous", "verified"] = "verified" if verified else "anonymous"
    match audience:
        case "staff":
            return visitor
        case "visitor":
            return Visitor(id=visitor.id, kind=kind)
        case "expert":
            return Visitor(id=VISITOR_UNKNOWN.id, kind=kind)


def _proof(proof: IdentityProof | None) -> IdentityProof | None:
    return None if proof is None else IdentityProof(verification=proof.verification, at=proof.at)


def _asked(asked: VerificationState | None, audience: Audience) -> VerificationState | None:
    if asked is None or audience != "expert":
        return asked
    return replace(asked, purpose="other", note="", method="")


def _queue(queue: QueueState | None) -> QueueState | None:
    return None if queue is None else replace(queue, needs=[], due_at=None, phone="")


def redact_event(event: TimelineEvent, audience: Audience) -> TimelineEvent:
    """Return `event` without what a visible event must not tell `audience`."""
    if audience == "staff":
        return event
    body = event.event
    match body:
        case Opened():
            body = replace(body, visitor=_visitor(body.visitor, audience))
        case Closed():
            body = Closed()
        case Assigned():
            body = replace(body, why=None)
        case Queued():
            body = replace(body, queue=_queue(body.queue))
        case CallOpened() if audience == "expert":
            body = replace(body, state=None)
        case IdentityAsked() if audience == "expert":
            body = replace(body, verification=_asked(body.verification, audience))
        case IdentityOpened() if audience == "expert":
            body = replace(body, method="")
        case IdentityFailed():
            body = replace(body, code="")
        case IdentityVerified():
            body = replace(body, proof=_proof(body.proof))
        case _:
            pass
    return replace(event, by=_known(event.by, audience), event=body)


def visitor_call(state: ConversationState) -> CallState | None:
    """Return the call as the visitor sees it."""
    call = state.call
    if call is None or call.private:
        return None
    unknown, hold = hidden(state), on_hold(state)
    members = [
        replace(member, media=[])
        if hold and member.person.role in ("agent", "supervisor")
        else member
        for member in call.members
        if member.person.id not in unknown
    ]
    return replace(call, opened=False, members=members)


def _expert_call(call: CallState | None) -> CallState | None:
    if call is None:
        return None
    members = [replace(m, person=_known(m.person, "expert")) for m in call.members]
    recording = call.recording
    if recording is not None:
        consents = [_known(person, "expert") for person in recording.consents]
        recording = replace(recording, consents=consents)
    return replace(call, by=_known(call.by, "expert"), members=members, recording=recording)


def _expert_cobrowse(cobrowse: CobrowseState | None) -> CobrowseState | None:
    return None if cobrowse is None else replace(cobrowse, by=_known(cobrowse.by, "expert"))


def redact_state(state: ConversationState, audience: Audience) -> ConversationState:
    """Return what `audience` may know of the state."""
    if audience == "staff":
        return state
    visitor = audience == "visitor"
    return replace(
        state,
        visitor=_visitor(
            state.visitor,
            audience,
            verified=state.identity is not None or state.identity_changed is not None,
        ),
        verification=_asked(state.verification, audience),
        identity=_proof(state.identity),
        identity_changed=_proof(state.identity_changed),
        transfer=None,
        invites=[],
        page=None,
        closed_reason=None,
        experts=[replace(seat, scope=[]) for seat in state.experts if seat.status == "admitted"]
        if visitor
        else state.experts,
        call=visitor_call(state) if visitor else _expert_call(state.call),
        cobrowse=state.cobrowse if visitor else _expert_cobrowse(state.cobrowse),
        waiting_since=state.waiting_since if visitor else None,
        answered=visitor and state.answered,
        queue=_queue(state.queue),
        why=None,
        consult=None,
        observers=[] if visitor else state.observers,
        clock=None,
    )


def redact_summary(
    summary: ConversationSummary, state: ConversationState, audience: Audience
) -> ConversationSummary:
    """Return the inbox row for `audience`; `summary` is staff's, of the same `state`."""
    if audience == "staff":
        return summary
    known = redact_state(state, audience)
    call = known.call
    return replace(
        summary,
        visitor=known.visitor,
        transfer=None,
        waiting_since=known.waiting_since,
        closed_reason=None,
        last=summary.last if audience == "visitor" else None,
        page=None,
        call=None if call is None else call.id,
        media=[] if call is None else media_on(call),
        queue=known.queue,
        why=None,
        consult=None,
        observers=known.observers,
        clock=None,
    )
