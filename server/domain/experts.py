"""Decides who may bring an expert in, and what the expert may do.

    link open ──redeemed──► seat in consult ──admitted──► seat admitted ──► left
       └──► revoked, expired     └──────────── removed, left, closed ───────┘

A link is for one person. In consult an expert talks with staff only.
"""

from __future__ import annotations

from typing import Final, Literal

from server.domain import calls
from server.domain.audience import seat_of
from server.domain.commands import SYSTEM, Actor, CreateInvite, EndInvite, Facts, JoinExpert
from server.domain.drafting import Drafting
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    ConversationState,
    ExpertAdmitted,
    ExpertJoined,
    ExpertLeft,
    ExpertSeat,
    InviteCreated,
    InviteEnded,
    InviteState,
    Message,
    Person,
)

__all__ = ["consult", "decide_invite", "decide_seat", "end_all", "may_chat"]

_MAX_SEATS: Final = 3  # experts at once: a call has five places, two are staff's and the visitor's


def may_chat(state: ConversationState, actor: Actor) -> None:
    """Refuse an expert who may not write to the visitor."""
    seat = seat_of(state, actor.person.id)
    if seat is None or seat.status != "admitted":
        raise Refusal("forbidden", "Only staff reads you before you are let in.")
    if "chat" not in seat.scope:
        raise Refusal("forbidden", "The link does not allow writing.")
    if state.state == "closed":
        raise Refusal("conversation_closed", "The conversation is closed.")


def consult(drafting: Drafting, line: Message, actor: Actor) -> None:
    """Write to staff and experts only."""
    if actor.audience == "visitor":
        raise Refusal("forbidden", "Only staff and experts consult.")
    if drafting.state.state == "closed":
        raise Refusal("conversation_closed", "The conversation is closed.")
    drafting.add(line, actor.person)


def _inviting(state: ConversationState, actor: Actor) -> None:
    mine = state.assignee is not None and state.assignee.id == actor.person.id
    if actor.audience != "staff":
        raise Refusal("forbidden", "Only staff does this.")
    if not mine and not actor.supervisor:
        raise Refusal("not_assigned", "Accept the conversation first.")


def decide_invite(
    drafting: Drafting, command: CreateInvite | EndInvite | JoinExpert, actor: Actor
) -> None:
    """Make, end or use an expert's link."""
    state = drafting.state
    match command:
        case CreateInvite():
            if state.state == "closed":
                raise Refusal("conversation_closed", "The conversation is closed.")
            _inviting(state, actor)
            invite = InviteState(
                id=command.id,
                scope=list(command.scope),
                expires_at=command.expires_at,
                by=actor.person,
            )
            drafting.add(InviteCreated(invite=invite), actor.person)
        case EndInvite():
            if _open_invite(state, command.invite) is None:
                return
            if command.expired:
                drafting.add(InviteEnded(invite=command.invite, outcome="expired"), SYSTEM)
            else:
                _inviting(state, actor)
                drafting.add(InviteEnded(invite=command.invite, outcome="revoked"), actor.person)
        case JoinExpert():
            found = _open_invite(state, command.invite)
            if found is None or state.state == "closed":
                raise Refusal("not_found", "The link does not work any more.")
            if len(state.experts) >= _MAX_SEATS:
                raise Refusal("call_full", "There are enough experts in the conversation.")
            drafting.add(InviteEnded(invite=found.id, outcome="used"), actor.person)
            seat = ExpertSeat(person=actor.person, scope=found.scope)
            drafting.add(ExpertJoined(expert=seat), actor.person)


def _open_invite(state: ConversationState, invite: str) -> InviteState | None:
    return next((i for i in state.invites if i.id == invite and i.outcome == "open"), None)


def decide_seat(
    drafting: Drafting,
    command: messages.AdmitExpert | messages.RemoveExpert,
    actor: Actor,
    facts: Facts,
) -> None:
    """Let an expert in, or end their seat."""
    state = drafting.state
    seat = seat_of(state, command.expert)
    match command:
        case messages.AdmitExpert():
            _inviting(state, actor)
            if seat is None:
                raise Refusal("not_found", "The expert has left.")
            if seat.status == "admitted":
                return
            shared = facts.seq if command.from_seq is None else command.from_seq
            from_seq = max(0, min(shared, facts.seq))
            drafting.add(ExpertAdmitted(expert=seat.person, from_seq=from_seq), actor.person)
        case messages.RemoveExpert():
            own = actor.audience == "expert" and actor.person.id == command.expert
            if not own:
                _inviting(state, actor)
            if seat is not None:
                _leave(drafting, seat.person, actor.person, "left" if own else "removed")


_Leaving = Literal["left", "removed", "closed"]


def _leave(drafting: Drafting, expert: Person, by: Person, reason: _Leaving) -> None:
    calls.leave(drafting, expert, "left" if reason == "left" else "removed")
    drafting.add(ExpertLeft(expert=expert, reason=reason), by)


def end_all(drafting: Drafting, by: Person) -> None:
    """End every seat and link, because the conversation ends."""
    for invite in drafting.state.invites:
        if invite.outcome == "open":
            drafting.add(InviteEnded(invite=invite.id, outcome="revoked"), by)
    for seat in drafting.state.experts:
        _leave(drafting, seat.person, by, "closed")
