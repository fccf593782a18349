"""What a conversation is made of: the durable events of its timeline.

The state of a conversation is the fold of its events (`server/domain/conversation.py`
and, in the browser, `web/src/client/reduce.ts`). What both are made of is in
`signaling/values.py` and `signaling/state.py`, and can be had from here with the events. All
is declared once; `signaling/protocol.py` makes the TypeScript types.

Times are UTC milliseconds since 1970 (JSON numbers); ids are ULIDs unless said.
"""

from __future__ import annotations

from typing import Literal

from signaling.bases import EventBase
from signaling.calling import (
    CallAsked,
    CallDeclined,
    CallEnded,
    CallJoined,
    CallLeft,
    CallMedia,
    CallOpened,
    CallStarted,
    CallWithdrawn,
)
from signaling.identity import (
    FailureReason,
    IdentityAsked,
    IdentityConfirmed,
    IdentityEnded,
    IdentityErased,
    IdentityFailed,
    IdentityOpened,
    IdentityProof,
    IdentityVerified,
    VerificationState,
)
from signaling.queue import (
    ClockStarted,
    Consult,
    ConsultAsked,
    ConsultEnded,
    Department,
    Need,
    Observer,
    ObserverJoined,
    ObserverLeft,
    Part,
    Queued,
    QueueLeft,
    QueueState,
    Reason,
    ServiceClock,
)
from signaling.recording import (
    RecordingAsked,
    RecordingConsented,
    RecordingEnded,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingState,
)
from signaling.showing import (
    CobrowseAsked,
    CobrowseDeclined,
    CobrowseEnded,
    CobrowsePaused,
    CobrowseResumed,
    CobrowseStarted,
    ControlAsked,
    ControlDeclined,
    ControlGranted,
    ControlReleased,
)
from signaling.state import (
    CallMember,
    CallState,
    CobrowseGrant,
    CobrowseState,
    ControlAsk,
    ConversationState,
    ConversationSummary,
    ExpertSeat,
    InviteState,
    LastEntry,
    Transfer,
)
from signaling.values import CobrowseOperation, File, MediaKind, Page, Person, Scope, Value, Visitor

__all__ = [
    "Assigned",
    "CallAsked",
    "CallDeclined",
    "CallEnded",
    "CallJoined",
    "CallLeft",
    "CallMedia",
    "CallMember",
    "CallOpened",
    "CallStarted",
    "CallState",
    "CallWithdrawn",
    "ClockStarted",
    "Closed",
    "CobrowseAsked",
    "CobrowseDeclined",
    "CobrowseEnded",
    "CobrowseGrant",
    "CobrowseOperation",
    "CobrowsePaused",
    "CobrowseResumed",
    "CobrowseStarted",
    "CobrowseState",
    "Consult",
    "ConsultAsked",
    "ConsultEnded",
    "ContactChanged",
    "ControlAsk",
    "ControlAsked",
    "ControlDeclined",
    "ControlGranted",
    "ControlReleased",
    "ConversationState",
    "ConversationSummary",
    "Department",
    "EventBody",
    "ExpertAdmitted",
    "ExpertJoined",
    "ExpertLeft",
    "ExpertSeat",
    "FailureReason",
    "File",
    "IdentityAsked",
    "IdentityConfirmed",
    "IdentityEnded",
    "IdentityErased",
    "IdentityFailed",
    "IdentityOpened",
    "IdentityProof",
    "IdentityVerified",
    "InviteCreated",
    "InviteEnded",
    "InviteState",
    "LastEntry",
    "MediaKind",
    "Message",
    "Need",
    "Note",
    "Observer",
    "ObserverJoined",
    "ObserverLeft",
    "Opened",
    "Page",
    "PageViewed",
    "Part",
    "Person",
    "QueueLeft",
    "QueueState",
    "Queued",
    "Read",
    "Reason",
    "RecordingAsked",
    "RecordingConsented",
    "RecordingEnded",
    "RecordingPaused",
    "RecordingResumed",
    "RecordingStarted",
    "RecordingState",
    "Reopened",
    "Scope",
    "ServiceClock",
    "TimelineEvent",
    "Transfer",
    "TransferEnded",
    "TransferRequested",
    "Unassigned",
    "VerificationState",
    "Visitor",
    "VisitorIdentified",
]


class Opened(EventBase, frozen=True, tag="opened"):
    """The conversation began. `offline`: left as a message when nobody was there."""

    visitor: Visitor
    lang: str
    offline: bool = False


