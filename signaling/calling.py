"""A call on the conversation's wire: offered, joined, left, and its session descriptions.

What the server lets through of it is in `signaling/calls.py`; how two browsers talk past the
media server in `signaling/direct.py`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from signaling.bases import ConversationCommand, EventBase, Frame, Id, Key
from signaling.state import CallState
from signaling.values import MediaKind

__all__ = [
    "Answer",
    "AnswerTaken",
    "AskMedia",
    "CallAsked",
    "CallDeclined",
    "CallEnded",
    "CallJoined",
    "CallLeft",
    "CallMedia",
    "CallOpened",
    "CallQuality",
    "CallStarted",
    "CallWithdrawn",
    "DeclineCall",
    "EndCall",
    "JoinCall",
    "LeaveCall",
    "Offer",
    "OpenCall",
    "PublicationInfo",
    "Publications",
    "SetMedia",
    "Speaking",
    "StartCall",
]


class StartCall(ConversationCommand, frozen=True, tag="call.start", kw_only=True):
    """Offers a call and is in it. The ack carries `call`. `private`: consult with experts only."""

    media: list[MediaKind]
    private: bool = False


class OpenCall(ConversationCommand, frozen=True, tag="call.open", kw_only=True):
    """Opens a private call to the visitor."""

    call: Id


class JoinCall(ConversationCommand, frozen=True, tag="call.join", kw_only=True):
    """Consents. `media`: what this side will send; may be empty."""

    call: Id
    media: list[MediaKind]


class DeclineCall(ConversationCommand, frozen=True, tag="call.decline", kw_only=True):
    call: Id


class AskMedia(ConversationCommand, frozen=True, tag="call.ask", kw_only=True):
    call: Id
    media: MediaKind


class SetMedia(ConversationCommand, frozen=True, tag="call.media", kw_only=True):
    """What this side sends from now on."""

    call: Id
    media: list[MediaKind]


class LeaveCall(ConversationCommand, frozen=True, tag="call.leave", kw_only=True):
    call: Id


class EndCall(ConversationCommand, frozen=True, tag="call.end", kw_only=True):
    """Ends it for all; staff and the visitor may."""

    call: Id


class Offer(ConversationCommand, frozen=True, tag="rtc.offer", kw_only=True):
    """A session description for the media server; answered by `rtc.answer` (or nack).

    `send`: mid -> source ("audio", "camera", "screen", "screen-audio"), for what this side
    sends. `receive`: mid -> publication id. `spare`: mid -> kind, for m-lines that may take
    whatever there is; the answer tells what came into them. The generation grows with each offer.
    """

    call: Id
    generation: int
    sdp: str
    send: dict[str, str] = {}
    receive: dict[str, str] = {}
    spare: dict[str, Literal["audio", "video"]] = {}


class AnswerTaken(Frame, frozen=True, tag="rtc.taken", kw_only=True):
    """Ephemeral: the browser has taken in the answer of this generation; what is new may flow.

    Without it, it flows a moment after the answer, and the browser may throw away the beginning.
    """

    conv: Key
    call: Key
    generation: int


class CallStarted(EventBase, frozen=True, tag="call_started"):
    """Somebody offers a call; it rings at the others. `private`: with experts in consult only."""

    call: str
    media: list[MediaKind]
    private: bool = False


class CallOpened(EventBase, frozen=True, tag="call_opened"):
    """A private call is opened to the visitor: it rings there.

    `state`: the call as it is then, for the visitor, who saw none of its earlier events.
    """

    call: str
    state: CallState | None = None


class CallWithdrawn(EventBase, frozen=True, tag="call_withdrawn"):
    """The visitor did not take the call that was opened to them: it is private again.

    Staff and experts only; to the visitor the call has ended.
    """

    call: str
    reason: Literal["declined", "unanswered"]


class CallJoined(EventBase, frozen=True, tag="call_joined"):
    """Somebody consented and is in. `media`: what they send at first."""

    call: str
    media: list[MediaKind]


class CallDeclined(EventBase, frozen=True, tag="call_declined"):
    """Somebody does not want to join now; the chat goes on."""

    call: str


class CallAsked(EventBase, frozen=True, tag="call_asked"):
    """Somebody asks the other side to turn `media` on; only they can."""

    call: str
    media: MediaKind


class CallMedia(EventBase, frozen=True, tag="call_media"):
    """What a member sends from now on. Muting is audio going away."""

    call: str
    media: list[MediaKind]


class CallLeft(EventBase, frozen=True, tag="call_left"):
    """A member hung up, was removed, or was lost from the network."""

    call: str
    reason: Literal["left", "lost", "removed"] = "left"


class CallEnded(EventBase, frozen=True, tag="call_ended"):
    """Nobody is left, or somebody ended it for all. `by` of the event: whoever ended it."""

    call: str
    reason: Literal["hangup", "declined", "unanswered", "lost", "closed"]
    seconds: int = 0  # talked


class PublicationInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A track that somebody sends and that this participant may receive."""

    id: str
    participant: str  # person id
    source: Literal["audio", "camera", "screen", "screen-audio"]


class Answer(Frame, frozen=True, tag="rtc.answer", kw_only=True):
    """`id` is the offer's. `filled`: mid -> what came into an m-line that was offered to spare."""

    id: str
    conv: str
    call: str
    generation: int
    sdp: str
    filled: dict[str, PublicationInfo] = {}


class Publications(Frame, frozen=True, tag="rtc.publications", kw_only=True):
    """What can be received now. Differs from what was offered → offer again."""

    conv: str
    call: str
    publications: list[PublicationInfo]


class Speaking(Frame, frozen=True, tag="rtc.speaking", kw_only=True):
    """Ephemeral: participant -> level in -dBov (0 loud .. 127 silence)."""

    call: str
    levels: dict[str, int]


class CallQuality(Frame, frozen=True, tag="rtc.quality", kw_only=True):
    """Ephemeral: participant -> 1 (unusable) .. 5 (excellent)."""

    call: str
    scores: dict[str, int]
