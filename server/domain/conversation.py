"""The state of a conversation as the fold of its events.

          visitor's first message             accept
    (none) ───────────► waiting ────────────────────────► active ──► (transfer: still active)
                          ▲  ▲        hand back              │
                          │  └───────────────────────────────┤
                          │  reopened (+ assigned: active)   │ close
                          └───────────── closed ◄────────────┘

`apply` is the only writer of the state, here and in the browser
(`web/src/client/reduce.ts` mirrors it line by line). It never refuses: what may happen is
for `server/domain/decisions.py` to say. Each audience folds the events that it may see
(`server/domain/audience.py`) and gets what `redact_state` makes of the whole.

Experts keep no clock of the visitor's waiting: they see part of the messages only.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from signaling.events import (
    Assigned,
    CallAsked,
    CallDeclined,
    CallEnded,
    CallJoined,
    CallLeft,
    CallMedia,
    CallMember,
    CallOpened,
    CallStarted,
    CallState,
    CallWithdrawn,
    Closed,
    CobrowseAsked,
    CobrowseDeclined,
    CobrowseEnded,
    CobrowsePaused,
    CobrowseResumed,
    CobrowseStarted,
    CobrowseState,
    ContactChanged,
    ControlAsk,
    ControlAsked,
    ControlDeclined,
    ControlGranted,
    ControlReleased,
    ConversationState,
    ExpertAdmitted,
    ExpertJoined,
    ExpertLeft,
    ExpertSeat,
    IdentityAsked,
    IdentityConfirmed,
    IdentityEnded,
    IdentityErased,
    IdentityFailed,
    IdentityOpened,
    IdentityProof,
    IdentityVerified,
    InviteCreated,
    InviteEnded,
    MediaKind,
    Message,
    Note,
    Opened,
    PageViewed,
    Person,
    Read,
    Reopened,
    TimelineEvent,
    Transfer,
    TransferEnded,
    TransferRequested,
    Unassigned,
    VerificationState,
    Visitor,
    VisitorIdentified,
)
from signaling.hints import Audience

__all__ = ["apply", "consulting", "counted", "media_on", "open_conversation"]


def open_conversation(conv: str, event: TimelineEvent) -> ConversationState:
    """Return the state that an `opened` event begins."""
    opened = event.event
    if not isinstance(opened, Opened):
        raise TypeError("a conversation begins with `opened`")
    return ConversationState(
        id=conv,
        state="waiting",
        visitor=opened.visitor,
        lang=opened.lang,
        opened_at=event.at,
        offline=opened.offline,
    )


def apply(
    state: ConversationState, event: TimelineEvent, audience: Audience = "staff"
) -> ConversationState:
    """Return the state after `event`, as `audience` folds it."""
    after = _step(state, event)
    if audience == "expert" and (after.waiting_since is not None or after.answered):
        return replace(after, waiting_since=None, answered=False)
    return after


def _step(state: ConversationState, event: TimelineEvent) -> ConversationState:
    at, by, body = event.at, event.by, event.event
    match body:
        case Message():
            return _message(state, event, body)
        case Assigned():
            return replace(state, state="active", assignee=body.agent, transfer=None)
        case Unassigned():
            since = at if state.waiting_since is None else state.waiting_since
            return replace(
                state, state="waiting", assignee=None, transfer=None, waiting_since=since
            )
        case TransferRequested():
            return replace(state, transfer=Transfer(to=body.to, by=by, note=body.note))
        case TransferEnded():
            return replace(state, transfer=None)
        case Closed():
            return replace(
                state,
                state="closed",
                transfer=None,
                waiting_since=None,
                closed_at=at,
                closed_reason=body.reason,
            )
        case Reopened():
            return replace(
                state,
                state="waiting",
                assignee=None,
                answered=False,
                closed_at=None,
                closed_reason=None,
            )
        case Read():
            upto = max(body.upto, state.reads.get(body.side, 0))
            return replace(state, reads={**state.reads, body.side: upto})
        case PageViewed():
            return replace(state, page=body.page)
        case ContactChanged():
            return replace(state, visitor=body.visitor)
        case InviteCreated():
            return replace(state, invites=[*state.invites, body.invite])
        case InviteEnded():
            invites = [
                replace(invite, outcome=body.outcome) if invite.id == body.invite else invite
                for invite in state.invites
            ]
            return replace(state, invites=invites)
        case ExpertJoined():
            others = _without_seat(state, body.expert.person.id)
            return replace(state, experts=[*others, body.expert])
        case ExpertAdmitted():
            return _admit(state, at, body)
        case ExpertLeft():
            return replace(state, experts=_without_seat(state, body.expert.id))
        case CallStarted():
            caller = CallMember(person=by, media=body.media, joined_at=at)
            call = CallState(
                id=body.call,
                by=by,
                media=body.media,
                state="ringing",
                members=[caller],
                private=body.private,
                started_at=at,
            )
            return replace(state, call=call)
        case CallOpened():
            if state.call is None:  # the visitor, who saw nothing of the private call
                return replace(state, call=body.state)
            opened = replace(
                state.call,
                private=False,
                opened=True,
                state="ringing",
                started_at=at,
                active_at=0,
            )
            return replace(state, call=opened)
        case CallWithdrawn():
            if state.call is None:
                return state
            again = replace(state.call, private=True, opened=False)
            return replace(state, call=_activated(state, again, at))
        case CallJoined():
            return _join(state, at, by, body)
        case CallMedia():
            if state.call is None:
                return state
            members = [
                replace(member, media=body.media) if member.person.id == by.id else member
                for member in state.call.members
            ]
            return replace(state, call=replace(state.call, members=members))
        case CallLeft():
            if state.call is None:
                return state
            return replace(state, call=replace(state.call, members=_without(state.call, by.id)))
        case CallEnded():
            return replace(state, call=None)
        case Opened() | Note() | CallDeclined() | CallAsked():
            return state
        case CobrowseAsked():
            asked = CobrowseState(id=body.cobrowse, by=by, state="asked")
            return replace(state, cobrowse=asked)
        case CobrowseStarted():
            known = state.cobrowse or CobrowseState(id=body.cobrowse, by=by, state="on")
            return replace(state, cobrowse=replace(known, state="on", started_at=at))
        case CobrowseDeclined() | CobrowseEnded():
            return replace(state, cobrowse=None)
        case (
            CobrowsePaused()
            | CobrowseResumed()
            | ControlAsked()
            | ControlDeclined()
            | ControlGranted()
            | ControlReleased()
        ):
            if state.cobrowse is None:
                return state
            return replace(state, cobrowse=_cobrowse(state.cobrowse, by, body))
        case IdentityAsked():
            return replace(state, verification=body.verification)
        case IdentityOpened() | IdentityFailed():
            if state.verification is None:
                return state
            return replace(state, verification=_verification(state.verification, body))
        case IdentityEnded():
            return replace(state, verification=None)
        case IdentityVerified() | IdentityConfirmed() | IdentityErased():
            return _identity(state, body)
        case VisitorIdentified():
            return replace(state, visitor=body.visitor)
        case _:  # pragma: no cover
            assert_never(body)


def _cobrowse(
    cobrowse: CobrowseState,
    by: Person,
    body: CobrowsePaused
    | CobrowseResumed
    | ControlAsked
    | ControlDeclined
    | ControlGranted
    | ControlReleased,
) -> CobrowseState:
    match body:
        case CobrowsePaused():
            return replace(cobrowse, state="paused", pause=body.reason)
        case CobrowseResumed():
            return replace(cobrowse, state="on", pause=None)
        case ControlAsked():
            return replace(cobrowse, asked=ControlAsk(by=by, caps=body.caps))
        case ControlDeclined():
            return replace(cobrowse, asked=None)
        case ControlGranted():
            return replace(cobrowse, asked=None, grant=body.grant)
        case ControlReleased():
            return replace(cobrowse, grant=None)


def _verification(
    asked: VerificationState, body: IdentityOpened | IdentityFailed
) -> VerificationState:
    match body:
        case IdentityOpened():
            return replace(
                asked,
                state="opened",
                attempt=body.attempt,
                method=body.method,
                failed=None,
                expires_at=max(asked.expires_at, body.expires_at),
            )
        case IdentityFailed():
            return replace(asked, state="asked", attempt=None, method="", failed=body.reason)


def _identity(
    state: ConversationState, body: IdentityVerified | IdentityConfirmed | IdentityErased
) -> ConversationState:
    match body:
        case IdentityVerified():
            visitor = replace(state.visitor, kind="verified")
            state = replace(state, verification=None, visitor=visitor)
            if body.changed:
                return replace(state, identity_changed=body.proof)
            return replace(state, identity=body.proof)
        case IdentityConfirmed():
            if not body.accepted or state.identity_changed is None:
                return replace(state, identity_changed=None)
            # The one before may have been erased meanwhile, and the visitor unverified with them.
            return replace(
                state,
                identity=state.identity_changed,
                identity_changed=None,
                visitor=replace(state.visitor, kind="verified"),
            )
        case IdentityErased():
            known = state.identity
            if known is None or known.verification != body.verification:
                return state
            # What is left is what the visitor has of it all the time.
            erased = IdentityProof(verification=known.verification, at=known.at)
            return replace(state, identity=erased, visitor=_unverified(state.visitor))


def _unverified(visitor: Visitor) -> Visitor:
    return replace(visitor, kind="identified" if visitor.customer else "anonymous")


def _message(state: ConversationState, event: TimelineEvent, body: Message) -> ConversationState:
    if body.consult or body.auto is not None:
        return state
    if event.by.role == "visitor":
        if state.waiting_since is None:
            return replace(state, waiting_since=event.at)
        return state
    if event.by.role == "expert":
        return state
    return replace(state, waiting_since=None, answered=True)


def _without_seat(state: ConversationState, person: str) -> list[ExpertSeat]:
    return [seat for seat in state.experts if seat.person.id != person]


def _without(call: CallState, person: str) -> list[CallMember]:
    return [member for member in call.members if member.person.id != person]


def consulting(state: ConversationState) -> frozenset[str]:
    """Return the ids of the experts whom the visitor does not know yet."""
    return frozenset(seat.person.id for seat in state.experts if seat.status == "consult")


def media_on(call: CallState) -> list[MediaKind]:
    """Return what somebody sends in the call now, each kind once."""
    kinds: tuple[MediaKind, ...] = ("audio", "video", "screen")
    sent = {kind for member in call.members for kind in member.media}
    return [kind for kind in kinds if kind in sent]


def counted(state: ConversationState, call: CallState) -> list[CallMember]:
    """Return the members who make the call active: in a public one, not those in consult."""
    if call.private:
        return call.members
    hidden = consulting(state)
    return [member for member in call.members if member.person.id not in hidden]


def _activated(state: ConversationState, call: CallState, at: int) -> CallState:
    if call.state == "ringing" and len(counted(state, call)) >= 2:
        return replace(call, state="active", active_at=at)
    return call


def _join(state: ConversationState, at: int, by: Person, body: CallJoined) -> ConversationState:
    if state.call is None:
        return state
    member = CallMember(person=by, media=body.media, joined_at=at)
    call = replace(state.call, members=[*_without(state.call, by.id), member])
    return replace(state, call=_activated(state, call, at))


def _admit(state: ConversationState, at: int, body: ExpertAdmitted) -> ConversationState:
    """Move the expert to the end of both lists: the visitor meets them only now."""
    person = body.expert.id
    seat = next((seat for seat in state.experts if seat.person.id == person), None)
    admitted = ExpertSeat(
        person=body.expert,
        scope=[] if seat is None else seat.scope,
        status="admitted",
        from_seq=body.from_seq,
    )
    state = replace(state, experts=[*_without_seat(state, person), admitted])
    call = state.call
    if call is None or call.private:
        return state
    member = next((member for member in call.members if member.person.id == person), None)
    if member is None:
        return state
    members = [*_without(call, person), replace(member, joined_at=at)]
    return replace(state, call=_activated(state, replace(call, members=members), at))