class Message(EventBase, frozen=True, tag="message"):
    """A line of the chat.

    `auto` names an automatic line ("finding_someone", "offline_received", "overflow", "closed"),
    whose words the reader's own language gives. `consult`: between staff and experts only.
    """

    id: str  # the command's id
    text: str = ""
    files: list[File] = []
    auto: str | None = None
    consult: bool = False
    confidential: bool = False  # between staff and the visitor who proved who they are


class Note(EventBase, frozen=True, tag="note"):
    """An internal note; staff only."""

    text: str


class Assigned(EventBase, frozen=True, tag="assigned"):
    """`agent` serves the conversation from now on, for `department` when it is another."""

    agent: Person
    via: Literal["accept", "transfer", "return", "takeover"] = "accept"
    why: Reason | None = None  # staff only
    department: Department | None = None


class Unassigned(EventBase, frozen=True, tag="unassigned"):
    """Handed back to the queue; waits again at its old place."""

    agent: Person
    reason: Literal["handback", "gone", "unconnected"] = "handback"


class TransferRequested(EventBase, frozen=True, tag="transfer_requested"):
    """The owner asks a colleague or a department to take over, and keeps it until they accept.

    Staff only.
    """

    to: Person | None = None
    department: Department | None = None
    needs: list[Need] = []
    note: str = ""


class TransferEnded(EventBase, frozen=True, tag="transfer_ended"):
    """A transfer was declined or taken back. Staff only. Accepted: `assigned` via transfer."""

    outcome: Literal["declined", "cancelled", "unanswered"]


class Closed(EventBase, frozen=True, tag="closed"):
    """The matter is settled. `reason` and `note` reach staff only."""

    reason: str | None = None
    note: str = ""


class Reopened(EventBase, frozen=True, tag="reopened"):
    """It goes on: the visitor wrote again, or staff opened it. Waits unless `agent` kept it."""


class Read(EventBase, frozen=True, tag="read"):
    """`side` has seen everything up to and including `upto`."""

    side: Literal["visitor", "staff", "expert"]
    upto: int


class PageViewed(EventBase, frozen=True, tag="page"):
    """The visitor came to a page. Staff only."""

    page: Page


class ContactChanged(EventBase, frozen=True, tag="contact"):
    """The visitor told their name or e-mail. Staff only."""

    visitor: Visitor


class InviteCreated(EventBase, frozen=True, tag="invite_created"):
    """An expert's link was made. Staff only."""

    invite: InviteState


class InviteEnded(EventBase, frozen=True, tag="invite_ended"):
    """The link does not work any more. Staff only."""

    invite: str
    outcome: Literal["used", "revoked", "expired"]


class ExpertJoined(EventBase, frozen=True, tag="expert_joined"):
    """An expert is in the private consult. Staff and experts only."""

    expert: ExpertSeat


class ExpertAdmitted(EventBase, frozen=True, tag="expert_admitted"):
    """The agent let the expert in. They see events with `seq` > `from_seq`."""

    expert: Person
    from_seq: int


class ExpertLeft(EventBase, frozen=True, tag="expert_left"):
    """The expert left or was removed."""

    expert: Person
    reason: Literal["left", "removed", "closed"] = "left"


class VisitorIdentified(EventBase, frozen=True, tag="identified"):
    """The shop signed that the visitor is a customer of theirs. Staff only."""

    visitor: Visitor


EventBody = (
    Opened | Message | Note | Assigned | Unassigned | TransferRequested | TransferEnded | Closed
    | Reopened | Read | PageViewed | ContactChanged | InviteCreated | InviteEnded | ExpertJoined
    | ExpertAdmitted | ExpertLeft | CallStarted | CallOpened | CallWithdrawn | CallJoined
    | CallDeclined | CallAsked | CallMedia | CallLeft | CallEnded | CobrowseAsked
    | CobrowseStarted | CobrowseDeclined | ControlAsked | ControlDeclined | ControlGranted
    | ControlReleased | CobrowsePaused | CobrowseResumed | CobrowseEnded | IdentityAsked
    | IdentityOpened | IdentityFailed | IdentityVerified | IdentityConfirmed | IdentityEnded
    | IdentityErased | VisitorIdentified | Queued | QueueLeft | ClockStarted | ConsultAsked
    | ConsultEnded | ObserverJoined | ObserverLeft | RecordingAsked | RecordingConsented
    | RecordingStarted | RecordingPaused | RecordingResumed | RecordingEnded
)  # fmt: skip


class TimelineEvent(Value, frozen=True):
    """One event with its place in the conversation."""

    seq: int
    at: int
    by: Person
    event: EventBody
