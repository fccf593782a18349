"""Says who of the staff may act on a conversation: what several rules ask first."""

from __future__ import annotations

from server.domain.commands import Actor
from signaling.errors import Refusal
from signaling.events import ConversationState

__all__ = ["is_open", "serves", "serving", "staff", "visitor"]


def staff(actor: Actor) -> None:
    """Refuse all but staff."""
    if actor.audience != "staff":
        raise Refusal("forbidden", "Only staff does this.")


def visitor(actor: Actor) -> None:
    """Refuse all but the visitor."""
    if actor.audience != "visitor":
        raise Refusal("forbidden", "Only the visitor decides this.")


def is_open(state: ConversationState) -> None:
    """Refuse when the conversation is closed."""
    if state.state == "closed":
        raise Refusal("conversation_closed", "The conversation is closed: reopen it first.")


def serves(state: ConversationState, actor: Actor) -> bool:
    """Tell whether the conversation is theirs."""
    return state.assignee is not None and state.assignee.id == actor.person.id


def serving(state: ConversationState, actor: Actor, *, supervisor: bool = False) -> None:
    """Refuse all but the assignee (and, when said, supervisors), and when it is closed."""
    staff(actor)
    is_open(state)
    if not serves(state, actor) and not (supervisor and actor.supervisor):
        raise Refusal("not_assigned", "Accept the conversation first, or ask for a transfer.")
