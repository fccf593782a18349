"""Every frame between a browser and the server, declared once.

JSON text frames on one WebSocket; `t` tells the type. Commands carry `id`, a ULID made by
the client, which is their idempotency key; each is answered by one `ack` (after COMMIT) or
`nack`. The rules are in docs/protocol.md; what events say is in `signaling/events.py`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from signaling.events import (
    CobrowseOperation,
    ConversationState,
    ConversationSummary,
    EventBody,
    MediaKind,
    Page,
    Person,
    TimelineEvent,
)

PROTOCOL_VERSION = 1
MAX_FRAME = 64 * 1024  # bytes of one incoming frame; co-browsing has its own channel
MAX_TEXT = 8_000  # characters of a message or note
MAX_FILES = 10  # in one message
Id = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]  # PostgreSQL keeps no NUL
INBOX = "inbox"  # the name of the stream each person has besides conversations

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
    "too_many_streams",
    "unavailable",
    "internal",
]


class _Frame(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t"):
    """One frame. Unknown fields are ignored."""


class _Command(_Frame, frozen=True, kw_only=True):
    """Asks for something; answered by `ack` or `nack` with the same `id`."""

    id: Id


class _ConversationCommand(_Command, frozen=True, kw_only=True):
    conv: Id


# --- client to server -----------------------------------------------------------------------


class Hello(_Frame, frozen=True, tag="hello"):
    """The first frame. `cursors`: stream -> (epoch, seq) already applied, or null to start anew."""

    v: int
    token: str
    cursors: dict[Id, tuple[str, int] | None] = {}
    active: bool = False  # in a call: ask for the short heartbeat


class Beat(_Frame, frozen=True, tag="beat"):
    """The answer to a heartbeat."""

    active: bool = False


class Subscribe(_Command, frozen=True, tag="subscribe", kw_only=True):
    """Opens a stream ("inbox" or a conversation's id) on this connection."""

    stream: Id
    cursor: tuple[str, int] | None = None


class Unsubscribe(_Command, frozen=True, tag="unsubscribe", kw_only=True):
    stream: Id


class Start(_Command, frozen=True, tag="conversation.start", kw_only=True):
    """A visitor's first words. With an open conversation it becomes a message there.

    `contact`: the form when nobody is there. The ack carries `conv`.
    """

    text: str
    lang: str
    files: list[Id] = []
    page: Page | None = None
    name: str = ""
    email: str = ""
    offline: bool = False


class Send(_ConversationCommand, frozen=True, tag="message.send", kw_only=True):
    """`files`: ids of finished uploads. `consult`: to staff and experts only."""

    text: str = ""
    files: list[Id] = []
    consult: bool = False


class AddNote(_ConversationCommand, frozen=True, tag="note.add", kw_only=True):
    text: str


class MarkRead(_ConversationCommand, frozen=True, tag="read", kw_only=True):
    upto: int


class ViewPage(_ConversationCommand, frozen=True, tag="page.view", kw_only=True):
    page: Page


class SetContact(_ConversationCommand, frozen=True, tag="contact.set", kw_only=True):
    """The visitor tells who they are; unproven, and shown so."""

    name: str = ""
    email: str = ""


class Accept(_ConversationCommand, frozen=True, tag="conversation.accept", kw_only=True):
    """Takes a waiting conversation. Exactly one wins; the others: nack already_assigned."""


class HandBack(_ConversationCommand, frozen=True, tag="conversation.handback", kw_only=True):
    pass


class RequestTransfer(_ConversationCommand, frozen=True, tag="transfer.request", kw_only=True):
    to: Id  # agent id
    note: str = ""


class AcceptTransfer(_ConversationCommand, frozen=True, tag="transfer.accept", kw_only=True):
    pass


class EndTransfer(_ConversationCommand, frozen=True, tag="transfer.end", kw_only=True):
    """The colleague declines, or the owner takes it back."""


class Close(_ConversationCommand, frozen=True, tag="conversation.close", kw_only=True):
    reason: str
    note: str = ""


class Reopen(_ConversationCommand, frozen=True, tag="conversation.reopen", kw_only=True):
    pass


class AdmitExpert(_ConversationCommand, frozen=True, tag="expert.admit", kw_only=True):
    """Lets an expert in from consult. `from_seq`: share from there; default from now on."""

    expert: Id
    from_seq: int | None = None


class RemoveExpert(_ConversationCommand, frozen=True, tag="expert.remove", kw_only=True):
    """Staff removes an expert, or an expert leaves (their own id)."""

    expert: Id


class StartCall(_ConversationCommand, frozen=True, tag="call.start", kw_only=True):
    """Offers a call and is in it. The ack carries `call`. `private`: consult with experts only."""

    media: list[MediaKind]
    private: bool = False


class OpenCall(_ConversationCommand, frozen=True, tag="call.open", kw_only=True):
    """Opens a private call to the visitor."""

    call: Id


class JoinCall(_ConversationCommand, frozen=True, tag="call.join", kw_only=True):
    """Consents. `media`: what this side will send; may be empty."""

    call: Id
    media: list[MediaKind]


class DeclineCall(_ConversationCommand, frozen=True, tag="call.decline", kw_only=True):
    call: Id


class AskMedia(_ConversationCommand, frozen=True, tag="call.ask", kw_only=True):
    call: Id
    media: MediaKind


class SetMedia(_ConversationCommand, frozen=True, tag="call.media", kw_only=True):
    """What this side sends from now on."""

    call: Id
    media: list[MediaKind]


class LeaveCall(_ConversationCommand, frozen=True, tag="call.leave", kw_only=True):
    call: Id


class EndCall(_ConversationCommand, frozen=True, tag="call.end", kw_only=True):
    """Ends it for all; staff and the visitor may."""

    call: Id


class Offer(_ConversationCommand, frozen=True, tag="rtc.offer", kw_only=True):
    """A session description for the media server; answered by `rtc.answer` (or nack).

    `send`: mid -> source ("audio", "camera", "screen", "screen-audio"), for what this side
    sends. `receive`: mid -> publication id. The generation grows with each offer.
    """

    call: Id
    generation: int
    sdp: str
    send: dict[str, str] = {}
    receive: dict[str, str] = {}


class AskCobrowse(_ConversationCommand, frozen=True, tag="cobrowse.ask", kw_only=True):
    """Staff asks to see the shopper's page. The ack carries `cobrowse`."""


class StartCobrowse(_ConversationCommand, frozen=True, tag="cobrowse.start", kw_only=True):
    """The shopper consents, asked (`cobrowse`) or by themselves. The ack carries `cobrowse`.

    `consent`: the version of the words shown, in `lang`. `masking`: the version of the site's
    rules that the page keeps (`GET /api/v1/cobrowse/rules`).
    """

    consent: Id
    lang: Id
    masking: Id
    cobrowse: Id | None = None


class DeclineCobrowse(_ConversationCommand, frozen=True, tag="cobrowse.decline", kw_only=True):
    cobrowse: Id


class EndCobrowse(_ConversationCommand, frozen=True, tag="cobrowse.end", kw_only=True):
    """The shopper or staff ends it; staff takes back what it asked for."""

    cobrowse: Id


class PauseCobrowse(_ConversationCommand, frozen=True, tag="cobrowse.pause", kw_only=True):
    """The shopper, or a page for paying, lets the curtain down."""

    cobrowse: Id
    reason: Literal["page", "shopper", "identity"]


class ResumeCobrowse(_ConversationCommand, frozen=True, tag="cobrowse.resume", kw_only=True):
    cobrowse: Id


class AskControl(_ConversationCommand, frozen=True, tag="cobrowse.control.ask", kw_only=True):
    cobrowse: Id
    caps: list[CobrowseOperation]


class DeclineControl(
    _ConversationCommand, frozen=True, tag="cobrowse.control.decline", kw_only=True
):
    """The shopper declines, or the one who asked takes it back."""

    cobrowse: Id


class GrantControl(_ConversationCommand, frozen=True, tag="cobrowse.control.grant", kw_only=True):
    """The shopper lets the one who asked do `caps`, at most what was asked for.

    `grant`: made by the page, so that it can take it back before the server knows.
    """

    cobrowse: Id
    grant: Id
    caps: list[CobrowseOperation]
    consent: Id


class ReleaseControl(
    _ConversationCommand, frozen=True, tag="cobrowse.control.release", kw_only=True
):
    """The shopper revokes ("revoked", "expired"), or the agent lets go ("released")."""

    cobrowse: Id
    grant: Id
    expired: bool = False


class Typing(_Frame, frozen=True, tag="typing", kw_only=True):
    """Ephemeral, both ways; from the server with `by`. Lasts 6 s unless renewed."""

    conv: str
    on: bool
    by: Person | None = None


class Viewing(_Frame, frozen=True, tag="viewing", kw_only=True):
    """Ephemeral: staff looks at a conversation (null: at none)."""

    conv: str | None = None


ClientFrame = (
    Hello
    | Beat
    | Subscribe
    | Unsubscribe
    | Start
    | Send
    | AddNote
    | MarkRead
    | ViewPage
    | SetContact
    | Accept
    | HandBack
    | RequestTransfer
    | AcceptTransfer
    | EndTransfer
    | Close
    | Reopen
    | AdmitExpert
    | RemoveExpert
    | StartCall
    | OpenCall
    | JoinCall
    | DeclineCall
    | AskMedia
    | SetMedia
    | LeaveCall
    | EndCall
    | AskCobrowse
    | StartCobrowse
    | DeclineCobrowse
    | EndCobrowse
    | PauseCobrowse
    | ResumeCobrowse
    | AskControl
    | DeclineControl
    | GrantControl
    | ReleaseControl
    | Offer
    | Typing
    | Viewing
)


# --- server to client -----------------------------------------------------------------------


class Welcome(_Frame, frozen=True, tag="welcome", kw_only=True):
    """The session is open; snapshots or replays of the asked streams follow."""

    session: str
    you: Person
    heartbeat: float  # seconds between heartbeats now
    now: int  # the server's clock
    v: int = PROTOCOL_VERSION


class Heartbeat(_Frame, frozen=True, tag="heartbeat", kw_only=True):
    """Answer with `beat`. `heads`: stream -> newest seq this audience may see."""

    heads: dict[str, int]
    now: int
    every: float  # seconds until the next


class Ack(_Frame, frozen=True, tag="ack", kw_only=True):
    """Done and committed. `seq`: the (first) event made; 0 if none was needed."""

    id: str
    seq: int = 0
    conv: str | None = None
    call: str | None = None
    cobrowse: str | None = None


class Nack(_Frame, frozen=True, tag="nack", kw_only=True):
    """Refused. `temporary`: the same command may go through after `retry_after` seconds."""

    id: str
    code: NackCode
    message: str
    temporary: bool = False
    retry_after: float | None = None


class Snapshot(_Frame, frozen=True, tag="snapshot", kw_only=True):
    """A conversation as of `seq`, with its newest events. `more`: older ones exist (HTTP)."""

    conv: str
    epoch: str
    seq: int
    state: ConversationState
    events: list[TimelineEvent]
    more: bool = False


class Event(_Frame, frozen=True, tag="event", kw_only=True):
    """One durable event. `prev`: the previous one this audience may see."""

    conv: str
    epoch: str
    seq: int
    prev: int
    at: int
    by: Person
    event: EventBody


class InboxSnapshot(_Frame, frozen=True, tag="inbox.snapshot", kw_only=True):
    """All open conversations of this person's inbox (staff: the site's; visitor: their own)."""

    epoch: str
    seq: int
    items: list[ConversationSummary]


class InboxChanges(_Frame, frozen=True, tag="inbox.changes", kw_only=True):
    """Rows that changed; each replaces the row with its id. A row may be closed now."""

    epoch: str
    seq: int
    prev: int
    items: list[ConversationSummary]


class Gone(_Frame, frozen=True, tag="gone", kw_only=True):
    """A stream ended for this person (removed, no access, unknown)."""

    stream: str
    code: NackCode


class Availability(_Frame, frozen=True, tag="availability", kw_only=True):
    """Ephemeral: who is there to serve. To visitors names only."""

    online: bool
    people: list[Person] = []


class Viewers(_Frame, frozen=True, tag="viewers", kw_only=True):
    """Ephemeral: staff looking at a conversation now."""

    conv: str
    people: list[Person]


class VisitorPresence(_Frame, frozen=True, tag="presence", kw_only=True):
    """Ephemeral: the visitor's browser is connected, or not."""

    conv: str
    online: bool


class Answer(_Frame, frozen=True, tag="rtc.answer", kw_only=True):
    """`id` is the offer's."""

    id: str
    conv: str
    call: str
    generation: int
    sdp: str


class PublicationInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A track that somebody sends and that this participant may receive."""

    id: str
    participant: str  # person id
    source: Literal["audio", "camera", "screen", "screen-audio"]


class Publications(_Frame, frozen=True, tag="rtc.publications", kw_only=True):
    """What can be received now. Differs from what was offered → offer again."""

    conv: str
    call: str
    publications: list[PublicationInfo]


class Speaking(_Frame, frozen=True, tag="rtc.speaking", kw_only=True):
    """Ephemeral: participant -> level in -dBov (0 loud .. 127 silence)."""

    call: str
    levels: dict[str, int]


class CallQuality(_Frame, frozen=True, tag="rtc.quality", kw_only=True):
    """Ephemeral: participant -> 1 (unusable) .. 5 (excellent)."""

    call: str
    scores: dict[str, int]


class Bye(_Frame, frozen=True, tag="bye", kw_only=True):
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
    | Answer
    | Publications
    | Speaking
    | CallQuality
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
