"""Every frame between a browser and the server, declared once.

JSON text frames on one WebSocket; `t` tells the type. Commands carry `id`, a ULID made by
the client, which is their idempotency key; each is answered by one `ack` (after COMMIT) or
`nack`. The rules are in docs/protocol.md; what events say is in `signaling/events.py`. What
browsers send is in `signaling/commands.py`, and can be had from here with the rest.
"""

from __future__ import annotations

from typing import Literal

from signaling.calling import Answer, CallQuality, PublicationInfo, Publications, Speaking
from signaling.commands import (
    INBOX,
    MAX_FILES,
    MAX_FRAME,
    MAX_TEXT,
    PROTOCOL_VERSION,
    Accept,
    AcceptConsult,
    AcceptOffer,
    AcceptTransfer,
    AddNote,
    AdmitExpert,
    AnswerTaken,
    AskCallback,
    AskCobrowse,
    AskConsult,
    AskControl,
    AskIdentity,
    AskMedia,
    AskRecording,
    Beat,
    CallFrame,
    ClientFrame,
    Close,
    ConfirmIdentity,
    Connect,
    ConsentRecording,
    DeclineCall,
    DeclineCobrowse,
    DeclineControl,
    DeclineRecording,
    EndCall,
    EndCobrowse,
    EndConsult,
    EndIdentity,
    EndRecording,
    EndTransfer,
    Frame,
    GrantControl,
    HandBack,
    Hello,
    Id,
    JoinCall,
    JoinQueue,
    LeaveCall,
    LeaveQueue,
    MarkRead,
    Observe,
    Offer,
    OpenCall,
    PauseCobrowse,
    PauseRecording,
    RejectOffer,
    ReleaseControl,
    RemoveExpert,
    Reopen,
    RequestTransfer,
    ResumeCobrowse,
    ResumeRecording,
    Send,
    SetContact,
    SetMedia,
    Start,
    StartCall,
    StartCobrowse,
    StopObserving,
    Subscribe,
    TakeOver,
    TellFigures,
    Typing,
    Unsubscribe,
    Viewing,
    ViewPage,
)
from signaling.direct import DirectEnd, DirectReport, DirectSignal, DirectTry
from signaling.events import EventBody, TimelineEvent
from signaling.queue import Desk, QueuePlace
from signaling.state import ConversationState, ConversationSummary
from signaling.values import Person

__all__ = [
    "CLOSE_DRAINING",
    "CLOSE_FLOOD",
    "CLOSE_FORBIDDEN",
    "CLOSE_SUPERSEDED",
    "CLOSE_TOKEN_EXPIRED",
    "CLOSE_TOO_SLOW",
    "CLOSE_VERSION",
    "INBOX",
    "MAX_FILES",
    "MAX_FRAME",
    "MAX_TEXT",
    "PROTOCOL_VERSION",
    "Accept",
    "AcceptConsult",
    "AcceptOffer",
    "AcceptTransfer",
    "Ack",
    "AddNote",
    "AdmitExpert",
    "Answer",
    "AnswerTaken",
    "AskCallback",
    "AskCobrowse",
    "AskConsult",
    "AskControl",
    "AskIdentity",
    "AskMedia",
    "AskRecording",
    "Availability",
    "Beat",
    "Bye",
    "CallFrame",
    "CallQuality",
    "ClientFrame",
    "Close",
    "ConfirmIdentity",
    "Connect",
    "ConsentRecording",
    "DeclineCall",
    "DeclineCobrowse",
    "DeclineControl",
    "DeclineRecording",
    "Desk",
    "DirectEnd",
    "DirectReport",
    "DirectSignal",
    "DirectTry",
    "EndCall",
    "EndCobrowse",
    "EndConsult",
    "EndIdentity",
    "EndRecording",
    "EndTransfer",
    "Event",
    "Gone",
    "GrantControl",
    "HandBack",
    "Heartbeat",
    "Hello",
    "Id",
    "InboxChanges",
    "InboxSnapshot",
    "JoinCall",
    "JoinQueue",
    "LeaveCall",
    "LeaveQueue",
    "MarkRead",
    "Nack",
    "NackCode",
    "Observe",
    "Offer",
    "OpenCall",
    "PauseCobrowse",
    "PauseRecording",
    "PublicationInfo",
    "Publications",
    "QueuePlace",
    "RejectOffer",
    "ReleaseControl",
    "RemoveExpert",
    "Reopen",
    "RequestTransfer",
    "ResumeCobrowse",
    "ResumeRecording",
    "Send",
    "ServerFrame",
    "SetContact",
    "SetMedia",
    "Snapshot",
    "Speaking",
    "Start",
    "StartCall",
    "StartCobrowse",
    "StopObserving",
    "Subscribe",
    "TakeOver",
    "TellFigures",
    "Typing",
    "Unsubscribe",
    "ViewPage",
    "Viewers",
    "Viewing",
    "VisitorPresence",
    "Welcome",
]

