"""Collects the events of one decision, folding each, so that the next sees the state after it.

Whatever an event changes for the visitor that they cannot see happening (an expert in
consult enters or leaves the call: hold; the call is private again) is told to them by
events of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from server.domain.audience import VISITOR, mask_of, redact_event, redact_state, visitor_call
from server.domain.conversation import apply, open_conversation
from signaling.events import (
    CallEnded,
    CallJoined,
    CallLeft,
    CallMedia,
    CallMember,
    CallWithdrawn,
    ConversationState,
    EventBody,
    Opened,
    Person,
    TimelineEvent,
)

__all__ = ["Draft", "Drafting"]


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is decided and not stored yet."""

    body: EventBody
    by: Person
    mask: int


@dataclass(slots=True)
class Drafting:
    """The events decided so far and the state after them."""

    state: ConversationState
    now: int
    drafts: list[Draft] = field(default_factory=list)

    @classmethod
    def opening(cls, opened: Opened, by: Person, now: int) -> Drafting:
        """Begin with the event that opens a conversation; its id is of no matter here."""
        event = TimelineEvent(seq=0, at=now, by=by, event=opened)
        draft = Draft(opened, by, mask_of(opened, by, None))
        return cls(open_conversation("", event), now, [draft])

    def add(self, body: EventBody, by: Person) -> None:
        """Decide one more event."""
        before = self.state
        mask = mask_of(body, by, before)
        event = TimelineEvent(seq=0, at=self.now, by=by, event=body)
        self.drafts.append(Draft(body, by, mask))
        self.state = apply(before, event)
        if before.call is not None:
            self._tell_visitor(before, event, mask)

    def _tell_visitor(self, before: ConversationState, event: TimelineEvent, mask: int) -> None:
        if isinstance(event.event, CallWithdrawn):
            ended = CallEnded(call=event.event.call, reason=event.event.reason)
            self.drafts.append(Draft(ended, event.by, VISITOR))
        wanted = visitor_call(self.state)
        if wanted is None:
            return
        seen = redact_state(before, "visitor")
        if mask & VISITOR:
            seen = apply(seen, redact_event(event, "visitor"), "visitor")
        if seen.call is None:
            return
        known = {member.person.id: member for member in seen.call.members}
        for member in wanted.members:
            self._tell_member(wanted.id, known.pop(member.person.id, None), member)
        for member in known.values():
            self.drafts.append(Draft(CallLeft(call=wanted.id), member.person, VISITOR))

    def _tell_member(self, call: str, known: CallMember | None, member: CallMember) -> None:
        if known is None:
            body: EventBody = CallJoined(call=call, media=member.media)
        elif known.media != member.media:
            body = CallMedia(call=call, media=member.media)
        else:
            return
        self.drafts.append(Draft(body, member.person, VISITOR))
