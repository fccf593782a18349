"""All that is kept of a conversation besides its events: state, counts, heads, deadlines.

The record is folded with each event in the same transaction that stores the event, and is
the only thing a command has to load.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from server.domain.audience import (
    ADMITTED,
    CONSULT,
    STAFF,
    VISITOR,
    mask_of,
    redact_summary,
    seat_of,
)
from server.domain.conversation import apply, open_conversation
from server.domain.membership import media_on, present
from signaling.events import (
    Closed,
    CobrowseAsked,
    ControlAsked,
    ConversationState,
    ConversationSummary,
    EventBody,
    LastEntry,
    Message,
    Person,
    Read,
    TimelineEvent,
)
from signaling.hints import Audience

__all__ = [
    "ASK_TIMEOUT",
    "AUTO_DELAY",
    "COBROWSE_LIMIT",
    "LONELY_TIMEOUT",
    "RING_TIMEOUT",
    "Heads",
    "Record",
    "advance",
    "begin",
    "head",
    "summary",
]

AUTO_DELAY: Final = 10_000  # ms without an answer before the automatic line
RING_TIMEOUT: Final = 60_000  # ms
LONELY_TIMEOUT: Final = 30_000  # ms that one alone stays: the other may be on their way back
ASK_TIMEOUT: Final = 120_000  # ms that a wish to see the page, or to control it, stays open
COBROWSE_LIMIT: Final = 3_600_000  # ms that a page is shown at most
_PREVIEW: Final = 120  # characters of the newest line in lists
_UNREAD_KEPT: Final = 200  # unread lines counted; the lists show 99+


class Heads(msgspec.Struct, frozen=True):
    """The newest sequence number for each audience (an expert's differs by their seat)."""

    visitor: int = 0
    staff: int = 0
    admitted: int = 0
    consult: int = 0


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """A conversation between two events. Times are UTC milliseconds."""

    state: ConversationState
    seq: int = 0
    heads: Heads = Heads()
    last: LastEntry | None = None
    unread_staff: list[int] = []  # seqs of the visitor's lines that staff has not seen
    unread_visitor: list[int] = []
    auto_due: int | None = None  # the automatic line
    call_due: int | None = None  # the end of ringing, or of being alone in a call
    cobrowse_due: int | None = None  # the end of an open ask, or of the longest time
    control_due: int | None = None  # the end of an open ask for control

    @property
    def next_cobrowse_due(self) -> int | None:
        """The first of the deadlines of the co-browsing: of asks, of the grant, of it all."""
        cobrowse = self.state.cobrowse
        grant = None if cobrowse is None else cobrowse.grant
        dues = (self.cobrowse_due, self.control_due, None if grant is None else grant.until)
        return min((due for due in dues if due is not None), default=None)

    @property
    def identity_due(self) -> int | None:
        """The end of the request for proof that is open."""
        asked = self.state.verification
        return None if asked is None else asked.expires_at


def begin(conv: str, event: TimelineEvent) -> Record:
    """Return the record that the `opened` event begins."""
    state = open_conversation(conv, event)
    mask = mask_of(event.event, event.by, None)
    return Record(state=state, seq=event.seq, heads=_heads(Heads(), event.seq, mask))


def advance(record: Record, event: TimelineEvent, mask: int) -> Record:
    """Return the record after `event`; what is not for staff moves numbers only."""
    heads = _heads(record.heads, event.seq, mask)
    record = replace(record, seq=event.seq, heads=heads)
    if not mask & STAFF:
        return record
    before = record.state
    state = apply(before, event)
    return _with_lines(
        replace(
            record,
            state=state,
            auto_due=_auto_due(record.auto_due, before, state, event),
            call_due=_call_due(record.call_due, state, event.at),
            cobrowse_due=_cobrowse_due(record.cobrowse_due, state, event),
            control_due=_control_due(record.control_due, state, event),
        ),
        event.event,
        event,
    )


def _heads(heads: Heads, seq: int, mask: int) -> Heads:
    return Heads(
        visitor=seq if mask & VISITOR else heads.visitor,
        staff=seq if mask & STAFF else heads.staff,
        admitted=seq if mask & ADMITTED else heads.admitted,
        consult=seq if mask & CONSULT else heads.consult,
    )


def _auto_due(
    due: int | None, before: ConversationState, after: ConversationState, event: TimelineEvent
) -> int | None:
    """Start the clock with a waiting period, and stop it with the wait or when it was used."""
    if isinstance(event.event, Message) and event.event.auto is not None:
        return None
    if after.state != "waiting" or after.waiting_since is None or after.offline:
        return None
    if after.left is not None or (after.queue is not None and after.queue.callback_at is not None):
        return None  # nobody is being found now, and the visitor knows
    return event.at + AUTO_DELAY if before.waiting_since is None else due


def _call_due(due: int | None, after: ConversationState, at: int) -> int | None:
    call = after.call
    if call is None:
        return None
    if call.state == "ringing":
        return call.started_at + RING_TIMEOUT
    if len(present(after, call)) >= 2:
        return None
    return at + LONELY_TIMEOUT if due is None else due


def _cobrowse_due(due: int | None, after: ConversationState, event: TimelineEvent) -> int | None:
    cobrowse = after.cobrowse
    if cobrowse is None:
        return None
    if cobrowse.state != "asked":
        return cobrowse.started_at + COBROWSE_LIMIT
    return event.at + ASK_TIMEOUT if isinstance(event.event, CobrowseAsked) else due


def _control_due(due: int | None, after: ConversationState, event: TimelineEvent) -> int | None:
    if after.cobrowse is None or after.cobrowse.asked is None:
        return None
    return event.at + ASK_TIMEOUT if isinstance(event.event, ControlAsked) else due


def _with_lines(record: Record, body: EventBody, event: TimelineEvent) -> Record:
    match body:
        case Message(consult=False, auto=None):
            last = LastEntry(
                at=event.at,
                role=event.by.role,
                text=" ".join(body.text.split())[:_PREVIEW],
                files=len(body.files),
            )
            if event.by.role == "visitor":
                unread = [*record.unread_staff, event.seq][-_UNREAD_KEPT:]
                return replace(record, last=last, unread_staff=unread)
            unread = [*record.unread_visitor, event.seq][-_UNREAD_KEPT:]
            return replace(record, last=last, unread_visitor=unread)
        case Read(side="staff"):
            unread = [seq for seq in record.unread_staff if seq > body.upto]
            return replace(record, unread_staff=unread)
        case Read(side="visitor"):
            unread = [seq for seq in record.unread_visitor if seq > body.upto]
            return replace(record, unread_visitor=unread)
        case Closed():
            return replace(record, unread_staff=[])
        case _:
            return record


def head(record: Record, audience: Audience, person: Person) -> int:
    """Return the newest sequence number that `person` of `audience` may see."""
    heads = record.heads
    match audience:
        case "visitor":
            return heads.visitor
        case "staff":
            return heads.staff
        case "expert":
            seat = seat_of(record.state, person.id)
            if seat is not None and seat.status == "admitted" and heads.admitted > seat.from_seq:
                return max(heads.admitted, heads.consult)
            return heads.consult


def summary(record: Record, audience: Audience, person: Person) -> ConversationSummary:
    """Return the inbox row of the conversation for `person`."""
    state = record.state
    call = state.call
    row = ConversationSummary(
        id=state.id,
        seq=head(record, audience, person),
        state=state.state,
        visitor=state.visitor,
        lang=state.lang,
        opened_at=state.opened_at,
        offline=state.offline,
        assignee=state.assignee,
        transfer=state.transfer,
        waiting_since=state.waiting_since,
        closed_at=state.closed_at,
        closed_reason=state.closed_reason,
        unread={
            "staff": len(record.unread_staff),
            "visitor": len(record.unread_visitor),
            "expert": 0,
        }[audience],
        last=record.last,
        page=state.page,
        call=None if call is None else call.id,
        media=[] if call is None else media_on(call),
        cobrowse=state.cobrowse is not None and state.cobrowse.state != "asked",
        queue=state.queue,
        left=state.left,
        department=state.department,
        why=state.why,
        consult=state.consult,
        observers=state.observers,
        clock=state.clock,
    )
    return redact_summary(row, state, audience)
