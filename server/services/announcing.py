"""Turns a commit into the hints that tell other connections, with the frames encoded.

The positions that came before (`prev`) are those of the row as it was loaded under the
lock, so a gateway that has sent exactly that far passes the frames on without SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from server.domain.audience import STAFF, VISITOR, redact_event
from server.domain.record import Heads, Record, summary
from server.services.outbox import Owed, owed
from server.store.conversations import StoredEvent
from signaling.events import Person, TimelineEvent
from signaling.hints import (
    Audience,
    ConversationHint,
    EncodedFrame,
    Hint,
    InboxHint,
    StandingChanged,
    conversation_topic,
    inbox_topic,
    person_topic,
    site_topic,
)
from signaling.messages import Event, InboxChanges

__all__ = ["event_frame", "hints_of", "standing_changed"]

_encoder = msgspec.json.Encoder()
_STAFF_PERSON: Final = Person(id="", role="agent")
_MASKS: Final[tuple[tuple[Audience, int], ...]] = (("visitor", VISITOR), ("staff", STAFF))


def event_frame(conv: str, epoch: str, prev: int, event: TimelineEvent) -> Event:
    """Return the frame of an event that is already redacted for its audience."""
    return Event(
        conv=conv,
        epoch=epoch,
        seq=event.seq,
        prev=prev,
        at=event.at,
        by=event.by,
        event=event.event,
    )


def hints_of(
    epoch: str,
    *,
    site: str,
    feed: int,
    before: tuple[Heads, int, int],
    record: Record,
    events: Sequence[StoredEvent],
) -> Owed:
    """Return the hints of one commit.

    `before`: the heads before it, the row's own `changed`, and the newest `changed` of all
    rows of its visitor.
    """
    heads, row_changed, visitor_changed = before
    state = record.state
    conv = state.id
    frames: dict[Audience, list[EncodedFrame]] = {}
    for audience, mask in _MASKS:
        prev = heads.visitor if audience == "visitor" else heads.staff
        for stored in events:
            if not stored.mask & mask:
                continue
            event = redact_event(stored.event, audience)
            frame = msgspec.Raw(_encoder.encode(event_frame(conv, epoch, prev, event)))
            encoded = EncodedFrame(seq=event.seq, prev=prev, frame=frame)
            frames.setdefault(audience, []).append(encoded)
            prev = event.seq
    call = any(_concerns_call(stored) for stored in events)
    hints: list[tuple[str, Hint]] = [
        (
            conversation_topic(conv),
            ConversationHint(conv=conv, seq=record.seq, frames=frames, call=call),
        )
    ]

    def row(topic: str, audience: Audience, person: Person, prev: int) -> None:
        item = summary(record, audience, person)
        changes = InboxChanges(epoch=epoch, seq=feed, prev=prev, items=[item])
        frame = EncodedFrame(seq=feed, prev=prev, frame=msgspec.Raw(_encoder.encode(changes)))
        hints.append((topic, InboxHint(seq=feed, frame=frame)))

    row(inbox_topic(site), "staff", _STAFF_PERSON, feed - 1)
    visitor = Person(id=state.visitor.id, role="visitor")
    row(person_topic(visitor.id), "visitor", visitor, visitor_changed)
    for seat in state.experts:
        row(person_topic(seat.person.id), "expert", seat.person, row_changed)
    return owed(hints)


def standing_changed(site: str, agents: Iterable[str]) -> Owed:
    """Return the hints that places in the queues of a site changed, and the desks of `agents`."""
    topics = [site_topic(site), *(person_topic(agent) for agent in sorted(agents))]
    return owed([(topic, StandingChanged()) for topic in topics])


def _concerns_call(stored: StoredEvent) -> bool:
    kind = str(stored.event.event.__struct_config__.tag)
    who = kind.startswith(("call_", "expert_", "observer_", "recording_", "identity_", "cobrowse_"))
    return who or kind in ("assigned", "unassigned", "closed")
