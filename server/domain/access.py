"""Says who may see a conversation at all: the one place that every way in goes through."""

from __future__ import annotations

from server.domain.audience import seat_of
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import ConversationState

__all__ = ["access"]


def access(state: ConversationState, site: str, who: Principal) -> None:
    """Return if `who` may see the conversation of `site`.

    Raises:
        Refusal: `not_found`, the same as for one that does not exist.
    """
    match who.audience:
        case "visitor":
            allowed = who.site == site and state.visitor.id == who.person.id
        case "staff":
            allowed = who.site == site
        case "expert":
            allowed = who.conv == state.id and seat_of(state, who.person.id) is not None
    if not allowed:
        raise Refusal("not_found", "There is no such conversation.")
