"""Every frame from a browser to the server.

Commands carry `id`, a ULID made by the client, which is their idempotency key; each is
answered by one `ack` (after COMMIT) or `nack` (`signaling/messages.py`).
"""

from __future__ import annotations

from signaling.bases import Command, ConversationCommand, Frame, Id
from signaling.calling import (
    AnswerTaken,
    AskMedia,
    DeclineCall,
    EndCall,
    JoinCall,
    LeaveCall,
    Offer,
    OpenCall,
    SetMedia,
    StartCall,
)
from signaling.direct import DirectReport, DirectSignal
from signaling.doctor import TellFigures
from signaling.identity import AskIdentity, ConfirmIdentity, EndIdentity
from signaling.queue import (
    AcceptConsult,
    AcceptOffer,
    AskCallback,
    AskConsult,
    Connect,
    EndConsult,
    JoinQueue,
    LeaveQueue,
    Need,
    Observe,
    RejectOffer,
    StopObserving,
    TakeOver,
)
from signaling.recording import (
    AskRecording,
    ConsentRecording,
    DeclineRecording,
    EndRecording,
    PauseRecording,
    ResumeRecording,
)
from signaling.showing import (
    AskCobrowse,
    AskControl,
    DeclineCobrowse,
    DeclineControl,
    EndCobrowse,
    GrantControl,
    PauseCobrowse,
    ReleaseControl,
    ResumeCobrowse,
    StartCobrowse,
)
from signaling.values import Page, Person

__all__ = [
    "INBOX",
    "MAX_FILES",
    "MAX_FRAME",
    "MAX_TEXT",
    "PROTOCOL_VERSION",
    "Accept",
    "AcceptConsult",
    "AcceptOffer",
    "AcceptTransfer",
    "AddNote",
    "AdmitExpert",
    "AnswerTaken",
    "AskCallback",
    "AskCobrowse",
    "AskConsult",
    "AskControl",
    "AskIdentity",
    "AskMedia",
    "AskRecording",
    "Beat",
    "CallFrame",
    "ClientFrame",
    "Close",
    "ConfirmIdentity",
    "Connect",
    "ConsentRecording",
    "DeclineCall",
    "DeclineCobrowse",
    "DeclineControl",
    "DeclineRecording",
    "DirectReport",
    "DirectSignal",
    "EndCall",
    "EndCobrowse",
    "EndConsult",
    "EndIdentity",
    "EndRecording",
    "EndTransfer",
    "Frame",
    "GrantControl",
    "HandBack",
    "Hello",
    "Id",
    "JoinCall",
    "JoinQueue",
    "LeaveCall",
    "LeaveQueue",
    "MarkRead",
    "Observe",
    "Offer",
    "OpenCall",
    "PauseCobrowse",
    "PauseRecording",
    "RejectOffer",
    "ReleaseControl",
    "RemoveExpert",
    "Reopen",
    "RequestTransfer",
    "ResumeCobrowse",
    "ResumeRecording",
    "Send",
    "SetContact",
    "SetMedia",
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
    "Viewing",
]

PROTOCOL_VERSION = 1
MAX_FRAME = 64 * 1024  # bytes of one incoming frame; co-browsing has its own channel
MAX_TEXT = 8_000  # characters of a message or note
MAX_FILES = 10  # in one message
INBOX = "inbox"  # the name of the stream each person has besides conversations


class Hello(Frame, frozen=True, tag="hello"):
    """The first frame. `cursors`: stream -> (epoch, seq) already applied, or null to start anew."""

    v: int
    token: str
    cursors: dict[Id, tuple[str, int] | None] = {}
    active: bool = False  # in a call: ask for the short heartbeat


class Beat(Frame, frozen=True, tag="beat"):
    """The answer to a heartbeat."""

    active: bool = False


class Subscribe(Command, frozen=True, tag="subscribe", kw_only=True):
    """Opens a stream ("inbox" or a conversation's id) on this connection."""

    stream: Id
    cursor: tuple[str, int] | None = None


class Unsubscribe(Command, frozen=True, tag="unsubscribe", kw_only=True):
    stream: Id


class Start(Command, frozen=True, tag="conversation.start", kw_only=True):
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


class Send(ConversationCommand, frozen=True, tag="message.send", kw_only=True):
    """`files`: ids of finished uploads. `consult`: to staff and experts only.

    `confidential`: staff's, to a visitor who has proven who they are; experts see nothing of it.
    """

    text: str = ""
    files: list[Id] = []
    consult: bool = False
    confidential: bool = False


class AddNote(ConversationCommand, frozen=True, tag="note.add", kw_only=True):
    text: str


class MarkRead(ConversationCommand, frozen=True, tag="read", kw_only=True):
    upto: int


class ViewPage(ConversationCommand, frozen=True, tag="page.view", kw_only=True):
    page: Page


class SetContact(ConversationCommand, frozen=True, tag="contact.set", kw_only=True):
    """The visitor tells who they are; unproven, and shown so."""

    name: str = ""
    email: str = ""


class Accept(ConversationCommand, frozen=True, tag="conversation.accept", kw_only=True):
    """Takes a waiting conversation. Exactly one wins; the others: nack already_assigned."""


class HandBack(ConversationCommand, frozen=True, tag="conversation.handback", kw_only=True):
    pass


class RequestTransfer(ConversationCommand, frozen=True, tag="transfer.request", kw_only=True):
    """Asks an agent (`to`), or a department, to take over; `needs`: the skills it asks for."""

    to: Id = ""
    department: Id = ""
    needs: list[Need] = []
    note: str = ""


class AcceptTransfer(ConversationCommand, frozen=True, tag="transfer.accept", kw_only=True):
    pass


class EndTransfer(ConversationCommand, frozen=True, tag="transfer.end", kw_only=True):
    """The colleague declines, or the owner takes it back."""


class Close(ConversationCommand, frozen=True, tag="conversation.close", kw_only=True):
    reason: str
    note: str = ""


class Reopen(ConversationCommand, frozen=True, tag="conversation.reopen", kw_only=True):
    pass


class AdmitExpert(ConversationCommand, frozen=True, tag="expert.admit", kw_only=True):
    """Lets an expert in from consult. `from_seq`: share from there; default from now on."""

    expert: Id
    from_seq: int | None = None


class RemoveExpert(ConversationCommand, frozen=True, tag="expert.remove", kw_only=True):
    """Staff removes an expert, or an expert leaves (their own id)."""

    expert: Id


#: What a member says to the node that has the call's room.
CallFrame = AnswerTaken | DirectSignal | DirectReport


class Typing(Frame, frozen=True, tag="typing", kw_only=True):
    """Ephemeral, both ways; from the server with `by`. Lasts 6 s unless renewed."""

    conv: str
    on: bool
    by: Person | None = None


class Viewing(Frame, frozen=True, tag="viewing", kw_only=True):
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
    | AskIdentity
    | EndIdentity
    | ConfirmIdentity
    | AskRecording
    | ConsentRecording
    | DeclineRecording
    | EndRecording
    | PauseRecording
    | ResumeRecording
    | AcceptOffer
    | RejectOffer
    | Connect
    | TakeOver
    | LeaveQueue
    | AskCallback
    | JoinQueue
    | AskConsult
    | AcceptConsult
    | EndConsult
    | Observe
    | StopObserving
    | Offer
    | AnswerTaken
    | DirectSignal
    | DirectReport
    | TellFigures
    | Typing
    | Viewing
)