#: Why a command was refused; docs/protocol.md says what to do about each. Stable words.
NackCode = Literal[
    "bad_frame",
    "unknown_type",
    "too_large",
    "rate_limited",
    "not_found",
    "forbidden",
    "conversation_closed",
    "already_assigned",
    "not_assigned",
    "not_transferring",
    "agent_unavailable",
    "bad_text",
    "bad_file",
    "no_call",
    "call_exists",
    "call_full",
    "not_in_call",
    "bad_offer",
    "stale_generation",
    "no_cobrowse",
    "cobrowse_exists",
    "no_verification",
    "verification_exists",
    "identity_needed",
    "already_offered",
    "offer_gone",
    "no_capacity",
    "not_waiting",
    "not_open",
    "no_consult",
    "not_observing",
    "too_many_streams",
    "unavailable",
    "internal",
]


class Welcome(Frame, frozen=True, tag="welcome", kw_only=True):
    """The session is open; snapshots or replays of the asked streams follow."""

    session: str
    you: Person
    heartbeat: float  # seconds between heartbeats now
    now: int  # the server's clock
    v: int = PROTOCOL_VERSION


class Heartbeat(Frame, frozen=True, tag="heartbeat", kw_only=True):
    """Answer with `beat`. `heads`: stream -> newest seq this audience may see."""

    heads: dict[str, int]
    now: int
    every: float  # seconds until the next


class Ack(Frame, frozen=True, tag="ack", kw_only=True):
    """Done and committed. `seq`: the (first) event made; 0 if none was needed."""

    id: str
    seq: int = 0
    conv: str | None = None
    call: str | None = None
    cobrowse: str | None = None
    verification: str | None = None


class Nack(Frame, frozen=True, tag="nack", kw_only=True):
    """Refused. `temporary`: the same command may go through after `retry_after` seconds."""

    id: str
    code: NackCode
    message: str
    temporary: bool = False
    retry_after: float | None = None


class Snapshot(Frame, frozen=True, tag="snapshot", kw_only=True):
    """A conversation as of `seq`, with its newest events. `more`: older ones exist (HTTP)."""

    conv: str
    epoch: str
    seq: int
    state: ConversationState
    events: list[TimelineEvent]
    more: bool = False


class Event(Frame, frozen=True, tag="event", kw_only=True):
    """One durable event. `prev`: the previous one this audience may see."""

    conv: str
    epoch: str
    seq: int
    prev: int
    at: int
    by: Person
    event: EventBody


class InboxSnapshot(Frame, frozen=True, tag="inbox.snapshot", kw_only=True):
    """All open conversations of this person's inbox (staff: the site's; visitor: their own)."""

    epoch: str
    seq: int
    items: list[ConversationSummary]


class InboxChanges(Frame, frozen=True, tag="inbox.changes", kw_only=True):
    """Rows that changed; each replaces the row with its id. A row may be closed now."""

    epoch: str
    seq: int
    prev: int
    items: list[ConversationSummary]


class Gone(Frame, frozen=True, tag="gone", kw_only=True):
    """A stream ended for this person (removed, no access, unknown)."""

    stream: str
    code: NackCode


class Availability(Frame, frozen=True, tag="availability", kw_only=True):
    """Ephemeral: who is there to serve, and is open. To visitors names only.

    `opens_at`: when somebody is expected next, while nobody is there; null: not known.
    """

    online: bool
    people: list[Person] = []
    opens_at: int | None = None


class Viewers(Frame, frozen=True, tag="viewers", kw_only=True):
    """Ephemeral: staff looking at a conversation now."""

    conv: str
    people: list[Person]


class VisitorPresence(Frame, frozen=True, tag="presence", kw_only=True):
    """Ephemeral: the visitor's browser is connected, or not."""

    conv: str
    online: bool


class Bye(Frame, frozen=True, tag="bye", kw_only=True):
    """Sent before a close: what the client should do. `retry_after` seconds, null: never."""

    code: int
    reason: str
    retry_after: float | None = None


ServerFrame = (
    Welcome
    | Heartbeat
    | Ack
    | Nack
    | Snapshot
    | Event
    | InboxSnapshot
    | InboxChanges
    | Gone
    | Typing
    | Availability
    | Viewers
    | VisitorPresence
    | Desk
    | QueuePlace
    | Answer
    | Publications
    | Speaking
    | CallQuality
    | DirectTry
    | DirectSignal
    | DirectEnd
    | Bye
)

#: WebSocket close codes. Retryable: 4001, 4008, 4012, 1001, 1006, 1011, 1012; others are terminal.
CLOSE_TOKEN_EXPIRED = 4001  # get a new token and come again
CLOSE_FORBIDDEN = 4003
CLOSE_SUPERSEDED = 4004  # the session was ended elsewhere (signed out everywhere, removed)
CLOSE_TOO_SLOW = 4008  # the outgoing queue overflowed: resume
CLOSE_FLOOD = 4009  # went on after rate_limited
CLOSE_VERSION = 4010  # reload the page
CLOSE_DRAINING = 4012  # this server leaves: `bye.retry_after` spreads the move
