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

from server.domain.membership import admit, observe, step_call, step_recording, without_seat
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
    CallWithdrawn,
    ClockStarted,
    Closed,
    CobrowseAsked,
    CobrowseDeclined,
    CobrowseEnded,
    CobrowsePaused,
    CobrowseResumed,
    CobrowseStarted,
    CobrowseState,
    Consult,
    ConsultAsked,
    ConsultEnded,
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
    Message,
    Note,
    ObserverJoined,
    ObserverLeft,
    Opened,
    PageViewed,
    Person,
    Queued,
    QueueLeft,
    Read,
    RecordingAsked,
    RecordingConsented,
    RecordingEnded,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
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

__all__ = ["apply", "open_conversation"]


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
            return _assigned(state, body)
        case Unassigned():
            since = at if state.waiting_since is None else state.waiting_since
            return replace(
                state,
                state="waiting",
                assignee=None,
                transfer=None,
                consult=None,
                waiting_since=since,
            )
        case TransferRequested():
            transfer = Transfer(
                by=by,
                to=body.to,
                department=body.department,
                needs=body.needs,
                note=body.note,
            )
            return replace(state, transfer=transfer)
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
                queue=None,
                left=None,
                why=None,
                consult=None,
                observers=[],
                clock=None,
            )
        case Reopened():
            return replace(
                state,
                state="waiting",
                assignee=None,
                answered=False,
                closed_at=None,
                closed_reason=None,
                left=None,
                why=None,
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
            others = without_seat(state, body.expert.person.id)
            return replace(state, experts=[*others, body.expert])
        case ExpertAdmitted():
            return admit(state, at, body)
        case ExpertLeft():
            return replace(state, experts=without_seat(state, body.expert.id))
        case (
            CallStarted()
            | CallOpened()
            | CallWithdrawn()
            | CallJoined()
            | CallMedia()
            | CallLeft()
            | CallEnded()
        ):
            return replace(state, call=step_call(state, at, by, body))
        case (
            RecordingAsked()
            | RecordingConsented()
            | RecordingStarted()
            | RecordingPaused()
            | RecordingResumed()
            | RecordingEnded()
        ):
            return replace(state, call=step_recording(state.call, at, by, body))
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
        case Queued() | QueueLeft() | ClockStarted() | ConsultAsked() | ConsultEnded():
            return _queue(state, by, body)
        case ObserverJoined() | ObserverLeft():
            return observe(state, at, body)
        case _:  # pragma: no cover
            assert_never(body)


def _assigned(state: ConversationState, body: Assigned) -> ConversationState:
    same = state.assignee is not None and state.assignee.id == body.agent.id
    return replace(
        state,
        state="active",
        assignee=body.agent,
        transfer=None,
        queue=None,
        left=None,
        department=body.department or state.department,
        why=body.why,
        consult=state.consult if same else None,
    )


def _queue(
    state: ConversationState,
    by: Person,
    body: Queued | QueueLeft | ClockStarted | ConsultAsked | ConsultEnded,
) -> ConversationState:
    match body:
        case Queued():  # whoever left a message waits for somebody now
            return replace(
                state,
                state="waiting",
                offline=False,
                assignee=None,
                queue=body.queue,
                left=None,
                department=body.queue.department,
                why=None,
            )
        case QueueLeft():
            return replace(state, queue=None, left=body.reason)
        case ClockStarted():
            return replace(state, clock=body.clock)
        case ConsultAsked():
            return replace(state, consult=Consult(to=body.to, by=by, note=body.note))
        case ConsultEnded():
            return replace(state, consult=None)


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
    return replace(state, waiting_since=None, answered=True, clock=None)
